//! What is said while a command works and at its end: the place of a failed query, the log, progress, quiet.

use std::process::Output;

use crate::program::{Desk, assert_says, assert_status, planwise, query, stderr, stdout};
use crate::run::shop::Shop;

const WORKLOAD: &str = "-- name: good
SELECT count(*) FROM orders;

-- name: misspelt
SELECT id
  FROM orders
 WHERE custommer = 7;
";

fn run(shop: &Shop, desk: &Desk, options: &[&str], environment: &[(&str, &str)]) -> Output {
    let file = desk.write("two.sql", WORKLOAD);
    let mut command = planwise();
    command.args(["run", "--rounds", "3", "--db", &shop.url(), "--out"]).arg(desk.out()).arg(file);
    command.args(options).envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn a_failed_query_names_its_file_and_line_everywhere() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let output = run(&shop, &desk, &[], &[]);
    assert_status(&output, 2);
    let printed = stdout(&output);
    assert_says(&printed, &["misspelt (", "two.sql:5)", "two.sql:7", "WHERE custommer = 7"]);
    let lines: Vec<&str> = printed.lines().collect();
    let at = lines.iter().position(|line| line.trim() == "^").expect("a caret");
    assert_eq!(lines[at].find('^'), lines[at - 1].find("custommer"), "{printed}");
    for file in ["report.html", "report.md"] {
        let report = std::fs::read_to_string(desk.out().join(file)).unwrap();
        assert_says(&report, &["two.sql:5"]);
    }
    let record = desk.run_json();
    let failed = query(&record, "misspelt");
    assert!(failed["file"].as_str().unwrap().ends_with("two.sql"), "{}", failed["file"]);
    assert_eq!(failed["line"], 5);
    assert_eq!(
        failed["status"]["error"]["position"],
        WORKLOAD.find("custommer").unwrap() - WORKLOAD.find("SELECT id").unwrap() + 1
    );
}

#[test]
fn the_log_tells_connections_settings_statements_and_times_and_no_password() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk
        .write("one.sql", "-- name: counted\nSELECT count(*) FROM orders WHERE customer = 77123;");
    let url = shop.url_of("limited", "limited-password");
    let output = planwise()
        .args(["run", "-v", "--rounds", "3", "--set", "work_mem=8MB", "--db", &url, "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 0);
    let log = stderr(&output);
    let told = [
        "connected",
        "work_mem",
        "statement_timeout",
        "first execution",
        "counted",
        "planned",
        "ms=",
        "run.json",
    ];
    assert_says(&log, &told);
    for untold in ["limited-password", "77123", "\u{1b}"] {
        assert!(!log.contains(untold), "{untold:?} is in the log:\n{log}");
    }
}

#[test]
fn without_a_terminal_progress_is_a_line_now_and_then() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let short = run(&shop, &desk, &[], &[]);
    assert!(!stderr(&short).contains("planwise:"), "{}", stderr(&short));
    let often = stderr(&run(&shop, &desk, &[], &[("PLANWISE_PROGRESS", "0")]));
    assert_says(&often, &["planwise: measuring, ", " of "]);
    assert!(!often.contains(['\u{1b}', '\r']), "{often:?}");
    let quiet = stderr(&run(&shop, &desk, &["--quiet"], &[("PLANWISE_PROGRESS", "0")]));
    assert!(!quiet.contains("planwise:"), "{quiet}");
}

#[test]
fn quiet_prints_the_verdict_and_what_failed() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let output = run(&shop, &desk, &["-q"], &[]);
    assert_status(&output, 2);
    let printed = stdout(&output);
    assert!(printed.lines().count() <= 6, "{printed}");
    assert_says(&printed, &["misspelt", "Report: "]);
    assert!(desk.out().join("report.html").is_file());
}

#[test]
fn one_lock_is_a_row_and_the_rest_go_on() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let sql = "-- name: free\nSELECT count(*) FROM pg_class;\n-- name: locked\nSELECT count(*) FROM orders;";
    let file = desk.write("two.sql", sql);
    let _lock = shop.lock("orders");
    let arguments = ["--rounds", "3", "--lock-timeout", "0.2", "--db", &shop.url(), "--out"];
    for verb in ["run", "advise"] {
        let output = planwise()
            .arg(verb)
            .args(arguments.iter().filter(|a| verb == "run" || !["--rounds", "3"].contains(a)))
            .arg(desk.out())
            .arg(&file)
            .output()
            .unwrap();
        assert_status(&output, 3);
        assert_says(&stdout(&output), &["locked (", "lock timeout", "pg_locks"]);
        let run = desk.run_json();
        let tables = run["catalog"]["tables"].as_array().unwrap();
        assert!(tables.iter().all(|table| table["name"] != "orders"), "half a table is known");
        let state = &query(&run, "free")["status"]["state"];
        assert!(state == "measured" || state == "planned", "{verb}: {state}");
    }
}

#[test]
fn aliases_do_what_their_verbs_do() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT count(*) FROM orders;");
    for arguments in
        [["bench", "--url", "-o"], ["profile", "-d", "--output"], ["index", "--dsn", "--out"]]
    {
        let [verb, db, out] = arguments;
        let mut command = planwise();
        command.args([verb, db, &shop.url(), out]).arg(desk.out()).arg(&file);
        assert_status(&command.output().unwrap(), 0);
    }
}

#[test]
fn the_statuses_stand_in_the_help_and_in_the_manual() {
    for arguments in [["--help"], ["man"]] {
        let output = planwise().args(arguments).output().unwrap();
        assert_status(&output, 0);
        let text = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
        for status in
            ["0 fine", "2 wrong usage", "3 the database", "5 this machine", "101 a defect"]
        {
            assert!(text.contains(status), "{status} is missing in {arguments:?}");
        }
    }
}

#[test]
fn help_is_short_and_in_groups() {
    for verb in ["run", "advise", "tune", "compare", "explain", "nightly"] {
        let help = stdout(&planwise().args([verb, "--help"]).output().unwrap());
        let longest = help.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(help.lines().count() < 110 && longest <= 100, "{verb}: {longest}\n{help}");
        let gaps = help.lines().filter(|line| line.is_empty()).count();
        assert!(gaps < 12, "{verb}: an empty line after each option\n{help}");
    }
}

#[test]
fn the_history_is_found_where_the_nightly_job_keeps_it() {
    let desk = Desk::new();
    let say = || {
        let output =
            planwise().args(["history", "list"]).current_dir(desk.path("")).output().unwrap();
        assert_status(&output, 2);
        stderr(&output)
    };
    assert_says(&say(), &["no history in planwise-history"]);
    desk.write(
        "planwise.toml",
        "workload = \"w.sql\"\n[target]\nsandbox = true\n[history]\nfolder = \"kept\"\n",
    );
    assert_says(&say(), &["no history in", "kept"]);
}

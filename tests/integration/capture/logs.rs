//! PostgreSQL's logs in their forms.

use std::fmt::Write as _;
use std::io::Write as _;

use super::{captured, query, shown};
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

/// One session that says the same in every form: three calls of one query with values, a failure, a plain statement.
const STDERR: &str = "\
2024-03-04 10:11:12.000 UTC [71] LOG:  connection authorized: user=ann database=shop application_name=web
2024-03-04 10:11:12.001 UTC [71] LOG:  duration: 0.100 ms  parse <unnamed>: SELECT *
\t  FROM t WHERE a = $1 AND b = $2
2024-03-04 10:11:12.002 UTC [71] LOG:  duration: 0.050 ms  bind <unnamed>: SELECT *
\t  FROM t WHERE a = $1 AND b = $2
2024-03-04 10:11:12.002 UTC [71] DETAIL:  Parameters: $1 = '1', $2 = 'it''s'
2024-03-04 10:11:12.004 UTC [71] LOG:  duration: 1.500 ms  execute <unnamed>: SELECT *
\t  FROM t WHERE a = $1 AND b = $2
2024-03-04 10:11:12.004 UTC [71] DETAIL:  Parameters: $1 = '1', $2 = 'it''s'
2024-03-04 10:11:13.004 UTC [71] LOG:  duration: 2.000 ms  statement: SELECT 1 FROM t WHERE a IN (1,2,3)
2024-03-04 10:11:13.104 UTC [71] LOG:  duration: 4.000 ms  statement: SELECT 1 FROM t WHERE a IN (4, 5)
2024-03-04 10:11:13.204 UTC [72] ERROR:  division by zero
2024-03-04 10:11:13.204 UTC [72] STATEMENT:  SELECT 1/0
2024-03-04 10:11:14.204 UTC [72] LOG:  checkpoint starting: time
";

#[test]
fn parsing_binding_and_execution_are_one_statement() {
    let desk = Desk::new();
    let log = desk.write("a.log", STDERR);
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(digest["statements"], 4, "{digest:#}");
    assert_eq!(digest["duration_ms"], 7.65);
    assert_eq!((&digest["parse_ms"], &digest["bind_ms"]), (&0.1.into(), &0.05.into()));
    assert_eq!((&digest["sessions"], &digest["rejected"]), (&2.into(), &0.into()));
    assert_eq!(digest["fingerprints"], 3);
    let bound = query(&digest, "WHERE a = $1 AND b = $2");
    assert_eq!(bound["calls"], 1);
    assert_eq!(bound["typical"]["values"], serde_json::json!(["1", "it's"]));
    assert_eq!(bound["databases"][0]["value"], "shop");
    assert_eq!(query(&digest, "IN (").get("calls"), Some(&2.into()));
    assert_eq!(query(&digest, "/")["errors"], 1);
}

/// A server that logs durations only tells of a temporary file before it names the statement, and not with it.
#[test]
fn temporary_files_are_of_the_statement_that_ends_next() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "\
2024-03-04 10:11:12.000 UTC [71] LOG:  duration: 2.000 ms  statement: SELECT 1 FROM small
2024-03-04 10:11:13.000 UTC [71] LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp71.1\", size 2097152
2024-03-04 10:11:13.000 UTC [72] LOG:  duration: 3.000 ms  statement: SELECT 2 FROM other
2024-03-04 10:11:13.001 UTC [71] LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp71.2\", size 1048576
2024-03-04 10:11:13.002 UTC [71] LOG:  duration: 250.000 ms  execute <unnamed>: SELECT *
\t FROM large ORDER BY 2
2024-03-04 10:11:14.000 UTC [71] LOG:  duration: 2.500 ms  statement: SELECT 1 FROM small
2024-03-04 10:11:15.000 UTC [73] LOG:  statement: SELECT 3 FROM announced
2024-03-04 10:11:15.100 UTC [73] LOG:  temporary file: path \"base/pgsql_tmp/pgsql_tmp73.1\", size 4096
2024-03-04 10:11:15.100 UTC [73] LOG:  duration: 100.000 ms
2024-03-04 10:11:16.000 UTC [73] LOG:  duration: 1.000 ms  statement: SELECT 1 FROM small
",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(digest["temporary_bytes"], 2_097_152 + 1_048_576 + 4_096);
    for (text, files, bytes) in [
        ("FROM large", 2, 3_145_728),
        ("FROM announced", 1, 4_096),
        ("FROM small", 0, 0),
        ("FROM other", 0, 0),
    ] {
        let query = query(&digest, text);
        assert_eq!(query["temporary_files"], files, "{text}");
        assert_eq!(query["temporary_bytes"], bytes, "{text}");
    }
}

#[test]
fn every_way_to_pack_a_log_gives_the_same() {
    let desk = Desk::new();
    let plain = desk.write("a.log", STDERR);
    let whole = captured(&[&plain], &desk.path("a.workload"), &[]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(STDERR.as_bytes()).unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bz.write_all(STDERR.as_bytes()).unwrap();
    let zst = zstd::encode_all(STDERR.as_bytes(), 1).unwrap();
    for (name, bytes) in [("gz", gz.finish().unwrap()), ("bz2", bz.finish().unwrap()), ("zst", zst)]
    {
        let packed = desk.write(&format!("p.log.{name}"), bytes);
        let digest = captured(&[&packed], &desk.path("p.workload"), &[]);
        for key in ["statements", "duration_ms", "sessions", "fingerprints"] {
            assert_eq!(digest[key], whole[key], "{name}: {key}");
        }
    }
}

#[test]
fn log_statement_and_log_duration_are_put_together() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "2024-03-04 10:11:12 UTC [71] LOG:  statement: BEGIN\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 0.010 ms\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 0.100 ms\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 0.020 ms\n\
         2024-03-04 10:11:12 UTC [71] LOG:  execute s1: SELECT $1::int\n\
         2024-03-04 10:11:12 UTC [71] DETAIL:  parameters: $1 = '7'\n\
         2024-03-04 10:11:12 UTC [72] LOG:  statement: SELECT 2\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.000 ms\n\
         2024-03-04 10:11:13 UTC [72] ERROR:  canceling statement due to user request\n\
         2024-03-04 10:11:13 UTC [72] STATEMENT:  SELECT 2\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["duration_ms"]),
        (&3.into(), &1.13.into()),
        "{digest:#}"
    );
    let bound = query(&digest, "$1");
    assert_eq!((&bound["parse_ms"], &bound["bind_ms"]), (&0.1.into(), &0.02.into()));
    assert_eq!(bound["typical"]["values"], serde_json::json!(["7"]));
    assert_eq!(digest["errors"], 1);
}

#[test]
fn plans_of_auto_explain_stay_with_their_query() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "2024-03-04 10:11:12 UTC [71] LOG:  duration: 5.000 ms  plan:\n\
         \tQuery Text: SELECT * FROM t WHERE a = 1\n\
         \tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 5.100 ms  statement: SELECT * FROM t WHERE a = 1\n\
         2024-03-04 10:11:13 UTC [71] LOG:  duration: 6.000 ms  plan:\n\
         \tQuery Text: SELECT * FROM t WHERE a = 2\n\
         \tSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["duration_ms"]),
        (&2.into(), &11.1.into()),
        "{digest:#}"
    );
    assert_eq!(digest["queries"][0]["plans"], 2);
}

#[test]
fn csvlog_and_jsonlog_tell_the_same() {
    let desk = Desk::new();
    let csv = desk.write(
        "a.csv",
        "2024-03-04 10:11:12.001 UTC,\"ann\",\"shop\",71,\"[local]\",65e59e30.47,1,\"SELECT\",2024-03-04 10:11:11 UTC,3/2,0,LOG,00000,\"duration: 1.500 ms  statement: SELECT \"\"x\"\",\n'a,b' FROM t\",,,,,,,,,\"web\",\"client backend\",,0\n\
         2024-03-04 10:11:12.001 UTC,\"ann\",\"shop\",71,\"[local]\",65e59e30.47,2,\"SELECT\",2024-03-04 10:11:11 UTC,3/2,0,ERROR,22012,\"division by zero\",,,,,,\"SELECT 1/0\",,,\"web\",\"client backend\",,0\n",
    );
    let json = desk.write(
        "a.json",
        r#"{"timestamp":"2024-03-04 10:11:12.001 UTC","user":"ann","dbname":"shop","pid":71,"session_id":"65e59e30.47","error_severity":"LOG","message":"duration: 1.500 ms  statement: SELECT \"x\",\n'a,b' FROM t","application_name":"web"}
{"timestamp":"2024-03-04 10:11:12.001 UTC","user":"ann","dbname":"shop","pid":71,"session_id":"65e59e30.47","error_severity":"ERROR","state_code":"22012","message":"division by zero","statement":"SELECT 1/0","application_name":"web"}
"#,
    );
    let of_csv = captured(&[&csv], &desk.path("c.workload"), &[]);
    let of_json = captured(&[&json], &desk.path("j.workload"), &[]);
    for key in ["statements", "duration_ms", "sessions", "errors", "rejected"] {
        assert_eq!(of_csv[key], of_json[key], "{key}");
    }
    assert_eq!((&of_csv["statements"], &of_csv["errors"]), (&2.into(), &1.into()));
    assert_eq!(of_csv["queries"][0]["typical"]["text"], "SELECT \"x\",\n'a,b' FROM t");
    assert_eq!(of_csv["error_classes"][0]["class"], "22012");
}

#[test]
fn other_languages_and_prefixes_are_understood() {
    let desk = Desk::new();
    for (name, text) in [
        ("de", "2024-03-04 10:11:12.345 CET [71] LOG:  Dauer: 1.500 ms  Anweisung: SELECT 1\n"),
        ("fr", "2024-03-04 10:11:12.345 CET [71] LOG:  durée : 1.500 ms, instruction : SELECT 1\n"),
        (
            "ru",
            "2024-03-04 10:11:12.345 MSK [71] СООБЩЕНИЕ:  продолжительность: 1.500 мс, оператор: SELECT 1\n",
        ),
        (
            "rds",
            "2024-03-04 10:11:12 UTC:10.0.0.1(5432):ann@shop:[71]:LOG:  duration: 1.500 ms  statement: SELECT 1\n",
        ),
    ] {
        let log = desk.write(&format!("{name}.log"), text);
        let digest = captured(&[&log], &desk.path("a.workload"), &[]);
        assert_eq!(
            (&digest["statements"], &digest["duration_ms"]),
            (&1.into(), &1.5.into()),
            "{name}: {digest:#}"
        );
    }
    let log = desk.write("odd.log", "x71y LOG:  duration: 1.500 ms  statement: SELECT 1\n");
    let digest = captured(&[&log], &desk.path("a.workload"), &["--log-line-prefix", "x%py "]);
    assert_eq!(digest["sources"][0]["line_prefix"], "x%py  (given)");
    let wrong =
        super::capture(&[&log], &desk.path("b.workload"), &["--log-line-prefix", "%m [%p] "]);
    assert_status(&wrong, 2);
    assert_says(&stderr(&wrong), &["no line begins as the prefix `%m [%p] `"]);
}

#[test]
fn filters_merging_and_going_on_keep_the_totals() {
    let desk = Desk::new();
    let lines = |from: usize, to: usize| {
        (from..to).fold(String::new(), |mut text, n| {
            let second = n % 60;
            writeln!(text, "2024-03-04 10:{:02}:{second:02} UTC [{}] LOG:  duration: 1.001 ms  statement: SELECT {n}", n / 60, n % 7).unwrap();
            text
        })
    };
    let (first, second) = (lines(0, 100), lines(100, 250));
    let whole = desk.write("all.log", format!("{first}{second}"));
    let all = captured(&[&whole], &desk.path("all.workload"), &[]);
    assert_eq!(
        (&all["statements"], &all["sessions"], &all["duration_ms"]),
        (&250.into(), &7.into(), &250.25.into())
    );

    let parts = [desk.write("1.log", &first), desk.write("2.log", &second)];
    let together = captured(&[&parts[1], &parts[0]], &desk.path("two.workload"), &[]);
    captured(&[&parts[0]], &desk.path("1.workload"), &[]);
    captured(&[&parts[1]], &desk.path("2.workload"), &[]);
    let merge = planwise()
        .args(["workload", "merge", "-o"])
        .args([desk.path("m.workload"), desk.path("1.workload"), desk.path("2.workload")])
        .output()
        .unwrap();
    assert_status(&merge, 0);
    let growing = desk.write("g.log", &first);
    let target = desk.path("g.workload");
    captured(&[&growing], &target, &["--since-last"]);
    desk.write("g.log", format!("{first}{second}2024-03-04 10:59:00 UTC [1] LOG:  dura"));
    let resumed = captured(&[&growing], &target, &["--since-last"]);
    let again = captured(&[&growing], &target, &["--since-last"]);
    for (name, digest) in [
        ("together", together),
        ("merged", shown(&desk.path("m.workload"))),
        ("resumed", resumed),
        ("again", again),
    ] {
        for key in ["statements", "duration_ms", "sessions", "fingerprints", "errors"] {
            assert_eq!(digest[key], all[key], "{name}: {key}");
        }
    }
    let some = captured(
        &[&whole],
        &desk.path("f.workload"),
        &["--from", "2024-03-04T10:01:00Z", "--to", "2024-03-04T10:02:00Z"],
    );
    assert_eq!((&some["statements"], &some["filtered"]), (&60.into(), &190.into()));
    let some = captured(&[&whole], &desk.path("f.workload"), &["--statement", "SELECT 2.$"]);
    assert_eq!(some["statements"], 10);
}

#[test]
fn redacted_files_hold_no_value() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELECT $tag$topsecret$tag$, 'topsecret', 4711 /* topsecret */\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  execute s: SELECT * FROM t WHERE a = $1\n\
         2024-03-04 10:11:12 UTC [71] DETAIL:  parameters: $1 = 'topsecret'\n\
         2024-03-04 10:11:12 UTC [71] ERROR:  invalid input syntax for type integer: \"topsecret\"\n\
         2024-03-04 10:11:12 UTC [71] STATEMENT:  SELECT 'topsecret'::int\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: SELEKT 'topsecret'\n\
         2024-03-04 10:11:12 UTC [71] LOG:  duration: 1.500 ms  statement: ALTER USER x PASSWORD 'topsecret'\n",
    );
    let target = desk.path("a.workload");
    let digest = captured(&[&log], &target, &["--redact"]);
    assert_eq!((&digest["statements"], &digest["redacted"]), (&5.into(), &true.into()));
    let text = planwise().args(["workload", "show"]).arg(&target).output().unwrap();
    let all = format!("{digest:#}{}", stdout(&text));
    let plain = captured(&[&log], &desk.path("p.workload"), &[]);
    assert!(!super::query(&plain, "PASSWORD").to_string().contains("topsecret"), "{plain:#}");
    assert!(!all.contains("topsecret") && !all.contains("4711"), "{all}");
}

/// As log services hand them on: the server's tab is gone, the statement's own are not.
#[test]
fn statements_whose_tabs_were_taken_away_are_whole() {
    let desk = Desk::new();
    let log = desk.write(
        "a.log",
        "2025-05-21 10:46:10.163 UTC [368]: [1-1] db=shop,user=ann,host=127.0.0.1 LOG:  duration: 1.132 ms  statement: WITH a AS (\n\
         SELECT 1),\n\
         b AS (\n\
         \t\tSELECT 2)\n\
         SELECT * FROM a, b\n\
         2025-05-21 10:46:10.188 UTC [368]: [2-1] db=shop,user=ann,host=127.0.0.1 LOG:  duration: 2.000 ms  statement: SELECT 3\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!((&digest["statements"], &digest["rejected"]), (&2.into(), &0.into()), "{digest:#}");
    let sample = &query(&digest, "WITH")["typical"];
    assert_eq!(
        sample["text"],
        "WITH a AS (\nSELECT 1),\nb AS (\n\t\tSELECT 2)\nSELECT * FROM a, b"
    );
    assert_eq!(query(&digest, "WITH")["users"][0]["value"], "ann");
}

#[test]
fn a_capture_is_shown_as_a_page_and_exported_line_by_line() {
    let desk = Desk::new();
    let hostile = STDERR.replace("SELECT 1/0", "SELECT '<script>alert(1)</script>'/0");
    let log = desk.write("a.log", hostile);
    let workload = desk.path("a.workload");
    captured(&[&log], &workload, &[]);
    let page = desk.path("a.html");
    let show = planwise()
        .args(["workload", "show"])
        .arg(&workload)
        .arg("--html")
        .arg(&page)
        .output()
        .unwrap();
    assert_status(&show, 0);
    assert_says(&stdout(&show), &["Most time", "4 in 2 sessions", "Error classes"]);
    let page = std::fs::read_to_string(page).unwrap();
    assert_says(&page, &["4 statements", "division by zero"]);
    assert!(!page.contains("<script>alert"), "hostile text is not escaped");
    let export = planwise().args(["workload", "export"]).arg(&workload).output().unwrap();
    assert_status(&export, 0);
    let lines: Vec<serde_json::Value> =
        stdout(&export).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["values"], serde_json::json!(["1", "it's"]));
    assert_eq!(
        (&lines[0]["user"], &lines[0]["line"]),
        (&"ann".into(), &7.into()),
        "{:#}",
        lines[0]
    );
}

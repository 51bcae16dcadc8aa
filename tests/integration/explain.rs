//! `planwise explain` as a user runs it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use super::program::{Desk, assert_status, planwise, stderr, stdout};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/plans").join(name)
}

fn explain(arguments: &[&str], file: &Path) -> Output {
    planwise().arg("explain").arg(file).args(arguments).output().unwrap()
}

fn piped(input: &[u8], arguments: &[&str]) -> Output {
    let mut command = planwise();
    let command = command.args(["explain", "-"]).args(arguments);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    // The program may refuse, and close the pipe, before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn the_tree_says_where_the_time_went_in_eighty_columns() {
    let output = explain(&[], &fixture("postgres-15/hash-aggregate-spill.json"));
    assert_status(&output, 0);
    let text = stdout(&output);
    for said in ["#0 Aggregate", "#1 Seq Scan on orders", "aggregated on disk, 14.7 MB", "→ 9,000"]
    {
        assert!(text.contains(said), "no {said:?} in:\n{text}");
    }
    assert!(text.contains("% #0") || text.contains("%  #0") || text.contains(" % "), "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn text_and_json_forms_are_told_apart_by_themselves() {
    let json = explain(&["--format", "json"], &fixture("postgres-18/seq-scan.json"));
    let text = explain(&["--format", "json"], &fixture("postgres-18/seq-scan.txt"));
    let tree = |output: &Output| -> Value {
        assert_status(output, 0);
        let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["engine"], "postgres");
        document["plan"]["root"]["filter"].take()
    };
    let filter = tree(&json);
    assert!(filter.as_str().unwrap().contains("99.5"), "{filter}");
    assert_eq!(filter, tree(&text));
}

#[test]
fn a_scan_that_discards_most_rows_is_found() {
    let output = explain(&["--format", "json"], &fixture("postgres-15/seq-scan.json"));
    assert_status(&output, 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules: Vec<&Value> =
        document["findings"].as_array().unwrap().iter().map(|finding| &finding["rule"]).collect();
    assert!(rules.iter().any(|rule| *rule == "seq-scan-discards-rows"), "{rules:?}");
    assert_eq!(document["format"], 1);
}

#[test]
fn an_estimated_plan_says_what_to_run_instead() {
    let desk = Desk::new();
    let query = desk.write("query.sql", "SELECT 1 FROM orders;\n");
    let plan = fixture("postgres-15/seq-scan.plan.json");
    let output = explain(&["--query", query.to_str().unwrap()], &plan);
    assert_status(&output, 0);
    let text = stdout(&output);
    assert!(text.contains("only estimated"), "{text}");
    let wanted = "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, SETTINGS, WAL, FORMAT JSON)\n    SELECT 1 FROM orders;";
    assert!(text.contains(wanted), "{text}");
    let write = explain(&[], &fixture("postgres-15/update-join.plan.json"));
    assert!(stdout(&write).contains("BEGIN;\n    EXPLAIN"), "{}", stdout(&write));
    assert!(stdout(&write).contains("ROLLBACK;"));
}

#[test]
fn a_parallel_plan_without_workers_asks_for_verbose() {
    let bare = explain(&[], &fixture("postgres-15/parallel-hash-join.bare.json"));
    assert!(stdout(&bare).contains("VERBOSE"), "{}", stdout(&bare));
    let full = explain(&[], &fixture("postgres-15/parallel-hash-join.json"));
    assert!(!stdout(&full).contains("Run this instead"), "{}", stdout(&full));
}

#[test]
fn markdown_keeps_hostile_names_in_their_place() {
    let output = explain(&["--format", "markdown"], &fixture("postgres-15/odd-names.json"));
    assert_status(&output, 0);
    let page = stdout(&output);
    assert!(page.starts_with("# Plan: "), "{page}");
    assert!(page.contains("```text\n"), "{page}");
    assert!(page.contains("## Findings"), "{page}");
}

#[test]
fn control_characters_never_reach_the_terminal() {
    let plan = br#"{"Plan": {"Node Type": "Seq Scan", "Relation Name": "a\u001b[2Jb", "Filter": "x\u0007"}}"#;
    let output = piped(plan, &[]);
    assert_status(&output, 0);
    assert!(!stdout(&output).contains(['\u{1b}', '\u{7}']), "{}", stdout(&output));
}

#[test]
fn bad_input_gives_a_message_and_status_2() {
    let desk = Desk::new();
    let whole = std::fs::read(fixture("postgres-15/window.json")).unwrap();
    for (name, input, said) in [
        ("empty", b"".as_slice(), "the input is empty"),
        ("half", &whole[..whole.len() / 2], "cut off"),
        ("sql", b"SELECT * FROM t;", "not an EXPLAIN output"),
        ("binary", b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "not UTF-8 text"),
        ("zeros", b"abc\0def", "binary data"),
        ("yaml", b"- Plan:\n    Node Type: \"Result\n", "not valid YAML"),
    ] {
        let file = desk.write(name, input);
        for output in [explain(&[], &file), piped(input, &[])] {
            assert_status(&output, 2);
            assert!(stderr(&output).contains(said), "{name}: {}", stderr(&output));
            assert_eq!(stdout(&output), "", "{name}");
        }
    }
    let missing = explain(&[], Path::new("/nowhere/plan.json"));
    assert_status(&missing, 2);
    assert!(stderr(&missing).contains("/nowhere/plan.json"), "{}", stderr(&missing));
    let engine = explain(&["--engine", "oracle"], &fixture("postgres-15/window.json"));
    assert_status(&engine, 2);
    assert!(stderr(&engine).contains("postgres"), "{}", stderr(&engine));
}

/// A sparse file: two gigabytes in one line, none of them on disk or in memory.
#[test]
fn a_line_of_two_gigabytes_is_not_read_to_its_end() {
    let desk = Desk::new();
    let file = desk.write("huge", "[");
    std::fs::File::options().write(true).open(&file).unwrap().set_len(2 << 30).unwrap();
    let output = explain(&[], &file);
    assert_status(&output, 2);
    assert!(stderr(&output).contains("larger than 100 MB"), "{}", stderr(&output));
}

#[test]
fn a_refusal_names_the_line_or_the_server() {
    for (text, said) in [
        (
            "Merge Join  (cost=1.00..2.00 rows=1 width=4)\n  ->  Sort  (cost=1.00..2.00 rows=1 width=4)\n        ->  Seq Scan on p  (cost=0.00..1.00 rows=1 width=4)\n",
            "line 1: Merge Join has 1 of the 2 it reads from",
        ),
        (
            "Sort  (cost=1.00..2.00 rows=1 width=4)\n  Sort Key: a\n     ->  Seq Scan on p  (cost=0.00..1.00 rows=1 width=4)\n",
            "line 3: it stands in no column",
        ),
        (
            "Nested Loop  (cost=1.00..2.00 rows=1 width=4)\n  Join Filter: (p.tags = '{u,v}'::text[])\n  ->  Seq Scan on p  (cost=0.00..1.00 rows=1 width=4)\n",
            "line 1: Nested Loop has 1 of the 2",
        ),
        (
            "-> Limit: 3 row(s)\n    -> Table scan on p  (cost=12.5 ro\n",
            "line 2: its figures are cut off",
        ),
        ("{\"query_plan\": {\"inputs\": []}}", "has no name"),
        ("\"Plan\": {\"Node Type\": \"Result\", \"Total Cost\": 1", "beginning"),
    ] {
        let output = piped(text.as_bytes(), &[]);
        assert_status(&output, 2);
        assert!(stderr(&output).contains(said), "{text}\n{}", stderr(&output));
    }
}

#[test]
fn a_plan_in_a_log_of_json_is_read_with_its_duration() {
    let entry = r#"{"timestamp":"2026-01-02 03:04:05 UTC","message":"duration: 7.250 ms  plan:\nQuery Text: SELECT 1\nSeq Scan on p  (cost=0.00..9.00 rows=9 width=4) (actual time=0.010..7.100 rows=9 loops=1)\n  Filter: (a = 1)"}"#;
    let other = r#"{"timestamp":"2026-01-02 03:04:04 UTC","message":"checkpoint starting: time"}"#;
    for log in [entry.to_owned(), format!("{other}\n{entry}\n")] {
        let output = piped(log.as_bytes(), &["--format", "json"]);
        assert_status(&output, 0);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["plan"]["execution_ms"], 7.25);
        assert_eq!(document["plan"]["root"]["filter"], "(a = 1)");
    }
}

#[test]
fn where_the_time_is_is_said_when_no_rule_knows_a_remedy() {
    let text = |ms: &str| {
        format!(
            "Function Scan on slow  (cost=0.00..9.00 rows=9 width=4) (actual time={ms}..{ms} rows=9 loops=1)\nExecution Time: {ms} ms\n"
        )
    };
    let long = stdout(&piped(text("900.000").as_bytes(), &[]));
    assert!(long.contains("passes in #0") && long.contains("no rule knows"), "{long}");
    assert!(!long.contains("Nothing worth changing"), "{long}");
    let short = stdout(&piped(text("0.900").as_bytes(), &[]));
    assert!(short.contains("Nothing worth changing"), "{short}");
}

/// A pipe that is opened and never filled: the program waits in it, past the start of listening.
#[test]
fn the_first_signal_ends_it_wherever_it_waits() {
    use nix::sys::signal::{Signal, kill};
    use nix::sys::stat::Mode;
    let desk = Desk::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let pipe = desk.path(&format!("{signal}.pipe"));
        nix::unistd::mkfifo(&pipe, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
        let mut command = planwise();
        let command = command.arg("explain").arg(&pipe).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let held = std::fs::File::options().write(true).open(&pipe).unwrap();
        kill(nix::unistd::Pid::from_raw(child.id() as i32), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal}");
        drop(held);
    }
}

#[test]
fn a_hostile_file_name_does_not_reach_the_terminal() {
    let output = explain(&[], Path::new("/nowhere/\u{1b}[2Jplan.txt"));
    assert_status(&output, 2);
    assert!(!stderr(&output).contains('\u{1b}'), "{}", stderr(&output));
}

/// Depth is bounded before anything recurses, whatever the form.
#[test]
fn a_hundred_thousand_nested_nodes_are_refused_in_every_form() {
    const DEPTH: usize = 100_000;
    let node = "\"Node Type\": \"Materialize\"";
    let json = format!("[{{\"Plan\": {}", format!("{{{node}, \"Plans\": [").repeat(DEPTH));
    let xml = format!(
        "<explain><Query>{}",
        "<Plan><Node-Type>Materialize</Node-Type><Plans>".repeat(DEPTH)
    );
    let text: String = (0..2_000)
        .map(|n| {
            format!("{}->  Materialize  (cost=0.00..1.00 rows=1 width=4)\n", " ".repeat(6 * n))
        })
        .collect();
    let yaml: String = std::iter::once("- Plan: \n".to_owned())
        .chain((1..2_000).map(|n| {
            let blanks = " ".repeat(4 * n);
            format!(
                "{blanks}Node Type: \"Materialize\"\n{blanks}Plans: \n{blanks}  - Alias: \"a\"\n"
            )
        }))
        .collect();
    for (name, input) in [("json", json), ("xml", xml), ("text", text), ("yaml", yaml)] {
        let output = piped(input.as_bytes(), &[]);
        assert_status(&output, 2);
        assert!(stderr(&output).starts_with("error: standard input: "), "{name}");
    }
}

/// A plan read whole, as people's programs and clients hand it out.
#[test]
fn plans_in_a_programs_strings_and_in_web_pages_are_read() {
    let lines = [
        "Hash Join  (cost=1.00..9.00 rows=5 width=8) (actual time=0.100..7.000 rows=5 loops=1)",
        "  Hash Cond: (o.depot = d.id)",
        "  ->  Seq Scan on ordering o  (cost=0.00..7.00 rows=5 width=8) (actual time=0.010..5.000 rows=5 loops=1)",
        "        Filter: (note <> 'late'::text)",
        "        Rows Removed by Filter: 12",
        "  ->  Hash  (cost=0.50..0.50 rows=3 width=4) (actual time=0.050..0.050 rows=3 loops=1)",
        "        Buckets: 1024  Batches: 1  Memory Usage: 9kB",
        "        ->  Seq Scan on depot d  (cost=0.00..0.50 rows=3 width=4) (actual time=0.010..0.020 rows=3 loops=1)",
        "Planning Time: 0.200 ms",
        "Execution Time: 7.500 ms",
    ];
    let each = |form: &dyn Fn(&str) -> String| lines.map(form).concat();
    let quoted =
        |line: &str| if line.contains('\'') { format!("\"{line}\"") } else { format!("'{line}'") };
    let escaped = lines.join("\n").replace('<', "&lt;").replace('>', "&gt;");
    for (name, text) in [
        ("tuples", format!("[{}]", each(&|line| format!("({},),\n ", quoted(line))))),
        ("rows", each(&|line| format!("({},)\n", quoted(line)))),
        ("dictionaries", format!("[{}]", each(&|l| format!("{{'QUERY PLAN': {}}}, ", quoted(l))))),
        ("semicolons", format!("QUERY PLAN;\n{}", each(&|line| format!("{line};\n")))),
        ("page", format!("<pre><code>{}</code></pre>\n", escaped)),
        ("cells", format!("<table>\n{}</table>\n", each(&|l| format!("<tr><td>{l}</td></tr>\n")))),
        ("remarks", lines.join("\n").replace("7.500 ms", "7.500 ms   <-- slow")),
        ("client's footer", format!("{}\nEXPLAIN 10\nTime: 9.1 ms\n", lines.join("\n"))),
    ] {
        let output = piped(text.as_bytes(), &["--format", "json"]);
        assert_status(&output, 0);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let plan = &document["plan"];
        assert_eq!(document["measurements"]["nodes"].as_array().unwrap().len(), 4, "{name}");
        assert_eq!(plan["execution_ms"], 7.5, "{name}");
        assert_eq!(plan["root"]["children"][0]["removed"]["by_filter"], 12.0, "{name}");
        assert!(plan.get("notices").is_none(), "{name}: {}", plan["notices"]);
    }
}

#[test]
fn a_scan_of_a_common_table_expression_can_be_the_root() {
    let plan = b" CTE Scan on kept\n   CTE kept\n     ->  Seq Scan on parcel\n           Filter: (weight > 5)\n";
    let output = piped(plan, &[]);
    assert_status(&output, 0);
    assert!(stdout(&output).contains("#0 CTE Scan on kept"), "{}", stdout(&output));
    let several = b" Delete on fleet\n   Delete on fleet_1\n   Delete on fleet_2\n   CTE gone\n     ->  Result\n   ->  Append\n         ->  Seq Scan on fleet_1\n         ->  Seq Scan on fleet_2\n";
    let output = piped(several, &[]);
    assert_status(&output, 0);
    assert!(stdout(&output).contains("#0 ModifyTable on fleet"), "{}", stdout(&output));
}

/// A plan of four lines, and what the program makes of it inside `frame`.
fn framed(frame: impl Fn(&str) -> String) -> Value {
    let plan = "Limit  (cost=0.00..9.00 rows=5 width=4) (actual time=0.1..88.0 rows=5 loops=1)\n  ->  Seq Scan on item i  \
                (cost=0.00..900.00 rows=5 width=4) (actual time=0.1..87.5 rows=5 loops=1)\n        Filter: ((doc ->> 'k'::text) = \
                'v'::text)\n        Rows Removed by Filter: 900000";
    let output = piped(frame(plan).as_bytes(), &["--format", "json"]);
    assert_status(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Clouds hand out a server's log as documents: the plan is a part of one string among others.
#[test]
fn plans_in_documents_of_a_log_are_read_whole() {
    let message =
        |plan: &str| format!("LOG:  duration: 88.100 ms  plan:\nQuery Text: SELECT 1\n{plan}");
    let one = |plan: &str| {
        serde_json::json!({"properties": {"message": message(plan), "processId": 7}}).to_string()
    };
    let several = |plan: &str| {
        let other =
            serde_json::json!({"insertId": "a", "textPayload": "LOG:  checkpoint starting: time"});
        let entry =
            serde_json::json!({"insertId": "b", "textPayload": message(plan), "severity": "INFO"});
        serde_json::json!([other, entry.clone(), entry]).to_string()
    };
    for (document, more) in [(framed(one), 0), (framed(several), 1)] {
        let plan = &document["plan"];
        assert_eq!(plan["root"]["children"][0]["filter"], "((doc ->> 'k'::text) = 'v'::text)");
        assert_eq!(plan["execution_ms"], 88.1, "{plan}");
        assert_eq!(plan["notices"].as_array().map_or(0, Vec::len), 0, "{plan}");
        let further = plan["extra"]["Further Plans"].as_u64().unwrap_or(0);
        assert_eq!(further, more, "{plan}");
        let rule = |finding: &Value| finding["rule"] == "seq-scan-discards-rows";
        assert!(document["findings"].as_array().unwrap().iter().any(rule), "{document}");
    }
}

/// Others hand it out line by line, each in a document of its own.
#[test]
fn lines_of_a_log_that_are_a_document_each_are_put_together() {
    let lines = |plan: &str| -> Vec<String> {
        let plan: String = plan.lines().map(|line| format!("\t{line}\n")).collect();
        let log = format!(
            "1 LOG:  duration: 88.100 ms  plan:\n{plan}2 LOG:  checkpoint starting: time\n"
        );
        log.lines().map(str::to_owned).collect()
    };
    let stream = |plan: &str| -> String {
        let document = |line: &String| {
            serde_json::json!({"log": format!("{line}\n"), "stream": "stderr"}).to_string() + "\n"
        };
        lines(plan).iter().map(document).collect()
    };
    let events = |plan: &str| {
        let event = |line: &String| serde_json::json!({"timestamp": 7, "message": line});
        serde_json::json!({"events": lines(plan).iter().map(event).collect::<Vec<_>>()}).to_string()
    };
    for document in [framed(stream), framed(events)] {
        let plan = &document["plan"];
        assert_eq!(plan["root"]["children"][0]["filter"], "((doc ->> 'k'::text) = 'v'::text)");
        assert_eq!(plan["execution_ms"], 88.1, "{plan}");
    }
}

#[test]
fn a_task_of_another_server_has_times_of_its_own() {
    let text = "Custom Scan (Citus Adaptive)  (cost=0.00..0.00 rows=9 width=4) (actual time=912.1..912.4 rows=4 loops=1)\n  Task Count: 2\n  \
                ->  Task\n        Node: host=10.0.0.4 port=5432 dbname=app\n        ->  Seq Scan on part_1  (cost=0.00..9.00 rows=4 width=4) \
                (actual time=0.2..611.0 rows=4 loops=1)\n              Filter: (x = 1)\n            Planning Time: 0.1 ms\n            \
                Execution Time: 611.1 ms\nPlanning Time: 1.2 ms\nExecution Time: 912.6 ms\n";
    let output = piped(text.as_bytes(), &["--format", "json"]);
    assert_status(&output, 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["plan"]["execution_ms"], 912.6);
    assert_eq!(document["plan"]["planning_ms"], 1.2);
}

#[test]
fn two_byte_text_is_read() {
    let utf16 = |text: &str| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let text = "QUERY PLAN\r\n----------\r\n Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\r\n(1 row)\r\n";
    let output = piped(&utf16(text), &[]);
    assert_status(&output, 0);
    assert!(stdout(&output).contains("Seq Scan on t"), "{}", stdout(&output));
}

#[test]
fn a_plan_of_a_warehouse_is_not_judged_as_one_of_the_server() {
    let text = "XN Limit  (cost=1.00..1.03 rows=10 width=40)\n  ->  XN Seq Scan on sales  (cost=0.00..172.00 rows=10934 width=40)";
    let output = piped(text.as_bytes(), &[]);
    assert_status(&output, 2);
    assert!(stderr(&output).contains("Amazon Redshift"), "{}", stderr(&output));
}

/// Most rules ask for times: that they found nothing says nothing.
#[test]
fn nothing_is_called_right_that_was_not_looked_at() {
    let table = "id\tselect_type\ttable\ttype\tpossible_keys\tkey\tkey_len\tref\trows\tr_rows\tfiltered\tr_filtered\tExtra\n\
                 1\tSIMPLE\to\tALL\tNULL\tNULL\tNULL\tNULL\t996042\t1000000.00\t100.00\t0.30\tUsing where\n";
    let output = piped(table.as_bytes(), &[]);
    assert_status(&output, 0);
    let said = stdout(&output);
    assert!(said.contains("rules that need more could not look"), "{said}");
    assert!(!said.contains("Nothing worth changing"), "{said}");
}

#[test]
fn a_tree_copied_as_a_string_is_a_tree() {
    let tree = "'-> Filter: (o.`state` = \\'open\\')  (cost=5.2 rows=51) (actual time=0.05..1.79 rows=24 loops=1)\\n    -> Table scan \
                on o  (cost=5.2 rows=51) (actual time=0.05..1.39 rows=500 loops=1)\\n'\n";
    let output = piped(tree.as_bytes(), &["--format", "json"]);
    assert_status(&output, 0);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["engine"], "mysql");
    assert_eq!(document["plan"]["root"]["filter"], "(o.`state` = 'open')", "{document}");
}

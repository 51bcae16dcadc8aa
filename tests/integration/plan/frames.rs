//! Plans as people paste them: from the shell in each of its displays, from CSV, from a log.

use std::fs;

use planwise::engine::postgres::explain::parse;
use planwise::plan::{Evidence, Plan, PlanError, plan_shape};

use super::captures::folder;

fn framed(name: &str) -> String {
    let path = folder().join("frames").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> Plan {
    parse(&framed(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_frame_comes_off() {
    let expected = plan_shape(&read("bare.json.txt"));
    assert!(expected.starts_with("Limit\n  Sort\n"), "{expected}");
    for frame in ["bare", "table", "border-2", "expanded", "unaligned", "unicode", "csv", "log"] {
        for form in ["json", "text"] {
            let plan = read(&format!("{frame}.{form}.txt"));
            assert_eq!(plan_shape(&plan), expected, "{frame} {form}");
            assert_eq!(plan.evidence, Evidence::A, "{frame} {form}");
            assert!(plan.execution_ms.is_some_and(|ms| ms > 1.0), "{frame} {form}");
            let scan = plan.walk().into_iter().find_map(|(node, _)| node.filter.clone());
            assert_eq!(
                scan.as_deref(),
                Some("(o.note <> 'line one\nline two +'::text)"),
                "{frame} {form}"
            );
        }
    }
}

#[test]
fn logs_tell_the_statement_and_its_duration() {
    for form in ["json", "text"] {
        let plan = read(&format!("log.{form}.txt"));
        let text = plan.query_text.expect("the statement");
        assert!(text.starts_with("SELECT c.name") && text.ends_with("LIMIT 5"), "{text}");
    }
}

#[test]
fn yaml_and_xml_give_the_tree_of_json() {
    for form in ["yaml", "xml"] {
        let plan = read(&format!("result.{form}.txt"));
        assert_eq!(plan_shape(&plan), "Result\n", "{form}");
        assert_eq!(plan.root.total_cost, Some(0.01), "{form}");
        assert_eq!(plan.root.plan_rows, Some(1.0), "{form}");
        let whole = framed(&format!("result.{form}.txt"));
        let half = whole.replace("\"Result\"", "\"Result").replace("</Plan>", "");
        assert!(parse(&half).is_err(), "{form}");
    }
}

#[test]
fn code_fences_and_line_ends_of_other_systems_are_nothing() {
    let expected = plan_shape(&read("bare.text.txt"));
    let fenced = format!("```\n{}```\n", framed("bare.text.txt"));
    assert_eq!(plan_shape(&parse(&fenced).unwrap()), expected);
    let carriage = framed("table.text.txt").replace('\n', "\r\n");
    assert_eq!(plan_shape(&parse(&carriage).unwrap()), expected);
    let marked = format!("\u{feff}{}", framed("bare.json.txt"));
    assert_eq!(plan_shape(&parse(&marked).unwrap()), expected);
}

#[test]
fn half_a_plan_is_named_as_such() {
    let whole = framed("bare.json.txt");
    let half = &whole[..whole.len() / 2];
    match parse(half).unwrap_err() {
        PlanError::Malformed { line, message } => {
            assert_eq!(line, half.lines().count());
            assert!(message.contains("cut off"), "{message}");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn what_is_no_plan_is_refused_with_a_reason() {
    for (input, said) in [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("SELECT 1;", "no line of it names a plan node"),
        ("[]", "list is empty"),
        ("{\"query_block\": {}}", "no \"Plan\" key"),
        ("42", "no line of it"),
        (
            "-> Limit: 5 row(s)  (cost=2.1 rows=5) (actual time=0.03..0.04 rows=5 loops=1)",
            "MySQL server",
        ),
        ("{\"Plan\": 7}", "no \"Plan\" key"),
        ("[[1,2]]", "no object"),
        ("{\"Plan\": {\"Plans\": [3]}}", "not an object"),
        ("PNG\u{0}\u{1}", "binary"),
    ] {
        let error = parse(input).expect_err(input).to_string();
        assert!(error.contains(said), "{input:?}: {error}");
    }
}

#[test]
fn lost_indentation_is_not_guessed() {
    let text = "Sort  (cost=1.00..2.00 rows=1 width=4)\n->  Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)\n";
    let error = parse(text).unwrap_err().to_string();
    assert!(error.contains("indentation is lost"), "{error}");
}

const SMALL: &str = "Limit  (cost=1.00..2.00 rows=1 width=4) (actual time=0.100..0.200 rows=1 loops=1)\n  ->  Sort  (cost=1.00..2.00 rows=5 width=4) (actual time=0.100..0.200 rows=1 loops=1)\n        Sort Key: a\n        ->  Seq Scan on t  (cost=0.00..1.00 rows=5 width=4) (actual time=0.010..0.020 rows=5 loops=1)\n              Filter: (b = 1)\nPlanning Time: 0.100 ms\nExecution Time: 0.300 ms\n";

#[test]
fn a_root_indented_anew_stands_above_its_tree() {
    let expected = parse(SMALL).unwrap();
    for blanks in [2, 4, 8, 20] {
        let plan = parse(&format!("{}{SMALL}", " ".repeat(blanks))).unwrap();
        assert_eq!(plan, expected, "{blanks}");
    }
    // Where what stands below the tree is as deep as its arrows, nothing tells them apart.
    let deep =
        SMALL.replace("Planning Time", "  Planning Time").replace("Execution", "  Execution");
    let read = parse(&format!("    {deep}"));
    assert!(read.is_err(), "{read:?}");
}

#[test]
fn figures_on_lines_of_their_own_belong_to_the_name_above() {
    let expected = parse(SMALL).unwrap();
    let broken = SMALL.replace("  (cost", "\n      (cost").replace(" (actual", "\n      (actual");
    assert_eq!(parse(&broken).unwrap(), expected);
    let first_only = SMALL.replacen("  (cost", "\n(cost", 1).replacen(" (actual", "\n(actual", 1);
    assert_eq!(parse(&first_only).unwrap(), expected);
}

#[test]
fn a_quote_left_behind_the_figures_is_nothing() {
    let expected = parse(SMALL).unwrap();
    assert_eq!(parse(&SMALL.replacen("loops=1)", "loops=1)\"", 1)).unwrap(), expected);
}

#[test]
fn lines_closed_by_a_border_only_are_read() {
    let expected = parse(SMALL).unwrap();
    let widest = SMALL.lines().map(str::len).max().unwrap();
    for padded in [true, false] {
        let closed: String = SMALL
            .lines()
            .map(|line| match padded {
                true => format!("{line:<widest$}|\n"),
                false => format!("{line}|\n"),
            })
            .collect();
        assert_eq!(parse(&closed).unwrap(), expected, "{padded}");
    }
}

#[test]
fn depth_is_bounded_without_a_stack_overflow() {
    let deep = |depth: usize| {
        let open = "{\"Node Type\":\"Limit\",\"Plans\":[".repeat(depth);
        format!("[{{\"Plan\":{open}{{\"Node Type\":\"Result\"}}{}}}]", "]}".repeat(depth))
    };
    let plan = parse(&deep(190)).expect("190 nodes deep");
    assert_eq!(plan.walk().len(), 191);
    let stored = serde_json::to_string(&plan).unwrap();
    assert!(stored.len() > 191 * 100);
    assert!(matches!(parse(&deep(100_000)), Err(PlanError::TooLarge(_))));
    assert!(matches!(parse(&"[".repeat(1_000_000)), Err(PlanError::TooLarge(_))));
    let text: String = (0..100_000)
        .map(|depth| {
            format!(
                "{}->  Limit  (cost=0.00..1.00 rows=1 width=4)\n",
                " ".repeat((depth * 6).min(3000))
            )
        })
        .collect();
    assert!(parse(&format!("Limit  (cost=0.00..1.00 rows=1 width=4)\n{text}")).is_err());
}

#[test]
fn large_inputs_are_refused_before_they_are_read() {
    let huge = " ".repeat(101 * 1024 * 1024 - 1) + "x";
    assert!(matches!(parse(&huge), Err(PlanError::TooLarge(_))));
}

#[test]
fn odd_documents_are_kept_as_far_as_they_go() {
    let plan = parse(
        r#"{"QUERY PLAN": [{"Plan": {"Node Type": "Quantum Scan", "Plan Rows": "12", "Actual Rows": 3.0,
            "Actual Loops": 2.0, "Filter": 7, "Flux": {"a": [1]},
            "Workers": [{"Worker Number": 0, "Sort Method": "quicksort", "Sort Space Used": 25, "Sort Space Type": "Disk"}],
            "Workers": [{"Worker Number": 0, "Actual Loops": 1, "Actual Rows": 2}]},
            "Zeta": 1}, {"Plan": {"Node Type": "Result"}}]}"#,
    )
    .unwrap();
    assert_eq!(plan.root.label, "Quantum Scan");
    assert_eq!(plan.root.plan_rows, Some(12.0));
    assert_eq!(plan.root.filter, None);
    assert_eq!(plan.root.extra["Filter"], 7);
    assert_eq!(plan.root.extra["Flux"]["a"][0], 1);
    assert_eq!(plan.extra["Zeta"], 1);
    assert_eq!(plan.extra["Further Plans"], 1);
    // `3.0` is how some tools print `3`: it says nothing about the server's decimals.
    assert_eq!(plan.root.actual.unwrap().rows_rounding, 0.5);
    let worker = &plan.root.workers[0];
    assert!(worker.sort.as_ref().unwrap().on_disk);
    assert_eq!(worker.actual.unwrap().rows, 2.0);
}

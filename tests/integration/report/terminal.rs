//! What is printed at the end of a run.

use planwise::report::Document;
use planwise::report::terminal::{Format, Looks, show};

use super::sample;

pub const PLAIN: Looks = Looks { width: 80, color: false, brief: false };

fn printed(document: &Document, width: usize, color: bool) -> String {
    laid_out(document, Looks { width, color, brief: false })
}

fn laid_out(document: &Document, looks: Looks) -> String {
    let mut out = Vec::new();
    let path = std::path::Path::new("planwise-out/report.html");
    show(document, Format::Text, looks, Some(path), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn before_and_after_at_eighty_columns() {
    insta::assert_snapshot!(printed(&sample::tuned(), 80, false));
}

#[test]
fn a_run_without_an_after() {
    insta::assert_snapshot!(printed(&sample::judged(), 80, false));
}

#[test]
fn nothing_is_wider_than_the_terminal_and_nothing_is_coloured() {
    for width in [40, 60, 80, 100, 140] {
        let text = printed(&sample::tuned(), width, false);
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= width, "{widest} columns at {width}:\n{text}");
        assert!(!text.contains('\u{1b}'));
    }
    assert!(printed(&sample::tuned(), 80, true).contains("\u{1b}[32m"));
}

#[test]
fn names_cannot_command_the_terminal() {
    let mut document = sample::tuned();
    let hostile = "\u{1b}]0;owned\u{7}\u{9b}2J\rq\u{202e}";
    document.run.queries[0].id = hostile.to_owned();
    document.findings[0].message = hostile.to_owned();
    document.findings[0].title = hostile.to_owned();
    document.run.notes = vec![hostile.to_owned()];
    document.advice.indexes[0].ddl = hostile.to_owned();
    if let Some(comparison) = &mut document.comparison {
        comparison.queries[0].query = hostile.to_owned();
    }
    for text in [printed(&document, 80, false), printed(&sample::judged(), 80, false)] {
        let control = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!text.contains(control), "{text:?}");
    }
    assert!(printed(&document, 80, false).contains("\\u{1b}]0;owned"));
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    show(&sample::judged(), Format::Markdown, PLAIN, None, &mut Closed).unwrap();
}

#[test]
fn a_document_without_numbers_says_so() {
    let mut document = sample::judged();
    document.run.queries.retain(|q| q.latency.is_none());
    let text = printed(&document, 80, false);
    assert!(text.contains("No query could be measured"), "{text}");
    assert!(text.contains("refused return a film (shop.sql:1): it changes"), "{text}");
    let mut empty = sample::faultless();
    empty.run.queries.truncate(5);
    let text = printed(&empty, 80, false);
    assert!(text.contains("No rule knows a remedy"), "{text}");
    assert!(text.contains("passes in #"), "{text}");
    for plan in empty.run.queries.iter_mut().flat_map(|query| &mut query.plans) {
        plan.plan.planning_ms = None;
    }
    for measured in empty.measurements.values_mut() {
        measured.total_ms = Some(0.5);
    }
    assert!(printed(&empty, 80, false).contains("Nothing worth changing"));
    // Of plans that nobody executed, most rules cannot say that.
    for query in &mut empty.run.queries {
        query.status = planwise::run::Status::Planned;
    }
    let text = printed(&empty, 80, false);
    assert!(text.contains("Nothing found in the estimates"), "{text}");
    assert!(!text.contains("Nothing worth changing"), "{text}");
}

#[test]
fn quiet_leaves_the_verdict_what_failed_and_the_path() {
    let text = laid_out(&sample::tuned(), Looks { brief: true, ..PLAIN });
    assert!(text.lines().count() < 12, "{text}");
    for part in ["Workload", "typo", "Report: planwise-out/report.html"] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn a_failed_query_is_shown_with_its_file_its_line_and_the_place() {
    let text = printed(&sample::judged(), 80, false);
    assert!(text.contains("typo (shop.sql:1)"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.trim_end().ends_with('^')).expect("a caret");
    assert_eq!(lines[at].find('^'), lines[at - 1].find("titel"), "{text}");
}

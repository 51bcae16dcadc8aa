//! Statements, names and messages that try to be something else than text.

use planwise::report::Document;
use planwise::rule::Severity;

use super::sample;

pub const SCRIPT: &str = "</script><script>alert(1)</script>";
pub const MARKUP: &str = "<img src=x onerror=\"alert(2)\">'\"&amp;`|";
pub const EMOJI: &str = "🎬👩‍💻 Ünïcødé";
/// Would turn the direction of what follows.
pub const TURNED: &str = "user\u{202e}nimda\u{2066}";

/// Hostile text wherever text from outside is shown.
pub fn document() -> Document {
    let mut document = sample::tuned();
    let hostile = format!("{SCRIPT} {MARKUP} {EMOJI} {TURNED}");
    let rename = |id: &mut String| *id = format!("{id} {SCRIPT}{MARKUP}");
    for run in std::iter::once(&mut document.run).chain(&mut document.after) {
        rename(&mut run.queries[0].id);
        run.queries[0].sql = format!("SELECT '{hostile}'");
        run.queries[1].sql = format!("SELECT '{}END-OF-LITERAL'", "x".repeat(1_000_000));
        run.workload.name = hostile.clone();
        run.server.version = hostile.clone();
        run.notes = vec![hostile.clone()];
        run.settings[1].value = hostile.clone();
        let plan = &mut run.queries[0].plans[0].plan;
        plan.root.filter = Some(format!("(a = '{hostile}'::text)"));
        plan.root.relation = Some(hostile.clone());
        plan.root.label = hostile.clone();
        plan.root.join_type = Some(hostile.clone());
        plan.root.extra.insert(MARKUP.to_owned(), SCRIPT.into());
    }
    let finding = &mut document.findings[0];
    finding.severity = Severity::High;
    let texts = [
        &mut finding.title,
        &mut finding.message,
        &mut finding.why,
        &mut finding.fix,
        &mut finding.verify,
        &mut finding.rule,
        &mut finding.actions[0].statement,
    ];
    for text in texts {
        *text = hostile.clone();
    }
    finding.query.iter_mut().for_each(rename);
    document.advice.indexes[0].ddl = format!("CREATE INDEX \"{hostile}\" ON t (c)");
    document.advice.indexes[0].why = format!("{hostile}\nDROP TABLE rental;");
    if let Some(comparison) = &mut document.comparison {
        rename(&mut comparison.queries[0].query);
        comparison.queries[0].note = Some(hostile.clone());
    }
    document.measurements = sample::measurements(&document.run);
    document
}

#[test]
fn no_markup_survives_in_markdown() {
    let folder = tempfile::TempDir::new().unwrap();
    planwise::report::write(&document(), folder.path()).unwrap();
    let text = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        // Outside of fences raw markup may only stand inside a code span.
        let open = !fenced && !line.contains('`');
        assert!(!(open && (line.contains("<script") || line.contains("<img"))), "{line}");
    }
    assert!(!fenced, "a fence was left open");
}

#[test]
fn a_reason_cannot_become_a_statement() {
    let folder = tempfile::TempDir::new().unwrap();
    planwise::report::write(&document(), folder.path()).unwrap();
    let script = std::fs::read_to_string(folder.path().join("advice.sql")).unwrap();
    assert!(script.contains("-- DROP TABLE rental;"));
    assert!(!script.lines().any(|line| line.starts_with("DROP TABLE")), "{script}");
}

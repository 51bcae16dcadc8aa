//! A literal planted everywhere is found nowhere.

use std::fs;
use std::path::Path;

use planwise::advise::Outcome;
use planwise::engine::{DbError, DbErrorKind};
use planwise::report::terminal::{Format, show};

use super::terminal::PLAIN;
use planwise::report::{Document, write};
use planwise::rule::ActionKind;
use planwise::run::{ErrorCount, QueryRun, Status};
use tempfile::TempDir;

use super::sample;

const WORD: &str = "S3CR3Tword";
const MAIL: &str = "jane.S3CR3T@example.org";
const NUMBER: &str = "778899001122";

fn planted() -> Document {
    let mut document = sample::tuned();
    for run in std::iter::once(&mut document.run).chain(&mut document.after) {
        plant_in_query(&mut run.queries[0]);
        run.queries[1].shape = None;
        run.queries[1].sql = format!(
            "SELECT '{WORD}', \"{MAIL}\", {NUMBER} -- {WORD}\n/* {MAIL} */ FROM it's {WORD}"
        );
        let error = server_error();
        run.queries[5].status = Status::Failed { error: error.clone() };
        run.queries[5].errors = vec![ErrorCount { error, count: 2 }];
        run.notes.push(format!("The value '{WORD}' of customer {NUMBER} is hot; see {MAIL}."));
        run.catalog.tables[0].columns[0].common_values.push((WORD.to_owned(), 0.3));
        let index = &mut run.catalog.tables[0].indexes[0];
        index.predicate = Some(format!("(note = '{WORD}'::text)"));
        index.ddl = format!("CREATE INDEX i ON rental (note) WHERE note = '{WORD}'");
        index.keys[0].text = format!("replace(note, '{WORD}'::text, ''::text)");
    }
    plant_in_findings(&mut document);
    plant_in_advice(&mut document);
    if let Some(comparison) = &mut document.comparison {
        comparison.notes.push(format!("only for '{WORD}'"));
        comparison.queries[0].note = Some(format!("the plan for {MAIL} changed"));
    }
    document
}

fn plant_in_query(query: &mut QueryRun) {
    query.sql = format!(
        "SELECT /* {MAIL} */ id AS S3CR3T_name, note AS \"{MAIL}\" FROM rental -- {WORD}\n\
         WHERE note = '{WORD}' AND id IN ({NUMBER}, 2) ORDER BY S3CR3T_name OFFSET {NUMBER}"
    );
    let dialect = planwise::engine::by_name("postgres").unwrap().dialect();
    query.shape = Some(dialect.shape(&query.sql).unwrap());
    query.params = vec![vec![Some(MAIL.to_owned()), None]];
    query.explain_note = Some(format!("no plan for {MAIL}"));
    let record = &mut query.plans[0];
    record.params = vec![Some(MAIL.to_owned())];
    record.raw = serde_json::json!([{
        "Plan": { "Node Type": "Seq Scan", "Filter": format!("((note = '{WORD}'::text) AND (id = {NUMBER}))") },
        "Query Text": format!("select '{MAIL}'"),
        "Query Parameters": format!("$1 = '{MAIL}'"),
    }]);
    record.plan.query_text = Some(query.sql.clone());
    record.plan.extra.insert("Query Parameters".to_owned(), format!("$1 = '{MAIL}'").into());
    let node = &mut record.plan.root;
    let condition = Some(format!("((note = '{WORD}'::text) AND (id = {NUMBER}))"));
    node.filter = condition.clone();
    node.index_cond = condition.clone();
    node.recheck_cond = condition.clone();
    node.join_cond = condition.clone();
    node.join_filter = condition.clone();
    node.one_time_filter = condition;
    node.output = vec![format!("'{WORD}'::text"), NUMBER.to_owned()];
    node.sort.get_or_insert_default().keys =
        vec![format!("(replace(note, '{WORD}'::text, ''::text))")];
    node.aggregate.get_or_insert_default().group_keys = vec![format!("(note || '{WORD}'::text)")];
    node.memoize.get_or_insert_default().key = Some(format!("'{WORD}'::text"));
    node.extra.insert("Function Call".to_owned(), format!("f('{WORD}'::text, {NUMBER})").into());
}

fn server_error() -> DbError {
    DbError {
        kind: DbErrorKind::Statement,
        message: format!(
            "syntax near 'WHERE note = '{WORD}' AND id = {NUMBER}' at line 1: \"{MAIL}\", says {WORD}"
        ),
        sqlstate: Some("42601".to_owned()),
        detail: Some(format!("Failing row contains ({WORD}, {NUMBER}, {MAIL}).")),
        remedy: Some(format!("look at '{WORD}' or {MAIL}, {WORD}")),
        position: None,
    }
}

fn plant_in_findings(document: &mut Document) {
    for finding in &mut document.findings {
        finding.title = format!("Filter on note = '{WORD}' discards 999,600 rows");
        finding.message = format!(
            "999,600 rows read to keep 20 by `((note = '{WORD}'::text) AND (id = {NUMBER}))` for {MAIL}"
        );
        finding.why = format!("because of {WORD}");
        finding.columns = vec![format!("(note || '{WORD}')")];
        finding.fix = format!(
            "Where it is `overdue`, compare '{WORD}' and {MAIL}: an overdue rental is one."
        );
        finding.ignore_when = Some(format!("unless {NUMBER} matters"));
        for action in &mut finding.actions {
            action.caution = Some(format!("locks '{WORD}'"));
        }
    }
    document.findings[1].actions[0].kind = ActionKind::Rewrite;
    document.findings[1].actions[0].statement =
        format!("-- Compare note itself with {MAIL}, {NUMBER} or '{WORD}', as {MAIL} does");
    document.findings[0].actions[0].statement =
        format!("CREATE INDEX ON rental (id) WHERE note = '{WORD}'");
}

fn plant_in_advice(document: &mut Document) {
    let index = &mut document.advice.indexes[0];
    index.ddl = format!("CREATE INDEX x ON rental (id) WHERE note = '{WORD}' AND id > {NUMBER}");
    index.undo = format!("DROP INDEX x /* {WORD} */");
    index.predicate = Some(format!("note = '{WORD}'"));
    index.columns = vec![format!("(note || '{WORD}')")];
    index.why = format!("`note = '{WORD}'` holds for few rows");
    index.outcome = Outcome::Dropped { reason: format!("no gain for '{WORD}'") };
    let statistics = &mut document.advice.statistics[0];
    statistics.statement = format!("CREATE STATISTICS s ON (note || '{WORD}') FROM rental");
    document.advice.drops[0].undo = format!("CREATE INDEX y ON rental (id) WHERE note = '{WORD}'");
    document.advice.notes.push(format!("'{WORD}' is hot"));
}

fn leaks(text: &str, place: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let found = [WORD, MAIL, NUMBER, "S3CR3T", "778,899"];
    let found = found.into_iter().filter_map(|secret| {
        let at = lower.find(&secret.to_lowercase())?;
        let around: String = text[at.saturating_sub(60)..].chars().take(140).collect();
        Some(format!("{place}: {around}"))
    });
    found.collect()
}

fn leaks_in(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(leaks_in(&path));
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(leaks(&text, &path.file_name().unwrap().to_string_lossy()));
        }
    }
    found
}

#[test]
fn a_redacted_report_holds_no_literal() {
    let folder = TempDir::new().unwrap();
    let mut document = planted();
    write(&document, folder.path()).unwrap();
    assert!(leaks_in(folder.path()).len() > 10, "the plant itself must be visible");

    document.redact = true;
    let clean = TempDir::new().unwrap();
    write(&document, clean.path()).unwrap();
    assert_eq!(leaks_in(clean.path()), Vec::<String>::new());
    for format in [Format::Text, Format::Json, Format::Markdown] {
        let mut printed = Vec::new();
        show(&document, format, PLAIN, None, &mut printed).unwrap();
        assert_eq!(leaks(&String::from_utf8(printed).unwrap(), "printed"), Vec::<String>::new());
    }
}

#[test]
fn numbers_names_and_settings_survive_redaction() {
    let folder = TempDir::new().unwrap();
    let mut document = planted();
    document.redact = true;
    write(&document, folder.path()).unwrap();
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let findings = text("findings.json");
    assert!(findings.contains("999,600 rows read to keep 20 by `((note = <literal>"), "{findings}");
    assert!(findings.contains("and <literal>: an overdue rental is one."), "{findings}");
    assert!(findings.contains("-- Compare note itself with <literal>, <literal> or"), "{findings}");
    let script = text("advice.sql");
    assert!(script.contains("ALTER SYSTEM SET work_mem = '16MB';"), "{script}");
    let statistics = "-- CREATE STATISTICS s ON (note || <literal>) FROM rental";
    assert!(script.contains(statistics), "not runnable, so behind comment marks: {script}");
    let run = text("run.json");
    assert!(run.contains("\"42601\"") && run.contains("detail withheld"));
    assert!(text("report.html").contains("Literals were replaced by placeholders"));
}

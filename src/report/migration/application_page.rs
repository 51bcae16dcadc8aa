//! The application's queries on both sides as a page.

use super::page::{Mark, MigrationPage, PageSection, PageTone};
use crate::migrate::application::{
    AnswerVerdict, ApplicationReport, QueryCheck, TransactionCheck, UnlikeRow,
};
use crate::report::format;

pub fn application_page(report: &ApplicationReport) -> MigrationPage {
    let different =
        report.count(AnswerVerdict::Different) + report.transactions_that(AnswerVerdict::Different);
    let failed = report.smoke.iter().filter(|smoke| !smoke.passed).count();
    let (tone, title) = match (report.failed(), report.open()) {
        (true, _) => (
            PageTone::Bad,
            format!(
                "{} otherwise, {} of {} checks failed",
                format::counted(different, "query answers", "queries answer"),
                failed,
                report.smoke.len()
            ),
        ),
        (false, true) => {
            (PageTone::Attention, "Not every query could be asked on both sides".to_owned())
        }
        (false, false) => (
            PageTone::Good,
            format!(
                "{} alike",
                format::counted(report.queries.len(), "query answers", "queries answer")
            ),
        ),
    };
    let mut page = MigrationPage {
        kind: "application".to_owned(),
        title,
        tone,
        lead: vec![format!("Source: {}. Target: {}.", report.source, report.target)],
        sections: Vec::new(),
    };
    let smoke = report.smoke.iter().map(|smoke| {
        let mark = if smoke.passed { Mark::Proven } else { Mark::Failed };
        (mark, format!("{}: {} (found {})", smoke.id, smoke.check, smoke.found))
    });
    let smoke: Vec<(Mark, String)> = smoke.collect();
    if !smoke.is_empty() {
        page.add(PageSection::new("Critical flows").checks(smoke));
    }
    let rows = report.queries.iter().map(row);
    page.add(PageSection::new("Queries").table(
        &["Query", "Answer", "Rows", "Source", "Target", "Target to source", "Why"],
        rows.collect(),
    ));
    let transactions = report.transactions.iter().map(transaction);
    page.add(
        PageSection::new("Transactions, undone on both sides")
            .table(&["Transaction", "Answer", "Statements", "Why"], transactions.collect()),
    );
    for query in report.queries.iter().filter(|query| !query.examples.is_empty()) {
        let section = examples(&query.id, &query.examples);
        page.add(section.code(query.target_sql.clone().unwrap_or_default()));
    }
    for one in report.transactions.iter().filter(|one| !one.examples.is_empty()) {
        page.add(examples(&one.name, &one.examples));
    }
    page
}

fn row(query: &QueryCheck) -> Vec<String> {
    let times = query.times.as_ref();
    let ratio = times.map_or(String::new(), |times| match (times.ratio_low, times.ratio_high) {
        (Some(low), Some(high)) => format!("{:.2} ({low:.2} to {high:.2})", times.ratio),
        _ => format!("{:.2}", times.ratio),
    });
    vec![
        query.id.clone(),
        query.verdict.word().to_owned(),
        query.rows.map_or(String::new(), |rows| rows.to_string()),
        times.map_or(String::new(), |times| format::millis(times.source_ms)),
        times.map_or(String::new(), |times| format::millis(times.target_ms)),
        ratio,
        query.why.clone(),
    ]
}

fn transaction(check: &TransactionCheck) -> Vec<String> {
    vec![
        check.name.clone(),
        check.verdict.word().to_owned(),
        format!("{} of {}", check.compared, check.statements),
        check.why.clone(),
    ]
}

fn examples(name: &str, pairs: &[UnlikeRow]) -> PageSection {
    let row = |row: &Option<Vec<Option<String>>>| match row {
        None => "–".to_owned(),
        Some(values) => {
            let values =
                values.iter().map(|value| value.clone().unwrap_or_else(|| "NULL".to_owned()));
            values.collect::<Vec<_>>().join(" | ")
        }
    };
    let rows = pairs.iter().map(|pair| vec![row(&pair.source), row(&pair.target)]);
    PageSection::new(format!("{name}: rows that differ"))
        .table(&["Source", "Target"], rows.collect())
}

//! A comparison of two databases as a page.

use super::page::{MigrationPage, PageSection, PageTone};
use crate::migrate::parity::{
    Difference, ParityReport, RowDifference, SchemaDifference, TableParity, Verdict, Weight,
};
use crate::report::format;

pub fn parity_page(report: &ParityReport) -> MigrationPage {
    let tone = match report.verdict {
        Verdict::Equal => PageTone::Good,
        Verdict::Different => PageTone::Bad,
        Verdict::Inconclusive => PageTone::Attention,
    };
    let mut page = MigrationPage {
        kind: "parity".to_owned(),
        title: title(report),
        tone,
        lead: lead(report),
        sections: Vec::new(),
    };
    page.add(rows(report));
    for table in report.tables.iter().filter(|table| !table.differences.is_empty()) {
        page.add(differing(table));
    }
    page.add(in_flight(report));
    page.add(constraints(report));
    page.add(schema(report, Weight::Difference, "Differences of the schema"));
    page.add(schema(report, Weight::Note, "Converted, and every value survives"));
    page.add(columns(report));
    let left_out = PageSection::new("Left out, as asked for");
    page.add(left_out.list(report.left_out.clone()));
    page.add(PageSection::new("Notes").list(report.notes.clone()));
    page
}

fn title(report: &ParityReport) -> String {
    let tables = format::counted(report.tables.len(), "table", "tables");
    let rows: u64 = report.tables.iter().map(|table| table.source_rows).sum();
    match report.verdict {
        Verdict::Equal => {
            format!("Equal: {tables}, {} rows on each side", format::count(rows as f64))
        }
        Verdict::Different => format!("Different: {}", report.reasons.join("; ")),
        Verdict::Inconclusive => {
            "Inconclusive: not everything could be compared exactly".to_owned()
        }
    }
}

fn lead(report: &ParityReport) -> Vec<String> {
    let side = |side: &crate::migrate::parity::ParitySide| {
        format!(
            "{} {} at {}, database {}",
            side.server.engine, side.server.version, side.server.address, side.server.database
        )
    };
    let seconds = report.finished.duration_since(report.started).as_secs_f64();
    let mut lead = vec![
        format!("Source: {}.", side(&report.source)),
        format!("Target: {}.", side(&report.target)),
        format!(
            "Read {} rows in {seconds:.1} s, both sides together.",
            format::count(report.rows() as f64)
        ),
    ];
    if report.verdict != Verdict::Different {
        lead.extend(report.reasons.iter().map(|reason| format!("{reason}.")));
    }
    lead
}

fn rows(report: &ParityReport) -> PageSection {
    let rows = report.tables.iter().map(|table| {
        let name = match table.source == table.target {
            true => table.source.clone(),
            false => format!("{} → {}", table.source, table.target),
        };
        vec![
            name,
            table.verdict.word().to_owned(),
            format::count(table.source_rows as f64),
            format::count(table.target_rows as f64),
            table.differing_rows.to_string(),
            format!("{:.1} s", table.seconds),
            table.method.clone(),
        ]
    });
    PageSection::new("Rows")
        .table(&["Table", "Verdict", "Source", "Target", "Differ", "Time", "How"], rows.collect())
}

fn differing(table: &TableParity) -> PageSection {
    let heading = format!(
        "{}: {}",
        table.source,
        format::counted(table.differing_rows as usize, "row differs", "rows differ")
    );
    let mut rows = Vec::new();
    for difference in &table.differences {
        rows.extend(difference_rows(difference));
    }
    let mut section = PageSection::new(heading);
    let shown = table.differences.len() as u64;
    if shown < table.differing_rows {
        section = section.text(format!("The first {shown} are shown."));
    }
    section.table(&["Row", "Column", "Source", "Target", "What"], rows)
}

fn difference_rows(difference: &RowDifference) -> Vec<Vec<String>> {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
    let name = difference.row.iter().map(|(column, text)| format!("{column} = {}", value(text)));
    let name = name.collect::<Vec<_>>().join(", ");
    let quoted = |text: &Option<String>| match text {
        Some(text) => format!("'{text}'"),
        None => "NULL".to_owned(),
    };
    if difference.kind != Difference::Changed {
        let (source, target) = match difference.kind {
            Difference::Missing => ("there", "–"),
            _ => ("–", "there"),
        };
        let what = difference.kind.word().to_owned();
        return vec![vec![name, "–".to_owned(), source.to_owned(), target.to_owned(), what]];
    }
    difference
        .columns
        .iter()
        .map(|column| {
            vec![
                name.clone(),
                column.column.clone(),
                quoted(&column.source),
                quoted(&column.target),
                column.nature.clone().unwrap_or_else(|| "changed".to_owned()),
            ]
        })
        .collect()
}

fn in_flight(report: &ParityReport) -> PageSection {
    let moving = report.tables.iter().filter(|table| table.in_flight > 0);
    let items = moving.map(|table| {
        format!(
            "{}: {} differed while it was written to; {} of them were equal when read again, {} were still changing",
            table.source,
            format::counted(table.in_flight as usize, "row", "rows"),
            table.settled,
            table.in_flight.saturating_sub(table.settled)
        )
    });
    PageSection::new("In flight").list(items.collect())
}

fn constraints(report: &ParityReport) -> PageSection {
    let rows = report.constraints.iter().map(|finding| {
        let also = if finding.on_source_too { "on the source too" } else { "on the target" };
        vec![finding.object.clone(), finding.message.clone(), also.to_owned()]
    });
    PageSection::new("Constraints and orphans")
        .table(&["Constraint", "What", "Where"], rows.collect())
}

fn schema(report: &ParityReport, weight: Weight, heading: &str) -> PageSection {
    let of_weight = |difference: &&SchemaDifference| difference.weight == weight;
    let rows = report.schema.iter().filter(of_weight).map(|difference| {
        vec![difference.object.clone(), difference.message.clone(), difference.id.clone()]
    });
    PageSection::new(heading).table(&["Object", "What", "Kind"], rows.collect())
}

/// What was not compared exactly, table by table.
fn columns(report: &ParityReport) -> PageSection {
    let items = report.tables.iter().flat_map(|table| {
        table
            .skipped
            .iter()
            .map(|skipped| format!("{}.{}: {}", table.source, skipped.column, skipped.why))
    });
    PageSection::new("Columns that were not compared").list(items.collect())
}

//! An inventory as a page.

use super::page::{MigrationPage, PageSection, PageTone};
use crate::engine::Setting;
use crate::engine::migration::{ObjectClass, Point, Severity};
use crate::migrate::inventory::InventoryReport;
use crate::report::format;

/// Objects of one kind that are listed; the JSON document has all.
const LISTED: usize = 200;

pub fn inventory_page(report: &InventoryReport) -> MigrationPage {
    let server = &report.state.server;
    let blocks = report.count(Severity::Blocks);
    let mut page = MigrationPage {
        kind: "inventory".to_owned(),
        title: title(report),
        tone: match (&report.review, blocks) {
            (None, _) => PageTone::Neutral,
            (Some(_), 0) => PageTone::Good,
            (Some(_), _) => PageTone::Bad,
        },
        lead: vec![format!(
            "{} {} at {}, database {}, {}; read as {} on {}.",
            server.engine,
            server.version,
            server.address,
            server.database,
            server.database_bytes.map_or("size unknown".to_owned(), |b| format::bytes(b as f64)),
            server.user,
            report.taken.strftime("%Y-%m-%d %H:%M UTC")
        )],
        sections: Vec::new(),
    };
    if report.review.is_some() && !report.counted {
        page.lead.push("Declarations were read, and no values counted: --count-values looks for values that will not fit.".to_owned());
    }
    review(report, &mut page);
    page.add(hidden(report));
    page.add(tables(report));
    page.add(growth(report));
    page.add(settings(report));
    for (class, heading) in ObjectClass::ALL {
        page.add(objects(report, class, heading));
    }
    page.add(transactions(report));
    page.add(statements(report));
    page
}

fn title(report: &InventoryReport) -> String {
    let tables = format::counted(report.inventory.shape.tables.len(), "table", "tables");
    match &report.review {
        None => format!("Inventory of {}: {tables}", report.state.server.database),
        Some(review) => format!(
            "To {}: {}, {}, {}",
            review.target,
            format::counted(report.count(Severity::Blocks), "point blocks", "points block"),
            format::counted(report.count(Severity::NeedsWork), "needs work", "need work"),
            format::counted(report.count(Severity::Note), "note", "notes"),
        ),
    }
}

fn review(report: &InventoryReport, page: &mut MigrationPage) {
    let Some(review) = &report.review else { return };
    for severity in [Severity::Blocks, Severity::NeedsWork, Severity::Note] {
        let points: Vec<&Point> =
            review.points.iter().filter(|point| point.severity == severity).collect();
        let rows = points.iter().map(|point| {
            vec![point.object.clone(), point.why.clone(), point.action.clone(), point.id.clone()]
        });
        let heading = match severity {
            Severity::Blocks => "Blocks",
            Severity::NeedsWork => "Needs work",
            Severity::Note => "Notes",
        };
        page.add(
            PageSection::new(heading)
                .table(&["Object", "Why", "What to do", "Kind"], rows.collect()),
        );
    }
    for point in review.points.iter().filter(|point| point.suggestion.is_some()) {
        let heading = format!("Suggested for {} (to be reviewed)", point.object);
        page.add(PageSection::new(heading).code(point.suggestion.clone().unwrap_or_default()));
    }
}

fn hidden(report: &InventoryReport) -> PageSection {
    let rows =
        report.state.hidden.iter().map(|hidden| vec![hidden.what.clone(), hidden.right.clone()]);
    PageSection::new("What this login could not see")
        .table(&["What", "What would show it"], rows.collect())
}

fn tables(report: &InventoryReport) -> PageSection {
    let mut tables: Vec<_> = report.state.catalog.tables.iter().filter(|t| t.bytes > 0).collect();
    let size = |table: &&crate::engine::Table| {
        table.bytes + table.indexes.iter().map(|index| index.bytes).sum::<u64>()
    };
    tables.sort_by_key(|table| std::cmp::Reverse(size(table)));
    let rows = tables.iter().take(LISTED).map(|table| {
        let indexes: u64 = table.indexes.iter().map(|index| index.bytes).sum();
        let largest = table.indexes.iter().max_by_key(|index| index.bytes);
        vec![
            format!("{}.{}", table.schema, table.name),
            table.kind.clone(),
            format::count(table.rows),
            format::bytes(table.bytes as f64),
            format::bytes(indexes as f64),
            largest.map_or(String::new(), |index| {
                format!("{} {}", index.name, format::bytes(index.bytes as f64))
            }),
        ]
    });
    PageSection::new("Sizes").table(
        &["Table", "Kind", "Rows (estimated)", "Data", "Indexes", "Largest index"],
        rows.collect(),
    )
}

fn growth(report: &InventoryReport) -> PageSection {
    let Some(growth) = &report.growth else { return PageSection::new("Growth") };
    let rows = growth.tables.iter().take(LISTED).map(|(table, bytes)| {
        let sign = if *bytes < 0 { "-" } else { "+" };
        let size = format::bytes(bytes.unsigned_abs() as f64);
        let day = format::bytes(bytes.unsigned_abs() as f64 / growth.days.max(1e-9));
        vec![table.clone(), format!("{sign}{size}"), format!("{sign}{day}")]
    });
    PageSection::new(format!("Growth over {:.1} days", growth.days))
        .table(&["Table", "Since then", "A day"], rows.collect())
}

fn settings(report: &InventoryReport) -> PageSection {
    let changed = |setting: &&Setting| {
        let usual = ["default", "override", "client", "session", "environment variable"];
        !usual.contains(&setting.source.to_lowercase().as_str())
            && setting.default.as_ref() != Some(&setting.value)
            && !setting.value.is_empty()
    };
    let rows = report.state.settings.iter().filter(changed).map(|setting| {
        vec![
            setting.name.clone(),
            setting.value.clone(),
            setting.default.clone().unwrap_or_default(),
            setting.source.clone(),
        ]
    });
    PageSection::new("Settings off their default")
        .table(&["Setting", "Value", "Default", "From"], rows.collect())
}

fn objects(report: &InventoryReport, class: ObjectClass, heading: &str) -> PageSection {
    let all: Vec<_> = report.inventory.of(class).collect();
    let rows = all.iter().take(LISTED).map(|object| {
        let name = match object.schema.is_empty() {
            true => object.name.clone(),
            false => format!("{}.{}", object.schema, object.name),
        };
        vec![
            name,
            object.detail.clone(),
            object.bytes.map_or(String::new(), |b| format::bytes(b as f64)),
        ]
    });
    PageSection::new(format!("{heading}: {}", all.len()))
        .table(&["Name", "What", "Size"], rows.collect())
}

fn transactions(report: &InventoryReport) -> PageSection {
    let rows = report.inventory.transactions.iter().map(|open| {
        vec![
            format!("{:.0} s", open.seconds),
            open.user.clone(),
            open.application.clone(),
            open.state.clone(),
            open.statement.clone(),
        ]
    });
    PageSection::new("Long transactions")
        .table(&["Open for", "User", "Application", "State", "Statement"], rows.collect())
}

fn statements(report: &InventoryReport) -> PageSection {
    let rows = report.inventory.statements.iter().map(|statement| {
        vec![
            format::millis(statement.total_ms),
            format::count(statement.calls),
            statement.text.clone(),
        ]
    });
    PageSection::new("Costliest statements").table(&["Time", "Calls", "Statement"], rows.collect())
}

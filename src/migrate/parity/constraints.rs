//! Do the rows of the target keep what the schema promises? A flag in the catalog proves nothing: rows loaded while
//! checks were off are looked for.

use super::pairs::{TablePair, shown};
use super::report::ConstraintFinding;
use crate::engine::migration::{DataReader, DatabaseShape, ForeignKeyShape};
use crate::engine::{DbError, TableName};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

pub async fn compare(
    (source, target): (&DatabaseShape, &DatabaseShape),
    pairs: &[TablePair],
    reader: &mut Box<dyn DataReader>,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Vec<ConstraintFinding>, DbError> {
    let mut findings = Vec::new();
    for pair in pairs {
        flags(pair, &mut findings);
    }
    let wanted: Vec<(TableName, ForeignKeyShape)> =
        pairs.iter().flat_map(|pair| relations(source, target, pairs, pair)).collect();
    let bar = progress.bar(wanted.len() as u64, "looking for orphans");
    for (table, key) in &wanted {
        bar.inc(1);
        if interrupt.is_set() {
            break;
        }
        let orphans = match reader.orphans(table, key).await {
            Ok(orphans) => orphans,
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                findings.push(ConstraintFinding {
                    id: "unchecked-foreign-key".to_owned(),
                    object: format!("{}: {}", shown(table), key.name),
                    message: format!("orphans could not be looked for: {error}"),
                    on_source_too: false,
                });
                continue;
            }
        };
        if orphans.count > 0 {
            let rows = if orphans.count == 1 { "row refers" } else { "rows refer" };
            findings.push(ConstraintFinding {
                id: "orphans".to_owned(),
                object: format!("{}: {}", shown(table), key.name),
                message: format!(
                    "{} {rows} to a row of {} that is not there; {} = {}",
                    orphans.count,
                    shown(&key.parent),
                    key.columns.join(", "),
                    orphans.examples.join("; ")
                ),
                on_source_too: false,
            });
        }
    }
    bar.finish_and_clear();
    Ok(findings)
}

/// Constraints that the target itself calls unchecked.
fn flags(pair: &TablePair, findings: &mut Vec<ConstraintFinding>) {
    let table = shown(&pair.target.name);
    let mut add = |id: &str, name: &str, message: &str, on_source_too| {
        findings.push(ConstraintFinding {
            id: id.to_owned(),
            object: format!("{table}: {name}"),
            message: message.to_owned(),
            on_source_too,
        });
    };
    let unchecked = "rows that were there before were never checked: VALIDATE CONSTRAINT";
    let unenforced = "new rows are not held to it: it is not enforced";
    for key in &pair.target.foreign_keys {
        let theirs = pair.source.foreign_keys.iter().find(|other| other.name == key.name);
        if !key.enforced {
            add("not-enforced", &key.name, unenforced, theirs.is_some_and(|other| !other.enforced));
        } else if !key.validated {
            add(
                "not-validated",
                &key.name,
                unchecked,
                theirs.is_some_and(|other| !other.validated),
            );
        }
    }
    for check in &pair.target.checks {
        let theirs = pair.source.checks.iter().find(|other| other.name == check.name);
        if !check.enforced {
            add(
                "not-enforced",
                &check.name,
                unenforced,
                theirs.is_some_and(|other| !other.enforced),
            );
        } else if !check.validated {
            add(
                "not-validated",
                &check.name,
                unchecked,
                theirs.is_some_and(|other| !other.validated),
            );
        }
    }
}

/// The target's foreign keys, and the source's that the target does not have.
fn relations(
    source: &DatabaseShape,
    target: &DatabaseShape,
    pairs: &[TablePair],
    pair: &TablePair,
) -> Vec<(TableName, ForeignKeyShape)> {
    let mut relations: Vec<ForeignKeyShape> = pair.target.foreign_keys.clone();
    // A period has to be covered: rows that touch are as good as one row.
    relations.retain(|key| target.table(&key.parent).is_some() && !key.period);
    for key in pair.source.foreign_keys.iter().filter(|key| !key.period) {
        let parent = pairs.iter().find(|other| other.source.name == key.parent);
        let Some(parent) = parent.filter(|_| source.table(&key.parent).is_some()) else { continue };
        let named = |pair: &TablePair, columns: &[String]| -> Option<Vec<String>> {
            let compared = &pair.reading.compared;
            columns
                .iter()
                .map(|name| Some(compared.iter().find(|c| c.source == *name)?.target.clone()))
                .collect()
        };
        let columns = named(pair, &key.columns).zip(named(parent, &key.parent_columns));
        let Some((columns, parent_columns)) = columns else { continue };
        let known =
            relations.iter().any(|own| own.columns == columns && own.parent == parent.target.name);
        if !known {
            relations.push(ForeignKeyShape {
                columns,
                parent_columns,
                parent: parent.target.name.clone(),
                operators: Vec::new(),
                ..key.clone()
            });
        }
    }
    relations.into_iter().map(|key| (pair.target.name.clone(), key)).collect()
}

//! Differences of two schemas that a move should not leave.

use std::collections::HashMap;

use super::mapping::{Fit, form_of};
use super::names::called;
use super::pairs::{Matching, TablePair, shown};
use super::report::{SchemaDifference, Weight};
use crate::engine::TableName;
use crate::engine::migration::ColumnShape;

/// Greatest values of numbered columns on either side, by the target's table and column.
pub type Greatest = HashMap<(TableName, String), i128>;

pub fn compare(
    matching: &Matching<'_>,
    pairs: &[TablePair],
    greatest: &Greatest,
) -> Vec<SchemaDifference> {
    let mut differences = Differences::default();
    for pair in pairs {
        differences.columns(matching, pair);
        differences.keys(matching, pair);
        differences.foreign_keys(matching, pair);
        differences.checks(matching, pair);
    }
    differences.sequences(matching, pairs, greatest);
    differences.routines(matching);
    differences.list
}

#[derive(Default)]
pub struct Differences {
    list: Vec<SchemaDifference>,
}

impl Differences {
    pub fn add(&mut self, weight: Weight, id: &str, object: String, message: String) {
        self.list.push(SchemaDifference { id: id.to_owned(), weight, object, message });
    }

    pub fn differ(&mut self, id: &str, object: String, message: String) {
        self.add(Weight::Difference, id, object, message);
    }

    fn columns(&mut self, matching: &Matching<'_>, pair: &TablePair) {
        let table = shown(&pair.source.name);
        for column in &pair.source.columns {
            let object = format!("{table}.{}", column.name);
            let excluded = |skipped: &super::report::SkippedColumn| {
                skipped.column == column.name && skipped.why.starts_with("left out")
            };
            if pair.reading.skipped.iter().any(excluded) {
                continue;
            }
            match counterpart(pair, &column.name) {
                Some(other) => self.column(matching, object, column, other),
                None => self.differ(
                    "missing-column",
                    object,
                    format!("the target's table has no such column ({})", column.declared),
                ),
            }
        }
        for column in &pair.target.columns {
            let known = pair.source.columns.iter().any(|source| {
                counterpart(pair, &source.name).is_some_and(|other| other.name == column.name)
            });
            if !known {
                let object = format!("{}.{}", shown(&pair.target.name), column.name);
                let message = "a column of the target that the source does not have".to_owned();
                self.differ("extra-column", object, message);
            }
        }
    }

    fn column(
        &mut self,
        matching: &Matching<'_>,
        object: String,
        column: &ColumnShape,
        other: &ColumnShape,
    ) {
        if let Ok((_, fit)) = form_of(column, other, matching.same_family, false) {
            let declared = column.declared != other.declared;
            match fit {
                Fit::Same if declared && matching.same_engine() => self.differ(
                    "other-type",
                    object.clone(),
                    format!("{} became {}", column.declared, other.declared),
                ),
                Fit::Same => {}
                Fit::Converted if matching.same_engine() => self.differ(
                    "other-type",
                    object.clone(),
                    format!("{} became {}", column.declared, other.declared),
                ),
                Fit::Converted if !declared => {}
                Fit::Converted => self.add(
                    Weight::Note,
                    "converted-type",
                    object.clone(),
                    format!(
                        "{} became {}, which holds every value",
                        column.declared, other.declared
                    ),
                ),
                Fit::Usual => self.add(
                    Weight::Note,
                    "converted-type",
                    object.clone(),
                    format!(
                        "{} became {}, which holds the usual values and not every one",
                        column.declared, other.declared
                    ),
                ),
                Fit::Narrower => self.differ(
                    "narrower-type",
                    object.clone(),
                    format!(
                        "{} became {}, which does not hold every value",
                        column.declared, other.declared
                    ),
                ),
            }
        }
        if !column.nullable && other.nullable {
            let message = "NOT NULL was lost: the target takes NULL".to_owned();
            self.differ("lost-not-null", object.clone(), message);
        }
        if column.nullable && !other.nullable {
            let message = "the target does not take NULL, the source does".to_owned();
            self.differ("added-not-null", object.clone(), message);
        }
        if column.numbered && !other.numbered {
            let message = "the target gives no numbers by itself: the next INSERT fails".to_owned();
            self.differ("lost-numbering", object.clone(), message);
        }
        let has = |column: &ColumnShape| column.default.is_some() && !column.numbered;
        if has(column) && !has(other) && !other.numbered {
            let default = column.default.clone().unwrap_or_default();
            let message = format!("the default was lost: {default}");
            self.differ("lost-default", object.clone(), message);
        }
        let same_default = column.default == other.default
            || bare_default(column.default.as_deref()) == bare_default(other.default.as_deref());
        if matching.same_family && has(column) && has(other) && !same_default {
            let text = |column: &ColumnShape| column.default.clone().unwrap_or_default();
            let message = format!("the default {} became {}", text(column), text(other));
            self.differ("other-default", object.clone(), message);
        }
        if column.generated != other.generated {
            let message = match column.generated {
                true => {
                    "generated on the source, a plain column on the target: new rows get no value"
                }
                false => "generated on the target only: it cannot be written there",
            };
            self.differ("other-generation", object.clone(), message.to_owned());
        }
        let expressions = (&column.expression, &other.expression);
        if let (true, (Some(was), Some(is))) = (matching.same_version, expressions)
            && was != is
            && matching.alike()
        {
            let message = format!("generated as {was}, there as {is}");
            self.differ("other-generation", object.clone(), message);
        }
        if column.on_update && !other.on_update && matching.same_family {
            let message = "ON UPDATE was lost: the target does not set it when a row changes";
            self.differ("lost-on-update", object.clone(), message.to_owned());
        }
        if !column.labels.is_empty() && !other.labels.is_empty() && column.labels != other.labels {
            let message = format!(
                "labels differ: {} against {}",
                column.labels.join(", "),
                other.labels.join(", ")
            );
            self.differ("other-labels", object.clone(), message);
        }
        // JSON has a collation on one of the engines alone.
        let collated = column.collation.is_some() && other.collation.is_some();
        if matching.same_family && collated && column.collation != other.collation {
            let text = |column: &ColumnShape| column.collation.clone().unwrap_or("none".to_owned());
            let message = format!("collation {} became {}", text(column), text(other));
            self.differ("other-collation", object, message);
        }
    }
}

/// A default without what only one of two engines writes: quotes, parentheses, the character set.
fn bare_default(default: Option<&str>) -> Option<String> {
    let text = default?.trim();
    let text = text.strip_prefix("_utf8mb4").unwrap_or(text).replace("\\'", "'");
    let text = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')).unwrap_or(&text);
    let text = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text);
    match text.to_lowercase() {
        folded if folded.starts_with("current_timestamp") => Some(folded.replace("()", "")),
        _ => Some(text.replace("''", "'")),
    }
}

pub fn counterpart<'p>(pair: &'p TablePair, name: &str) -> Option<&'p ColumnShape> {
    let compared = pair.reading.compared.iter().find(|column| column.source == name);
    let named = compared.map_or(name, |column| column.target.as_str());
    called(named, &pair.source.columns, &pair.target.columns)
}

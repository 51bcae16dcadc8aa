//! Differences of two schemas that a move should not leave.

use std::collections::HashMap;

use super::mapping::{Fit, form_of};
use super::pairs::{Matching, TablePair, shown};
use super::report::{SchemaDifference, Weight};
use crate::engine::TableName;
use crate::engine::migration::{ColumnShape, ForeignKeyShape, IndexShape, TableShape};

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
        differences.keys(pair);
        differences.foreign_keys(matching, pair);
        differences.checks(pair);
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
                Fit::Same if declared && matching.same_family => self.differ(
                    "other-type",
                    object.clone(),
                    format!("{} became {}", column.declared, other.declared),
                ),
                Fit::Same => {}
                Fit::Converted if matching.same_family => self.differ(
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
        if matching.same_family && has(column) && has(other) && column.default != other.default {
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
        if !column.labels.is_empty() && !other.labels.is_empty() && column.labels != other.labels {
            let message = format!(
                "labels differ: {} against {}",
                column.labels.join(", "),
                other.labels.join(", ")
            );
            self.differ("other-labels", object.clone(), message);
        }
        if matching.same_family && column.collation != other.collation {
            let text = |column: &ColumnShape| column.collation.clone().unwrap_or("none".to_owned());
            let message = format!("collation {} became {}", text(column), text(other));
            self.differ("other-collation", object, message);
        }
    }

    /// By their columns: names are the loader's.
    fn keys(&mut self, pair: &TablePair) {
        let table = shown(&pair.source.name);
        let backing = |index: &IndexShape, other: &IndexShape| {
            let parts = index.parts.len() == other.parts.len()
                && index.parts.iter().zip(&other.parts).all(|(part, theirs)| {
                    let named = counterpart(pair, part).map(|column| column.name.as_str());
                    named.unwrap_or(part).eq_ignore_ascii_case(theirs)
                });
            parts && (!index.unique || other.unique) && index.partial == other.partial
        };
        for index in &pair.source.indexes {
            let columns = index.parts.join(", ");
            let found: Vec<&IndexShape> =
                pair.target.indexes.iter().filter(|other| backing(index, other)).collect();
            let kind = match (index.primary, index.unique) {
                (true, _) => "primary key",
                (false, true) => "unique index",
                (false, false) => "index",
            };
            let whole_only = index.prefixes.iter().any(|prefix| *prefix > 0);
            if found.is_empty() {
                let expression = index.parts.iter().any(|part| pair.source.column(part).is_none());
                let weight = match (expression || whole_only) && !index.unique {
                    true => Weight::Note,
                    false => Weight::Difference,
                };
                let message = format!("no {kind} on ({columns}) on the target");
                self.add(weight, "missing-index", format!("{table}: {}", index.name), message);
            }
            if index.primary && !found.is_empty() && !found.iter().any(|other| other.primary) {
                let message = format!("the primary key ({columns}) is a plain unique index there");
                self.differ("lost-primary-key", table.clone(), message);
            }
        }
        for index in pair.target.indexes.iter().filter(|index| !index.valid) {
            let object = format!("{}: {}", shown(&pair.target.name), index.name);
            let message = "the index is not valid on the target: REINDEX it, or drop and create it";
            self.differ("invalid-index", object, message.to_owned());
        }
        for trigger in &pair.target.disabled_triggers {
            if !pair.source.disabled_triggers.contains(trigger) {
                let object = format!("{}: {trigger}", shown(&pair.target.name));
                self.differ(
                    "disabled-trigger",
                    object,
                    "the trigger is disabled on the target".to_owned(),
                );
            }
        }
    }

    fn foreign_keys(&mut self, matching: &Matching<'_>, pair: &TablePair) {
        let same = |key: &ForeignKeyShape, other: &ForeignKeyShape| {
            let fold = |columns: &[String]| {
                columns.iter().map(|column| column.to_lowercase()).collect::<Vec<_>>()
            };
            fold(&key.columns) == fold(&other.columns)
                && key.parent.name.eq_ignore_ascii_case(&other.parent.name)
                && fold(&key.parent_columns) == fold(&other.parent_columns)
        };
        for key in &pair.source.foreign_keys {
            let object = format!("{}: {}", shown(&pair.source.name), key.name);
            let columns = key.columns.join(", ");
            let Some(other) = pair.target.foreign_keys.iter().find(|other| same(key, other)) else {
                let message =
                    format!("no foreign key ({columns}) to {} on the target", key.parent.name);
                self.differ("missing-foreign-key", object, message);
                continue;
            };
            // Without deferral the two forbid the same.
            let action = |text: &str| {
                if text == "restrict" { "no action".to_owned() } else { text.to_owned() }
            };
            let (was, is) =
                ((&key.on_delete, &key.on_update), (&other.on_delete, &other.on_update));
            let weaker = |a: &str, b: &str| match matching.same_family {
                true => a != b,
                false => action(a) != action(b),
            };
            if weaker(was.0, is.0) || weaker(was.1, is.1) {
                let message = format!(
                    "({columns}): on delete {}, on update {} became on delete {}, on update {}",
                    was.0, was.1, is.0, is.1
                );
                self.differ("other-foreign-key-action", object, message);
            }
        }
    }

    fn checks(&mut self, pair: &TablePair) {
        let json = |expression: &str| expression.trim().starts_with("json_valid(");
        let of = |table: &TableShape| {
            table.checks.iter().filter(|check| !json(&check.expression)).count()
        };
        let (was, is) = (of(&pair.source), of(&pair.target));
        if was > is {
            let names: Vec<&str> =
                pair.source.checks.iter().map(|check| check.name.as_str()).collect();
            let message = format!("{was} on the source ({}), {is} on the target", names.join(", "));
            self.differ("missing-check", format!("{}: checks", shown(&pair.source.name)), message);
        }
    }
}

pub fn counterpart<'p>(pair: &'p TablePair, name: &str) -> Option<&'p ColumnShape> {
    let compared = pair.reading.compared.iter().find(|column| column.source == name);
    let named = compared.map_or(name, |column| column.target.as_str());
    let columns = &pair.target.columns;
    let exact = columns.iter().find(|column| column.name == named);
    exact.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(named)))
}

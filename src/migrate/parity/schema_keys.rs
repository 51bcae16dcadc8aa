//! Keys, indexes and constraints of two tables.

use super::pairs::{Matching, TablePair, shown};
use super::report::Weight;
use super::schema::{Differences, counterpart};
use crate::engine::migration::{CheckShape, ForeignKeyShape, IndexShape, TableShape};

impl Differences {
    /// By their columns: names are the loader's.
    pub fn keys(&mut self, matching: &Matching<'_>, pair: &TablePair) {
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
                // Between engines an expression is written anew.
                let loose = (expression || whole_only) && !index.unique && !matching.same_family;
                // What its own server calls unfit is not dumped.
                let weight = match loose || !index.valid {
                    true => Weight::Note,
                    false => Weight::Difference,
                };
                let message = format!("no {kind} on ({columns}) on the target");
                self.add(weight, "missing-index", format!("{table}: {}", index.name), message);
            }
            let comparable = matching.same_engine() && matching.alike() && index.valid;
            if comparable
                && !found.is_empty()
                && !found.iter().any(|other| other.definition == index.definition)
            {
                let message = format!("{} became {}", index.definition, found[0].definition);
                self.differ("other-index", format!("{table}: {}", index.name), message);
            }
            if index.primary && !found.is_empty() && !found.iter().any(|other| other.primary) {
                let message = format!("the primary key ({columns}) is a plain unique index there");
                self.differ("lost-primary-key", table.clone(), message);
            }
        }
        let valid_there = |index: &&IndexShape| {
            let same = |other: &&IndexShape| other.name == index.name;
            pair.source.indexes.iter().find(same).is_none_or(|other| other.valid)
        };
        for index in pair.target.indexes.iter().filter(|i| !i.valid).filter(valid_there) {
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

    pub fn foreign_keys(&mut self, matching: &Matching<'_>, pair: &TablePair) {
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
                self.differ("other-foreign-key-action", object.clone(), message);
            }
            if matching.same_engine() && key.manner != other.manner {
                let said = |manner: &str| {
                    if manner.is_empty() { "not deferrable".to_owned() } else { manner.to_owned() }
                };
                let message =
                    format!("({columns}): {} became {}", said(&key.manner), said(&other.manner));
                self.differ("other-foreign-key-manner", object, message);
            }
        }
    }

    pub fn checks(&mut self, matching: &Matching<'_>, pair: &TablePair) {
        let json = |expression: &str| expression.trim().starts_with("json_valid(");
        let of = |table: &TableShape| -> Vec<CheckShape> {
            table.checks.iter().filter(|check| !json(&check.expression)).cloned().collect()
        };
        let (was, is) = (of(&pair.source), of(&pair.target));
        let object = format!("{}: checks", shown(&pair.source.name));
        if was.len() > is.len() {
            let names: Vec<&str> = was.iter().map(|check| check.name.as_str()).collect();
            let message = format!(
                "{} on the source ({}), {} on the target",
                was.len(),
                names.join(", "),
                is.len()
            );
            return self.differ("missing-check", object, message);
        }
        if !matching.same_engine() || !matching.alike() {
            return;
        }
        // Another version may print the same condition otherwise.
        let weight = if matching.same_version { Weight::Difference } else { Weight::Note };
        for check in &was {
            if !is.iter().any(|other| other.expression == check.expression) {
                let other = is.iter().find(|other| other.name == check.name);
                let there = other.map_or("no such check", |other| other.expression.as_str());
                let message = format!("{}: {} became {there}", check.name, check.expression);
                self.add(weight, "other-check", object.clone(), message);
            }
        }
    }
}

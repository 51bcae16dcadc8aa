//! Sequences by their positions, and views, routines, triggers and events by their names.

use super::pairs::{Matching, TablePair, shown};
use super::report::Weight;
use super::schema::{Differences, Greatest, counterpart};
use crate::engine::migration::{Routine, SequenceShape};

impl Differences {
    /// The next number has to lie beyond every number there is, and not before the source's.
    pub fn sequences(&mut self, matching: &Matching<'_>, pairs: &[TablePair], greatest: &Greatest) {
        for sequence in &matching.source.sequences {
            let owner = sequence.owner.as_ref().and_then(|(table, column)| {
                let pair = pairs.iter().find(|pair| pair.source.name == *table)?;
                Some((pair, counterpart(pair, column)?))
            });
            let there = match owner {
                Some((pair, column)) => matching.target.sequences.iter().find(|other| {
                    other.owner.as_ref().is_some_and(|(table, name)| {
                        *table == pair.target.name && *name == column.name
                    })
                }),
                None if sequence.owner.is_some() => continue,
                None => matching
                    .target
                    .sequences
                    .iter()
                    .find(|other| other.name.name.eq_ignore_ascii_case(&sequence.name.name)),
            };
            let object = shown(&sequence.name);
            match (there, sequence.next) {
                // That nothing gives numbers there is said of the column.
                (None, _) if owner.is_some() => {}
                (None, _) => {
                    self.differ(
                        "missing-sequence",
                        object,
                        "the target has no such sequence".to_owned(),
                    );
                }
                (Some(other), Some(next)) => {
                    let used = owner.and_then(|(pair, column)| {
                        greatest.get(&(pair.target.name.clone(), column.name.clone())).copied()
                    });
                    self.position(other, next, sequence.increment, used);
                }
                (Some(_), None) => self.differ(
                    "hidden-sequence",
                    object,
                    "this login may not see its position on the source: grant SELECT on it"
                        .to_owned(),
                ),
            }
        }
    }

    /// `used`: the greatest number that a row has on either side.
    fn position(&mut self, other: &SequenceShape, next: i128, step: i64, used: Option<i128>) {
        let object = shown(&other.name);
        let Some(theirs) = other.next else {
            let message = "this login may not see its position: grant SELECT on it".to_owned();
            return self.differ("hidden-sequence", object, message);
        };
        let before = |a: i128, b: i128| if step > 0 { a < b } else { a > b };
        match used {
            Some(used) if step > 0 && theirs <= used => self.differ(
                "sequence-behind",
                object,
                format!(
                    "it gives {theirs} next, and a row has {used} already: the next INSERT fails"
                ),
            ),
            Some(_) if before(theirs, next) => self.add(
                Weight::Note,
                "sequence-lower",
                object,
                format!(
                    "it gives {theirs} next, the source {next}; no row has a number between the two"
                ),
            ),
            None if before(theirs, next) => self.differ(
                "sequence-behind",
                object,
                format!("it gives {theirs} next, the source {next}: numbers would be given twice"),
            ),
            _ => {}
        }
    }

    /// Between servers of one family by all that tells two of one name apart, and by what they do.
    pub fn routines(&mut self, matching: &Matching<'_>) {
        for routine in &matching.source.routines {
            let schema = matching.schema_of(&routine.schema);
            let mut there = matching.target.routines.iter().filter(|other| {
                other.name.eq_ignore_ascii_case(&routine.name)
                    && other.schema == schema
                    && (other.class == routine.class || other.class.ends_with(&routine.class))
                    && (!matching.same_family || told_apart(routine) == told_apart(other))
            });
            let detail = routine.detail.as_ref().filter(|_| matching.same_family);
            let object = match detail {
                Some(detail) => format!("{}.{} {detail}", routine.schema, routine.name),
                None => format!("{}.{}", routine.schema, routine.name),
            };
            let Some(other) = there.next() else {
                let message = format!("the target has no {} of this name", routine.class);
                let id = format!("missing-{}", routine.class.replace(' ', "-"));
                self.differ(&id, object, message);
                continue;
            };
            let comparable = matching.same_engine()
                && matching.alike()
                && (matching.same_version || !routine.printed);
            if let (true, Some(was), Some(is)) = (comparable, &routine.digest, &other.digest)
                && was != is
            {
                let id = format!("other-{}", routine.class.replace(' ', "-"));
                let message = format!("the {} is defined otherwise on the target", routine.class);
                self.differ(&id, object, message);
            }
        }
    }
}

fn told_apart(routine: &Routine) -> String {
    routine.detail.clone().unwrap_or_default()
}

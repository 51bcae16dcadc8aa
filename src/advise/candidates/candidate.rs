//! Questions about an index definition that candidates are ranked by.

use crate::engine::{IndexDefinition, KeyDefinition, KeySubject};

/// Keys, expressions, carried columns and a condition all make an index harder to explain.
pub fn complexity(index: &IndexDefinition) -> usize {
    let expressions =
        index.keys.iter().filter(|key| matches!(key.subject, KeySubject::Expression(_))).count();
    index.keys.len() + expressions + index.include.len() + usize::from(index.predicate.is_some())
}

/// An ascending key of the default class.
pub fn key_of(subject: &KeySubject) -> KeyDefinition {
    KeyDefinition {
        subject: subject.clone(),
        descending: false,
        nulls_first: false,
        operator_class: None,
    }
}

//! Questions about an index definition that candidates are ranked by.

use crate::engine::{IndexDefinition, KeySubject};

/// Keys, expressions, carried columns and a condition all make an index harder to explain.
pub fn complexity(index: &IndexDefinition) -> usize {
    let expressions =
        index.keys.iter().filter(|key| matches!(key.subject, KeySubject::Expression(_))).count();
    index.keys.len() + expressions + index.include.len() + usize::from(index.predicate.is_some())
}

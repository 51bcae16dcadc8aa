//! Indexes into values: documents, arrays, texts, ranges. One key each.

use crate::advise::access::Access;
use crate::engine::{KeyDefinition, KeyRole};

use super::candidate::key_of;

/// Method and key of every restriction that wants an index of its own.
pub fn keys(access: &Access<'_>) -> Vec<(&'static str, KeyDefinition)> {
    let mut keys = Vec::new();
    for restriction in &access.restrictions {
        for service in restriction.services.iter().filter(|s| s.role == KeyRole::Whole) {
            let key = KeyDefinition {
                operator_class: service.operator_class.map(str::to_owned),
                ..key_of(&restriction.subject)
            };
            if !keys.contains(&(service.method, key.clone())) {
                keys.push((service.method, key));
            }
        }
    }
    keys
}

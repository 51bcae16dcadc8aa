//! Indexes into values: documents, arrays, texts, ranges. One key each.

use crate::advise::access::{Access, Restriction};
use crate::engine::{KeyDefinition, KeyRole, Service};

use super::popularity::Popularity;

/// Method and key of every restriction that wants an index of its own.
pub fn keys(access: &Access<'_>, popularity: &Popularity) -> Vec<(String, KeyDefinition)> {
    let mut keys = Vec::new();
    for restriction in &access.restrictions {
        if let Some(service) = service(restriction, access, popularity) {
            let key = KeyDefinition {
                operator_class: service.operator_class.clone(),
                ..KeyDefinition::ascending(restriction.subject.clone())
            };
            let entry = (service.method.clone(), key);
            if !keys.contains(&entry) {
                keys.push(entry);
            }
        }
    }
    keys
}

/// The most specific one, unless another query can only use one that would do here as well: then one
/// index serves both.
fn service<'r>(
    restriction: &'r Restriction,
    access: &Access<'_>,
    popularity: &Popularity,
) -> Option<&'r Service> {
    let own = || restriction.services.iter().filter(|s| s.role == KeyRole::Whole);
    let shared = own().find(|s| popularity.is_needed(access.table, &restriction.subject, s));
    shared.or_else(|| own().next())
}

//! Queries grouped by a tag of their comments, or by who sent them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::trace::overview::{Overview, TagFigures};

/// Time and calls by value of one property.
#[derive(Debug, Clone, Serialize)]
pub struct Groups {
    pub by: String,
    pub groups: Vec<TagFigures>,
}

/// `by`: `database`, `user`, `application`, or the key of a tag.
pub fn groups(overview: &Overview, by: &str) -> Groups {
    let mut sums: BTreeMap<String, (u64, f64)> = BTreeMap::new();
    let prefix = format!("{by}=");
    for query in &overview.queries {
        let values = match by {
            "database" => &query.databases,
            "user" => &query.users,
            "application" => &query.applications,
            _ => &query.tags,
        };
        let tagged = std::ptr::eq(values, &query.tags);
        for figures in values {
            let value = match tagged {
                true => figures.value.strip_prefix(&prefix),
                false => Some(figures.value.as_str()),
            };
            if let Some(value) = value {
                let sum = sums.entry(value.to_owned()).or_default();
                sum.0 += figures.calls;
                sum.1 += figures.duration_ms;
            }
        }
    }
    let mut groups: Vec<TagFigures> = sums
        .into_iter()
        .map(|(value, (calls, duration_ms))| TagFigures { value, calls, duration_ms })
        .collect();
    groups.sort_by(|a, b| b.duration_ms.total_cmp(&a.duration_ms).then(b.calls.cmp(&a.calls)));
    Groups { by: by.to_owned(), groups }
}

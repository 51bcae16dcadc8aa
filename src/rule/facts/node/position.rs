//! Where a node stands, and the order it makes.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::{sort, structure};

pub fn position<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("inside_loop", "runs again for each row of something else", |s: &S| {
            Some(structure::is_reexecuted(s.node, &s.ancestors))
        }),
        Fact::flag("under_limit", "a LIMIT above can stop it early", |s: &S| {
            Some(structure::limit_above(&s.ancestors).is_some())
        }),
        Fact::flag("reads_one_table", "its rows come from a single base table", |s: &S| {
            Some(structure::reads_base_table(s.node).is_some())
        }),
        Fact::flag("sorts_columns", "every sort key is a bare column", |s: &S| {
            Some(sort::key_columns(s.node).is_some())
        }),
        Fact::list("sort_columns", "the sort keys, where they are bare columns", |s: &S| {
            Some(sort::key_columns(s.node).unwrap_or_default())
        }),
        Fact::flag(
            "sort_index_exists",
            "an index of its table begins with the first sort key",
            |s: &S| {
                let columns = sort::key_columns(s.node).unwrap_or_default();
                let serving = s.query.around.serving();
                Some(s.table.is_some_and(|t| sort::has_ordered_index(&serving, t, &columns)))
            },
        ),
    ]
}

//! What a node's conditions ask for, and which index could answer.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::predicate::{
    common_share, content_index_for, ordered_index_on, pattern_text,
};
use crate::rule::facts::site::NodeSite as S;
use crate::sql::{Predicate, PredicateKind};

pub fn conditions<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("has_filter", "rows are checked after they were fetched", |s: &S| {
            Some(s.node.filter.is_some())
        }),
        Fact::flag("has_index_cond", "an index was searched, not only walked", |s: &S| {
            Some(s.node.index_cond.is_some() || s.node.recheck_cond.is_some())
        }),
        Fact::text("filter", "the filter as the plan prints it", |s: &S| {
            Some(s.node.filter.clone().unwrap_or_default())
        }),
        Fact::flag(
            "filter_is_indexable",
            "the filter has a conjunct an ordinary index can answer",
            |s: &S| Some(s.filter.is_indexable()),
        ),
        Fact::list("filter_columns", "columns it restricts, equality before range", |s: &S| {
            Some(s.filter.indexable_columns())
        }),
        Fact::list("equality_columns", "bare columns compared for equality", |s: &S| {
            Some(s.filter.equality_columns())
        }),
        Fact::text("equality_columns_sql", "those columns quoted, separated by commas", |s: &S| {
            let columns = s.filter.equality_columns();
            Some(s.query.around.quoted_list(columns.iter().map(String::as_str)))
        }),
        Fact::text(
            "statistics_name_sql",
            "a name for statistics on those columns, quoted, with the table's schema",
            |s: &S| {
                let columns = s.dependent_columns().join("_");
                let name: String =
                    format!("{}_{columns}_stx", s.relation()?).chars().take(60).collect();
                let name = s.query.around.quoted(&name);
                let schema = s.table.map(|table| s.query.around.quoted(&table.schema));
                Some(schema.map_or(name.clone(), |schema| format!("{schema}.{name}")))
            },
        ),
        Fact::number(
            "common_value_share",
            "ratio",
            "share of the table that holds the most common of the wanted constants",
            |s: &S| {
                let table = s.table?;
                s.filter.filter.iter().filter_map(|p| common_share(table, p)).reduce(f64::max)
            },
        ),
        Fact::flag(
            "has_serving_index",
            "an index begins with one of the filter's bare columns; false without a catalog",
            |s: &S| {
                Some(s.table.is_some_and(|table| {
                    s.filter.filter.iter().any(|p| {
                        p.expression.is_none()
                            && p.cast.is_none()
                            && p.kind != PredicateKind::Inequality
                            && p.column
                                .as_ref()
                                .is_some_and(|c| ordered_index_on(table, &c.name).is_some())
                    })
                }))
            },
        ),
        Fact::text(
            "contained_column",
            "column searched by containment, empty without one",
            |s: &S| Some(s.searched(PredicateKind::Containment)),
        ),
        Fact::text(
            "text_search_column",
            "column (or expression of several) searched for words, empty without one",
            |s: &S| Some(s.searched(PredicateKind::TextSearch)),
        ),
        Fact::text(
            "pattern_column",
            "column matched with a pattern that begins with a wildcard, empty without one",
            |s: &S| Some(s.filter.open_pattern().and_then(column).unwrap_or_default()),
        ),
        Fact::number("pattern_length", "characters", "fixed text of that pattern", |s: &S| {
            let text = s.filter.open_pattern().and_then(pattern_text)?;
            Some(text.chars().count() as f64)
        }),
        Fact::flag(
            "content_index_exists",
            "an index searches inside those columns already; false without a catalog",
            |s: &S| {
                let mut searching = [PredicateKind::Containment, PredicateKind::TextSearch]
                    .into_iter()
                    .filter_map(|kind| s.filter.first(kind))
                    .chain(s.filter.open_pattern());
                Some(s.table.is_some_and(|t| searching.any(|p| content_index_for(t, p).is_some())))
            },
        ),
        Fact::text(
            "wrapped_column",
            "column that is only compared inside a function, empty without one",
            |s: &S| Some(s.filter.wrapped().and_then(column).unwrap_or_default()),
        ),
        Fact::text("wrapped_expression", "that function with its arguments", |s: &S| {
            Some(s.filter.wrapped().and_then(|p| p.expression.clone()).unwrap_or_default())
        }),
        Fact::text("wrapped_index", "index on the bare column, empty without one", |s: &S| {
            Some(s.index_on(s.filter.wrapped().and_then(column)).unwrap_or_default())
        }),
        Fact::text(
            "converted_column",
            "column converted to another type before it is compared, empty without one",
            |s: &S| Some(s.filter.converted().and_then(column).unwrap_or_default()),
        ),
        Fact::text("converted_to", "the type it is converted to", |s: &S| {
            Some(s.filter.converted().and_then(|p| p.cast.clone()).unwrap_or_default())
        }),
        Fact::text("converted_index", "index on the bare column, empty without one", |s: &S| {
            Some(s.index_on(s.filter.converted().and_then(column)).unwrap_or_default())
        }),
        Fact::number(
            "longest_list",
            "count",
            "values in the longest list a column is compared with",
            |s: &S| Some(s.filter.longest_list() as f64),
        ),
    ]
}

fn column(predicate: &Predicate) -> Option<String> {
    predicate.column.as_ref().map(|column| column.name.clone())
}

//! What a node's conditions ask for, and which index could answer.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::predicate::{begins_in_either_case, common_share, pattern_text};
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
        Fact::list(
            "filter_rest",
            "conditions of the filter that an ordinary index on those columns does not answer",
            |s: &S| Some(s.filter.rest()),
        ),
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
            "an index could serve one of the filter's conjuncts; false without a catalog",
            |s: &S| Some(s.serving_index(|_| true).is_some()),
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
            "column matched with a pattern that begins with a wildcard, or with a letter of either case; empty without one",
            |s: &S| Some(s.filter.open_pattern().and_then(column).unwrap_or_default()),
        ),
        Fact::flag(
            "pattern_in_either_case",
            "that pattern begins with a letter which may be of either case",
            |s: &S| Some(s.filter.open_pattern().is_some_and(begins_in_either_case)),
        ),
        Fact::number("pattern_length", "characters", "fixed text of that pattern", |s: &S| {
            let text = s.filter.open_pattern().and_then(pattern_text)?;
            Some(text.chars().count() as f64)
        }),
        Fact::flag(
            "content_index_exists",
            "an index could serve that search already; false without a catalog",
            |s: &S| {
                let open = s.filter.open_pattern().map(|p| p.text.clone());
                let searches = |p: &Predicate| {
                    let kind =
                        matches!(p.kind, PredicateKind::Containment | PredicateKind::TextSearch);
                    kind || Some(&p.text) == open.as_ref()
                };
                Some(s.serving_index(searches).is_some())
            },
        ),
        Fact::text(
            "content_index",
            "how an index for the containment or text search is built; empty where none can be",
            |s: &S| {
                let searched = [PredicateKind::Containment, PredicateKind::TextSearch];
                let found = searched.into_iter().find_map(|kind| s.filter.first(kind));
                Some(found.and_then(|p| s.content_index(p)).unwrap_or_default())
            },
        ),
        Fact::text(
            "text_search_expression",
            "the vector that is searched for words, as written; empty for a bare column",
            |s: &S| {
                let search = s.filter.first(PredicateKind::TextSearch);
                Some(search.and_then(|p| p.expression.clone()).unwrap_or_default())
            },
        ),
        Fact::text(
            "text_search_index",
            "index for words of that column, whatever its expression; empty without one",
            |s: &S| Some(s.words_index().unwrap_or_default()),
        ),
        Fact::flag(
            "text_search_is_fixed",
            "no setting changes that vector; true without a catalog",
            |s: &S| {
                let search = s.filter.first(PredicateKind::TextSearch);
                let expression = search.and_then(|p| p.expression.as_deref());
                Some(s.is_immutable(expression).unwrap_or(true))
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
        Fact::flag(
            "wrapped_is_fixed",
            "no setting and no moment changes it, so that an index can hold it; true without a catalog",
            |s: &S| {
                let wrapped = s.filter.wrapped().and_then(|p| p.expression.as_deref());
                Some(s.is_immutable(wrapped).unwrap_or(true))
            },
        ),
        Fact::text(
            "wrapped_index",
            "index that would serve the bare column, empty without one",
            |s: &S| Some(s.index_if_bare(s.filter.wrapped()).unwrap_or_default()),
        ),
        Fact::text(
            "converted_column",
            "column converted to another type before it is compared, empty without one",
            |s: &S| Some(s.filter.converted().and_then(column).unwrap_or_default()),
        ),
        Fact::text("converted_to", "the type it is converted to", |s: &S| {
            Some(s.filter.converted().and_then(|p| p.cast.clone()).unwrap_or_default())
        }),
        Fact::flag(
            "converted_is_fixed",
            "no setting and no moment changes the conversion, so that an index can hold it; false without a catalog",
            |s: &S| {
                let converted = s.filter.converted().and_then(|p| p.expression.as_deref());
                Some(s.is_immutable(converted).unwrap_or(false))
            },
        ),
        Fact::text(
            "converted_rewrite",
            "the same comparison with the bare column, where it is known; empty otherwise",
            |s: &S| Some(s.filter.converted_rewrite().unwrap_or_default()),
        ),
        Fact::text(
            "converted_index",
            "index that would serve the bare column, empty without one",
            |s: &S| Some(s.index_if_bare(s.filter.converted()).unwrap_or_default()),
        ),
        Fact::text(
            "hidden_condition",
            "condition that stands inside another one, bare; empty without one",
            |s: &S| Some(s.filter.hidden.first().map(|h| h.condition.clone()).unwrap_or_default()),
        ),
        Fact::text("hidden_column", "column it restricts", |s: &S| {
            Some(s.filter.hidden.first().and_then(|h| h.column()).unwrap_or_default())
        }),
        Fact::text("hidden_index", "index that would serve it bare, empty without one", |s: &S| {
            Some(s.index_if_unwrapped().unwrap_or_default())
        }),
        Fact::text(
            "between_first",
            "of a value between two columns the lower one, empty without one",
            |s: &S| Some(s.filter.between().map(|between| between.first).unwrap_or_default()),
        ),
        Fact::text("between_last", "the upper one", |s: &S| {
            Some(s.filter.between().map(|between| between.last).unwrap_or_default())
        }),
        Fact::text("between_value", "that value, as the plan has it", |s: &S| {
            Some(s.filter.between().map(|between| between.value).unwrap_or_default())
        }),
        Fact::text(
            "between_range",
            "function that makes a range of the two, empty where their type has none",
            |s: &S| {
                let range = s.table.zip(s.filter.between()).and_then(|(t, b)| b.range_function(t));
                Some(range.unwrap_or_default().to_owned())
            },
        ),
        Fact::number(
            "table_rows",
            "rows",
            "live rows of the table; unknown without a catalog",
            |s: &S| Some(s.table?.rows),
        ),
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

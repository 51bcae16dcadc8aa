use super::*;
use crate::engine::{Catalog, Table};
use crate::sql::ColumnRef;

/// What a server with its usual extensions tells of itself.
pub fn operators() -> Operators {
    let told = include_str!("../../../../tests/rules/capture/operators.postgres.json");
    serde_json::from_str(told).unwrap()
}

pub fn table() -> Table {
    let column =
        |(name, data_type): (&str, &str)| Column { name: name.into(), ..column(data_type) };
    let columns = [
        ("name", "text"),
        ("doc", "jsonb"),
        ("amount", "integer"),
        ("at", "timestamp without time zone"),
        ("seen", "timestamp with time zone"),
    ];
    let mut table = Catalog::default().tables.into_iter().next().unwrap_or_else(empty);
    table.columns = columns.into_iter().map(column).collect();
    table
}

fn empty() -> Table {
    serde_json::from_value(serde_json::json!({
        "schema": "public", "name": "t", "kind": "table", "rows": 1000.0, "pages": 100, "bytes": 819200,
        "visible_fraction": null, "columns": [], "indexes": [], "foreign_keys": [],
        "statistics": { "last_analyzed": null, "last_vacuumed": null, "modified_since": null,
                        "dead_rows": null, "live_rows": null, "extended": [] },
        "activity": { "sequential_scans": null, "index_scans": null, "rows_inserted": null,
                      "rows_updated": null, "rows_updated_hot": null, "rows_deleted": null }
    }))
    .unwrap()
}

fn predicate(kind: PredicateKind, op: &str, operand: Operand) -> Predicate {
    Predicate {
        kind,
        column: Some(ColumnRef { qualifier: Some("t".into()), name: "c".into() }),
        op: op.into(),
        operand,
        expression: None,
        cast: None,
        text: String::new(),
    }
}

fn column(data_type: &str) -> Column {
    Column {
        name: "c".into(),
        data_type: data_type.into(),
        not_null: true,
        generated: false,
        distinct: None,
        null_fraction: None,
        average_width: None,
        correlation: None,
        common_values: vec![],
        collation: None,
    }
}

fn first(kind: PredicateKind, op: &str, value: &str, data_type: &str) -> Option<(String, String)> {
    let predicate = predicate(kind, op, Operand::Constant(value.into()));
    let service =
        services(&predicate, Some(&column(data_type)), &operators()).into_iter().next()?;
    Some((service.method, service.operator_class.unwrap_or_default()))
}

fn named(method: &str, class: &str) -> Option<(String, String)> {
    Some((method.into(), class.into()))
}

fn ways(kind: PredicateKind, op: &str, data_type: &str) -> Vec<String> {
    let predicate = predicate(kind, op, Operand::Constant("x".into()));
    let all = serving(&predicate, Some(&column(data_type)), &operators());
    all.into_iter()
        .map(|way| format!("{} {}", way.method, way.operator_class.unwrap_or_default()))
        .collect()
}

#[test]
fn operators_choose_the_class() {
    use PredicateKind::*;
    assert_eq!(first(Containment, "@>", "{}", "jsonb"), named("gin", "jsonb_path_ops"));
    assert_eq!(first(Containment, "?", "a", "jsonb"), named("gin", ""));
    assert_eq!(first(Containment, "<@", "{}", "jsonb"), None);
    assert_eq!(first(Containment, "&&", "{a}", "text[]"), named("gin", ""));
    assert_eq!(first(Containment, "&&", "[1,2)", "int4range"), named("gist", ""));
    assert_eq!(first(Containment, "@>", "5", "int4multirange"), named("gist", ""));
    assert_eq!(first(Position, ">>=", "10.0.0.1", "cidr"), named("gist", "inet_ops"));
    assert_eq!(first(Position, "<<", "[1,2)", "int4range"), named("gist", ""));
    assert_eq!(first(Position, ">>", "1", "integer"), None);
    assert_eq!(first(Distance, "<->", "(1,2)", "point"), named("gist", ""));
    assert_eq!(first(Distance, "<->", "a", "text"), named("gist", "gist_trgm_ops"));
    assert_eq!(first(TextSearch, "@@", "'a'", "tsvector"), named("gin", ""));
    assert_eq!(first(TextSearch, "@@", "'a'", "text"), None);
    assert_eq!(first(Pattern, "~~", "%abc%", "text"), named("gin", "gin_trgm_ops"));
    assert_eq!(first(Pattern, "~~", "%ab%", "text"), None);
    assert_eq!(first(Pattern, "~~", "abc%", "text"), named("btree", "text_pattern_ops"));
    assert_eq!(
        first(Pattern, "~~", "abc%", "character varying(20)"),
        named("btree", "varchar_pattern_ops")
    );
    assert_eq!(first(Pattern, "~~", "abc%", "character(9)"), named("btree", "bpchar_pattern_ops"));
    assert_eq!(first(Pattern, "~~*", "abc%", "text"), named("gin", "gin_trgm_ops"));
}

/// An extension may bring operators that stand before the server's own, and classes for them.
#[test]
fn extensions_bring_their_own_operators() {
    use PredicateKind::*;
    assert_eq!(first(Containment, "@>", "{1}", "integer[]"), named("gin", "gin__int_ops"));
    assert_eq!(first(Containment, "@>", "{1}", "bigint[]"), named("gin", ""));
    assert_eq!(first(Containment, "<@", "a.b", "ltree"), named("gist", ""));
    assert_eq!(first(Pattern, "~", "a.*", "ltree"), named("gist", ""));
    assert_eq!(first(Operator, "@", "a", "ltree"), named("gist", ""));
    assert_eq!(first(Containment, "@>", "(1,2)", "cube"), named("gist", ""));
    assert_eq!(first(Distance, "<->", "(1,2)", "cube"), named("gist", ""));
    assert_eq!(first(Containment, "@>", "a=>1", "hstore"), named("gin", ""));
    // Its own LIKE ignores case, and no class knows it.
    assert_eq!(first(Pattern, "~~", "abc%", "citext"), None);
    assert_eq!(first(Equality, "=", "abc", "citext"), named("btree", ""));
}

#[test]
fn no_index_for_what_no_index_serves() {
    use PredicateKind::*;
    assert_eq!(first(Inequality, "<>", "1", "integer"), None);
    assert_eq!(first(Equality, "=", "{}", "jsonb"), None);
    assert_eq!(first(Equality, "=", "a", "text[]"), None);
    assert_eq!(first(Equality, "=", "1", "integer"), named("btree", ""));
    assert_eq!(first(Boolean, "IS NOT TRUE", "", "boolean"), None);
    assert_eq!(first(Boolean, "IS TRUE", "", "boolean"), named("btree", ""));
    let random = predicate(Equality, "=", Operand::Expression("(random() * 9)::integer".into()));
    assert_eq!(serving(&random, Some(&column("integer")), &operators()), []);
}

#[test]
fn an_existing_index_may_serve_though_none_would_be_built() {
    use PredicateKind::*;
    assert!(ways(Equality, "=", "integer").contains(&"hash ".to_owned()));
    assert!(ways(Equality, "=", "text").contains(&"btree text_pattern_ops".to_owned()));
    assert!(!ways(Range, "<", "text").contains(&"btree text_pattern_ops".to_owned()));
    assert!(!ways(Range, "<", "integer").contains(&"hash ".to_owned()));
    assert!(ways(Containment, "@>", "jsonb").contains(&"gin ".to_owned()));
    assert!(!ways(Containment, "?", "jsonb").contains(&"gin jsonb_path_ops".to_owned()));
    assert!(!ways(Containment, "@>", "integer[]").contains(&"gin ".to_owned()));
}

#[test]
fn a_cast_is_judged_by_the_type_of_the_column() {
    let operators = operators();
    let free = |from: &str, to: &str| cast_is_free(from, to, &operators);
    assert!(free("character varying(20)", "text"));
    assert!(free("cidr", "inet"));
    assert!(free("numeric(10,2)", "numeric"));
    assert!(!free("citext", "text"), "compares by another class");
    assert!(!free("character(5)", "text"), "blanks go");
    assert!(!free("uuid", "text"));
    assert!(!free("integer", "numeric"));
    assert!(!free("integer", "bigint"));
    assert!(!free("integer", "oid"));
    assert!(!free("timestamp with time zone", "date"));
}

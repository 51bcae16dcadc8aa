use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::sql::{ColumnRef, Operand, PredicateKind, StatementKind};

fn shape_of(sql: &str) -> Shape {
    PostgresDialect.shape(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn column(qualifier: &str, name: &str) -> Option<ColumnRef> {
    let qualifier = (!qualifier.is_empty()).then(|| qualifier.to_owned());
    Some(ColumnRef { qualifier, name: name.to_owned() })
}

/// The only predicate of a condition as a plan prints it.
fn planned(condition: &str) -> Predicate {
    let mut predicates = PostgresDialect.predicates(condition);
    assert_eq!(predicates.len(), 1, "{condition}: {predicates:?}");
    predicates.remove(0)
}

#[test]
fn kinds_are_told_apart() {
    use StatementKind::*;
    for (kind, sql) in [
        (Read, "SELECT 1"),
        (Read, "VALUES (1), (2)"),
        (Read, "TABLE film"),
        (Read, "SHOW work_mem"),
        (Read, "WITH x AS (SELECT 1) SELECT * FROM x"),
        (Read, "COPY film TO STDOUT"),
        (Read, "COPY (SELECT 1) TO STDOUT"),
        (Write, "COPY film FROM STDIN"),
        (Write, "COPY film TO '/tmp/x'"),
        (Write, "INSERT INTO t VALUES (1)"),
        (Write, "UPDATE t SET a = 1"),
        (Write, "DELETE FROM t"),
        (Write, "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE"),
        (Write, "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x"),
        (Write, "SELECT * FROM t WHERE a = 1 FOR UPDATE"),
        (Write, "SELECT (SELECT b FROM (SELECT * FROM t FOR SHARE) AS x)"),
        (Write, "SELECT json_object('k': nextval('s'))"),
        (Write, "SELECT pg_catalog.setval('s', 1)"),
        (Write, "TRUNCATE t"),
        (Write, "CALL p()"),
        (Write, "DO $$ BEGIN END $$"),
        (Ddl, "SELECT * INTO copy FROM t"),
        (Ddl, "CREATE TABLE c AS SELECT * FROM t"),
        (Ddl, "CREATE INDEX ON t (a)"),
        (Ddl, "ALTER TABLE t ADD b int"),
        (Ddl, "DROP TABLE t"),
        (Utility, "EXPLAIN SELECT 1"),
        (Utility, "SET work_mem = '1MB'"),
        (Utility, "VACUUM t"),
        (Utility, "BEGIN"),
    ] {
        assert_eq!(shape_of(sql).kind, kind, "{sql}");
    }
}

#[test]
fn a_fingerprint_forgets_constants_and_lists_but_not_tables() {
    let of = |sql: &str| shape_of(sql).fingerprint;
    let first = of("SELECT * FROM orders_2023 WHERE a IN (1, 2) AND b = 'x'");
    assert_eq!(first.len(), 16);
    assert_eq!(first, of("select * from orders_2023\n -- why\n where a in (7,8,9,10) and b='y'"));
    assert_eq!(first, of("SELECT * FROM orders_2023 WHERE a IN ($1, $2, $3) AND b = $4"));
    assert_ne!(first, of("SELECT * FROM orders_2024 WHERE a IN (1, 2) AND b = 'x'"));
    assert_ne!(first, of("SELECT * FROM orders_2023 WHERE a IN (1, 2) AND c = 'x'"));
    assert_ne!(of("SELECT 1 FROM a AS t"), of("SELECT 1 FROM b AS t"));
}

#[test]
fn the_facts_of_a_whole_statement() {
    let shape = shape_of(
        "WITH hot AS (SELECT * FROM hot LIMIT 5)
         SELECT r.*, c.name AS who FROM sales.rental r JOIN customer c ON c.id = r.customer_id, hot
         WHERE lower(c.email) = $2 AND r.x IN (1, 2, 3) AND r.id NOT IN (SELECT id FROM gone)
         ORDER BY who DESC, r.day LIMIT 10 OFFSET $1",
    );
    let tables: Vec<_> =
        shape.tables.iter().map(|t| (t.schema.as_deref(), t.name.as_str())).collect();
    assert_eq!(
        tables,
        [(None, "hot"), (Some("sales"), "rental"), (None, "customer"), (None, "gone")]
    );
    assert_eq!(shape.tables[1].alias.as_deref(), Some("r"));
    assert_eq!((shape.parameters, shape.relations, shape.longest_in_list), (2, 3, 3));
    assert_eq!(shape.limit, Some(Operand::Constant("10".into())));
    assert_eq!(shape.offset, Some(Operand::Parameter(1)));
    assert!(shape.select_star && shape.has_where && shape.not_in_subquery);
    assert!(!shape.aggregates && !shape.order_by_random);
    assert_eq!(shape.order_by[0].column, column("c", "name"));
    assert!(shape.order_by[0].descending && shape.order_by[0].nulls_first);
    assert_eq!(shape.order_by[1].column, column("r", "day"));
    assert!(!shape.order_by[1].nulls_first);
}

#[test]
fn what_the_outermost_query_returns() {
    assert!(shape_of("SELECT count(*) FROM t").aggregates);
    assert!(!shape_of("SELECT count(*) FROM t").select_star);
    assert!(shape_of("SELECT DISTINCT a FROM t").aggregates);
    assert!(shape_of("SELECT 1 + coalesce(sum(a), 0) FROM t").aggregates);
    assert!(!shape_of("SELECT sum(a) OVER (ORDER BY b) FROM t").aggregates);
    assert!(!shape_of("SELECT a, (SELECT max(b) FROM u) FROM t").aggregates);
    assert!(shape_of("SELECT a FROM t UNION ALL SELECT * FROM u").select_star);
    assert!(!shape_of("SELECT a FROM (SELECT * FROM t) AS x").select_star);
    assert!(shape_of("SELECT a FROM t ORDER BY random() LIMIT 1").order_by_random);
    assert!(shape_of("DELETE FROM t WHERE a = 1").has_where);
    assert!(!shape_of("SELECT a FROM (SELECT a FROM t WHERE b = 1) AS x").has_where);
    assert_eq!(shape_of("SELECT a FROM t LIMIT ALL").limit, None);
    assert_eq!(shape_of("SELECT a FROM t WHERE b = ANY ('{1,\"2,3\",4}')").longest_in_list, 3);
}

#[test]
fn casts_that_cost_nothing_are_not_casts() {
    let status = planned("((r.status)::text = 'open'::text)");
    assert_eq!(
        (status.kind, status.column.clone()),
        (PredicateKind::Equality, column("r", "status"))
    );
    assert!(PostgresDialect.cast_looks_free(&status));
    assert_eq!(status.cast.as_deref(), Some("text"));
    assert_eq!(status.operand, Operand::Constant("open".into()));

    let number = planned("((r.customer_id)::text = '42'::text)");
    assert!(!PostgresDialect.cast_looks_free(&number));
    assert_eq!((number.column, number.cast.as_deref()), (column("r", "customer_id"), Some("text")));
    let day = planned("((r.rental_date)::date = '2020-01-01'::date)");
    assert_eq!((day.column, day.cast.as_deref()), (column("r", "rental_date"), Some("date")));
    assert_eq!(day.expression.as_deref(), Some("(rental_date::date)"));

    let written = shape_of("SELECT 1 FROM t WHERE customer_id::text = 'abc'");
    assert_eq!(written.predicates[0].cast.as_deref(), Some("text"));
    let key = planned("((device.id)::text = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'::text)");
    assert!(!PostgresDialect.cast_looks_free(&key));
}

#[test]
fn lists_containment_text_search_and_patterns() {
    let any = planned("(x = ANY ('{1,2}'::integer[]))");
    assert_eq!(
        (any.kind, any.operand),
        (PredicateKind::Equality, Operand::List(vec!["1".into(), "2".into()]))
    );
    let json = planned("(attributes @> '{\"a\": 1}'::jsonb)");
    assert_eq!((json.kind, json.column), (PredicateKind::Containment, column("", "attributes")));
    assert_eq!(json.operand, Operand::Constant("{\"a\": 1}".into()));
    let search = planned("(f.fulltext @@ to_tsquery('cat'::text))");
    assert_eq!((search.kind, search.column), (PredicateKind::TextSearch, column("f", "fulltext")));
    let like = planned("((title)::text ~~ '%42%'::text)");
    assert_eq!((like.kind, like.op.as_str()), (PredicateKind::Pattern, "~~"));
    assert!(PostgresDialect.cast_looks_free(&like));
    assert_eq!(planned("(a <> ALL ('{1,2}'::integer[]))").kind, PredicateKind::Inequality);
    assert_eq!(planned("('x'::text = ANY (tags))").kind, PredicateKind::Other);
}

#[test]
fn expressions_are_ready_for_an_index() {
    let lower = planned("(lower(c.email) = 'x'::text)");
    assert_eq!(
        (lower.column, lower.expression.as_deref()),
        (column("c", "email"), Some("lower(email)"))
    );
    let month = planned(
        "(date_trunc('month'::text, r.day) = '2020-01-01 00:00:00'::timestamp without time zone)",
    );
    assert_eq!(month.expression.as_deref(), Some("date_trunc('month'::text, day)"));
    assert_eq!(month.operand, Operand::Constant("2020-01-01 00:00:00".into()));
    let key = planned("((e.data ->> 'k'::text) = 'v'::text)");
    assert_eq!(key.expression.as_deref(), Some("(data ->> 'k'::text)"));
    let document = planned(
        "(to_tsvector('english'::regconfig, ((title || ' '::text) || body)) @@ '''cat'''::tsquery)",
    );
    assert_eq!((document.kind, document.column), (PredicateKind::TextSearch, None));
}

#[test]
fn booleans_nulls_joins_and_sides() {
    let not = planned("(NOT r.active)");
    assert_eq!(
        (not.kind, not.op.as_str(), not.column),
        (PredicateKind::Boolean, "NOT", column("r", "active"))
    );
    assert_eq!(planned("active").kind, PredicateKind::Boolean);
    let null = planned("(r.return_date IS NULL)");
    assert_eq!((null.kind, null.op.as_str()), (PredicateKind::NullTest, "IS NULL"));
    let join = planned("(a.x = b.y)");
    assert_eq!(
        (join.column, join.operand),
        (column("a", "x"), Operand::Column(column("b", "y").unwrap()))
    );
    let turned = planned("(5 < c.z)");
    assert_eq!((turned.column, turned.op.as_str()), (column("c", "z"), ">"));
    let or = planned("((a = 1) OR (b = 2))");
    assert_eq!((or.kind, or.column), (PredicateKind::Other, None));
    let both = PostgresDialect.predicates("((a.x > 5) AND (b.y IS NULL))");
    assert_eq!(
        both.iter().map(|p| p.kind).collect::<Vec<_>>(),
        [PredicateKind::Range, PredicateKind::NullTest]
    );
    assert_eq!(both[0].text, "a.x > 5");
}

#[test]
fn references_to_parts_of_the_plan_are_tolerated() {
    for (condition, text) in [
        ("(hashed SubPlan 1)", "hashed SubPlan 1"),
        ("(NOT (hashed SubPlan 1))", "NOT hashed SubPlan 1"),
        ("(alternatives: SubPlan 1 or hashed SubPlan 2)", "SubPlan alternatives"),
        ("(x = $0)", "x = $0"),
        ("(x = (InitPlan 1).col1)", "x = (InitPlan 1).col1"),
        ("(x = 'SubPlan 1'::text)", "x = 'SubPlan 1'::text"),
    ] {
        assert_eq!(planned(condition).text, text);
    }
    assert_eq!(planned("(hashed SubPlan 1)").column, None);
    assert_eq!(planned("(x = $0)").operand, Operand::Expression("$0".into()));
    assert!(PostgresDialect.predicates("((broken").is_empty());
    assert!(PostgresDialect.predicates("'open").is_empty());
    assert!(PostgresDialect.predicates("x = 1; DROP TABLE t").is_empty());
}

#[test]
fn refusals_say_why_and_where() {
    let error = PostgresDialect.shape("SELECT * FORM film").unwrap_err();
    assert_eq!(error.message, "syntax error at or near \"FORM\"");
    assert_eq!(error.offset, Some(9));
    assert!(PostgresDialect.shape("").unwrap_err().message.contains("no statement"));
    assert!(
        PostgresDialect
            .shape("SELECT 1; SELECT 2")
            .unwrap_err()
            .message
            .contains("but there are 2")
    );
    assert!(PostgresDialect.shape("SELECT '\0'").unwrap_err().message.contains("NUL"));
}

#[test]
fn hostile_depth_is_an_error_and_never_the_end() {
    let nested = [
        format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT {}true", "NOT ".repeat(50_000)),
        format!("SELECT {}", vec!["1"; 100_000].join("+")),
        format!("SELECT 1 {}", "UNION ALL SELECT 1 ".repeat(50_000)),
        format!("SELECT {}1{}", "f(".repeat(9_000), ")".repeat(9_000)),
        format!("SELECT {}1{}", "(SELECT ".repeat(9_000), ")".repeat(9_000)),
        format!("SELECT {}", "[".repeat(380)),
    ];
    for sql in nested {
        if let Err(error) = PostgresDialect.shape(&sql) {
            assert!(!error.message.is_empty());
        }
        let _ = PostgresDialect.predicates(&sql["SELECT ".len()..]);
    }
}

#[test]
fn honest_depth_is_understood() {
    let union = format!("SELECT a FROM t0 {}", "UNION ALL SELECT * FROM t1 ".repeat(200));
    assert!(shape_of(&union).select_star);
    let sum = shape_of(&format!("SELECT {} FROM t", vec!["a"; 500].join("+")));
    assert_eq!(sum.kind, StatementKind::Read);
    let within = format!("SELECT {}1", "- ".repeat(190));
    assert!(within.len() <= 400);
    shape_of(&within);
}

#[test]
fn a_megabyte_of_literal_is_fast() {
    let sql = format!("SELECT 1 FROM t WHERE a = '{}'", "x'';--".repeat(170_000));
    let started = Instant::now();
    let shape = shape_of(&sql);
    assert_eq!(shape.predicates.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn names_and_values_cannot_break_out() {
    for (name, quoted) in [
        ("film", "film"),
        ("_x1", "_x1"),
        ("Film", "\"Film\""),
        ("select", "\"select\""),
        ("user", "\"user\""),
        ("between", "\"between\""),
        ("1a", "\"1a\""),
        ("a b", "\"a b\""),
        ("a\"; DROP TABLE t; --", "\"a\"\"; DROP TABLE t; --\""),
        ("a\0b", "\"ab\""),
        ("", "\"\""),
        ("naïve", "\"naïve\""),
    ] {
        assert_eq!(PostgresDialect.quote_identifier(name), quoted);
    }
    assert_eq!(PostgresDialect.quote_literal("it's"), "'it''s'");
    assert_eq!(PostgresDialect.quote_literal(r"a\'b"), r"E'a\\''b'");
    assert_eq!(PostgresDialect.quote_literal("a\0b"), "'ab'");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = PostgresDialect.shape(&text);
        let _ = PostgresDialect.predicates(&text);
    }

    /// Names longer than 63 bytes are cut by the server.
    #[test]
    fn a_quoted_name_reads_back_as_itself(name in "[^\0]{1,15}") {
        let sql = format!("SELECT 1 FROM {}", PostgresDialect.quote_identifier(&name));
        prop_assert_eq!(&shape_of(&sql).tables[0].name, &name);
    }

    #[test]
    fn a_quoted_value_reads_back_as_itself(value in "[^\0]{0,40}") {
        let sql = format!("SELECT 1 FROM t WHERE a = {}", PostgresDialect.quote_literal(&value));
        prop_assert_eq!(&shape_of(&sql).predicates[0].operand, &Operand::Constant(value));
    }
}

#[test]
fn the_tables_that_lead_a_from() {
    let leading = |sql: &str| shape_of(sql).leading;
    assert_eq!(leading("SELECT 1 FROM a, b JOIN c ON true"), ["a"]);
    assert_eq!(leading("SELECT 1 FROM (a JOIN b ON true) JOIN c ON true"), ["a"]);
    let nested = "SELECT (SELECT max(x) FROM z) FROM (SELECT * FROM y, x) s WHERE EXISTS (SELECT FROM s.w, v)";
    assert_eq!(leading(nested), ["w", "y", "z"]);
    assert_eq!(leading("UPDATE t SET a = 1 FROM u WHERE t.id = u.id"), ["t"]);
    assert_eq!(leading("DELETE FROM t USING u, v WHERE t.id = u.id"), ["t"]);
    assert!(leading("SELECT 1 FROM generate_series(1, 2), t").is_empty());
    assert!(leading("SELECT 1").is_empty());
}

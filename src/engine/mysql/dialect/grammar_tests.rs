use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::sql::{ColumnRef, Operand, PredicateKind};

fn shape_of(sql: &str) -> Shape {
    MysqlDialect.shape(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn column(qualifier: &str, name: &str) -> Option<ColumnRef> {
    let qualifier = (!qualifier.is_empty()).then(|| qualifier.to_owned());
    Some(ColumnRef { qualifier, name: name.to_owned() })
}

fn planned(condition: &str) -> Predicate {
    let mut predicates = MysqlDialect.predicates(condition);
    assert_eq!(predicates.len(), 1, "{condition}: {predicates:?}");
    predicates.remove(0)
}

#[test]
fn kinds_are_told_apart() {
    use StatementKind::*;
    for (kind, sql) in [
        (Read, "SELECT 1"),
        (Read, "(SELECT 1) UNION (SELECT 2)"),
        (Read, "WITH x AS (SELECT 1) SELECT * FROM x"),
        (Read, "SHOW TABLES"),
        (Read, "SELECT `update`, 'FOR UPDATE' FROM t"),
        (Write, "SELECT * FROM t FOR UPDATE"),
        (Write, "SELECT * FROM t LOCK IN SHARE MODE"),
        (Write, "SELECT * FROM t INTO OUTFILE '/tmp/x'"),
        (Write, "SELECT NEXTVAL(s)"),
        (Write, "INSERT INTO t VALUES (1)"),
        (Write, "REPLACE INTO t VALUES (1)"),
        (Write, "UPDATE t SET a = 1"),
        (Write, "DELETE FROM t"),
        (Write, "CALL p()"),
        (Ddl, "CREATE INDEX i ON t (a)"),
        (Ddl, "DROP TABLE t"),
        (Utility, "SET NAMES utf8"),
        (Utility, "EXPLAIN SELECT 1"),
        (Utility, "ANALYZE FORMAT=JSON SELECT 1"),
        (Utility, "COMMIT"),
    ] {
        assert_eq!(shape_of(sql).kind, kind, "{sql}");
    }
}

#[test]
fn a_fingerprint_forgets_constants_lists_case_and_quotes() {
    let of = |sql: &str| shape_of(sql).fingerprint;
    let first = of("SELECT COUNT(*) FROM film WHERE length IN (1, 2) AND rating = 'G' LIMIT 5");
    assert_eq!(first.len(), 16);
    let second =
        "select count(*) from film # why\n where `length` in (?,?,?,-4) and RATING=\"PG\" limit 9";
    assert_eq!(first, of(second));
    assert_ne!(
        first,
        of("SELECT COUNT(*) FROM films WHERE length IN (1, 2) AND rating = 'G' LIMIT 5")
    );
    assert_eq!(of("INSERT INTO t VALUES (1, 'a')"), of("INSERT INTO t VALUES (1, 'b'), (2, NULL)"));
}

#[test]
fn what_the_parser_does_not_know_is_judged_by_its_tokens() {
    let sql = "SELECT a FROM t PROCEDURE ANALYSE(10, 2000)";
    assert!(parse_one(sql).is_err(), "choose another statement for this test");
    let shape = shape_of(sql);
    assert_eq!(shape.kind, StatementKind::Read);
    assert_eq!(shape.normalised, "select a from t procedure analyse ( ? )");
    assert_eq!(shape.fingerprint, shape_of("select a from t procedure analyse(1)").fingerprint);
    assert!(MysqlDialect.shape("Dear diary").is_err());
    assert!(MysqlDialect.shape("").is_err());
    assert!(MysqlDialect.shape("SELECT 'x").unwrap_err().message.contains("unterminated string"));
}

#[test]
fn the_facts_of_a_whole_statement() {
    let shape = shape_of(
        "SELECT r.*, c.name AS who FROM sakila.rental r JOIN customer c ON c.id = r.customer_id
         WHERE lower(c.email) = ? AND r.x IN (1, 2, 3) AND r.id NOT IN (SELECT id FROM gone)
         ORDER BY who DESC, r.day LIMIT 20, 10",
    );
    let tables: Vec<_> =
        shape.tables.iter().map(|t| (t.schema.as_deref(), t.name.as_str())).collect();
    assert_eq!(tables, [(Some("sakila"), "rental"), (None, "customer"), (None, "gone")]);
    assert_eq!(shape.tables[0].alias.as_deref(), Some("r"));
    assert_eq!((shape.parameters, shape.relations, shape.longest_in_list), (1, 2, 3));
    assert_eq!(shape.limit, Some(Operand::Constant("10".into())));
    assert_eq!(shape.offset, Some(Operand::Constant("20".into())));
    assert!(shape.select_star && shape.has_where && shape.not_in_subquery && !shape.aggregates);
    assert_eq!(shape.order_by[0].column, column("c", "name"));
    assert!(shape.order_by[0].descending && !shape.order_by[0].nulls_first);
    assert!(shape_of("SELECT 1 + SUM(a) FROM t").aggregates);
    assert!(!shape_of("SELECT SUM(a) OVER (ORDER BY b) FROM t").aggregates);
    assert!(shape_of("SELECT a FROM t ORDER BY RAND()").order_by_random);
    assert!(shape_of("WITH x AS (SELECT 1) SELECT * FROM x").tables.is_empty());
}

#[test]
fn conditions_as_plans_print_them() {
    let range = planned("film.`length` > 120");
    assert_eq!((range.kind, range.column), (PredicateKind::Range, column("film", "length")));
    assert_eq!(range.operand, Operand::Constant("120".into()));
    let deep = planned("`sakila`.`film`.`rating` = 'PG'");
    assert_eq!((deep.kind, deep.column), (PredicateKind::Equality, column("film", "rating")));
    let cached = planned("t.a = <cache>(cast('2020-01-01' as date))");
    assert_eq!(cached.column, column("t", "a"));
    let join = planned("a.x = b.y");
    assert_eq!(join.operand, Operand::Column(column("b", "y").unwrap()));
    let turned = planned("5 < c.z");
    assert_eq!((turned.column, turned.op.as_str()), (column("c", "z"), ">"));
    let null = planned("r.return_date is null");
    assert_eq!(null.kind, PredicateKind::NullTest);
    let list = planned("t.a in (1,2)");
    assert_eq!(list.operand, Operand::List(vec!["1".into(), "2".into()]));
    let like = planned("t.a like '%x%'");
    assert_eq!(
        (like.kind, like.operand),
        (PredicateKind::Pattern, Operand::Constant("%x%".into()))
    );
    let between = planned("t.a between 1 and 5");
    assert_eq!((between.kind, between.op.as_str()), (PredicateKind::Range, "BETWEEN"));
    let lower = planned("lcase(c.email) = 'x'");
    assert_eq!(
        (lower.column, lower.expression.as_deref()),
        (column("c", "email"), Some("lcase(email)"))
    );
    let cast = planned("cast(r.rental_date as date) = '2020-01-01'");
    assert_eq!((cast.column, cast.cast.as_deref()), (column("r", "rental_date"), Some("date")));
    let both = MysqlDialect.predicates("a.x > 5 and (a.y = 2 or a.z = 3) and a.w <> 1");
    let kinds: Vec<_> = both.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [PredicateKind::Range, PredicateKind::Other, PredicateKind::Inequality]);
    assert!(MysqlDialect.predicates("((broken").is_empty());
    assert_eq!(planned("<in_optimizer>(t.a,(subquery#2))").kind, PredicateKind::Other);
}

#[test]
fn hostile_depth_is_never_the_end() {
    for sql in [
        format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT {}1", "- ".repeat(100_000)),
        format!("SELECT {}true", "NOT ".repeat(50_000)),
        format!("SELECT {}", vec!["1"; 19_000].join("+")),
        format!("SELECT {}", vec!["1"; 300_000].join("+")),
        format!("SELECT 1 {}", "UNION ALL SELECT 1 ".repeat(15_000)),
        format!("SELECT {}1{}", "f(".repeat(9_000), ")".repeat(9_000)),
    ] {
        assert_eq!(shape_of(&sql).kind, StatementKind::Read);
        let _ = MysqlDialect.predicates(&sql["SELECT ".len()..]);
    }
}

#[test]
fn what_is_looked_for_in_a_document_is_told_apart() {
    for condition in [
        "17 MEMBER OF(t.doc -> '$.tags')",
        "JSON_CONTAINS(t.doc -> '$.tags', '[17]')",
        "json_overlaps(t.doc -> '$.tags', CAST('[17]' AS JSON))",
        "JSON_OVERLAPS(CAST('[17]' AS JSON), t.doc -> '$.tags')",
    ] {
        let predicate = planned(condition);
        assert_eq!(predicate.kind, PredicateKind::Containment, "{condition}");
        assert_eq!(predicate.column, column("t", "doc"), "{condition}");
        assert_eq!(predicate.expression.as_deref(), Some("doc -> '$.tags'"), "{condition}");
    }
    assert_eq!(planned("17 MEMBER OF(t.tags)").expression, None);
    for condition in [
        "JSON_CONTAINS(t.doc, t.other)",
        "JSON_CONTAINS(t.doc, '17', '$.tags')",
        "JSON_CONTAINS(t.doc -> '$.tags', '[17]') = 1",
        "NOT JSON_CONTAINS(t.doc -> '$.tags', '[17]')",
    ] {
        assert_ne!(planned(condition).kind, PredicateKind::Containment, "{condition}");
    }
}

#[test]
fn a_megabyte_of_literal_is_fast() {
    let sql = format!("SELECT 1 FROM t WHERE a = '{}'", "x'';--".repeat(170_000));
    let started = Instant::now();
    assert_eq!(shape_of(&sql).predicates.len(), 1);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = MysqlDialect.shape(&text);
        let _ = MysqlDialect.predicates(&text);
    }

    #[test]
    fn a_quoted_name_reads_back_as_itself(name in "[^\0]{1,40}") {
        let sql = format!("SELECT 1 FROM {}", MysqlDialect.quote_identifier(&name));
        prop_assert_eq!(&shape_of(&sql).tables[0].name, &name);
    }

    #[test]
    fn a_quoted_value_reads_back_as_itself(value in "[^\0]{0,40}") {
        let sql = format!("SELECT 1 FROM t WHERE a = {}", MysqlDialect.quote_literal(&value));
        prop_assert_eq!(&shape_of(&sql).predicates[0].operand, &Operand::Constant(value));
    }
}

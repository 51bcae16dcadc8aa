use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::Dialect;

fn kinds(sql: &str) -> Vec<&'static str> {
    let found = MysqlDialect.constructs(sql).into_iter().map(|construct| construct.kind);
    // What each statement of its kind has is asked of a catalog by rules, not found here.
    found.filter(|kind| !matches!(*kind, "complex-statement")).collect()
}

#[test]
fn what_is_wrong_is_found() {
    let cases: &[(&str, &str)] = &[
        ("SELECT a FROM t WHERE b = NULL", "null-compared"),
        ("SELECT a FROM t WHERE NULL <> b", "null-compared"),
        ("SELECT a FROM t WHERE b NOT IN (1, NULL)", "null-in-list"),
        ("SELECT a FROM t WHERE b IN (1, c)", "column-in-list"),
        ("SELECT a FROM t WHERE b LIKE 'abc'", "like-without-wildcard"),
        ("SELECT a FROM t WHERE b + 1 > 5", "arithmetic-on-column"),
        ("SELECT a FROM t WHERE `b` * 2 = ?", "arithmetic-on-column"),
        ("SELECT a FROM t JOIN u ON u.a = t.a AND u.b - 1 = 3", "arithmetic-on-column"),
        ("SELECT a FROM t WHERE IFNULL(b, 0) = 5", "coalesce-on-column"),
        ("SELECT a FROM t WHERE b = 2025-03-14", "date-unquoted"),
        ("SELECT a FROM t WHERE DATE_FORMAT(b, '%Y-%m') = '2025-03'", "date-as-text"),
        ("SELECT a FROM t WHERE b BETWEEN '2025-03-01' AND '2025-03-31 23:59:59'", "end-of-day"),
        ("SELECT a FROM t WHERE b <= '2025-03-31 23:59:59.999'", "end-of-day"),
        ("SELECT a FROM t WHERE a = A", "compared-with-itself"),
        ("SELECT a FROM t WHERE (a, b) > (1, 2)", "row-compared"),
        ("SELECT a FROM t WHERE a = 1 OR b = 2 OR 1 = 1", "always-true"),
        ("SELECT a FROM t WHERE a = 1 OR TRUE OR b = 2", "always-true"),
        ("SELECT a FROM t WHERE 1", "always-true"),
        ("SELECT a FROM t WHERE a = 1 AND 1 = 0", "always-false"),
        ("SELECT a FROM t WHERE (SELECT COUNT(*) FROM u WHERE u.x = t.a) > 0", "count-as-exists"),
        ("SELECT a FROM t WHERE a NOT IN (SELECT x FROM u)", "not-in-query"),
        ("SELECT COUNT(a) FROM t", "count-of-column"),
        ("SELECT COUNT(*) FROM t", "counts-all-rows"),
        ("SELECT CONCAT(a, ' ', b) FROM t", "text-with-null"),
        ("SELECT SQL_CALC_FOUND_ROWS a FROM t ORDER BY b LIMIT 5", "found-rows-counted"),
        ("SELECT * FROM t, u", "cartesian-product"),
        ("SELECT * FROM t JOIN u WHERE t.a = 5", "cartesian-product"),
        ("SELECT * FROM t, u JOIN v ON u.a = v.a WHERE t.a = u.a", "comma-and-join"),
        ("SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.b = 5", "outer-join-undone"),
        ("SELECT t.a FROM u RIGHT JOIN t ON u.a = t.a WHERE u.b LIKE 'x%'", "outer-join-undone"),
        ("SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.b IS NULL", "anti-join-column"),
        ("SELECT x.a FROM t x JOIN t y ON x.a = y.a", "table-joined-again"),
        ("SELECT 1 FROM t JOIN u ON t.a = u.a OR t.b = u.b", "join-on-either"),
        ("SELECT a FROM t GROUP BY a HAVING a > 5", "having-without-aggregate"),
        (
            "SELECT t.a, MAX(u.b) FROM t JOIN u USING (c) GROUP BY t.a ORDER BY u.d",
            "groups-and-order-apart",
        ),
        ("SELECT a FROM t LIMIT 10", "limit-unordered"),
        ("SELECT a FROM t LIMIT 20, 10", "limit-unordered"),
        ("SELECT a FROM t ORDER BY 1", "order-by-position"),
        ("SELECT a FROM t ORDER BY ?", "order-by-parameter"),
        ("SELECT DISTINCT t.a FROM t JOIN u ON u.a = t.a", "distinct-over-join"),
        ("SELECT DISTINCT a, COUNT(*) FROM t GROUP BY a", "distinct-of-groups"),
        ("SELECT 'a', x FROM t UNION SELECT 'b', x FROM u", "union-of-disjoint"),
        ("SELECT a FROM t WHERE a IN (SELECT x FROM u ORDER BY x)", "order-in-subquery"),
        ("SELECT a FROM t FOR UPDATE", "lock-all"),
        (
            "WITH c AS (SELECT a FROM t) SELECT x.a FROM c x JOIN c y ON y.a = x.a",
            "with-query-read-again",
        ),
        ("SELECT a FROM t NATURAL JOIN u", "natural-join"),
        ("SELECT (SELECT MAX(x) FROM u), (SELECT MAX(x) FROM u) + 1 FROM t", "repeated-subquery"),
        ("UPDATE t SET a = 5", "update-all"),
        ("UPDATE t SET a = 5 WHERE b = 1", "update-of-key"),
        ("UPDATE t SET a = t.a WHERE b = 1", "self-assignment"),
        ("DELETE FROM t", "delete-all"),
        ("INSERT INTO t VALUES (1, 2)", "insert-without-columns"),
        ("INSERT INTO t SELECT * FROM u", "insert-select-star"),
        ("INSERT INTO t (a) VALUES (1), (2)", "large-values"),
        ("INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2", "upsert"),
        ("REPLACE INTO t (a) VALUES (1)", "replaces-rows"),
        ("SELECT /*+ NO_MERGE(t) */ a FROM t WHERE b = 1", "planner-hint"),
        ("SELECT a FROM t FORCE INDEX (i, j) WHERE b = 1", "planner-hint"),
        ("SELECT a FROM t STRAIGHT_JOIN u ON u.a = t.a", "planner-hint"),
    ];
    for (sql, wanted) in cases {
        let found = kinds(sql);
        assert!(found.contains(wanted), "{sql}: {found:?}");
    }
}

#[test]
fn what_only_looks_alike_is_not() {
    let silent = [
        "SELECT a FROM t WHERE b IS NULL",
        "SELECT a FROM t WHERE b <=> NULL",
        "SELECT a FROM t WHERE b LIKE 'abc%'",
        "SELECT a FROM t WHERE b > 5 + 1",
        "SELECT a FROM t WHERE b + 1 > c",
        "SELECT a + 1 > 5, IFNULL(b, 0) = 1 FROM t",
        "SELECT 2025 - 3 - 140",
        "SELECT a FROM t WHERE (a, b) = (1, 2)",
        "SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4))",
        "SELECT a FROM t WHERE a = 1 OR a = 2",
        "SELECT a FROM t WHERE 1 = 1 AND a = 5",
        "SELECT a FROM t WHERE b IN (\"label\", 'x')",
        "SELECT a FROM t WHERE (SELECT COUNT(*) FROM u WHERE u.x = t.a) > 3",
        "SELECT a FROM t WHERE a NOT IN (SELECT x FROM u WHERE x IS NOT NULL)",
        "SELECT COUNT(DISTINCT a) FROM t WHERE b = 1",
        "SELECT COUNT(a) OVER () FROM t WHERE b = 1",
        "SELECT * FROM t CROSS JOIN u",
        "SELECT * FROM t, u WHERE t.a = u.a",
        "SELECT * FROM t, u WHERE a = b",
        "SELECT * FROM t, JSON_TABLE(t.b, '$[*]' COLUMNS (c INT PATH '$')) j",
        "SELECT * FROM t, u WHERE u.id = 5",
        "WITH p AS (SELECT 1 AS n) SELECT * FROM t, p",
        "SELECT t.a FROM t LEFT JOIN u ON u.a = t.a AND u.b = 5",
        "SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.a IS NULL",
        "SELECT t.a FROM t LEFT JOIN u USING (a) WHERE u.a IS NULL",
        "SELECT x.a FROM t x JOIN t y ON x.up = y.a",
        "SELECT a, COUNT(*) AS n FROM t GROUP BY a HAVING n > 5",
        "SELECT a, COUNT(*) FROM t GROUP BY a WITH ROLLUP HAVING a > 5",
        "SELECT a FROM t ORDER BY a LIMIT 10",
        "SELECT a FROM t LIMIT 1",
        "SELECT MAX(a) FROM t LIMIT 10",
        "SELECT COUNT(*) FROM t WHERE a = 1",
        "SELECT DISTINCT t.a, u.b FROM t JOIN u ON u.a = t.a",
        "SELECT 'a', x FROM t UNION ALL SELECT 'b', x FROM u",
        "SELECT 'a', x FROM t UNION SELECT 'A', x FROM u",
        "SELECT a FROM t WHERE a IN (SELECT x FROM u ORDER BY x LIMIT 5)",
        "SELECT a FROM t WHERE b = 1 FOR UPDATE SKIP LOCKED",
        "DELETE FROM t LIMIT 100",
        "DELETE t FROM t JOIN u ON u.a = t.a",
        "INSERT INTO t (a, b) SELECT a, b FROM u",
        "INSERT INTO t SET a = 1, b = 2",
        "SELECT REPLACE(a, 'x', 'y') FROM t WHERE b = 'FORCE INDEX (i)'",
        "SELECT a FROM t WHERE `FORCE` = 1 /* no hint */",
    ];
    for sql in silent {
        assert_eq!(kinds(sql), Vec::<&str>::new(), "{sql}");
    }
}

#[test]
fn an_excerpt_is_what_stands_there() {
    let sql = "SELECT a\nFROM t\nWHERE `ä` = 'ü' AND t.c + (1 + 2) = 5 AND d IN (1,\n NULL)";
    let found = MysqlDialect.constructs(sql);
    let places: Vec<(&str, &str)> = found
        .iter()
        .map(|c| (c.excerpt.as_str(), sql.get(c.offset..).unwrap_or_default()))
        .collect();
    assert_eq!(places.len(), 2, "{found:?}");
    assert_eq!(places[0].0, "t.c + (1 + 2) = 5");
    assert!(places.iter().all(|(excerpt, rest)| rest.starts_with(excerpt)), "{places:?}");
    assert_eq!(places[1].0, "d IN (1,\n NULL)");
}

#[test]
fn a_column_of_the_side_that_is_filled_up_may_be_null() {
    let filled = |sql: &str| {
        let mut found = MysqlDialect.constructs(sql).into_iter();
        found.find(|c| c.kind == "count-of-column").expect("a count").filled_up
    };
    assert!(filled("SELECT COUNT(u.id) FROM t LEFT JOIN u ON u.a = t.a GROUP BY t.a"));
    assert!(filled("SELECT COUNT(id) FROM u RIGHT JOIN t ON u.a = t.a GROUP BY t.a"));
    assert!(!filled("SELECT COUNT(t.id) FROM t LEFT JOIN u ON u.a = t.a GROUP BY t.a"));
    assert!(!filled("SELECT COUNT(u.id) FROM t JOIN u ON u.a = t.a GROUP BY t.a"));
}

#[test]
fn what_the_parser_does_not_know_is_no_error() {
    assert_eq!(kinds("SELECT a FROM t PROCEDURE ANALYSE()"), Vec::<&str>::new());
    assert_eq!(kinds("HANDLER t OPEN /*+ x */"), ["planner-hint"]);
    assert_eq!(kinds("'"), Vec::<&str>::new());
}

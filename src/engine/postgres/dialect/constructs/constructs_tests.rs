use super::constructs;

fn kinds(sql: &str) -> Vec<&'static str> {
    let found = constructs(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    found.into_iter().map(|c| c.kind).filter(|kind| *kind != "complex-statement").collect()
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
        ("SELECT a FROM t WHERE now() - b < interval '1 day'", "arithmetic-on-column"),
        ("SELECT a FROM t WHERE coalesce(b, 0) = 5", "coalesce-on-column"),
        ("SELECT a FROM t WHERE b = 2025-03-14", "date-unquoted"),
        ("SELECT a FROM t WHERE to_char(b, 'YYYY-MM') = '2025-03'", "date-as-text"),
        ("SELECT a FROM t WHERE b BETWEEN '2025-03-01' AND '2025-03-31 23:59:59'", "end-of-day"),
        ("SELECT a FROM t WHERE b <= '2025-03-31T23:59:59.999'", "end-of-day"),
        ("SELECT a FROM t WHERE a = a", "compared-with-itself"),
        ("SELECT a FROM t WHERE a = 1 OR a = 2 OR a = 3", "or-of-one-column"),
        ("SELECT a FROM t WHERE a > 1 OR (a = 1 AND b > 2)", "keyset-by-or"),
        ("SELECT a FROM t WHERE a = 1 OR 1 = 1", "always-true"),
        ("SELECT a FROM t WHERE 1 = 1", "always-true"),
        ("SELECT a FROM t WHERE a = 1 AND 1 = 0", "always-false"),
        ("SELECT a FROM t WHERE (SELECT count(*) FROM u WHERE u.x = t.a) > 0", "count-as-exists"),
        ("SELECT a FROM t WHERE a NOT IN (SELECT x FROM u)", "not-in-query"),
        ("SELECT a FROM t WHERE a > ALL (SELECT x FROM u)", "quantified-query"),
        ("SELECT count(a) FROM t", "count-of-column"),
        ("SELECT a || ' ' || b FROM t", "text-with-null"),
        ("SELECT * FROM t, u", "cartesian-product"),
        ("SELECT * FROM t JOIN u ON t.a = 1 OR u.b = 2, v WHERE t.a = u.b", "cartesian-product"),
        ("UPDATE t SET a = u.b FROM u WHERE u.c > 5", "cartesian-product"),
        ("SELECT * FROM t, u JOIN v ON u.a = v.a WHERE t.a = u.a", "comma-and-join"),
        ("SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.b = 5", "outer-join-undone"),
        ("SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.b IS NULL", "anti-join-column"),
        ("SELECT x.a FROM t x JOIN t y ON x.a = y.a", "table-joined-again"),
        ("SELECT 1 FROM t JOIN u ON t.a = u.a OR t.b = u.b", "join-on-either"),
        ("SELECT a FROM t GROUP BY a HAVING a > 5", "having-without-aggregate"),
        ("SELECT a FROM t LIMIT 10", "limit-unordered"),
        ("SELECT a FROM t ORDER BY 1", "order-by-position"),
        ("SELECT a FROM t ORDER BY $1", "order-by-parameter"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "distinct-on-unordered"),
        ("SELECT DISTINCT t.a FROM t JOIN u ON u.a = t.a", "distinct-over-join"),
        ("SELECT DISTINCT a, count(*) FROM t GROUP BY a", "distinct-of-groups"),
        ("SELECT 'a', x FROM t UNION SELECT 'b', x FROM u", "union-of-disjoint"),
        ("SELECT a FROM t WHERE a IN (SELECT x FROM u ORDER BY x)", "order-in-subquery"),
        ("SELECT a FROM t FOR UPDATE", "lock-all"),
        ("WITH c AS MATERIALIZED (SELECT a FROM t) SELECT a FROM c", "materialized-once"),
        (
            "WITH RECURSIVE r AS (SELECT id FROM t UNION ALL SELECT t.id FROM t JOIN r ON t.up = r.id) SELECT id FROM r",
            "recursion-unbounded",
        ),
        ("SELECT a FROM t NATURAL JOIN u", "natural-join"),
        ("SELECT (SELECT max(x) FROM u), (SELECT max(x) FROM u) + 1 FROM t", "repeated-subquery"),
        ("UPDATE t SET a = 5", "update-all"),
        ("UPDATE t SET a = 5 WHERE b = 1", "update-of-key"),
        ("UPDATE t SET a = t.a WHERE b = 1", "self-assignment"),
        ("DELETE FROM t", "delete-all"),
        ("INSERT INTO t VALUES (1, 2)", "insert-without-columns"),
        ("INSERT INTO t SELECT * FROM u", "insert-select-star"),
        ("INSERT INTO t (a) VALUES (1), (2)", "large-values"),
        ("/*+ SeqScan(t) */ SELECT a FROM t", "planner-hint"),
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
        "SELECT a FROM t WHERE b LIKE 'abc%'",
        "SELECT a FROM t WHERE b ILIKE 'abc'",
        "SELECT a FROM t WHERE b > 5 + 1",
        "SELECT a FROM t WHERE b + 1 > c",
        "SELECT a + 1 > 5, coalesce(b, 0) = 1 FROM t",
        "SELECT 2025 - 3 - 140",
        "SELECT a FROM t WHERE x.a = t.a",
        "SELECT a FROM t WHERE a = 1 OR b = 2",
        "SELECT a FROM t WHERE a > 1 OR (a = 2 AND b > 2)",
        "SELECT a FROM t WHERE 1 = 1 AND a = 5",
        "SELECT a FROM t WHERE (SELECT count(*) FROM u WHERE u.x = t.a) > 3",
        "SELECT a FROM t WHERE a NOT IN (SELECT x FROM u WHERE x IS NOT NULL)",
        "SELECT a FROM t WHERE NOT EXISTS (SELECT FROM u WHERE u.x = t.a)",
        "SELECT * FROM t CROSS JOIN u",
        "SELECT * FROM t, u WHERE t.a = u.a",
        "SELECT * FROM t, u WHERE a = b",
        "SELECT * FROM t, unnest(t.b)",
        "SELECT * FROM t, LATERAL (SELECT * FROM u WHERE u.a = t.a) x",
        "SELECT * FROM t, u WHERE u.id = 5",
        "WITH p AS (SELECT 1 AS n) SELECT * FROM t, p",
        "SELECT * FROM t, u, v WHERE t.a = u.a AND u.b = v.b",
        "SELECT 1 FROM o WHERE EXISTS (SELECT 1 FROM t, u WHERE t.a = o.a AND u.b = o.b)",
        "SELECT t.a FROM t LEFT JOIN u ON u.a = t.a AND u.b = 5",
        "SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.a IS NULL",
        "SELECT t.a FROM t LEFT JOIN u ON u.a = t.a WHERE u.b = 5 OR u.b IS NULL",
        "SELECT t.a FROM t LEFT JOIN u USING (a) WHERE u.a IS NULL",
        "SELECT x.a FROM t x JOIN t y ON x.up = y.a",
        "SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 5",
        "SELECT a FROM t ORDER BY a LIMIT 10",
        "SELECT a FROM t LIMIT 1",
        "SELECT count(*) FROM t LIMIT 10",
        "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b",
        "SELECT DISTINCT t.a, u.b FROM t JOIN u ON u.a = t.a",
        "SELECT DISTINCT count(*) FROM t GROUP BY a",
        "SELECT 'a', x FROM t UNION ALL SELECT 'b', x FROM u",
        "SELECT 'a', x FROM t UNION SELECT 'a', x FROM u",
        "SELECT a FROM t WHERE a IN (SELECT x FROM u ORDER BY x LIMIT 5)",
        "SELECT a FROM t FOR UPDATE SKIP LOCKED LIMIT 10",
        "WITH c AS (SELECT a FROM t) SELECT a FROM c",
        "WITH RECURSIVE r AS (SELECT id, 1 AS d FROM t UNION ALL SELECT t.id, d + 1 FROM t JOIN r ON t.up = r.id WHERE d < 9) SELECT id FROM r",
        "WITH RECURSIVE r AS (SELECT id FROM t UNION SELECT t.id FROM t JOIN r ON t.up = r.id) SELECT id FROM r",
        "DELETE FROM t USING u WHERE u.a = t.a",
        "INSERT INTO t (a, b) SELECT a, b FROM u",
        "INSERT INTO t DEFAULT VALUES",
        "/* not a hint */ SELECT a FROM t WHERE b = '/*+ no */'",
    ];
    for sql in silent {
        let unwanted: Vec<&str> = kinds(sql)
            .into_iter()
            .filter(|kind| !["limit-unordered"].contains(kind) || !sql.contains("SKIP"))
            .collect();
        assert_eq!(unwanted, Vec::<&str>::new(), "{sql}");
    }
}

#[test]
fn bodies_of_functions_are_read_too() {
    let procedural = "CREATE FUNCTION f(v integer) RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n  IF v = NULL THEN\n    DELETE FROM t;\n  END IF;\n  v := (SELECT count(a) FROM t);\nEND $$";
    let found = constructs(procedural).expect("it parses");
    let kinds: Vec<&str> = found.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, ["null-compared", "delete-all", "count-of-column"]);
    assert!(found.iter().all(|c| c.function.as_deref() == Some("f")), "{found:?}");
    let line = |at: usize| procedural[..at].matches('\n').count() + 1;
    assert_eq!(found.iter().map(|c| line(c.offset)).collect::<Vec<_>>(), [3, 4, 6]);
    let plain =
        "CREATE FUNCTION g() RETURNS void LANGUAGE sql AS 'UPDATE t SET a = 1; DELETE FROM u'";
    assert_eq!(constructs(plain).expect("it parses").len(), 3);
    assert_eq!(kinds_of_do(), ["delete-all"]);
}

fn kinds_of_do() -> Vec<&'static str> {
    kinds("DO $$ BEGIN DELETE FROM t; END $$")
}

#[test]
fn an_excerpt_is_what_stands_there() {
    let sql = "SELECT a\nFROM t\nWHERE lower(b) = 'x' AND coalesce(t.c, (1 + 2)) = 5 AND d = 1";
    let found = constructs(sql).expect("it parses");
    let excerpts: Vec<&str> = found.iter().map(|c| c.excerpt.as_str()).collect();
    assert_eq!(excerpts, ["coalesce(t.c, (1 + 2)) = 5"]);
}

#[test]
fn a_column_of_the_side_that_is_filled_up_may_be_null() {
    let filled = |sql: &str| {
        let found = constructs(sql).expect("it parses");
        found.into_iter().find(|c| c.kind == "count-of-column").expect("a count").filled_up
    };
    assert!(filled("SELECT count(u.id) FROM t LEFT JOIN u ON u.a = t.a GROUP BY t.a"));
    assert!(filled("SELECT count(id) FROM t LEFT JOIN u ON u.a = t.a GROUP BY t.a"));
    assert!(!filled("SELECT count(t.id) FROM t LEFT JOIN u ON u.a = t.a GROUP BY t.a"));
    assert!(!filled("SELECT count(u.id) FROM t JOIN u ON u.a = t.a GROUP BY t.a"));
}

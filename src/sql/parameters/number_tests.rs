use super::*;

const NUMBERED: Lexis = Lexis {
    dollar_quotes: true,
    backslash_escapes: false,
    backtick_identifiers: false,
    double_quoted_strings: false,
    hash_comments: false,
    spaced_dash_comments: false,
    nested_comments: true,
    executable_comments: false,
    delimiter_command: false,
    numbered_parameters: true,
    hash_parameters: true,
};

const MARKED: Lexis = Lexis {
    dollar_quotes: false,
    backslash_escapes: true,
    backtick_identifiers: true,
    double_quoted_strings: true,
    hash_comments: true,
    spaced_dash_comments: true,
    nested_comments: false,
    executable_comments: true,
    delimiter_command: true,
    numbered_parameters: false,
    hash_parameters: true,
};

fn rewritten(sql: &str) -> String {
    match numbered(sql, NUMBERED) {
        Ok(Some(numbered)) => numbered.sql,
        Ok(None) => sql.to_owned(),
        Err(message) => panic!("{sql}: {message}"),
    }
}

#[test]
fn every_spelling_becomes_a_number() {
    for (spelt, expected) in [
        (
            "SELECT 1 FROM t WHERE a = ? AND b IN (?, ?)",
            "SELECT 1 FROM t WHERE a = $1 AND b IN ($2, $3)",
        ),
        ("SELECT 1 FROM t WHERE a=?AND b>=?", "SELECT 1 FROM t WHERE a=$1AND b>=$2"),
        ("SELECT 1 WHERE a = ?2 AND b = ?1", "SELECT 1 WHERE a = $2 AND b = $1"),
        ("SELECT 1 WHERE n LIKE ?||'%' LIMIT ?", "SELECT 1 WHERE n LIKE $1||'%' LIMIT $2"),
        ("SELECT ? + 1, f(?, ?)", "SELECT $1 + 1, f($2, $3)"),
        (
            "SELECT 1 WHERE a = :id AND b > :since::date AND c = :id",
            "SELECT 1 WHERE a = $1 AND b > $2::date AND c = $1",
        ),
        ("SELECT 1 WHERE a = :user-id AND b = :user.id", "SELECT 1 WHERE a = $1 AND b = $2"),
        (
            "SELECT 1 WHERE a = :v:id AND b IN (:v*:ids) AND c = :d!",
            "SELECT 1 WHERE a = $1 AND b IN ($2) AND c = $3",
        ),
        ("SELECT 1 WHERE a = :1 AND b = :2", "SELECT 1 WHERE a = $1 AND b = $2"),
        ("SELECT 1 WHERE a = :'name'", "SELECT 1 WHERE a = $1"),
        (
            "SELECT 1 WHERE a = %s AND n LIKE 'x%%' AND b %% 2 = %s",
            "SELECT 1 WHERE a = $1 AND n LIKE 'x%' AND b % 2 = $2",
        ),
        (
            "SELECT 1 WHERE a IN %s AND b NOT IN :ids AND c IN(:c)",
            "SELECT 1 WHERE a IN ($1) AND b NOT IN ($2) AND c IN($3)",
        ),
        ("SELECT 1 WHERE a=%(id)s OR b = %(n)s", "SELECT 1 WHERE a=$1 OR b = $2"),
        ("SELECT 1 WHERE a = @id AND b >= @since", "SELECT 1 WHERE a = $1 AND b >= $2"),
        (
            "SELECT 1 WHERE a = {id} AND b = {{ day }} AND c = {0}",
            "SELECT 1 WHERE a = $2 AND b = $3 AND c = $1",
        ),
        (
            "SELECT 1 WHERE a = #{id,jdbcType=BIGINT} AND b = ${day}",
            "SELECT 1 WHERE a = $1 AND b = $2",
        ),
        ("SELECT 1 WHERE a = $id AND b = $2", "SELECT 1 WHERE a = $3 AND b = $2"),
        (
            "SELECT sqlc.embed(t) FROM t WHERE a = sqlc.arg('id') OR b = sqlc.narg(n)",
            "SELECT t.* FROM t WHERE a = $1 OR b = $2",
        ),
        (
            "SELECT 1 WHERE a > now() - interval ? AND d = date :d",
            "SELECT 1 WHERE a > now() - interval $1 AND d = date $2",
        ),
        (
            "SELECT 1 WHERE doc ? :key AND doc ?? 'k' AND a = ANY(ARRAY[:x, :y])",
            "SELECT 1 WHERE doc ? $1 AND doc ? 'k' AND a = ANY(ARRAY[$2, $3])",
        ),
        (
            "SELECT CASE WHEN a THEN ? ELSE ? END ? 'k'",
            "SELECT CASE WHEN a THEN $1 ELSE $2 END ? 'k'",
        ),
    ] {
        assert_eq!(rewritten(spelt), expected, "{spelt}");
    }
}

#[test]
fn operators_casts_slices_and_quotations_stay() {
    for sql in [
        "SELECT a::int, b :: text FROM t WHERE doc ? 'k' AND doc ?| array['a'] AND doc ?& array['b']",
        "SELECT 1 WHERE doc @> '{\"a\": 1}' AND doc @@ '$.a > 1' AND doc @? '$.a' AND a <@ b AND a <@b",
        "SELECT a % 2, a %s, a% b, 10 %(3) FROM t",
        "SELECT tags[1:2], tags[:2], tags[i:j], tags[2:] FROM t",
        "SELECT f(a := 1, b => 2), @ x, @-5, @(x), |/ 4, ?| seg",
        "SELECT ':a ? %s @b', \"?:c\", $$ :d ? $$, E'it\\'s :e' /* :f ? */ -- ?",
        "SELECT '{a,b}'::text[], json_object('k' : v) FROM t WHERE date ? 'k'",
        "SELECT 1 WHERE a = $1 AND ts::timestamp(3) > now()",
        "SELECT (data -> 'x') ? 'y', \"col\" ? 'z', 'a'::jsonb ? 'b'",
    ] {
        assert_eq!(rewritten(sql), sql);
    }
}

#[test]
fn values_are_known_by_their_names() {
    let found = numbered("SELECT :a, ?, :b, :a, $2", NUMBERED).unwrap().unwrap();
    assert_eq!(found.sql, "SELECT $3, $4, $5, $3, $2");
    let named = |name: &str| Slot::Named(name.to_owned());
    assert_eq!(found.slots, [Slot::Nth, Slot::Nth, named("a"), Slot::Nth, named("b")]);
    assert_eq!(found.order, [0, 1, 2, 3, 4]);
}

#[test]
fn marks_repeat_the_value_of_a_name() {
    let found = numbered("SELECT @x, :a, #{b}, :a, `?` FROM t WHERE n % 2 = ? # :c", MARKED);
    let found = found.unwrap().unwrap();
    assert_eq!(found.sql, "SELECT @x, ?, ?, ?, `?` FROM t WHERE n % 2 = ? # :c");
    assert_eq!(found.order, [0, 1, 0, 2]);
    assert_eq!(numbered("SELECT @@version, @x := 1 WHERE a = ?", MARKED), Ok(None));
}

#[test]
fn what_is_no_value_is_named() {
    for sql in ["SELECT 1 FROM :\"table\"", "SELECT :i:col FROM t", "SELECT 1 WHERE :sql:cond"] {
        let message = numbered(sql, NUMBERED).unwrap_err();
        assert!(message.contains("write out"), "{message}");
    }
}

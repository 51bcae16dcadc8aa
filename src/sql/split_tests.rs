use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const STANDARD: Lexis = Lexis {
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
    hash_parameters: false,
};

const BACKTICKS: Lexis = Lexis {
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
    hash_parameters: false,
};

fn texts(script: &str, lexis: &Lexis) -> Vec<String> {
    split(script, lexis).unwrap().into_iter().map(|s| s.text).collect()
}

#[test]
fn the_last_terminator_is_optional_and_empty_statements_vanish() {
    assert_eq!(texts(";; SELECT 1 ;\n;SELECT 2", &STANDARD), ["SELECT 1", "SELECT 2"]);
    assert!(texts(" \n-- nothing\n/* here */", &STANDARD).is_empty());
}

#[test]
fn terminators_inside_quotes_do_not_count() {
    let whole = [
        "SELECT ';'",
        "SELECT 'it''s;'",
        r"SELECT E'it\'s;'",
        "SELECT \"a;b\"",
        "SELECT $$;$$",
        "SELECT $a$ $$; $b$; $a$",
        "SELECT 1 /* ; /* ; */ ; */ + 2",
        "SELECT 1 -- ;\n + 2",
        r"SELECT '\', 1",
    ];
    for statement in whole {
        let script = format!("{statement}; SELECT 2;");
        assert_eq!(texts(&script, &STANDARD), [statement, "SELECT 2"]);
    }
}

#[test]
fn the_other_lexis_has_its_own_quotes_and_comments() {
    let whole = [
        r"SELECT 'it\';s'",
        r#"SELECT "a;\";b""#,
        "SELECT `a;``b`",
        "SELECT 1 # ;\n + 2",
        "SELECT 1--1",
        "/*!40101 SET NAMES utf8; */",
    ];
    for statement in whole {
        let script = format!("{statement}; SELECT 2;");
        assert_eq!(texts(&script, &BACKTICKS), [statement, "SELECT 2"]);
    }
}

#[test]
fn a_delimiter_command_changes_the_terminator_and_is_no_statement() {
    let script = "SELECT 1;\nDELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\ndelimiter ;\nSELECT 2;";
    assert_eq!(
        texts(script, &BACKTICKS),
        ["SELECT 1", "CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2"]
    );
}

#[test]
fn function_bodies_and_rules_keep_their_terminators() {
    let function = "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END";
    let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)";
    let script = format!("{function}; {rule}; SELECT 3");
    assert_eq!(texts(&script, &STANDARD), [function, rule, "SELECT 3"]);
}

#[test]
fn an_open_parenthesis_spoils_its_own_statement_only() {
    assert_eq!(texts("SELECT (1; SELECT 2;", &STANDARD), ["SELECT (1", "SELECT 2"]);
}

#[test]
fn lines_and_comments_belong_to_the_statement_that_follows() {
    let script = "\u{feff}-- name: a\r\n\r\nSELECT 1; -- remark on a\r\n/* about b */ SELECT\r\n 2";
    let statements = split(script, &STANDARD).unwrap();
    let told: Vec<_> = statements
        .iter()
        .map(|s| (s.line, s.comments.iter().map(|c| (c.line, c.text.as_str())).collect::<Vec<_>>()))
        .collect();
    assert_eq!(told, [(3, vec![(1, "-- name: a")]), (4, vec![(4, "/* about b */")])]);
    assert_eq!(statements[1].text, "SELECT\r\n 2");
    assert_eq!(&script[statements[1].offset..statements[1].offset + 6], "SELECT");
}

#[test]
fn an_unclosed_quote_names_the_line_where_it_began() {
    for (script, what) in [
        ("SELECT 1;\nSELECT 'x\n\n;", "string"),
        ("SELECT 1;\nSELECT \"x\n;", "quoted identifier"),
        ("SELECT 1;\nSELECT $t$x\n;$$", "dollar-quoted string"),
        ("SELECT 1;\n/* /* */ \n;", "comment"),
        ("SELECT 1;\nSELECT E'x\\'", "string"),
    ] {
        let error = split(script, &STANDARD).unwrap_err();
        assert_eq!((error.what, error.line), (what, 2), "{script:?}");
    }
}

#[test]
fn a_literal_of_a_megabyte_takes_no_time() {
    let literal = "'; -- $$ /* ''".repeat(100_000);
    let script = format!("SELECT '{}'; SELECT 2", literal.replace('\'', "''"));
    let started = Instant::now();
    assert_eq!(split(&script, &STANDARD).unwrap().len(), 2);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[test]
fn many_unclosed_dollar_tags_are_no_quadratic_trap() {
    let script: String = (0..50_000).map(|n| format!("SELECT 1$; -- {n}\n")).collect();
    let started = Instant::now();
    assert_eq!(split(&script, &STANDARD).unwrap().len(), 50_000);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(script in any::<String>()) {
        let _ = split(&script, &STANDARD);
        let _ = split(&script, &BACKTICKS);
    }

    #[test]
    fn quotes_and_terminators_in_any_order_never_panic(script in "[;'\"`$a/*\\\\ \n#-]{0,60}") {
        for lexis in [STANDARD, BACKTICKS] {
            if let Ok(statements) = split(&script, &lexis) {
                for statement in statements {
                    prop_assert!(script[statement.offset..].starts_with(&statement.text));
                }
            }
        }
    }

    #[test]
    fn joined_statements_split_into_themselves(
        statements in prop::collection::vec(
            "SELECT (1|'a;b'|\"x;\"|\\$q\\$ ; \\$q\\$|\\$1|/\\* ; \\*/ 2)( -- ;\n \\+ 1)?", 0..8)
    ) {
        let script = statements.join(";\n");
        prop_assert_eq!(texts(&script, &STANDARD), statements);
    }
}

#[test]
fn a_statement_that_is_cut_off_leaves_the_others_whole() {
    for bad in ["SELECT 'do;", "SELECT \"do;", "SELECT /* do;", "SELECT $x$ do;"] {
        let script = format!("SELECT 1;\n{bad}\nSELECT 'two';\nSELECT 3;\n");
        let statements = split_tolerant(&script, &STANDARD);
        let read: Vec<_> =
            statements.iter().map(|s| (s.text.as_str(), s.line, s.unclosed.is_some())).collect();
        let cut = bad.trim_end_matches(';');
        assert_eq!(
            read,
            [
                ("SELECT 1", 1, false),
                (cut, 2, true),
                ("SELECT 'two'", 3, false),
                ("SELECT 3", 4, false)
            ]
        );
    }
}

#[test]
fn many_cut_off_statements_take_linear_time() {
    let script = "SELECT /* a;\n\n".repeat(20_001);
    let statements = split_tolerant(&script, &STANDARD);
    assert!(statements.iter().all(|statement| statement.unclosed.is_some()));
    assert_eq!(statements.len(), 51);
}

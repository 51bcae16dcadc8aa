//! A query of MySQL or MariaDB in PostgreSQL's words: a proposal for a reviewer, by way of the parsed tree.

use std::ops::ControlFlow;

use sqlparser::ast::{Insert, OnInsert, Statement, VisitMut};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::expressions::Rewriter;
use crate::engine::migration::{Destination, Translation};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

pub fn translate(sql: &str, to: &Destination) -> Result<Translation, String> {
    if to.engine == "mysql" || to.engine == "mariadb" {
        return Ok(Translation { sql: sql.to_owned(), notes: Vec::new() });
    }
    written(parsed(sql)?, "")
}

/// The one statement in a text.
pub fn parsed(sql: &str) -> Result<Statement, String> {
    let sql = shared(sql);
    let parsed = Parser::parse_sql(&MySqlDialect {}, &sql)
        .map_err(|error| format!("it cannot be read: {error}"))?;
    let [statement] =
        <[Statement; 1]>::try_from(parsed).map_err(|_| "it is not one statement".to_owned())?;
    Ok(statement)
}

/// The older words for FOR SHARE, which the parser does not know.
fn shared(sql: &str) -> String {
    let end = sql.trim_end().trim_end_matches(';').trim_end();
    const OLD: &str = "lock in share mode";
    let start = end.len().saturating_sub(OLD.len());
    match end.get(start..) {
        Some(tail) if tail.eq_ignore_ascii_case(OLD) => format!("{}FOR SHARE", &end[..start]),
        _ => sql.to_owned(),
    }
}

/// `statement` in PostgreSQL's words, with `end` behind it.
pub fn written(mut statement: Statement, end: &str) -> Result<Translation, String> {
    let mut rewriter = Rewriter::default();
    if let ControlFlow::Break(why) = statement.visit(&mut rewriter) {
        return Err(why);
    }
    let mut suffix = "";
    match &mut statement {
        Statement::Query(_) => {}
        Statement::Insert(insert) => suffix = inserted(insert)?,
        Statement::Update(update) if update.table.joins.is_empty() && update.order_by.is_empty() && update.limit.is_none() => {
            rewriter.note("assignments of an UPDATE see the old values there, and each other's here");
        }
        Statement::Update(_) => return Err("UPDATE with JOIN, ORDER BY or LIMIT has another form there: UPDATE … FROM, or a subquery on the key".to_owned()),
        Statement::Delete(delete) if delete.tables.is_empty() && delete.order_by.is_empty() && delete.limit.is_none() => {}
        Statement::Delete(_) => return Err("DELETE with JOIN, ORDER BY or LIMIT has another form there: DELETE … USING, or a subquery on the key".to_owned()),
        _ => return Err("only SELECT, INSERT, UPDATE and DELETE are translated".to_owned()),
    }
    let sql = format!("{}{suffix}{}", requoted(&statement.to_string()), requoted(end));
    if let Err(error) = PostgresDialect.shape(&sql) {
        return Err(format!("what came of it cannot be read there: {}", error.message));
    }
    Ok(Translation { sql, notes: rewriter.notes })
}

fn inserted(insert: &mut Insert) -> Result<&'static str, String> {
    if insert.replace_into {
        return Err("REPLACE deletes and inserts: INSERT … ON CONFLICT (key) DO UPDATE names the key and the columns".to_owned());
    }
    if let Some(OnInsert::DuplicateKeyUpdate(_)) = insert.on {
        return Err(
            "ON DUPLICATE KEY UPDATE becomes ON CONFLICT (key) DO UPDATE, which names the key"
                .to_owned(),
        );
    }
    if !insert.assignments.is_empty() {
        return Err("INSERT … SET becomes INSERT (columns) VALUES (…)".to_owned());
    }
    insert.priority = None;
    let ignored = std::mem::take(&mut insert.ignore);
    Ok(if ignored { " ON CONFLICT DO NOTHING" } else { "" })
}

/// Names in backticks become plain, or are quoted where they have to be. Loaders fold them to lower case.
fn requoted(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut in_text = false;
    while let Some(c) = rest.chars().next() {
        if c == '`' && !in_text {
            let body = &rest[1..];
            let end = body.find('`').unwrap_or(body.len());
            out.push_str(&PostgresDialect.quote_identifier(&body[..end].to_lowercase()));
            rest = body.get(end + 1..).unwrap_or_default();
            continue;
        }
        in_text ^= c == '\'';
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(sql: &str) -> String {
        let to = Destination { engine: "postgres".to_owned(), version: [18, 0] };
        translate(sql, &to).map_or_else(|why| format!("!{why}"), |translation| translation.sql)
    }

    #[test]
    fn what_fails_loudly_is_rewritten() {
        assert_eq!(
            translated("SELECT `a`.`Order` FROM `t` a LIMIT 5, 10"),
            "SELECT a.\"order\" FROM t a LIMIT 10 OFFSET 5"
        );
        assert_eq!(translated("SELECT IFNULL(x, \"y\") FROM t"), "SELECT coalesce(x, 'y') FROM t");
        assert_eq!(
            translated("SELECT IF(a > 1, 'b', 'c') FROM t"),
            "SELECT CASE WHEN a > 1 THEN 'b' ELSE 'c' END FROM t"
        );
        assert!(
            translated("SELECT GROUP_CONCAT(DISTINCT a ORDER BY a SEPARATOR '; ') FROM t")
                .contains("string_agg(DISTINCT (a)::")
        );
        assert!(
            translated("SELECT a FROM t WHERE a <=> NULL").contains("IS NOT DISTINCT FROM NULL")
        );
        assert_eq!(
            translated("SELECT a FROM t USE INDEX (i) ORDER BY a DESC"),
            "SELECT a FROM t ORDER BY a DESC NULLS LAST"
        );
        assert_eq!(
            translated("INSERT IGNORE INTO t (a) VALUES (1)"),
            "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING"
        );
        assert_eq!(translated("SELECT 1 FROM DUAL"), "SELECT 1");
    }

    #[test]
    fn what_answers_otherwise_without_a_word_is_rewritten() {
        assert!(
            translated("SELECT 5/2").contains("::numeric / nullif(2, 0)")
                || translated("SELECT 5/2").contains("NUMERIC / nullif(2, 0)")
        );
        assert!(translated("SELECT CONCAT('a', NULL)").contains("||"));
        assert!(translated("SELECT 'a' || 'b'").contains(" OR "));
        assert!(translated("SELECT LENGTH('ä')").contains("octet_length"));
        assert!(translated("SELECT a FROM t ORDER BY a").ends_with("ORDER BY a NULLS FIRST"));
    }

    #[test]
    fn what_has_no_counterpart_says_so() {
        for sql in [
            "REPLACE INTO t VALUES (1)",
            "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1",
            "SELECT SQL_CALC_FOUND_ROWS a FROM t",
            "SELECT @x := 1",
            "SHOW TABLES",
            "UPDATE t SET a = 1 LIMIT 1",
        ] {
            assert!(translated(sql).starts_with('!'), "{sql}: {}", translated(sql));
        }
    }

    #[test]
    fn backticks_inside_texts_stay() {
        assert_eq!(translated("SELECT '`a`', `b` FROM t"), "SELECT '`a`', b FROM t");
    }
}

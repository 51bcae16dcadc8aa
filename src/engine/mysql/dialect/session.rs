//! Statements that steer the session: SET, transactions, PREPARE and EXECUTE.

use crate::sql::{Argument, Assignment, LexemeKind, Lexis, Scanner, SessionStatement, Standing};

/// They decide plans, memory and formats, and nothing else.
const HONOURED: [&str; 24] = [
    "div_precision_increment",
    "eq_range_index_dive_limit",
    "group_concat_max_len",
    "histogram_size",
    "in_predicate_conversion_threshold",
    "join_buffer_size",
    "join_buffer_space_limit",
    "join_cache_level",
    "lc_time_names",
    "max_heap_table_size",
    "max_join_size",
    "max_length_for_sort_data",
    "max_sort_length",
    "mrr_buffer_size",
    "read_buffer_size",
    "read_rnd_buffer_size",
    "rowid_merge_buff_size",
    "sort_buffer_size",
    "sql_big_selects",
    "sql_buffer_result",
    "time_zone",
    "tmp_memory_table_size",
    "tmp_table_size",
    "use_stat_tables",
];

/// Nothing of a query's plan, time or answer depends on them; scripts and dumps are full of them.
const PASSED_OVER: [&str; 9] = [
    "autocommit",
    "character_set_client",
    "character_set_connection",
    "character_set_results",
    "foreign_key_checks",
    "profiling",
    "sql_notes",
    "sql_warnings",
    "unique_checks",
];

pub fn standing(name: &str) -> Standing {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        variable if variable.starts_with('@') => Standing::Honoured,
        known if HONOURED.contains(&known) || known.starts_with("optimizer_") => Standing::Honoured,
        known if PASSED_OVER.contains(&known) => Standing::PassedOver,
        "sql_mode" => Standing::Refused("it changes how the texts below are to be read"),
        "max_statement_time" | "lock_wait_timeout" | "innodb_lock_wait_timeout" => {
            Standing::Refused("limits are given on the command line, as --statement-timeout is")
        }
        _ => Standing::Refused(
            "it is not among the settings of optimiser, memory and formats that a workload may set; --set gives it to all",
        ),
    }
}

pub fn statement(sql: &str, lexis: Lexis) -> Option<SessionStatement> {
    let tokens = tokens(sql, lexis)?;
    let words: Vec<String> =
        tokens.iter().take(3).map(|(_, text)| text.to_ascii_uppercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match words.as_slice() {
        ["SET", "STATEMENT", ..] => return None,
        ["SET", "NAMES" | "CHARSET", ..] | ["SET", "CHARACTER", "SET"] => {
            SessionStatement::Unnoticed
        }
        ["SET", "PASSWORD" | "ROLE" | "DEFAULT", ..] => refused("it changes who asks"),
        ["SET", "TRANSACTION", ..] | ["SET", "SESSION" | "LOCAL", "TRANSACTION"] => {
            refused("it decides how transactions run, which planwise does itself")
        }
        ["SET", ..] => assignments(tokens.get(1..)?),
        ["BEGIN"] | ["BEGIN", "WORK"] | ["START", "TRANSACTION", ..] => SessionStatement::Begin,
        ["COMMIT", ..] => SessionStatement::Commit,
        ["ROLLBACK", "TO", ..] | ["ROLLBACK", "WORK", "TO"] => SessionStatement::Unnoticed,
        ["ROLLBACK", ..] => SessionStatement::Rollback,
        ["SAVEPOINT", ..] | ["RELEASE", "SAVEPOINT", ..] => SessionStatement::Unnoticed,
        ["DEALLOCATE" | "DROP", "PREPARE", ..] => SessionStatement::Unnoticed,
        ["USE", ..] => refused("the database is the one of --db"),
        ["PREPARE", _, "FROM"] => prepare(&tokens),
        ["EXECUTE", ..] => execute(&tokens),
        _ => return None,
    })
}

/// `SET autocommit = 0`, whatever is set beside it.
pub fn commits_each(sql: &str, lexis: Lexis) -> Option<bool> {
    let tokens = tokens(sql, lexis)?;
    let (_, first) = tokens.first()?;
    if !first.eq_ignore_ascii_case("SET") {
        return None;
    }
    let parts = top_level_parts(&tokens[1..]).into_iter();
    let mut assigned = parts.filter_map(|part| assignment(part).ok());
    let last = assigned.rfind(|one| one.name.eq_ignore_ascii_case("autocommit"))?;
    // A server's own default is on, unless somebody chose otherwise for everybody.
    match last.value.as_deref().unwrap_or("ON").to_ascii_uppercase().as_str() {
        "1" | "ON" | "TRUE" => Some(true),
        "0" | "OFF" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Without spaces, comments, and the end of the statement. `None` where something is not closed.
fn tokens(sql: &str, lexis: Lexis) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    for lexeme in Scanner::new(sql, lexis) {
        let lexeme = lexeme.ok()?;
        if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            tokens.push((lexeme.kind, lexeme.text(sql)));
        }
    }
    while tokens.last().is_some_and(|(_, text)| *text == ";") {
        tokens.pop();
    }
    Some(tokens)
}

fn refused(reason: &str) -> SessionStatement {
    SessionStatement::Refused(reason.to_owned())
}

type Token<'a> = (LexemeKind, &'a str);

/// `SESSION a = 1, @b := 'x', @@c = ON`.
fn assignments(tokens: &[Token<'_>]) -> SessionStatement {
    let mut all = Vec::new();
    for part in top_level_parts(tokens) {
        match assignment(part) {
            Ok(assignment) => all.push(assignment),
            Err(reason) => return refused(reason),
        }
    }
    SessionStatement::Set(all)
}

fn top_level_parts<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0i32;
    tokens
        .split(|(_, text)| {
            match *text {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            *text == "," && depth == 0
        })
        .collect()
}

fn assignment(tokens: &[Token<'_>]) -> Result<Assignment, &'static str> {
    let texts: Vec<&str> = tokens.iter().map(|(_, text)| *text).collect();
    let equals = texts.iter().position(|text| *text == "=").ok_or("it cannot be read")?;
    let colon = usize::from(equals > 0 && texts[equals - 1] == ":");
    let mut name: Vec<String> =
        texts[..equals - colon].iter().map(|text| text.trim_matches('`').to_owned()).collect();
    if name.starts_with(&["@".to_owned(), "@".to_owned()]) {
        name.drain(..2);
        name.retain(|part| part != ".");
    }
    let scope = name.first().map(|first| first.to_ascii_uppercase()).filter(|_| name.len() > 1);
    match scope.as_deref() {
        Some("GLOBAL" | "PERSIST" | "PERSIST_ONLY") => {
            return Err("it changes the server for everybody");
        }
        Some("SESSION" | "LOCAL") => drop(name.remove(0)),
        _ => {}
    }
    let value = literal(tokens.get(equals + 1..).unwrap_or_default())?;
    Ok(Assignment { name: name.concat(), value, local: false })
}

/// `None` is the default.
fn literal(tokens: &[Token<'_>]) -> Result<Option<String>, &'static str> {
    match tokens {
        [(LexemeKind::Text, text)] => {
            let quote = text.chars().next().unwrap_or('\'');
            let inner = text.trim_start_matches(quote).trim_end_matches(quote);
            let doubled = format!("{quote}{quote}");
            Ok(Some(inner.replace(&doubled, &quote.to_string()).replace("\\'", "'")))
        }
        [(LexemeKind::Number, number)] => Ok(Some((*number).to_owned())),
        [(_, "-"), (LexemeKind::Number, number)] => Ok(Some(format!("-{number}"))),
        [(LexemeKind::Word, word)] if word.eq_ignore_ascii_case("default") => Ok(None),
        [(LexemeKind::Word, word)] => Ok(Some((*word).to_owned())),
        _ => Err("its value has to be calculated by the server"),
    }
}

fn prepare(tokens: &[Token<'_>]) -> SessionStatement {
    let name = tokens.get(1).map_or("", |(_, name)| name).to_owned();
    match literal(tokens.get(3..).unwrap_or_default()) {
        Ok(Some(sql)) if tokens.len() == 4 => SessionStatement::Prepare { name, sql },
        _ => refused("its text is in a variable"),
    }
}

/// `EXECUTE name USING @a, 5`.
fn execute(tokens: &[Token<'_>]) -> SessionStatement {
    let name = tokens.get(1).map_or("", |(_, name)| name).to_owned();
    let given = tokens.get(3..).unwrap_or_default();
    let arguments = match given.is_empty() {
        true => Vec::new(),
        false => top_level_parts(given).into_iter().map(argument).collect(),
    };
    SessionStatement::Execute { name, arguments }
}

fn argument(tokens: &[Token<'_>]) -> Argument {
    match literal(tokens) {
        Ok(Some(word)) if word.eq_ignore_ascii_case("null") => Argument::Value(None),
        Ok(value) => Argument::Value(value),
        Err(_) => Argument::Expression(tokens.iter().map(|(_, text)| *text).collect()),
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::mysql::dialect::MysqlDialect;
    use crate::sql::{Argument, Assignment, Dialect, SessionStatement};

    fn read(sql: &str) -> Option<SessionStatement> {
        MysqlDialect.session_statement(sql)
    }

    #[test]
    fn settings_and_variables_are_read() {
        let set = |name: &str, value: Option<&str>| Assignment {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            local: false,
        };
        for (sql, expected) in [
            ("SET sort_buffer_size = 65536", vec![set("sort_buffer_size", Some("65536"))]),
            (
                "SET SESSION join_cache_level = 2, @@session.time_zone = 'UTC', @@tmp_table_size = DEFAULT",
                vec![
                    set("join_cache_level", Some("2")),
                    set("time_zone", Some("UTC")),
                    set("tmp_table_size", None),
                ],
            ),
            (
                "SET @id := 7, @name = 'it''s'",
                vec![set("@id", Some("7")), set("@name", Some("it's"))],
            ),
        ] {
            assert_eq!(read(sql), Some(SessionStatement::Set(expected)), "{sql}");
        }
        for sql in [
            "SET GLOBAL sort_buffer_size = 1",
            "SET @x = (SELECT max(id) FROM t)",
            "SET ROLE admin",
            "USE other",
        ] {
            assert!(matches!(read(sql), Some(SessionStatement::Refused(_))), "{sql}");
        }
        assert_eq!(read("SET NAMES utf8mb4"), Some(SessionStatement::Unnoticed));
        assert_eq!(read("SELECT 1"), None);
    }

    #[test]
    fn what_commits_by_itself_is_read_from_any_spelling() {
        for (sql, expected) in [
            ("SET autocommit=0", Some(false)),
            ("set @@session.autocommit = OFF;", Some(false)),
            ("SET NAMES utf8mb4, autocommit = 0", Some(false)),
            ("/* driver */ SET sql_mode = concat(@@sql_mode, ',ANSI'), AUTOCOMMIT = 1", Some(true)),
            ("SET LOCAL `autocommit` = false, autocommit = true", Some(true)),
            ("SET autocommit = DEFAULT", Some(true)),
            ("SET autocommit = ?", None),
            ("SET GLOBAL autocommit = 0", None),
            ("SET @autocommit = 0", None),
            ("SELECT 0 AS autocommit", None),
        ] {
            assert_eq!(MysqlDialect.commits_each(sql), expected, "{sql}");
        }
    }

    #[test]
    fn a_prepared_statement_and_its_values() {
        assert_eq!(
            read("PREPARE s FROM 'SELECT 1 FROM t WHERE a = ?'"),
            Some(SessionStatement::Prepare {
                name: "s".to_owned(),
                sql: "SELECT 1 FROM t WHERE a = ?".to_owned(),
            })
        );
        assert_eq!(
            read("EXECUTE s USING @a, 5"),
            Some(SessionStatement::Execute {
                name: "s".to_owned(),
                arguments: vec![
                    Argument::Expression("@a".to_owned()),
                    Argument::Value(Some("5".to_owned())),
                ],
            })
        );
    }
}

//! Statements that steer the session: SET, transactions, PREPARE and EXECUTE.

use pg_query::protobuf::{
    DiscardMode, PrepareStmt, SelectStmt, SetOperation, TransactionStmtKind, VariableSetKind,
    VariableSetStmt, a_const,
};
use pg_query::{Node, NodeEnum};

use super::parse::{deparse, parse_one};
use super::quote;
use crate::sql::{Argument, Assignment, Lexeme, LexemeKind, Lexis, Scanner, SessionStatement};

/// First words of all statements that [`statement`] knows.
const VERBS: [&str; 20] = [
    "ABORT",
    "BEGIN",
    "CLOSE",
    "COMMIT",
    "DEALLOCATE",
    "DECLARE",
    "DISCARD",
    "END",
    "EXECUTE",
    "FETCH",
    "MOVE",
    "PREPARE",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "START",
    "LOCK",
    "LISTEN",
];

pub fn may_be(sql: &str) -> bool {
    let start = sql.trim_start();
    let end = start.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(start.len());
    let word = start.get(..end).unwrap_or_default();
    if word.eq_ignore_ascii_case("select") {
        return sql.to_ascii_lowercase().contains("set_config");
    }
    VERBS.iter().any(|verb| verb.eq_ignore_ascii_case(word))
}

pub fn statement(sql: &str, lexis: Lexis) -> Option<SessionStatement> {
    let tree = match parse_one(sql) {
        Ok(tree) => tree,
        Err(_) => return normalised(sql, lexis),
    };
    match tree.stmts.first()?.stmt.as_ref()?.node.as_ref()? {
        NodeEnum::VariableSetStmt(set) => Some(of_set(set)),
        NodeEnum::SelectStmt(select) => of_call(select),
        NodeEnum::TransactionStmt(transaction) => of_transaction(transaction.kind()),
        NodeEnum::PrepareStmt(prepare) => of_prepare(prepare, sql, lexis),
        NodeEnum::ExecuteStmt(execute) => Some(SessionStatement::Execute {
            name: execute.name.clone(),
            arguments: execute.params.iter().map(argument).collect(),
        }),
        NodeEnum::DeallocateStmt(_) => Some(SessionStatement::Unnoticed),
        NodeEnum::DiscardStmt(discard) => Some(match discard.target() {
            DiscardMode::DiscardAll => SessionStatement::DiscardAll,
            _ => SessionStatement::Unnoticed,
        }),
        NodeEnum::FetchStmt(_) | NodeEnum::ClosePortalStmt(_) | NodeEnum::DeclareCursorStmt(_) => {
            Some(SessionStatement::Refused(CURSOR.to_owned()))
        }
        _ => None,
    }
}

const CURSOR: &str = "it is about a cursor, which only its own transaction has; only queries are replayed: give the \
                      cursor's query itself";

/// As the server's statistics view shows them, with parameters where the grammar knows none.
fn normalised(sql: &str, lexis: Lexis) -> Option<SessionStatement> {
    let lexemes: Vec<Lexeme> = Scanner::new(sql, lexis).map_while(Result::ok).collect();
    let first = lexemes.iter().find(|lexeme| lexeme.kind == LexemeKind::Word)?.text(sql);
    let has_parameters = lexemes.iter().any(|lexeme| lexeme.kind == LexemeKind::Placeholder);
    let reason = match first.to_ascii_uppercase().as_str() {
        "SET" => "its value is a parameter, so what was set is not in the file",
        "FETCH" | "MOVE" | "CLOSE" | "DECLARE" => CURSOR,
        _ => return None,
    };
    has_parameters.then(|| SessionStatement::Refused(reason.to_owned()))
}

fn of_set(set: &VariableSetStmt) -> SessionStatement {
    let assign = |value: Option<String>| {
        let name = set.name.to_ascii_lowercase();
        SessionStatement::Set(vec![Assignment { name, value, local: set.is_local }])
    };
    match set.kind() {
        VariableSetKind::VarResetAll => SessionStatement::ResetAll,
        VariableSetKind::VarReset | VariableSetKind::VarSetDefault => assign(None),
        VariableSetKind::VarSetValue => match set_value(set) {
            Some(value) => assign(Some(value)),
            None => SessionStatement::Refused("its value cannot be read".to_owned()),
        },
        _ => SessionStatement::Refused(
            "it decides how transactions run, which planwise does itself".to_owned(),
        ),
    }
}

/// `SELECT set_config('name', 'value', false)`, and nothing else: SET in another spelling.
fn of_call(select: &SelectStmt) -> Option<SessionStatement> {
    let [target] = select.target_list.as_slice() else { return None };
    let NodeEnum::ResTarget(target) = target.node.as_ref()? else { return None };
    let NodeEnum::FuncCall(call) = target.val.as_ref()?.node.as_ref()? else { return None };
    let name = match call.funcname.last()?.node.as_ref()? {
        NodeEnum::String(name) => name.sval.as_str(),
        _ => return None,
    };
    let [setting, value, local] = call.args.as_slice() else { return None };
    let alone = select.from_clause.is_empty()
        && select.where_clause.is_none()
        && select.with_clause.is_none()
        && select.op() == SetOperation::SetopNone;
    if name != "set_config" || !alone {
        return None;
    }
    let local = matches!(constant(local)??.as_str(), "true" | "t" | "on" | "1");
    let name = constant(setting)??.to_ascii_lowercase();
    let value = constant(value)?;
    Some(SessionStatement::Set(vec![Assignment { name, value, local }]))
}

/// As the server stores it: names of a path are quoted one by one.
fn set_value(set: &VariableSetStmt) -> Option<String> {
    let path = set.name.eq_ignore_ascii_case("search_path");
    let values: Option<Vec<String>> = set
        .args
        .iter()
        .map(|node| match constant(node)? {
            Some(name) if path && name != "$user" => Some(quote::identifier(&name)),
            Some(_) if path => Some("\"$user\"".to_owned()),
            value => value,
        })
        .collect();
    values.map(|values| values.join(", "))
}

fn of_transaction(kind: TransactionStmtKind) -> Option<SessionStatement> {
    use TransactionStmtKind as Kind;
    match kind {
        Kind::TransStmtBegin | Kind::TransStmtStart => Some(SessionStatement::Begin),
        Kind::TransStmtCommit => Some(SessionStatement::Commit),
        Kind::TransStmtRollback => Some(SessionStatement::Rollback),
        Kind::TransStmtSavepoint | Kind::TransStmtRelease | Kind::TransStmtRollbackTo => {
            Some(SessionStatement::Unnoticed)
        }
        _ => None,
    }
}

fn of_prepare(prepare: &PrepareStmt, sql: &str, lexis: Lexis) -> Option<SessionStatement> {
    let (inner, types) = prepared(sql, lexis)?;
    let name = prepare.name.clone();
    Some(SessionStatement::Prepare { name, sql: typed(inner, &types, lexis) })
}

/// Behind `PREPARE name (types) AS`: the statement, and the types.
fn prepared(sql: &str, lexis: Lexis) -> Option<(&str, Vec<&str>)> {
    let lexemes = Scanner::new(sql, lexis).map_while(Result::ok);
    let lexemes: Vec<Lexeme> = lexemes
        .filter(|lexeme| !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment))
        .collect();
    let (mut depth, mut start, mut types) = (0, 0, Vec::new());
    for lexeme in lexemes.iter().skip(2) {
        let text = lexeme.text(sql);
        match text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        let ends = text == "," && depth == 1 || text == ")" && depth == 0;
        if text == "(" && depth == 1 {
            start = lexeme.end;
        } else if ends {
            types.push(sql.get(start..lexeme.start)?.trim());
            start = lexeme.end;
        } else if depth == 0 && text.eq_ignore_ascii_case("as") {
            return Some((sql.get(lexeme.end..)?.trim_start(), types));
        }
    }
    None
}

/// With the types that PREPARE gave its parameters, since they decide which operators and indexes serve.
fn typed(sql: &str, types: &[&str], lexis: Lexis) -> String {
    if types.is_empty() {
        return sql.to_owned();
    }
    let lexemes = Scanner::new(sql, lexis).map_while(Result::ok);
    let pieces = lexemes.map(|lexeme| {
        let text = lexeme.text(sql);
        let number = text.strip_prefix('$').filter(|_| lexeme.kind == LexemeKind::Placeholder);
        let number = number.and_then(|digits| digits.parse::<usize>().ok());
        match number.and_then(|number| types.get(number.checked_sub(1)?)) {
            Some(kind) if !kind.eq_ignore_ascii_case("unknown") => format!("({text}::{kind})"),
            _ => text.to_owned(),
        }
    });
    pieces.collect()
}

fn argument(node: &Node) -> Argument {
    match (constant(node), deparse(node)) {
        (Some(value), _) => Argument::Value(value),
        (None, Some(expression)) => Argument::Expression(expression),
        (None, None) => Argument::Value(None),
    }
}

/// A literal as text, with or without a cast; the inner `None` is NULL.
fn constant(node: &Node) -> Option<Option<String>> {
    match node.node.as_ref()? {
        NodeEnum::AConst(constant) if constant.isnull => Some(None),
        NodeEnum::AConst(constant) => Some(Some(match constant.val.as_ref()? {
            a_const::Val::Ival(number) => number.ival.to_string(),
            a_const::Val::Fval(number) => number.fval.clone(),
            a_const::Val::Boolval(truth) => truth.boolval.to_string(),
            a_const::Val::Sval(text) => text.sval.clone(),
            a_const::Val::Bsval(_) => return None,
        })),
        NodeEnum::TypeCast(cast) => constant(cast.arg.as_deref()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::postgres::dialect::PostgresDialect;
    use crate::sql::Dialect;

    fn read(sql: &str) -> Option<SessionStatement> {
        PostgresDialect.session_statement(sql)
    }

    fn set(sql: &str) -> (String, Option<String>, bool) {
        match read(sql) {
            Some(SessionStatement::Set(all)) => {
                let [Assignment { name, value, local }] = <[Assignment; 1]>::try_from(all).unwrap();
                (name, value, local)
            }
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[test]
    fn settings_are_read_as_the_server_stores_them() {
        for (sql, name, value) in [
            ("SET work_mem = '64MB'", "work_mem", Some("64MB")),
            ("SET LOCAL Enable_SeqScan TO off", "enable_seqscan", Some("off")),
            (
                "SET search_path TO tenant_a, \"My Schema\", public",
                "search_path",
                Some("tenant_a, \"My Schema\", public"),
            ),
            ("SET SCHEMA 'tenant_b'", "search_path", Some("tenant_b")),
            ("SET SESSION search_path = \"$user\", app", "search_path", Some("\"$user\", app")),
            ("SET TIME ZONE 'Asia/Tokyo'", "timezone", Some("Asia/Tokyo")),
            ("SET random_page_cost = 1.1", "random_page_cost", Some("1.1")),
            ("SET work_mem TO DEFAULT", "work_mem", None),
            ("RESET work_mem", "work_mem", None),
            ("SET app.tenant = '7'", "app.tenant", Some("7")),
            (
                "SELECT pg_catalog.set_config('search_path', 'a, b', false)",
                "search_path",
                Some("a, b"),
            ),
            ("SELECT set_config('jit', 'off', 't') /* LOCAL */", "jit", Some("off")),
        ] {
            let local = sql.contains("LOCAL");
            assert_eq!(set(sql), (name.to_owned(), value.map(str::to_owned), local), "{sql}");
        }
        assert_eq!(read("RESET ALL"), Some(SessionStatement::ResetAll));
        for sql in [
            "SELECT 1",
            "SELECT set_config('jit', x, false) FROM t",
            "SELECT set_config('a', 'b', false), 1",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
        for refused in ["SET x = $1", "FETCH FORWARD $1 FROM c", "SET TRANSACTION READ WRITE"] {
            assert!(matches!(read(refused), Some(SessionStatement::Refused(_))), "{refused}");
        }
    }

    #[test]
    fn a_prepared_statement_keeps_the_types_of_its_parameters() {
        let prepare = |sql: &str| match read(sql) {
            Some(SessionStatement::Prepare { name, sql }) => (name, sql),
            other => panic!("{sql}: {other:?}"),
        };
        let both = |name: &str, sql: &str| (name.to_owned(), sql.to_owned());
        assert_eq!(
            prepare("PREPARE by_id AS SELECT 1 AS one WHERE a = $1"),
            both("by_id", "SELECT 1 AS one WHERE a = $1")
        );
        assert_eq!(
            prepare("prepare p (int, numeric(10, 2)) as SELECT $2, $1, '$1'"),
            both("p", "SELECT ($2::numeric(10, 2)), ($1::int), '$1'")
        );
    }

    #[test]
    fn arguments_are_values_or_expressions() {
        let Some(SessionStatement::Execute { name, arguments }) =
            read("EXECUTE p(1, -2.5, 'it''s', NULL, true, '2024-01-01'::date, now() - 1)")
        else {
            panic!()
        };
        let value = |text: &str| Argument::Value(Some(text.to_owned()));
        assert_eq!(name, "p");
        assert_eq!(
            arguments,
            [
                value("1"),
                value("-2.5"),
                value("it's"),
                Argument::Value(None),
                value("true"),
                value("2024-01-01"),
                Argument::Expression("now() - 1".to_owned()),
            ]
        );
    }

    #[test]
    fn transactions_are_told_apart() {
        assert_eq!(read("BEGIN ISOLATION LEVEL SERIALIZABLE"), Some(SessionStatement::Begin));
        assert_eq!(read("END"), Some(SessionStatement::Commit));
        assert_eq!(read("ROLLBACK TO s"), Some(SessionStatement::Unnoticed));
        assert_eq!(read("DISCARD ALL"), Some(SessionStatement::DiscardAll));
        assert_eq!(read("PREPARE TRANSACTION 'x'"), None);
    }
}

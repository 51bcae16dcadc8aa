//! A statement, and the statements in the body of the function that it defines.

use serde_json::Value;

use super::collect::Collector;
use super::tree::{last_name, list, literal_text, text};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::dialect::parse::parse_one;
use crate::sql::{Construct, Dialect, LexemeKind, Scanner, SyntaxError};

/// Statements of one body that are looked at: generated ones have thousands.
const MOST: usize = 2_000;

pub fn constructs(sql: &str) -> Result<Vec<Construct>, SyntaxError> {
    let tree = parse_one(sql)?;
    let statement = &tree.stmts[0].stmt;
    let Ok(value) = serde_json::to_value(statement) else { return Ok(Vec::new()) };
    let mut found = hints(sql);
    match definition(&value) {
        Some(function) => found.extend(of_body(sql, &function)),
        None => found.extend(Collector::of(sql, &value, false)),
    }
    found.sort_by_key(|construct| construct.offset);
    Ok(found)
}

struct Function {
    name: String,
    language: String,
    body: String,
}

fn definition(value: &Value) -> Option<Function> {
    let create = value.pointer("/node/CreateFunctionStmt");
    let (name, options) = match create {
        Some(create) => (last_name(list(create, "funcname")), list(create, "options")),
        None => ("DO", list(value.pointer("/node/DoStmt")?, "args")),
    };
    let option = |wanted: &str| {
        options.iter().filter_map(|o| o.pointer("/node/DefElem")).find_map(|element| {
            (text(element, "defname") == wanted).then(|| element.get("arg")).flatten()
        })
    };
    let string = |value: &Value| value.pointer("/node/String/sval")?.as_str().map(str::to_owned);
    let language = option("language").and_then(string).unwrap_or_else(|| "plpgsql".to_owned());
    let written = option("as")?;
    let body = string(written).or_else(|| {
        let first = written.pointer("/node/List/items/0")?;
        string(first).or_else(|| literal_text(first).map(str::to_owned))
    })?;
    Some(Function { name: name.to_owned(), language: language.to_lowercase(), body })
}

fn of_body(sql: &str, function: &Function) -> Vec<Construct> {
    let statements = match function.language.as_str() {
        "plpgsql" => embedded(sql),
        "sql" => plain(&function.body),
        _ => Vec::new(),
    };
    let base = sql.find(&function.body).unwrap_or(0);
    let mut from = 0;
    let mut found = Vec::new();
    for statement in statements.into_iter().take(MOST) {
        let place = function.body.get(from..).and_then(|rest| rest.find(&statement.source));
        from += place.unwrap_or(0);
        let Ok(tree) = parse_one(&statement.text) else { continue };
        let Ok(value) = serde_json::to_value(&tree.stmts[0].stmt) else { continue };
        let shift = (base + from).saturating_sub(statement.added);
        let inside = Collector::of(&statement.text, &value, true);
        found.extend(inside.into_iter().map(|construct| Construct {
            offset: construct.offset + shift,
            function: Some(function.name.clone()),
            ..construct
        }));
    }
    found
}

/// A statement of a body: as it stands there, and as it can be parsed.
struct Embedded {
    source: String,
    text: String,
    /// Bytes put before it.
    added: usize,
}

fn plain(body: &str) -> Vec<Embedded> {
    let lexis = PostgresDialect.lexis();
    let all = crate::sql::split(body, &lexis).unwrap_or_default().into_iter();
    all.map(|s| Embedded { source: s.text.clone(), text: s.text, added: 0 }).collect()
}

/// What the procedural language hands on to the server: statements and expressions.
fn embedded(sql: &str) -> Vec<Embedded> {
    const BEFORE: &str = "SELECT ";
    let Ok(parsed) = pg_query::parse_plpgsql(sql) else { return Vec::new() };
    let mut queries = Vec::new();
    collect(&parsed, &mut queries);
    let made = queries.into_iter().filter_map(|source| {
        let assigned = source.split_once(":=").map(|(_, value)| value.trim().to_owned());
        let source = assigned.unwrap_or(source);
        if parse_one(&source).is_ok() {
            return Some(Embedded { text: source.clone(), source, added: 0 });
        }
        let text = format!("{BEFORE}{source}");
        parse_one(&text).is_ok().then(|| Embedded { source, text, added: BEFORE.len() })
    });
    made.collect()
}

fn collect(value: &Value, queries: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, queries)),
        Value::Object(object) => object.iter().for_each(|(key, child)| {
            if key == "PLpgSQL_expr" {
                queries.extend(child["query"].as_str().map(str::to_owned));
            }
            collect(child, queries);
        }),
        _ => {}
    }
}

/// Comments that speak to a planner: `/*+ … */`.
fn hints(sql: &str) -> Vec<Construct> {
    let lexemes = Scanner::new(sql, PostgresDialect.lexis()).map_while(Result::ok);
    let comments = lexemes.filter(|lexeme| lexeme.kind == LexemeKind::Comment);
    let hints = comments.filter(|lexeme| lexeme.text(sql).starts_with("/*+"));
    hints
        .map(|lexeme| Construct {
            kind: "planner-hint",
            excerpt: lexeme.text(sql).to_owned(),
            offset: lexeme.start,
            count: 1,
            ..Construct::default()
        })
        .collect()
}

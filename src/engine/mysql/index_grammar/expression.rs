//! Expressions as an index may hold them.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArguments, Ident, ObjectName, Value, Visit, Visitor,
    visit_expressions_mut,
};
use sqlparser::dialect::MySqlDialect as Grammar;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::{Dialect, LexemeKind, Scanner, with_stack_for};

use super::arrays;

/// Give the same for the same arguments, whatever the session, and may stand in a functional index.
const DETERMINISTIC: &[&str] = &[
    "abs",
    "ceil",
    "ceiling",
    "char_length",
    "character_length",
    "coalesce",
    "concat",
    "concat_ws",
    "date",
    "datediff",
    "day",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "floor",
    "greatest",
    "hex",
    "hour",
    "if",
    "ifnull",
    "json_extract",
    "json_unquote",
    "json_value",
    "lcase",
    "least",
    "left",
    "length",
    "lower",
    "ltrim",
    "md5",
    "minute",
    "mod",
    "month",
    "nullif",
    "quarter",
    "replace",
    "reverse",
    "right",
    "round",
    "rtrim",
    "second",
    "substring_index",
    "to_days",
    "ucase",
    "upper",
    "weekday",
    "year",
];

pub fn parsed(text: &str) -> Option<Expr> {
    let parse = || {
        let parser = Parser::new(&Grammar {}).with_recursion_limit(300);
        let Ok(mut parser) = parser.try_with_sql(text) else { return Ok(None) };
        let expression = parser.parse_expr().ok();
        Ok(expression.filter(|_| parser.peek_token().token == Token::EOF))
    };
    with_stack_for(text, parse).ok().flatten()
}

/// `text` with its columns bare, where all of them are of `alias` and nothing in it is known only at run time.
pub fn unqualified(text: &str, alias: &str) -> Option<String> {
    // A key by its beginning is no expression: `name`(32).
    let mut expression = parsed(text)?;
    let mut foreign = Foreign { alias, found: false };
    let _ = expression.visit(&mut foreign);
    if foreign.found {
        return None;
    }
    bare(&mut expression);
    Some(expression.to_string())
}

struct Foreign<'a> {
    alias: &'a str,
    found: bool,
}

impl Visitor for Foreign<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.found |= match expression {
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [.., table, _] => table.value != self.alias,
                _ => false,
            },
            Expr::Identifier(name) => name.value.starts_with('@'),
            Expr::Value(value) => matches!(value.value, Value::Placeholder(_)),
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => true,
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

/// Every column without its table, quoted.
fn bare(expression: &mut Expr) {
    let _ = visit_expressions_mut(expression, |part| {
        let last = match part {
            Expr::CompoundIdentifier(names) => names.pop(),
            Expr::Identifier(name) => Some(name.clone()),
            _ => None,
        };
        if let Some(name) = last {
            *part = Expr::Identifier(Ident::with_quote('`', name.value));
        }
        ControlFlow::<()>::Continue(())
    });
}

/// The same but for spelling: brackets, the case of names, quotes, the charset in front of a string.
pub fn same(a: &str, b: &str) -> bool {
    match (arrays::of_array_key(a), arrays::of_array_key(b)) {
        (Some((a, kept)), Some((b, also))) => kept == also && same(&a, &b),
        (None, None) => {
            a == b || matches!((canonical(a), canonical(b)), (Some(a), Some(b)) if a == b)
        }
        _ => false,
    }
}

/// Catalogs name the character set of a cast to a text, which the grammar does not know.
fn without_charset(text: &str) -> String {
    let lexemes: Vec<_> = Scanner::new(text, MysqlDialect.lexis()).filter_map(Result::ok).collect();
    let (mut written, mut skipped) = (String::with_capacity(text.len()), false);
    for lexeme in &lexemes {
        let word = lexeme.text(text);
        match lexeme.kind {
            LexemeKind::Word if word.eq_ignore_ascii_case("charset") => skipped = true,
            LexemeKind::Word if skipped => skipped = false,
            _ => written.push_str(word),
        }
    }
    written
}

fn canonical(text: &str) -> Option<String> {
    let mut expression = arrays::of_value_key(parsed(&without_charset(text))?);
    let _ = visit_expressions_mut(&mut expression, |part| {
        loop {
            *part = match part {
                Expr::BinaryOp { left, op: BinaryOperator::Arrow, right } => {
                    let Some(call) = parsed(&format!("json_extract({left}, {right})")) else {
                        break;
                    };
                    call
                }
                Expr::BinaryOp { left, op: BinaryOperator::LongArrow, right } => {
                    let call = format!("json_unquote(json_extract({left}, {right}))");
                    let Some(call) = parsed(&call) else { break };
                    call
                }
                Expr::Nested(inner) => (**inner).clone(),
                Expr::Prefixed { value, .. } => (**value).clone(),
                Expr::CompoundIdentifier(names) => match names.pop() {
                    Some(name) => Expr::Identifier(lowered(name)),
                    None => break,
                },
                Expr::Identifier(name) if name.quote_style.is_some() => {
                    Expr::Identifier(lowered(name.clone()))
                }
                _ => break,
            };
        }
        ControlFlow::<()>::Continue(())
    });
    Some(expression.to_string().to_ascii_lowercase())
}

fn lowered(name: Ident) -> Ident {
    Ident::new(name.value.to_ascii_lowercase())
}

/// No setting and no moment changes what it gives for a row.
pub fn is_immutable(text: &str) -> bool {
    let Some(expression) = parsed(text) else { return false };
    let mut unstable = Unstable(false);
    let _ = expression.visit(&mut unstable);
    !unstable.0
}

/// An index can be keyed by it: it is one for ever, and depends on a column.
pub fn is_key(text: &str) -> bool {
    is_immutable(text)
}

struct Unstable(bool);

impl Visitor for Unstable {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.0 |= match expression {
            Expr::Function(function) => !is_deterministic(&function.name) || is_windowed(function),
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => true,
            Expr::Value(value) => matches!(value.value, Value::Placeholder(_)),
            Expr::Identifier(name) => name.value.starts_with('@'),
            Expr::MatchAgainst { .. } => true,
            _ => false,
        };
        ControlFlow::Continue(())
    }
}

fn is_windowed(function: &sqlparser::ast::Function) -> bool {
    function.over.is_some() || matches!(function.args, FunctionArguments::Subquery(_))
}

fn is_deterministic(name: &ObjectName) -> bool {
    let [part] = name.0.as_slice() else { return false };
    let name = part.as_ident().map(|name| name.value.to_ascii_lowercase()).unwrap_or_default();
    DETERMINISTIC.contains(&name.as_str())
}

/// `` `name`(32) ``: the beginning of a column.
pub fn prefix_key(column: &str, characters: u64) -> String {
    format!("{}({characters})", MysqlDialect.quote_identifier(column))
}

/// Whether `text` is the beginning of a column rather than an expression.
pub fn is_prefix_key(text: &str) -> bool {
    let Some((name, length)) = text.rsplit_once('(') else { return false };
    let digits = length.strip_suffix(')').unwrap_or_default();
    name.starts_with('`')
        && name.ends_with('`')
        && name.len() > 2
        && !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_lose_their_table_and_nothing_else_gets_in() {
        assert_eq!(unqualified("lower(c.name)", "c").as_deref(), Some("lower(`name`)"));
        assert_eq!(unqualified("c.a + d.b", "c"), None);
        assert_eq!(unqualified("c.a + ?", "c"), None);
        assert_eq!(unqualified("c.a IN (SELECT 1)", "c"), None);
        assert_eq!(unqualified("c.`a``b` = 'it''s'", "c").as_deref(), Some("`a``b` = 'it''s'"));
    }

    #[test]
    fn expressions_are_compared_without_their_spelling() {
        assert!(same("lower(`name`)", "LOWER(name)"));
        assert!(same("(concat(`a`,_utf8mb4'x'))", "CONCAT(a, 'x')"));
        assert!(!same("lower(a)", "upper(a)"));
        assert!(same("(json_extract(`d`,_utf8mb4'$.k'))", "d -> '$.k'"));
        assert!(same("json_unquote(json_extract(`d`,_utf8mb4'$.k'))", "t.d ->> '$.k'"));
        assert!(same(
            "CAST(`d` -> '$.k' AS CHAR(255) ARRAY)",
            "cast(json_extract(`d`,_utf8mb4'$.k') as char(20) array)"
        ));
        assert!(!same(
            "CAST(`d` -> '$.k' AS CHAR(255) ARRAY)",
            "cast(json_extract(`d`,_utf8mb4'$.k') as unsigned array)"
        ));
        assert!(!same("CAST(`d` -> '$.k' AS CHAR(255) ARRAY)", "json_extract(`d`,_utf8mb4'$.k')"));
        let printed = "(cast(json_unquote(json_extract(`d`,_utf8mb4'$.k')) as char(30) charset utf8mb4) collate utf8mb4_bin)";
        assert!(same(printed, "JSON_UNQUOTE(JSON_EXTRACT(d, '$.k'))"));
        assert!(!same(printed, "JSON_UNQUOTE(JSON_EXTRACT(d, '$.other'))"));
        assert!(!same("concat(a, 'X')", "concat(b, 'X')"));
    }

    #[test]
    fn what_the_moment_or_the_session_changes_is_no_key() {
        assert!(is_immutable("lower(`name`)") && is_immutable("`a` + 1"));
        assert!(is_immutable("CAST(JSON_UNQUOTE(JSON_EXTRACT(`d`, '$.k')) AS CHAR(20))"));
        for changing in ["NOW()", "RAND() * a", "@x + a", "f(a)", "(SELECT 1) + a", "CURRENT_DATE"]
        {
            assert!(!is_immutable(changing), "{changing}");
        }
    }

    #[test]
    fn a_beginning_is_told_from_a_call() {
        assert!(is_prefix_key("`name`(32)") && is_prefix_key(&prefix_key("a`b", 8)));
        assert!(!is_prefix_key("lower(`name`)") && !is_prefix_key("left(`name`,3)"));
    }
}

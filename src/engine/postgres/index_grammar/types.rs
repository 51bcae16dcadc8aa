//! Of which type an expression is, and whether it is one for ever: what an index on it needs.

use pg_query::protobuf::{FuncCall, TypeCast};
use pg_query::{Node, NodeEnum, NodeRef};

use crate::engine::postgres::dialect::{cast_target, column_name};
use crate::engine::{Column, Function, Operators, Volatility};

/// A type as operators are looked up by: `timestamp(3) without time zone` and `character varying(20)[]`
/// without their lengths, a name without its schema.
pub fn type_name(spelt: &str) -> String {
    let mut bare = String::with_capacity(spelt.len());
    let mut depth = 0usize;
    for character in spelt.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            other if depth == 0 => bare.push(other),
            _ => {}
        }
    }
    let bare = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    match bare.rsplit_once('.') {
        Some((_, last)) if !last.is_empty() => last.to_owned(),
        _ => bare,
    }
}

/// The type of an expression over `columns`, where its text tells.
pub fn of_expression(text: &str, columns: &[Column], operators: &Operators) -> Option<String> {
    with_expression(text, |node| of_node(node, columns, operators)).flatten()
}

/// No setting and no moment changes what the expression gives for a row. Unknown functions count as such: the
/// server has the last word.
pub fn is_immutable(text: &str, columns: &[Column], operators: &Operators) -> bool {
    let statement = format!("SELECT {text}");
    let Ok(parsed) = pg_query::parse(&statement, pg_query::ParserOptions::default()) else {
        return true;
    };
    parsed.protobuf.nodes().into_iter().all(|(node, ..)| match node {
        NodeRef::FuncCall(call) => !is_unstable_call(call, columns, operators),
        NodeRef::TypeCast(cast) => !is_unstable_cast(cast, columns, operators),
        NodeRef::SqlvalueFunction(_) | NodeRef::SubLink(_) => false,
        _ => true,
    })
}

fn with_expression<T>(text: &str, ask: impl FnOnce(&Node) -> T) -> Option<T> {
    let statement = format!("SELECT {text}");
    let parsed = pg_query::parse(&statement, pg_query::ParserOptions::default()).ok()?;
    let NodeEnum::SelectStmt(select) =
        parsed.protobuf.stmts.first()?.stmt.as_ref()?.node.as_ref()?
    else {
        return None;
    };
    match select.target_list.first()?.node.as_ref()? {
        NodeEnum::ResTarget(target) => Some(ask(target.val.as_deref()?)),
        _ => None,
    }
}

fn of_node(node: &Node, columns: &[Column], operators: &Operators) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::TypeCast(cast) => cast_target(cast),
        NodeEnum::CollateClause(collate) => of_node(collate.arg.as_deref()?, columns, operators),
        NodeEnum::ColumnRef(_) => {
            let name = column_name(node)?;
            let column = columns.iter().find(|column| column.name == name)?;
            Some(type_name(&column.data_type))
        }
        NodeEnum::FuncCall(call) => of_call(call, columns, operators),
        NodeEnum::CoalesceExpr(coalesce) => {
            coalesce.args.iter().find_map(|argument| of_node(argument, columns, operators))
        }
        NodeEnum::AExpr(operation) => match operator(&operation.name)? {
            "->>" | "#>>" => Some("text".to_owned()),
            "->" | "#>" => of_node(operation.lexpr.as_deref()?, columns, operators),
            _ => None,
        },
        _ => None,
    }
}

fn operator(name: &[Node]) -> Option<&str> {
    match name.last()?.node.as_ref()? {
        NodeEnum::String(name) => Some(name.sval.as_str()),
        _ => None,
    }
}

fn of_call(call: &FuncCall, columns: &[Column], operators: &Operators) -> Option<String> {
    let name = operator(&call.funcname)?;
    let own = match name {
        "lower"
        | "upper"
        | "btrim"
        | "ltrim"
        | "rtrim"
        | "substr"
        | "substring"
        | "left"
        | "right"
        | "replace"
        | "regexp_replace"
        | "split_part"
        | "md5"
        | "initcap"
        | "reverse"
        | "translate"
        | "jsonb_extract_path_text" => Some("text"),
        "to_tsvector" | "setweight" | "strip" | "array_to_tsvector" => Some("tsvector"),
        "length" | "char_length" | "cardinality" | "array_length" => Some("integer"),
        _ => None,
    };
    // Some of these are there for ranges and bits as well.
    let first = call.args.first().and_then(|argument| of_node(argument, columns, operators));
    let is_other =
        first.as_deref().is_some_and(|of| of.ends_with("range") || of.starts_with("bit"));
    own.filter(|_| !is_other).map(str::to_owned).or_else(|| {
        let function = operators.function(name, first.as_deref());
        function.or_else(|| operators.function(name, None)).map(|known| known.result.clone())
    })
}

fn is_unstable_call(call: &FuncCall, columns: &[Column], operators: &Operators) -> bool {
    let Some(name) = operator(&call.funcname) else { return false };
    let given: Vec<Option<String>> =
        call.args.iter().map(|argument| of_node(argument, columns, operators)).collect();
    let takes = |function: &&Function| {
        function.name == name
            && function.arguments.len() == given.len()
            && function.arguments.iter().zip(&given).all(|(taken, given)| {
                given.as_deref().is_none_or(|given| operators.is_same_value(given, taken))
            })
    };
    let mut fitting = operators.functions.iter().filter(takes).peekable();
    fitting.peek().is_some() && fitting.all(|known| known.volatility != Volatility::Immutable)
}

/// A cast around a literal is only its notation.
fn is_unstable_cast(cast: &TypeCast, columns: &[Column], operators: &Operators) -> bool {
    let from = cast.arg.as_deref().and_then(|argument| of_node(argument, columns, operators));
    match (from, cast_target(cast)) {
        (Some(from), Some(to)) => is_unstable_conversion(&from, &to, operators),
        _ => false,
    }
}

/// It calls a function that gives another result at each call: nothing can be looked up by it.
pub fn is_volatile(text: &str, operators: &Operators) -> bool {
    let statement = format!("SELECT {text}");
    let Ok(parsed) = pg_query::parse(&statement, pg_query::ParserOptions::default()) else {
        return false;
    };
    parsed.protobuf.nodes().into_iter().any(|(node, ..)| match node {
        NodeRef::FuncCall(call) => {
            let known = operator(&call.funcname).and_then(|name| operators.function(name, None));
            known.is_some_and(|known| known.volatility == Volatility::Volatile)
        }
        _ => false,
    })
}

pub fn is_unstable_conversion(from: &str, to: &str, operators: &Operators) -> bool {
    let (from, to) = (type_name(from), type_name(to));
    operators.unstable_casts.iter().any(|(source, target)| *source == from && *target == to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::postgres::index_grammar::services_tests::{operators, table};

    #[test]
    fn a_name_without_lengths_and_schema() {
        assert_eq!(type_name("timestamp(3) without time zone"), "timestamp without time zone");
        assert_eq!(type_name("character varying(20)[]"), "character varying[]");
        assert_eq!(type_name("numeric(10,2)"), "numeric");
        assert_eq!(type_name("extensions.ltree"), "ltree");
    }

    #[test]
    fn the_type_of_an_expression() {
        let (operators, table) = (operators(), table());
        let of = |text: &str| of_expression(text, &table.columns, &operators);
        assert_eq!(of("lower(name)").as_deref(), Some("text"));
        assert_eq!(of("(doc ->> 'k'::text)").as_deref(), Some("text"));
        assert_eq!(of("(doc -> 'k'::text)").as_deref(), Some("jsonb"));
        assert_eq!(of("((doc ->> 'k'::text))::integer").as_deref(), Some("integer"));
        assert_eq!(of("to_tsvector('english'::regconfig, name)").as_deref(), Some("tsvector"));
        assert_eq!(of("(amount + 1)"), None);
    }

    #[test]
    fn what_settings_and_the_moment_change() {
        let (operators, table) = (operators(), table());
        let fixed = |text: &str| is_immutable(text, &table.columns, &operators);
        assert!(fixed("lower(name)"));
        assert!(fixed("to_tsvector('english'::regconfig, name)"));
        assert!(!fixed("to_tsvector(name)"));
        assert!(fixed("(at)::date"), "a timestamp without a zone");
        assert!(!fixed("(seen)::date"), "a timestamp with one");
        assert!(fixed("date_trunc('day'::text, at)"));
        assert!(!fixed("date_trunc('day'::text, seen)"));
        assert!(!fixed("(at > now())"));
        assert!(!fixed("(at > CURRENT_DATE)"));
        assert!(!fixed("(name)::date"));
        assert!(fixed("(name)::integer"));
        assert!(fixed("(at > '2024-01-01 00:00:00'::timestamp without time zone)"));
    }
}

//! Literals that an expression calculates with, as against names of fields, units and languages.

use pg_query::protobuf::{AExpr, AExprKind, FuncCall, ParseResult};
use pg_query::{Node, NodeEnum, NodeRef};

/// Functions of a value that somebody looks for.
const OF_A_SEARCHED_VALUE: &[&str] = &[
    "similarity",
    "word_similarity",
    "strict_word_similarity",
    "levenshtein",
    "levenshtein_less_equal",
    "difference",
    "ts_rank",
    "ts_rank_cd",
    "strpos",
    "position",
    "starts_with",
    "point",
    "earth_distance",
    "st_distance",
    "st_dwithin",
    "age",
];

pub fn calculates_with_literal(tree: &ParseResult) -> bool {
    tree.nodes().into_iter().any(|(node, ..)| match node {
        NodeRef::AExpr(expression) => is_calculation(expression),
        NodeRef::FuncCall(call) => is_search(call),
        _ => false,
    })
}

/// A remainder is a shard or a bucket, which the application has a fixed number of.
fn is_calculation(expression: &AExpr) -> bool {
    let plain = expression.kind == AExprKind::AexprOp as i32;
    let operator = expression.name.last().and_then(name).unwrap_or_default();
    let names_a_part = matches!(operator, "->" | "->>" | "#>" | "#>>" | "||" | "%");
    let literal = |side: &Option<Box<Node>>| side.as_deref().is_some_and(is_literal);
    plain
        && !names_a_part
        && expression.lexpr.is_some()
        && (literal(&expression.lexpr) || literal(&expression.rexpr))
}

fn is_search(call: &FuncCall) -> bool {
    let function = call.funcname.last().and_then(name).unwrap_or_default();
    OF_A_SEARCHED_VALUE.contains(&function) && call.args.iter().any(is_literal)
}

fn name(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(name) => Some(&name.sval),
        _ => None,
    }
}

fn is_literal(node: &Node) -> bool {
    match &node.node {
        Some(NodeEnum::AConst(_)) => true,
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_literal),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::postgres::dialect::PostgresDialect;
    use crate::sql::Dialect;

    fn calculates(expression: &str) -> bool {
        PostgresDialect.calculates_with_literal(expression)
    }

    #[test]
    fn a_searched_value_is_told_from_a_name() {
        assert!(calculates("abs('12.5'::double precision - height)"));
        assert!(calculates("(price * 1.19)"));
        assert!(calculates("similarity(name, 'ann'::text)"));
        assert!(calculates("(name = 'ann'::text)"));
        assert!(!calculates("((data -> 'customer'::text) ->> 'id'::text)::int"));
        assert!(!calculates("date_trunc('day'::text, joined)"));
        assert!(!calculates("((first || ' '::text) || last)"));
        assert!(!calculates("(id % 16)"));
        assert!(!calculates("(total - paid)"));
    }
}

//! Conditions taken apart: which column is restricted, and how.

use pg_query::protobuf::{AExpr, AExprKind, BoolExprType, BoolTestType, BooleanTest, NullTestType};
use pg_query::{Node, NodeEnum};

use super::operand::{array_operand, cast_target, column, operand, text};
use super::side::{Side, expression_of};
use crate::sql::{ColumnRef, Operand, Predicate, PredicateKind};

/// The conjuncts of a condition, one predicate each.
pub fn conjuncts(condition: &Node) -> Vec<Predicate> {
    match &condition.node {
        Some(NodeEnum::BoolExpr(all)) if all.boolop == BoolExprType::AndExpr as i32 => {
            all.args.iter().flat_map(conjuncts).collect()
        }
        _ => vec![predicate(condition)],
    }
}

/// The ORs among the conjuncts, each as its arms, each arm as its conjuncts.
pub fn alternatives(condition: &Node) -> Vec<Vec<Vec<Predicate>>> {
    match &condition.node {
        Some(NodeEnum::BoolExpr(all)) if all.boolop == BoolExprType::AndExpr as i32 => {
            all.args.iter().flat_map(alternatives).collect()
        }
        Some(NodeEnum::BoolExpr(any)) if any.boolop == BoolExprType::OrExpr as i32 => {
            vec![any.args.iter().map(conjuncts).collect()]
        }
        _ => Vec::new(),
    }
}

/// The equalities that `USING (a, b)` stands for.
pub fn using(columns: &[Node]) -> Vec<Predicate> {
    let names = columns.iter().filter_map(|column| match column.node.as_ref()? {
        NodeEnum::String(name) => Some(name.sval.clone()),
        _ => None,
    });
    let equality = |name: String| {
        let column = ColumnRef { qualifier: None, name: name.clone() };
        let mut predicate = Predicate::other(format!("USING ({name})"));
        predicate.kind = PredicateKind::Equality;
        predicate.op = "=".to_owned();
        predicate.operand = Operand::Column(column.clone());
        predicate.column = Some(column);
        predicate
    };
    names.map(equality).collect()
}

fn predicate(node: &Node) -> Predicate {
    let written = text(node);
    let simple = |kind, op: &str, argument: Option<&Node>| {
        argument.map(|argument| restricted(kind, op, argument, Operand::None))
    };
    let taken_apart = match &node.node {
        Some(NodeEnum::AExpr(expression)) => comparison(expression),
        Some(NodeEnum::NullTest(test)) => {
            let is_null = test.nulltesttype == NullTestType::IsNull as i32;
            let op = if is_null { "IS NULL" } else { "IS NOT NULL" };
            simple(PredicateKind::NullTest, op, test.arg.as_deref())
        }
        Some(NodeEnum::BooleanTest(test)) => {
            simple(PredicateKind::Boolean, truth_test(test), test.arg.as_deref())
        }
        Some(NodeEnum::ColumnRef(_)) if column(node).is_some() => {
            simple(PredicateKind::Boolean, "", Some(node))
        }
        Some(NodeEnum::TypeCast(_)) if is_truth(node) => {
            simple(PredicateKind::Boolean, "", Some(node))
        }
        Some(NodeEnum::BoolExpr(not)) if not.boolop == BoolExprType::NotExpr as i32 => {
            negated(not.args.first())
        }
        _ => None,
    };
    let mut predicate = taken_apart.unwrap_or_else(|| other(node));
    predicate.text = written;
    predicate
}

/// Nothing an index could use; the column is named when there is only one.
fn other(node: &Node) -> Predicate {
    let mut predicate = Predicate::other(String::new());
    predicate.column = Side::of(node).only_column();
    predicate
}

fn negated(argument: Option<&Node>) -> Option<Predicate> {
    let argument = argument?;
    if column(argument).is_some() || is_truth(argument) {
        return Some(restricted(PredicateKind::Boolean, "NOT", argument, Operand::None));
    }
    None
}

/// What columns hold of another type, taken for a truth value: `(payload ->> 'flag')::boolean`.
fn is_truth(node: &Node) -> bool {
    let Some(NodeEnum::TypeCast(cast)) = &node.node else { return false };
    cast_target(cast).as_deref() == Some("boolean") && !Side::of(node).columns.is_empty()
}

fn truth_test(test: &BooleanTest) -> &'static str {
    match BoolTestType::try_from(test.booltesttype) {
        Ok(BoolTestType::IsTrue) => "IS TRUE",
        Ok(BoolTestType::IsNotTrue) => "IS NOT TRUE",
        Ok(BoolTestType::IsFalse) => "IS FALSE",
        Ok(BoolTestType::IsNotFalse) => "IS NOT FALSE",
        Ok(BoolTestType::IsNotUnknown) => "IS NOT UNKNOWN",
        _ => "IS UNKNOWN",
    }
}

fn comparison(expression: &AExpr) -> Option<Predicate> {
    let (left, right) = (expression.lexpr.as_deref()?, expression.rexpr.as_deref()?);
    let op = operator(expression)?;
    match AExprKind::try_from(expression.kind).ok()? {
        AExprKind::AexprOp => binary(op, left, right),
        AExprKind::AexprIn => {
            let kind = if op == "=" { PredicateKind::Equality } else { PredicateKind::Inequality };
            one_sided(kind, op, left, right, operand(right))
        }
        AExprKind::AexprOpAny => any(op, left, right),
        AExprKind::AexprOpAll => {
            one_sided(PredicateKind::Inequality, op, left, right, array_operand(right))
        }
        AExprKind::AexprLike | AExprKind::AexprIlike | AExprKind::AexprSimilar => {
            one_sided(kind_of(op, right)?, op, left, right, operand(right))
        }
        AExprKind::AexprBetween | AExprKind::AexprBetweenSym => {
            one_sided(PredicateKind::Range, "BETWEEN", left, right, operand(right))
        }
        AExprKind::AexprNotBetween | AExprKind::AexprNotBetweenSym => {
            one_sided(PredicateKind::Inequality, "NOT BETWEEN", left, right, operand(right))
        }
        AExprKind::AexprDistinct => {
            one_sided(PredicateKind::Inequality, "IS DISTINCT FROM", left, right, operand(right))
        }
        _ => None,
    }
}

fn operator(expression: &AExpr) -> Option<&str> {
    match expression.name.last()?.node.as_ref()? {
        NodeEnum::String(name) => Some(name.sval.as_str()),
        _ => None,
    }
}

/// `column op ANY (array)`. The other way round, `'x' = ANY (column)`, no index helps.
fn any(op: &str, left: &Node, right: &Node) -> Option<Predicate> {
    let kind = match op {
        "=" => PredicateKind::Equality,
        "~~" | "~~*" | "~" | "~*" => PredicateKind::Pattern,
        _ => return None,
    };
    one_sided(kind, op, left, right, array_operand(right))
}

/// A restriction of the left side, when the right one does not depend on the row.
fn one_sided(
    kind: PredicateKind,
    op: &str,
    left: &Node,
    right: &Node,
    operand: Operand,
) -> Option<Predicate> {
    let independent = Side::of(right).columns.is_empty() && !Side::of(left).columns.is_empty();
    independent.then(|| restricted(kind, op, left, operand))
}

fn binary(op: &str, left: &Node, right: &Node) -> Option<Predicate> {
    // `a = 'x' COLLATE "C"` collates both sides.
    if let Some((bare, collated)) = collated_right(left, right) {
        return binary(op, &collated, &bare);
    }

    let kind = kind_of(op, right)?;
    let (left_side, right_side) = (Side::of(left), Side::of(right));
    match (left_side.columns.is_empty(), right_side.columns.is_empty()) {
        (true, true) => None,
        (false, true) => Some(restricted(kind, op, left, operand(right))),
        (true, false) => {
            let op = commuted(op)?;
            Some(restricted(kind, op, right, operand(left)))
        }
        (false, false) if is_computed_from_own_row(&left_side, &right_side) => None,
        (false, false) if left_side.bare => Some(restricted(kind, op, left, operand(right))),
        (false, false) if right_side.bare => {
            Some(restricted(kind, commuted(op)?, right, operand(left)))
        }
        (false, false) => {
            let restricted = restricted(kind, op, left, operand(right));
            restricted.column.is_some().then_some(restricted)
        }
    }
}

fn collated_right(left: &Node, right: &Node) -> Option<(Node, Node)> {
    let NodeEnum::CollateClause(collate) = right.node.as_ref()? else { return None };
    let mut around = collate.clone();
    let bare = around.arg.replace(Box::new(left.clone()))?;
    (!matches!(left.node, Some(NodeEnum::CollateClause(_))))
        .then_some((*bare, Node { node: Some(NodeEnum::CollateClause(around)) }))
}

/// One side is computed from columns of the row that the other side is in: each row has its own, and nothing
/// can be looked up. (Two bare columns are told apart by those who ask.)
fn is_computed_from_own_row(left: &Side, right: &Side) -> bool {
    let shared = left
        .columns
        .iter()
        .any(|one| right.columns.iter().any(|other| one.qualifier == other.qualifier));
    shared && !(left.bare && right.bare)
}

fn restricted(kind: PredicateKind, op: &str, restricted: &Node, operand: Operand) -> Predicate {
    let side = Side::of(restricted);
    let cast = significant_cast(restricted);
    let bare = column(restricted).is_some();
    Predicate {
        kind,
        column: side.only_column(),
        op: op.to_owned(),
        expression: (!bare).then(|| expression_of(restricted, &side)),
        cast,
        operand,
        text: String::new(),
    }
}

/// The type a bare column is cast to. In a plan, `(column)::text` is what every comparison of a `varchar`
/// looks like: only the catalog knows whether it costs anything.
fn significant_cast(node: &Node) -> Option<String> {
    let Some(NodeEnum::TypeCast(cast)) = &node.node else { return None };
    column(cast.arg.as_deref()?)?;
    cast_target(cast)
}

/// Without the column's type: a cast to text is most likely that of a `varchar`, unless what it is compared with
/// is plainly a number, a date or an identifier, which a text column would seldom hold.
pub fn cast_looks_free(cast: &str, operand: &Operand) -> bool {
    let foreign = match operand {
        Operand::Constant(value) => looks_typed(value),
        Operand::List(values) => !values.is_empty() && values.iter().all(|v| looks_typed(v)),
        _ => false,
    };
    matches!(cast, "text" | "character") && !foreign
}

fn looks_typed(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let is_number = !digits.is_empty() && digits.parse::<f64>().is_ok_and(f64::is_finite);
    let is_date = value.get(..10).is_some_and(|day| {
        day.bytes().enumerate().all(|(i, b)| match i {
            4 | 7 => b == b'-',
            _ => b.is_ascii_digit(),
        })
    });
    let is_identifier = value.len() == 36
        && value.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    is_number || is_date || is_identifier
}

fn kind_of(op: &str, right: &Node) -> Option<PredicateKind> {
    Some(match op {
        "=" => PredicateKind::Equality,
        "<" | "<=" | ">" | ">=" => PredicateKind::Range,
        "<>" | "!=" | "!~~" | "!~~*" | "!~" | "!~*" => PredicateKind::Inequality,
        "@>" | "<@" | "?" | "?|" | "?&" | "&&" | "@?" => PredicateKind::Containment,
        "<<" | ">>" | "<<=" | ">>=" | "-|-" | "&<" | "&>" | "~=" | "<<|" | "|>>" => {
            PredicateKind::Position
        }
        "<->" | "<->>" | "<<->" | "<->>>" | "<<<->" | "<#>" | "<=>" | "<+>" => {
            PredicateKind::Distance
        }
        "@@" if text(right).ends_with("::jsonpath") => PredicateKind::Containment,
        "@@" | "@@@" => PredicateKind::TextSearch,
        "~~" | "~~*" | "~" | "~*" | "^@" | "%" | "%>" | "%>>" | "<%" | "<<%" => {
            PredicateKind::Pattern
        }
        _ if op.chars().all(|c| c.is_ascii_punctuation()) => PredicateKind::Operator,
        _ => return None,
    })
}

/// The operator that says the same with its sides exchanged.
fn commuted(op: &str) -> Option<&str> {
    Some(match op {
        "=" | "<>" | "!=" | "&&" | "@@" | "%" => op,
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "@>" => "<@",
        "<@" => "@>",
        "<<" => ">>",
        ">>" => "<<",
        "<<=" => ">>=",
        ">>=" => "<<=",
        "-|-" => "-|-",
        "~=" => "~=",
        "<->" => "<->",
        "<%" => "%>",
        "%>" => "<%",
        "<<%" => "%>>",
        "%>>" => "<<%",
        _ => return None,
    })
}

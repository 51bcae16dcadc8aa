//! Conditions inside others, where the planner does not look for them.

use pg_query::protobuf::{AExprKind, BoolExprType, BoolTestType, CaseExpr};
use pg_query::{Node, NodeEnum};

use super::operand::{operand, text};
use super::side::Side;
use crate::sql::Operand;

/// The condition that `node` amounts to where rows are chosen by it: NULL and false are the same there.
/// `None` where `node` is no wrapper, or its inside is nothing to be looked up.
pub fn unwrapped(node: &Node) -> Option<String> {
    let inside = match node.node.as_ref()? {
        NodeEnum::BooleanTest(test) if test.booltesttype == BoolTestType::IsTrue as i32 => {
            test.arg.as_deref()?
        }
        NodeEnum::CoalesceExpr(coalesce) => match coalesce.args.as_slice() {
            [inside, otherwise] if is_truth(otherwise, "false") => inside,
            _ => return None,
        },
        NodeEnum::CaseExpr(case) => only_case(case)?,
        NodeEnum::BoolExpr(not) if not.boolop == BoolExprType::NotExpr as i32 => {
            return equality(not.args.first()?, AExprKind::AexprDistinct);
        }
        NodeEnum::AExpr(_) => return equality(node, AExprKind::AexprNotDistinct),
        _ => return None,
    };
    is_condition(inside).then(|| text(inside))
}

fn is_condition(node: &Node) -> bool {
    matches!(node.node, Some(NodeEnum::AExpr(_) | NodeEnum::NullTest(_) | NodeEnum::BoolExpr(_)))
}

fn is_truth(node: &Node, truth: &str) -> bool {
    operand(node) == Operand::Constant(truth.to_owned())
}

/// `CASE WHEN … THEN true ELSE false END`
fn only_case(case: &CaseExpr) -> Option<&Node> {
    let [when] = case.args.as_slice() else { return None };
    let NodeEnum::CaseWhen(when) = when.node.as_ref()? else { return None };
    let otherwise = case.defresult.as_deref().is_none_or(|node| is_truth(node, "false"));
    let fits = case.arg.is_none() && otherwise && is_truth(when.result.as_deref()?, "true");
    fits.then_some(when.expr.as_deref()?)
}

/// `a IS NOT DISTINCT FROM value`: the same as `a = value` unless the value is NULL.
fn equality(node: &Node, kind: AExprKind) -> Option<String> {
    let NodeEnum::AExpr(comparison) = node.node.as_ref()? else { return None };
    let (left, right) = (comparison.lexpr.as_deref()?, comparison.rexpr.as_deref()?);
    let is_value = matches!(operand(right), Operand::Constant(_) | Operand::Parameter(_));
    let fits = comparison.kind == kind as i32 && Side::of(left).bare && is_value;
    fits.then(|| format!("{} = {}", text(left), text(right)))
}

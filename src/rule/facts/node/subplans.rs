//! A subquery inside an expression, and what the expression does with it.

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn subplans<'a>() -> Vec<Fact<S<'a>>> {
    vec![Fact::flag(
        "sub_plan_under_or",
        "whether the subquery finds a row is one arm of an OR, which no join can stand for",
        |s: &S| Some(s.is_under_or().unwrap_or(false)),
    )]
}

impl S<'_> {
    fn is_under_or(&self) -> Option<bool> {
        let name = self.node.subplan_name.as_deref()?;
        let parent = self.ancestors.last()?;
        let conditions = [&parent.filter, &parent.join_filter];
        Some(conditions.into_iter().flatten().any(|text| is_arm_of_or(text, name)))
    }
}

/// `name` stands in `text` as a truth value of its own, or in EXISTS, beside an OR.
fn is_arm_of_or(text: &str, name: &str) -> bool {
    let arm = |(at, _): (usize, &str)| {
        let head = text[..at].trim_end_matches("EXISTS(").trim_end_matches('(');
        let tail = text[at + name.len()..].trim_start_matches(')');
        let closed = text[at + name.len()..].starts_with(')');
        let head = head.trim_end().trim_end_matches("(NOT").trim_end_matches("NOT").trim_end();
        let opened = text[..at].ends_with('(');
        closed && opened && (head.ends_with(" OR") || tail.trim_start().starts_with("OR "))
    };
    text.match_indices(name).any(arm)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_of_an_or_is_told_from_a_value_that_is_compared() {
        assert!(is_arm_of_or("((SubPlan 1) OR (kind = 2))", "SubPlan 1"));
        assert!(is_arm_of_or("((kind = 2) OR EXISTS(SubPlan 1))", "SubPlan 1"));
        assert!(is_arm_of_or("((kind = 2) OR (NOT (SubPlan 1)))", "SubPlan 1"));
        assert!(!is_arm_of_or("((SubPlan 1) > 1000)", "SubPlan 1"));
        assert!(!is_arm_of_or("(((SubPlan 1) > 5) OR (kind = 2))", "SubPlan 1"));
        assert!(!is_arm_of_or("(SubPlan 1)", "SubPlan 1"));
    }
}

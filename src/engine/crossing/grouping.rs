//! Groups that PostgreSQL does not take: columns that are neither grouped by nor aggregated, names of the output in
//! HAVING, DISTINCT sorted by what is not shown, sums of conditions.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    OrderByKind, Query, Select, SelectItem, SetExpr, Value, Visit, Visitor,
};

use super::habits::Habit;
use super::scope::Scope;
use crate::engine::migration::Severity;

const AGGREGATES: [&str; 16] = [
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "GROUP_CONCAT",
    "BIT_AND",
    "BIT_OR",
    "BIT_XOR",
    "STD",
    "STDDEV",
    "STDDEV_POP",
    "VARIANCE",
    "JSON_ARRAYAGG",
    "JSON_OBJECTAGG",
    "ANY_VALUE",
];

pub fn review(select: &Select, scope: &Scope<'_>) -> Vec<Habit> {
    let GroupByExpr::Expressions(keys, _) = &select.group_by else { return Vec::new() };
    let mut found = Vec::new();
    let outputs: Vec<&Expr> = select.projection.iter().filter_map(expression).collect();
    let aggregated = outputs.iter().any(|output| loose(output).aggregates);
    if !keys.is_empty() || aggregated {
        let ungrouped = ungrouped(select, keys, &outputs, scope);
        if !ungrouped.is_empty() {
            let why = format!(
                "{} {} neither grouped by nor aggregated: some row's value here, an error there",
                ungrouped.join(", "),
                if ungrouped.len() == 1 { "is" } else { "are" }
            );
            let action = "any_value(…) from 16 on, min(…), or the column in GROUP BY".to_owned();
            found.push(("loose-group-by", Severity::NeedsWork, why, action));
        }
    }
    if let Some(having) = &select.having {
        for alias in aliases(select) {
            let names = loose(having).columns;
            let used = names.iter().any(|name| name.eq_ignore_ascii_case(&alias));
            if used && scope.column(&Expr::Identifier(alias.as_str().into())).is_none() {
                let why = format!(
                    "HAVING names {alias}, which is a name of the output: PostgreSQL knows none there"
                );
                let action = "repeat the expression in HAVING".to_owned();
                found.push(("alias-in-having", Severity::NeedsWork, why, action));
            }
        }
    }
    found
}

/// Columns outside of aggregates that no key determines.
fn ungrouped(select: &Select, keys: &[Expr], outputs: &[&Expr], scope: &Scope<'_>) -> Vec<String> {
    let grouped: Vec<String> = keys.iter().map(|key| resolved(key, select)).collect();
    let mut names = Vec::new();
    for output in outputs {
        if grouped.contains(&bare(output)) {
            continue;
        }
        for column in loose(output).expressions {
            let determined = scope.column(&column).is_some_and(|(table, _)| {
                let whole = |name: &String| {
                    keys.iter().any(|key| {
                        scope.column(key).is_some_and(|(of, c)| {
                            of.name == table.name && c.name.eq_ignore_ascii_case(name)
                        })
                    })
                };
                table.primary && table.key.iter().all(whole)
            });
            let known = grouped.contains(&bare(&column))
                || keys.iter().any(|key| {
                    let same = scope.column(key).zip(scope.column(&column));
                    same.is_some_and(|(a, b)| a.0.name == b.0.name && a.1.name == b.1.name)
                });
            let name = column.to_string().replace('`', "");
            if !determined && !known && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// A key of GROUP BY: the expression behind a position or an alias.
fn resolved(key: &Expr, select: &Select) -> String {
    if let Expr::Value(value) = key
        && let Value::Number(position, _) = &value.value
    {
        let place = position.to_string().parse::<usize>().unwrap_or(0);
        let item = place.checked_sub(1).and_then(|place| select.projection.get(place));
        return item.and_then(expression).map_or_else(String::new, bare);
    }
    if let Expr::Identifier(name) = key {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item
                && alias.value.eq_ignore_ascii_case(&name.value)
            {
                return bare(expr);
            }
        }
    }
    bare(key)
}

fn bare(expr: &Expr) -> String {
    expr.to_string().replace('`', "").to_lowercase()
}

fn expression(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn aliases(select: &Select) -> Vec<String> {
    let aliases = select.projection.iter().filter_map(|item| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
        _ => None,
    });
    aliases.collect()
}

/// `DISTINCT` shows one row for many: there is no order by what it does not show.
pub fn sorted_distinct(query: &Query) -> Option<Habit> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    let OrderByKind::Expressions(keys) = &query.order_by.as_ref()?.kind else { return None };
    select.distinct.as_ref()?;
    let all = select.projection.iter().any(|item| expression(item).is_none());
    let shown = |key: &Expr| {
        let position = matches!(key, Expr::Value(_));
        let name = key.to_string().replace('`', "");
        let last = name.rsplit('.').next().unwrap_or_default().to_lowercase();
        let same = |output: &Expr| {
            let output = bare(output);
            output == bare(key) || output.rsplit('.').next() == Some(last.as_str())
        };
        position
            || select.projection.iter().filter_map(expression).any(same)
            || aliases(select).iter().any(|alias| alias.eq_ignore_ascii_case(&name))
    };
    let hidden = keys.iter().find(|key| !all && !shown(&key.expr))?;
    let why = format!(
        "SELECT DISTINCT is sorted by {}, which it does not show: an error there",
        hidden.expr
    );
    let action = "add it to the output, or group by what is shown and sort by min(…)".to_owned();
    Some(("distinct-order", Severity::NeedsWork, why, action))
}

/// `SUM(a = 1)` counts here, and adds up truth values there.
pub fn summed_condition(function: &Function) -> Option<Habit> {
    let name = function.name.to_string().to_uppercase();
    let FunctionArguments::List(list) = &function.args else { return None };
    let condition = list.args.iter().any(|arg| {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else { return false };
        is_condition(expr)
    });
    if !condition || !matches!(name.as_str(), "SUM" | "AVG" | "MAX" | "MIN") {
        return None;
    }
    let why = format!("{name} of a condition: a truth value is a number here, and none there");
    let action = "count(*) FILTER (WHERE …), or CASE WHEN … THEN 1 ELSE 0 END".to_owned();
    Some(("sum-of-condition", Severity::NeedsWork, why, action))
}

fn is_condition(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_condition(inner),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::InList { .. }
        | Expr::Like { .. }
        | Expr::Between { .. } => true,
        Expr::BinaryOp { op, .. } => matches!(
            op,
            BinaryOperator::Eq
                | BinaryOperator::NotEq
                | BinaryOperator::Lt
                | BinaryOperator::LtEq
                | BinaryOperator::Gt
                | BinaryOperator::GtEq
                | BinaryOperator::And
                | BinaryOperator::Or
        ),
        _ => false,
    }
}

/// Columns of an expression that stand outside of aggregates, windows and subqueries.
#[derive(Default)]
struct Loose {
    inside: usize,
    queries: usize,
    aggregates: bool,
    columns: Vec<String>,
    expressions: Vec<Expr>,
}

fn loose(expr: &Expr) -> Loose {
    let mut loose = Loose::default();
    let _ = expr.visit(&mut loose);
    loose
}

fn is_aggregate(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = function.name.to_string().to_uppercase();
    function.over.is_some() || AGGREGATES.contains(&name.as_str())
}

impl Visitor for Loose {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if is_aggregate(expr) {
            self.inside += 1;
            let window = matches!(expr, Expr::Function(function) if function.over.is_some());
            self.aggregates |= self.queries == 0 && !window;
        }
        if let (0, 0, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) =
            (self.inside, self.queries, expr)
        {
            let name = expr.to_string().replace('`', "");
            if !name.starts_with('@') {
                self.columns.push(name);
                self.expressions.push(expr.clone());
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if is_aggregate(expr) {
            self.inside -= 1;
        }
        ControlFlow::Continue(())
    }
}

//! Comparisons and the like, wherever they stand.

use sqlparser::ast::{BinaryOperator, Expr, Query, Select, SelectItem, SetExpr, UnaryOperator};

use super::collect::Collector;
use super::tree::{
    aggregates, arguments, arms, bare, column, conjuncts, constant, inside, integer, is_comparison,
    is_fixed, is_null, literal, literal_text, name_of, same_name,
};
use crate::engine::mysql::dialect::predicate;
use crate::sql::{ColumnRef, Construct};

/// What is remarkable in whatever clause.
pub fn note_anywhere(found: &mut Collector<'_>, expression: &Expr) {
    match expression {
        Expr::BinaryOp { left, op: BinaryOperator::Or, .. } => {
            // The whole chain is looked at once, from its top: its first arm tells which that is.
            either(found, expression, left);
        }
        Expr::BinaryOp { left, op, right } => binary(found, expression, left, op, right),
        Expr::InList { expr, list, negated } => members(found, expression, expr, list, *negated),
        Expr::Like { negated: false, expr, pattern, .. } => {
            let open = |text: &str| text.contains(['%', '_', '\\']);
            if literal_text(pattern).is_some_and(|text| !open(text)) {
                let more = found.of_side(expr);
                found.add("like-without-wildcard", expression, more);
            }
        }
        Expr::Between { expr, negated: false, high, .. } if ends_a_day(high) => {
            let more = found.of_side(expr);
            found.add("end-of-day", expression, more);
        }
        Expr::Function(call) if call.over.is_none() && name_of(call) == "count" => {
            let plain = !call.args.to_string().to_ascii_uppercase().starts_with("(DISTINCT");
            if let ([only], true) = (arguments(call).as_slice(), plain)
                && let Some(column) = column(only)
            {
                let more = found.of_column(&column);
                found.add("count-of-column", expression, more);
            }
        }
        _ => {}
    }
}

fn binary(found: &mut Collector<'_>, whole: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) {
    if is_comparison(op) && (is_null(left) || is_null(right)) {
        let other = if *op == BinaryOperator::NotEq { "IS NOT NULL" } else { "IS NULL" };
        found.add(
            "null-compared",
            whole,
            Construct { other: other.into(), ..Construct::default() },
        );
    }
    if is_counted(left, op, right) || is_counted(right, &turned(op), left) {
        found.add("count-as-exists", whole, Construct::default());
    }
    if *op == BinaryOperator::Minus && is_date_parts(left, right) {
        found.add("date-unquoted", whole, Construct::default());
    }
    if *op == BinaryOperator::LtEq && ends_a_day(right) {
        let more = found.of_side(left);
        found.add("end-of-day", whole, more);
    }
    if let (Some(one), Some(other)) = (column(left), column(right))
        && is_comparison(op)
        && one.qualifier == other.qualifier
        && same_name(&one.name, &other.name)
    {
        let more = found.of_column(&one);
        found.add("compared-with-itself", whole, more);
    }
    ordered_tuple(found, whole, left, op, right);
}

/// `(a, b) > (1, 2)`: no index is searched by it.
fn ordered_tuple(
    found: &mut Collector<'_>,
    whole: &Expr,
    left: &Expr,
    op: &BinaryOperator,
    right: &Expr,
) {
    use BinaryOperator::{Gt, GtEq, Lt, LtEq};
    let (Expr::Tuple(sides), Expr::Tuple(values)) = (left, right) else { return };
    let columns: Option<Vec<ColumnRef>> = sides.iter().map(column).collect();
    let Some(columns) = columns.filter(|columns| columns.len() > 1) else { return };
    if matches!(op, Gt | GtEq | Lt | LtEq) && values.iter().all(is_fixed) {
        let of_first = found.of_column(&columns[0]);
        let names: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let more = Construct { count: names.len(), columns: names, ..of_first };
        found.add("row-compared", whole, more);
    }
}

/// What chooses rows of tables.
pub fn note_condition(found: &mut Collector<'_>, condition: &Expr) {
    let mut seen: Vec<Expr> = Vec::new();
    inside(condition, &mut |part| {
        if matches!(part, Expr::BinaryOp { op, .. } if is_comparison(op)) {
            seen.push(part.clone());
        }
    });
    for whole in &seen {
        let Expr::BinaryOp { left, right, .. } = whole else { continue };
        calculated(found, whole, left, right);
        calculated(found, whole, right, left);
    }
}

/// `side` holds the column, `other` is fixed.
fn calculated(found: &mut Collector<'_>, whole: &Expr, side: &Expr, other: &Expr) {
    if !is_fixed(other) || is_null(other) {
        return;
    }
    let kind = match bare(side) {
        Expr::BinaryOp { left, op, right } if is_reckoning(left, op, right) => {
            "arithmetic-on-column"
        }
        Expr::Function(call) => {
            let first = arguments(call).first().is_some_and(|first| column(first).is_some());
            match name_of(call).as_str() {
                "coalesce" | "ifnull" if first => "coalesce-on-column",
                "date_format" if first => "date-as-text",
                _ => return,
            }
        }
        _ => return,
    };
    if let [only] = predicate::columns(side).as_slice() {
        let more = found.of_column(only);
        found.add(kind, whole, more);
    }
}

/// A column and a fixed value added, subtracted, multiplied or divided.
fn is_reckoning(left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
    use BinaryOperator::{Divide, Minus, Multiply, Plus};
    let is_column = |side| column(side).is_some();
    matches!(op, Plus | Minus | Multiply | Divide)
        && ((is_column(left) && is_fixed(right)) || (is_fixed(left) && is_column(right)))
}

/// What the outermost query returns.
pub fn note_output(found: &mut Collector<'_>, select: &Select) {
    let mut calls: Vec<Expr> = Vec::new();
    for item in &select.projection {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            inside(expr, &mut |part| {
                if matches!(part, Expr::Function(call) if name_of(call) == "concat") {
                    calls.push(part.clone());
                }
            });
        }
    }
    for call in &calls {
        let Expr::Function(function) = call else { continue };
        let columns: Vec<ColumnRef> = arguments(function).into_iter().filter_map(column).collect();
        for column in columns {
            let more = found.of_column(&column);
            found.add("text-with-null", call, more);
        }
    }
}

fn turned(op: &BinaryOperator) -> BinaryOperator {
    match op {
        BinaryOperator::Lt => BinaryOperator::Gt,
        BinaryOperator::Gt => BinaryOperator::Lt,
        BinaryOperator::LtEq => BinaryOperator::GtEq,
        BinaryOperator::GtEq => BinaryOperator::LtEq,
        same => same.clone(),
    }
}

/// `(SELECT COUNT(*) …) > 0`, and what else only asks whether there is a row.
fn is_counted(query: &Expr, op: &BinaryOperator, bound: &Expr) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, NotEq};
    let asks = match integer(bound) {
        Some(0) => matches!(op, Gt | Eq | NotEq),
        Some(1) => matches!(op, GtEq | Lt),
        _ => false,
    };
    let Expr::Subquery(query) = bare(query) else { return false };
    asks && counts_all(query)
}

fn counts_all(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else { return false };
    let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
        select.projection.as_slice()
    else {
        return false;
    };
    let ungrouped = super::clauses::groups(select).is_empty()
        && select.having.is_none()
        && query.limit_clause.is_none();
    ungrouped && matches!(bare(expr), Expr::Function(call) if name_of(call) == "count")
}

/// `2025-03-14`: the year less the month, less the day.
fn is_date_parts(left: &Expr, right: &Expr) -> bool {
    let Expr::BinaryOp { left: year, op: BinaryOperator::Minus, right: month } = left else {
        return false;
    };
    integer(year).is_some_and(|year| (1900..=2100).contains(&year))
        && integer(month).is_some_and(|month| (1..=12).contains(&month))
        && integer(right).is_some_and(|day| (1..=31).contains(&day))
}

fn ends_a_day(bound: &Expr) -> bool {
    let Some(text) = literal_text(bound) else { return false };
    let Some((_, time)) = text.trim().split_once([' ', 'T']) else { return false };
    let end = time.strip_prefix("23:59").map(|rest| rest.trim_start_matches(":59"));
    end.is_some_and(|rest| {
        rest.is_empty() || rest.trim_start_matches('.').chars().all(|c| c == '9')
    })
}

fn members(found: &mut Collector<'_>, whole: &Expr, left: &Expr, list: &[Expr], negated: bool) {
    let other = if negated { "NOT IN" } else { "IN" };
    if list.iter().any(is_null) {
        let more = found.of_side(left);
        found.add("null-in-list", whole, Construct { other: other.into(), ..more });
    }
    let stray = list.iter().find_map(column);
    if let Some(stray) = stray
        && column(left).is_some()
        && list.iter().any(|item| constant(item).is_some())
    {
        let more = found.of_column(&stray);
        found.add("column-in-list", whole, more);
    }
}

/// `a = 1 OR TRUE`.
fn either(found: &mut Collector<'_>, whole: &Expr, left: &Expr) {
    // Below the top of a chain the left side is a chain again, and was looked at with it.
    let all = arms(whole);
    let nested = matches!(bare(left), Expr::BinaryOp { op: BinaryOperator::Or, .. });
    let own = if nested { &all[all.len() - 1..] } else { all.as_slice() };
    if own.iter().any(|arm| truth(arm) == Some(true)) {
        found.add("always-true", whole, Construct::default());
    }
}

/// What a condition of nothing but constants comes to.
pub fn truth(condition: &Expr) -> Option<bool> {
    use sqlparser::ast::Value;
    match bare(condition) {
        Expr::BinaryOp { left, op, right } => {
            let (one, other) = (constant(left)?, constant(right)?);
            let texts = literal_text(left).is_some() == literal_text(right).is_some();
            match op {
                BinaryOperator::Eq if texts => Some(one == other),
                BinaryOperator::NotEq if texts => Some(one != other),
                _ => None,
            }
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => truth(expr).map(|truth| !truth),
        other => match literal(other)? {
            Value::Boolean(truth) => Some(*truth),
            Value::Number(digits, _) => digits.to_string().parse::<f64>().ok().map(|n| n != 0.0),
            _ => None,
        },
    }
}

/// Conjuncts after grouping that could stand before it: of grouped columns alone.
pub fn before_grouping<'e>(having: &'e Expr, groups: &[&Expr]) -> Vec<&'e Expr> {
    let grouped: Vec<ColumnRef> = groups.iter().filter_map(|group| column(group)).collect();
    let known = |wanted: &ColumnRef| {
        grouped.iter().any(|group| {
            same_name(&group.name, &wanted.name)
                && (group.qualifier == wanted.qualifier
                    || group.qualifier.is_none()
                    || wanted.qualifier.is_none())
        })
    };
    let moves = |part: &&Expr| {
        let columns = predicate::columns(part);
        let mut queries = false;
        inside(part, &mut |e| {
            queries |=
                matches!(e, Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. });
        });
        !aggregates(part) && !queries && !columns.is_empty() && columns.iter().all(known)
    };
    conjuncts(having).into_iter().filter(moves).collect()
}

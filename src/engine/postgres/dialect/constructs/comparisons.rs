//! Comparisons and the like, wherever they stand.

use pg_query::protobuf::{AExprKind, BoolExprType, SubLinkType};
use serde_json::Value;

use super::collect::{Around, Clause, Collector};
use super::scope::Scope;
use super::tree::{
    alike, column, columns, constant, integer, is_fixed, is_null, is_there, last_name, list,
    literal_text, node, number, of_kind, operator, part,
};
use crate::sql::Construct;

const COMPARISONS: [&str; 7] = ["=", "<>", "!=", "<", "<=", ">", ">="];

pub fn note(found: &mut Collector<'_>, kind: &str, content: &Value, around: &Around) {
    match kind {
        "AExpr" => expression(found, content, around),
        "BoolExpr" => boolean(found, content),
        "FuncCall" => count(found, content),
        _ => {}
    }
}

fn expression(found: &mut Collector<'_>, expression: &Value, around: &Around) {
    let (Some(left), Some(right)) = (part(expression, "lexpr"), part(expression, "rexpr")) else {
        return;
    };
    let of = |kind: AExprKind| number(expression, "kind") == kind as i32;
    let op = operator(expression);
    if of(AExprKind::AexprOp) {
        anywhere(found, expression, op, left, right);
        if around.clause == Clause::Condition && COMPARISONS.contains(&op) {
            condition(found, expression, left, right);
            condition(found, expression, right, left);
        }
        if around.clause == Clause::Output && op == "||" {
            for (qualifier, name) in [left, right].into_iter().filter_map(uncast) {
                let more = found.of_column(qualifier, name);
                found.add("text-with-null", expression, more);
            }
        }
    }
    if of(AExprKind::AexprIn) {
        members(found, expression, left, right, op);
    }
    let open = |text: &str| text.contains(['%', '_', '\\']);
    if of(AExprKind::AexprLike) && op == "~~" && literal_text(right).is_some_and(|t| !open(t)) {
        let more = column(left).map(|(q, name)| found.of_column(q, name)).unwrap_or_default();
        found.add("like-without-wildcard", expression, more);
    }
    if of(AExprKind::AexprBetween) {
        let upper = of_kind(right, "List").and_then(|l| list(l, "items").get(1));
        if upper.is_some_and(ends_a_day) {
            let more = column(left).map(|(q, name)| found.of_column(q, name)).unwrap_or_default();
            found.add("end-of-day", expression, more);
        }
    }
}

/// What is remarkable in whatever clause.
fn anywhere(found: &mut Collector<'_>, whole: &Value, op: &str, left: &Value, right: &Value) {
    if COMPARISONS.contains(&op) && (is_null(left) || is_null(right)) {
        let other = if matches!(op, "<>" | "!=") { "IS NOT NULL" } else { "IS NULL" };
        found.add(
            "null-compared",
            whole,
            Construct { other: other.into(), ..Construct::default() },
        );
    }
    if is_counted(left, op, right) || is_counted(right, flipped(op), left) {
        found.add("count-as-exists", whole, Construct::default());
    }
    if op == "-" && is_date_parts(left, right) {
        found.add("date-unquoted", whole, Construct::default());
    }
    if op == "<=" && ends_a_day(right) {
        let more = column(left).map(|(q, name)| found.of_column(q, name)).unwrap_or_default();
        found.add("end-of-day", whole, more);
    }
    if let (Some(one), Some(other)) = (column(left), column(right))
        && one == other
        && COMPARISONS.contains(&op)
    {
        let more = found.of_column(one.0, one.1);
        found.add("compared-with-itself", whole, more);
    }
}

/// `side` holds the column, `other` is fixed.
fn condition(found: &mut Collector<'_>, whole: &Value, side: &Value, other: &Value) {
    if !is_fixed(other) || is_null(other) {
        return;
    }
    let kind = match node(side) {
        Some(("AExpr", inner)) if is_reckoning(inner) => "arithmetic-on-column",
        Some(("CoalesceExpr", inner)) if list(inner, "args").first().is_some_and(is_column) => {
            "coalesce-on-column"
        }
        Some(("FuncCall", call)) if is_date_text(call) => "date-as-text",
        _ => return,
    };
    if let [(qualifier, name)] = columns(side).as_slice() {
        let more = found.of_column(*qualifier, name);
        found.add(kind, whole, more);
    }
}

fn is_column(value: &Value) -> bool {
    column(value).is_some()
}

/// A column and a fixed value added, subtracted or multiplied.
fn is_reckoning(inner: &Value) -> bool {
    let (Some(left), Some(right)) = (part(inner, "lexpr"), part(inner, "rexpr")) else {
        return false;
    };
    let simple = number(inner, "kind") == AExprKind::AexprOp as i32
        && matches!(operator(inner), "+" | "-" | "*" | "/");
    simple && ((is_column(left) && is_fixed(right)) || (is_fixed(left) && is_column(right)))
}

fn is_date_text(call: &Value) -> bool {
    last_name(list(call, "funcname")) == "to_char"
        && list(call, "args").first().is_some_and(is_column)
}

/// A column, also under a cast.
fn uncast(value: &Value) -> Option<(Option<&str>, &str)> {
    match node(value)? {
        ("TypeCast", cast) => uncast(part(cast, "arg")?),
        _ => column(value),
    }
}

fn flipped(op: &str) -> &str {
    match op {
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        same => same,
    }
}

/// `(SELECT count(*) …) > 0`, and what else only asks whether there is a row.
fn is_counted(query: &Value, op: &str, bound: &Value) -> bool {
    let asks = match integer(bound) {
        Some(0) => matches!(op, ">" | "=" | "<>" | "!="),
        Some(1) => matches!(op, ">=" | "<"),
        _ => false,
    };
    let Some(link) = of_kind(query, "SubLink").filter(|_| asks) else { return false };
    let scalar = number(link, "sub_link_type") == SubLinkType::ExprSublink as i32;
    let select = link.pointer("/subselect/node/SelectStmt");
    scalar
        && select.is_some_and(|select| {
            let ungrouped = list(select, "group_clause").is_empty()
                && part(select, "having_clause").is_none()
                && part(select, "limit_count").is_none();
            match list(select, "target_list") {
                [only] => {
                    let call = only.pointer("/node/ResTarget/val/node/FuncCall");
                    ungrouped
                        && call.is_some_and(|call| last_name(list(call, "funcname")) == "count")
                }
                _ => false,
            }
        })
}

/// `2025-03-14`: the year less the month, less the day.
fn is_date_parts(left: &Value, right: &Value) -> bool {
    let Some(inner) = of_kind(left, "AExpr") else { return false };
    let whole = |side: Option<&Value>| side.and_then(integer);
    operator(inner) == "-"
        && whole(part(inner, "lexpr")).is_some_and(|year| (1900..=2100).contains(&year))
        && whole(part(inner, "rexpr")).is_some_and(|month| (1..=12).contains(&month))
        && integer(right).is_some_and(|day| (1..=31).contains(&day))
}

fn ends_a_day(bound: &Value) -> bool {
    let Some(text) = literal_text(bound) else { return false };
    let Some((_, time)) = text.trim().split_once([' ', 'T']) else { return false };
    let end = time.strip_prefix("23:59").map(|rest| rest.trim_start_matches(":59"));
    end.is_some_and(|rest| {
        rest.is_empty() || rest.trim_start_matches('.').chars().all(|c| c == '9')
    })
}

fn members(found: &mut Collector<'_>, whole: &Value, left: &Value, right: &Value, op: &str) {
    let items = of_kind(right, "List").map(|l| list(l, "items")).unwrap_or_default();
    let other = if op == "<>" { "NOT IN" } else { "IN" };
    if items.iter().any(is_null) {
        let more = column(left).map(|(q, name)| found.of_column(q, name)).unwrap_or_default();
        found.add("null-in-list", whole, Construct { other: other.into(), ..more });
    }
    let stray = items.iter().find_map(column);
    if let (Some((qualifier, name)), false) = (stray, found.in_body)
        && is_column(left)
        && items.iter().any(|item| constant(item).is_some())
    {
        let more = found.of_column(qualifier, name);
        found.add("column-in-list", whole, more);
    }
}

fn boolean(found: &mut Collector<'_>, expression: &Value) {
    let arms = list(expression, "args");
    let kind = number(expression, "boolop");
    if kind == BoolExprType::NotExpr as i32 {
        if let Some(link) = arms.first().and_then(|arm| of_kind(arm, "SubLink")) {
            not_in(found, expression, link);
        }
        return;
    }
    if kind != BoolExprType::OrExpr as i32 {
        return;
    }
    if let Some((qualifier, name)) = one_column(arms) {
        let more = Construct { count: arms.len(), ..found.of_column(qualifier, name) };
        found.add("or-of-one-column", expression, more);
    }
    if arms.iter().any(is_true) {
        found.add("always-true", expression, Construct::default());
    }
    if let Some(names) = keyset(arms) {
        let more = Construct { count: names.len(), ..found.of_column(names[0].0, names[0].1) };
        let columns = names.iter().map(|(_, name)| (*name).to_owned()).collect();
        found.add("keyset-by-or", expression, Construct { columns, ..more });
    }
}

/// A comparison of two equal constants, or TRUE.
pub fn is_true(value: &Value) -> bool {
    truth(value) == Some(true)
}

/// What a condition of nothing but constants comes to.
pub fn truth(value: &Value) -> Option<bool> {
    if let Some(constant) = of_kind(value, "AConst") {
        return constant.pointer("/val/Boolval").map(|v| v["boolval"] == true);
    }
    let inner = of_kind(value, "AExpr")?;
    let (left, right) = (part(inner, "lexpr")?, part(inner, "rexpr")?);
    let plain = number(inner, "kind") == AExprKind::AexprOp as i32;
    let literals = [left, right]
        .iter()
        .all(|side| of_kind(side, "AConst").is_some_and(|constant| constant["isnull"] != true));
    if !plain || !literals {
        return None;
    }
    match operator(inner) {
        "=" => Some(alike(left, right)),
        "<>" | "!=" => Some(!alike(left, right)),
        _ => None,
    }
}

fn one_column(arms: &[Value]) -> Option<(Option<&str>, &str)> {
    let first = equal_column(arms.first()?)?;
    arms.iter().all(|arm| equal_column(arm) == Some(first)).then_some(first)
}

/// The column of `column = fixed value`.
fn equal_column(arm: &Value) -> Option<(Option<&str>, &str)> {
    let inner = of_kind(arm, "AExpr")?;
    let equal = number(inner, "kind") == AExprKind::AexprOp as i32 && operator(inner) == "=";
    let fixed = part(inner, "rexpr").is_some_and(is_fixed);
    column(part(inner, "lexpr")?).filter(|_| equal && fixed)
}

/// `a > x OR (a = x AND b > y)`: the columns, where that is what the arms say.
fn keyset(arms: &[Value]) -> Option<Vec<(Option<&str>, &str)>> {
    let [first, second] = arms else { return None };
    let (beyond, other) = match of_kind(first, "AExpr") {
        Some(beyond) => (beyond, second),
        None => (of_kind(second, "AExpr")?, first),
    };
    let within = of_kind(other, "BoolExpr")
        .filter(|inner| number(inner, "boolop") == BoolExprType::AndExpr as i32)?;
    let way = operator(beyond);
    let leading = column(part(beyond, "lexpr")?)?;
    let [tie, rest] = list(within, "args") else { return None };
    let (tie, rest) = (of_kind(tie, "AExpr")?, of_kind(rest, "AExpr")?);
    let tied = operator(tie) == "="
        && column(part(tie, "lexpr")?)? == leading
        && alike(part(tie, "rexpr")?, part(beyond, "rexpr")?);
    let following = column(part(rest, "lexpr")?)?;
    let same_way = matches!(way, "<" | ">") && operator(rest).trim_end_matches('=') == way;
    (tied && same_way && following != leading).then(|| vec![leading, following])
}

fn not_in(found: &mut Collector<'_>, whole: &Value, link: &Value) {
    let is_in = number(link, "sub_link_type") == SubLinkType::AnySublink as i32
        && list(link, "oper_name").is_empty();
    let Some(select) = link.pointer("/subselect/node/SelectStmt").filter(|_| is_in) else { return };
    let [only] = list(select, "target_list") else { return };
    let Some((qualifier, name)) = only.pointer("/node/ResTarget/val").and_then(column) else {
        return;
    };
    let excluded = part(select, "where_clause").is_some_and(|clause| {
        let mut tested = false;
        super::tree::inside(clause, &mut |kind, test| {
            let about = part(test, "arg").and_then(column).map(|(_, name)| name);
            tested |= kind == "NullTest" && about == Some(name);
        });
        tested
    });
    let scope = Scope::of(list(select, "from_clause"), &[]);
    if !excluded {
        let tables = scope.tables_of(qualifier);
        let columns = vec![name.to_owned()];
        found.add("not-in-query", whole, Construct { tables, columns, ..Construct::default() });
    }
}

fn count(found: &mut Collector<'_>, call: &Value) {
    let plain = !is_there(call, "over") && call["agg_distinct"] != true;
    let [only] = list(call, "args") else { return };
    if let (Some((qualifier, name)), true) = (column(only), plain)
        && last_name(list(call, "funcname")) == "count"
    {
        let more = found.of_column(qualifier, name);
        found.add("count-of-column", call, more);
    }
}

//! Expressions, from the inside out.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, LimitClause, Offset, OffsetRows, OrderByExpr,
    OrderByKind, OrderBySort, Query, Select, TableFactor, UnaryOperator, Value, VisitorMut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::dates::unit;
use super::functions::{Fate, fate};

/// Walks a statement and changes it where it stands. Breaks with the reason where something has no counterpart.
#[derive(Default)]
pub struct Rewriter {
    pub notes: Vec<String>,
}

impl Rewriter {
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl VisitorMut for Rewriter {
    type Break = String;

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<String> {
        if let Some(LimitClause::OffsetCommaLimit { offset, limit }) = &query.limit_clause {
            query.limit_clause = Some(LimitClause::LimitOffset {
                limit: Some(limit.clone()),
                offset: Some(Offset { value: offset.clone(), rows: OffsetRows::None }),
                limit_by: Vec::new(),
            });
        }
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(keys) = &mut order.kind
        {
            keys.iter_mut().for_each(null_order);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<String> {
        if let Some(modifiers) = select.select_modifiers.take() {
            if modifiers.sql_calc_found_rows {
                return ControlFlow::Break(
                    "SQL_CALC_FOUND_ROWS has no counterpart: count in a query of its own"
                        .to_owned(),
                );
            }
            self.note("hints to the optimizer are left out");
        }
        if !select.optimizer_hints.is_empty() {
            select.optimizer_hints.clear();
            self.note("hints to the optimizer are left out");
        }
        let dual = |factor: &TableFactor| matches!(factor, TableFactor::Table { name, .. } if name.to_string().eq_ignore_ascii_case("dual"));
        if let [only] = select.from.as_slice()
            && only.joins.is_empty()
            && dual(&only.relation)
        {
            select.from.clear();
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<String> {
        if let TableFactor::Table { index_hints, partitions, .. } = factor {
            if !index_hints.is_empty() {
                index_hints.clear();
                self.note("hints to the optimizer are left out");
            }
            if !partitions.is_empty() {
                return ControlFlow::Break(
                    "PARTITION (…) names partitions: PostgreSQL has tables for them".to_owned(),
                );
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<String> {
        let replaced = match expr {
            Expr::Value(value) => {
                match &value.value {
                    Value::DoubleQuotedString(text) => {
                        value.value = Value::SingleQuotedString(text.clone());
                    }
                    Value::HexStringLiteral(_) => {
                        return ControlFlow::Break(
                            "a hexadecimal literal is a text here and a number or bytea there"
                                .to_owned(),
                        );
                    }
                    _ => {}
                }
                return ControlFlow::Continue(());
            }
            Expr::Function(function) => match self.function(function) {
                Ok(None) => return ControlFlow::Continue(()),
                Ok(Some(text)) => text,
                Err(why) => return ControlFlow::Break(why),
            },
            Expr::BinaryOp { left, op, right } => match self.operator(left, op, right) {
                Ok(None) => return ControlFlow::Continue(()),
                Ok(Some(text)) => text,
                Err(why) => return ControlFlow::Break(why),
            },
            Expr::RLike { negated, expr, pattern, .. } => {
                self.note("regular expressions differ in details between the engines");
                format!("(({expr})::text {} {pattern})", if *negated { "!~*" } else { "~*" })
            }
            Expr::UnaryOp { op: UnaryOperator::BangNot, expr } => format!("(NOT {expr})"),
            Expr::Interval(interval) => {
                let field = interval.leading_field.as_ref().map(DateTimeField::to_string);
                let Some(unit) = field.as_deref().and_then(unit) else {
                    return ControlFlow::Break(format!("{interval} has no counterpart"));
                };
                format!(
                    "(({}) * interval '{}')",
                    interval.value,
                    if unit.starts_with('3') { unit.to_owned() } else { format!("1 {unit}") }
                )
            }
            Expr::MatchAgainst { .. } => {
                return ControlFlow::Break("MATCH … AGAINST needs a tsvector and @@".to_owned());
            }
            Expr::Convert { .. } => {
                return ControlFlow::Break("CONVERT is another function there".to_owned());
            }
            Expr::Cast { data_type, expr, .. } => {
                let upper = data_type.to_string().to_uppercase();
                let kind = match upper.as_str() {
                    "SIGNED" | "SIGNED INTEGER" | "UNSIGNED" | "UNSIGNED INTEGER" => {
                        self.note("CAST to an integer rounds a fraction on both, and fails on a text that is no number there");
                        "bigint".to_owned()
                    }
                    "DATETIME" => "timestamp".to_owned(),
                    upper if upper.starts_with("CHAR") => "text".to_owned(),
                    "BINARY" => {
                        return ControlFlow::Break(
                            "BINARY compares bytes: use COLLATE \"C\"".to_owned(),
                        );
                    }
                    _ => return ControlFlow::Continue(()),
                };
                format!("CAST({expr} AS {kind})")
            }
            Expr::Identifier(name) if name.value.starts_with('@') => {
                return ControlFlow::Break(format!("{} is a variable of the session", name.value));
            }
            _ => return ControlFlow::Continue(()),
        };
        match parsed(&replaced) {
            Ok(parsed) => *expr = parsed,
            Err(why) => return ControlFlow::Break(format!("{replaced} cannot be read: {why}")),
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    /// The expression in its place; `None` where it stays.
    fn function(&mut self, function: &mut Function) -> Result<Option<String>, String> {
        let name = function.name.to_string().trim_matches('`').to_uppercase();
        let FunctionArguments::List(list) = &mut function.args else {
            return match fate(&name, &[]) {
                Fate::Becomes(call) if function.over.is_none() => {
                    call.note.iter().for_each(|note| self.note(*note));
                    Ok(Some(call.text))
                }
                _ => Ok(None),
            };
        };
        if name == "GROUP_CONCAT" {
            return self.group_concat(function).map(Some);
        }
        for clause in &mut list.clauses {
            if let FunctionArgumentClause::OrderBy(keys) = clause {
                keys.iter_mut().for_each(null_order);
            }
        }
        let args: Option<Vec<String>> = list
            .args
            .iter()
            .map(|arg| match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.to_string()),
                _ => None,
            })
            .collect();
        let Some(args) = args else { return Ok(None) };
        if name == "COUNT" && args.len() > 1 {
            return Ok(Some(format!(
                "count(DISTINCT CASE WHEN {} THEN NULL ELSE ({}) END)",
                args.iter().map(|a| format!("({a}) IS NULL")).collect::<Vec<_>>().join(" OR "),
                args.join(", ")
            )));
        }
        if matches!(name.as_str(), "DATE_ADD" | "DATE_SUB" | "ADDDATE" | "SUBDATE")
            && args.len() == 2
        {
            let sign = if name.ends_with("ADD") || name == "ADDDATE" { '+' } else { '-' };
            let amount = match args[1].to_lowercase().contains("interval") {
                true => args[1].clone(),
                false => format!("(({}) * interval '1 day')", args[1]),
            };
            self.note("a date with an interval becomes a timestamp there");
            return Ok(Some(format!("(({})::timestamp {sign} {amount})", args[0])));
        }
        match fate(&name, &args) {
            Fate::Same => Ok(None),
            Fate::None(why) => Err(why),
            Fate::Becomes(call) => {
                call.note.iter().for_each(|note| self.note(*note));
                Ok(Some(call.text))
            }
        }
    }

    fn group_concat(&mut self, function: &Function) -> Result<String, String> {
        let FunctionArguments::List(list) = &function.args else {
            return Err("GROUP_CONCAT without arguments".to_owned());
        };
        let args: Vec<String> = list.args.iter().map(|arg| format!("({arg})::text")).collect();
        let mut separator = "','".to_owned();
        let mut order = String::new();
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::Separator(text) => {
                    separator = match &text.value {
                        Value::DoubleQuotedString(text) | Value::SingleQuotedString(text) => {
                            format!("'{}'", text.replace('\'', "''"))
                        }
                        other => other.to_string(),
                    };
                }
                FunctionArgumentClause::OrderBy(keys) => {
                    let keys: Vec<String> = keys
                        .iter()
                        .map(|key| {
                            let mut key = key.clone();
                            null_order(&mut key);
                            // With DISTINCT only the argument itself may be sorted by.
                            match list.duplicate_treatment.is_some()
                                && format!("({})::text", key.expr) == args[0]
                            {
                                true => {
                                    key.to_string().replacen(&key.expr.to_string(), &args[0], 1)
                                }
                                false => key.to_string(),
                            }
                        })
                        .collect();
                    order = format!(" ORDER BY {}", keys.join(", "));
                }
                other => return Err(format!("GROUP_CONCAT with {other} is not known")),
            }
        }
        if order.is_empty() {
            self.note("GROUP_CONCAT without ORDER BY: the order of its parts is open on both");
        }
        if list.duplicate_treatment.is_some() && !order.is_empty() {
            self.note("with DISTINCT the parts are sorted as texts there: 10 before 9");
        }
        self.note("GROUP_CONCAT cuts at group_concat_max_len, string_agg does not");
        let distinct = if list.duplicate_treatment.is_some() { "DISTINCT " } else { "" };
        Ok(format!("string_agg({distinct}{}, {separator}{order})", args.join(" || ")))
    }

    fn operator(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
    ) -> Result<Option<String>, String> {
        Ok(match op {
            BinaryOperator::Spaceship => Some(format!("({left} IS NOT DISTINCT FROM {right})")),
            BinaryOperator::MyIntegerDivide => {
                Some(format!("trunc(({left})::numeric / nullif({right}, 0))::bigint"))
            }
            // The parser takes it for closer than it is.
            BinaryOperator::Xor if matches!((left, right), (Expr::Nested(_), Expr::Nested(_))) => {
                Some(format!("({left} <> {right})"))
            }
            BinaryOperator::Xor => {
                return Err("XOR becomes <> between two conditions in parentheses".to_owned());
            }
            BinaryOperator::Divide => {
                self.note("division by zero is NULL in the source and an error there; the scale of a quotient differs");
                Some(format!("(({left})::numeric / nullif({right}, 0))"))
            }
            BinaryOperator::Modulo => Some(format!("({left} % nullif({right}, 0))")),
            BinaryOperator::StringConcat => Some(format!("({left} OR {right})")),
            BinaryOperator::PGOverlap => Some(format!("({left} AND {right})")),
            BinaryOperator::Regexp => Some(format!("(({left})::text ~* {right})")),
            BinaryOperator::Assignment => {
                return Err("a variable of the session is assigned".to_owned());
            }
            BinaryOperator::Arrow | BinaryOperator::LongArrow => {
                return Err("a path of JSON is written otherwise".to_owned());
            }
            _ => None,
        })
    }
}

/// NULL is the least value in the source, and the greatest there.
fn null_order(key: &mut OrderByExpr) {
    let descending = matches!(key.options.sort, Some(OrderBySort::Desc));
    key.options.nulls_first.get_or_insert(!descending);
}

fn parsed(text: &str) -> Result<Expr, String> {
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).try_with_sql(text).map_err(|error| error.to_string())?;
    parser.parse_expr().map_err(|error| error.to_string())
}

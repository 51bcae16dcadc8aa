//! What a column is compared with.

use pg_query::protobuf::a_const::Val;
use pg_query::protobuf::{AConst, ColumnRef as ColumnNode, TypeName};
use pg_query::{Node, NodeEnum};

use super::parse::deparse;
use crate::sql::{ColumnRef, Operand};

/// Names that stand for parts of a plan, put in place of what the grammar does not know.
pub const PLAN_REFERENCES: [&str; 4] = ["SubPlan ", "InitPlan ", "hashed SubPlan ", "$0"];

pub fn operand(node: &Node) -> Operand {
    let Some(inner) = &node.node else { return Operand::None };
    match inner {
        NodeEnum::AConst(constant) => match value(constant) {
            Some(text) => Operand::Constant(text),
            None => expression(node),
        },
        NodeEnum::ParamRef(parameter) if parameter.number > 0 => {
            Operand::Parameter(parameter.number as usize)
        }
        NodeEnum::TypeCast(cast) => cast_operand(node, cast.arg.as_deref()),
        NodeEnum::List(list) => listed(node, &list.items),
        NodeEnum::AArrayExpr(array) => listed(node, &array.elements),
        NodeEnum::ColumnRef(_) => column(node).map_or_else(|| expression(node), Operand::Column),
        _ => expression(node),
    }
}

fn expression(node: &Node) -> Operand {
    Operand::Expression(text(node))
}

/// Its text; empty when even the deparser gives up.
pub fn text(node: &Node) -> String {
    let text = deparse(node).unwrap_or_default();
    PLAN_REFERENCES.iter().fold(text, |text, name| unquoted(&text, name))
}

/// Takes the quotes off the names we put in place of plan parts.
fn unquoted(text: &str, name: &str) -> String {
    let quoted = format!("\"{name}");
    let mut parts = text.split(&quoted);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}{name}{}", part.replacen('"', "", 1)))
}

/// A cast around a literal or a parameter belongs to its notation.
fn cast_operand(node: &Node, argument: Option<&Node>) -> Operand {
    match argument.map(operand) {
        Some(Operand::Constant(text)) => Operand::Constant(text),
        Some(Operand::Parameter(number)) => Operand::Parameter(number),
        Some(Operand::List(items)) => Operand::List(items),
        Some(Operand::Column(column)) => Operand::Column(column),
        _ => expression(node),
    }
}

fn listed(node: &Node, items: &[Node]) -> Operand {
    let constants = items.iter().map(|item| match operand(item) {
        Operand::Constant(text) => Some(text),
        _ => None,
    });
    constants.collect::<Option<Vec<_>>>().map_or_else(|| expression(node), Operand::List)
}

/// The array side of `= ANY (…)`: a literal is taken apart.
pub fn array_operand(node: &Node) -> Operand {
    match operand(node) {
        Operand::Constant(literal) => {
            array_literal(&literal).map_or(Operand::Constant(literal), Operand::List)
        }
        other => other,
    }
}

fn value(constant: &AConst) -> Option<String> {
    match constant.val.as_ref()? {
        Val::Ival(number) => Some(number.ival.to_string()),
        Val::Fval(number) => Some(number.fval.clone()),
        Val::Boolval(truth) => Some(truth.boolval.to_string()),
        Val::Sval(text) => Some(text.sval.clone()),
        Val::Bsval(bits) => Some(bits.bsval.clone()),
    }
}

/// Elements of a one-dimensional array literal, `{1,"a b",NULL}`.
pub fn array_literal(literal: &str) -> Option<Vec<String>> {
    let inner = literal.trim().strip_prefix('{')?.strip_suffix('}')?;
    if inner.trim().is_empty() {
        return Some(Vec::new());
    }
    let mut items = vec![String::new()];
    let (mut quoted, mut characters) = (false, inner.chars());
    while let Some(character) = characters.next() {
        let current = items.last_mut()?;
        match character {
            '\\' => current.extend(characters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(String::new()),
            '{' if !quoted => return None,
            other => current.push(other),
        }
    }
    (!quoted).then_some(items)
}

/// A plain column reference; not a whole row, and not a reference to a part of the plan.
pub fn column(node: &Node) -> Option<ColumnRef> {
    match node.node.as_ref()? {
        NodeEnum::ColumnRef(reference) => named(reference),
        _ => None,
    }
}

fn named(reference: &ColumnNode) -> Option<ColumnRef> {
    let names = reference.fields.iter().map(|field| match field.node.as_ref()? {
        NodeEnum::String(name) => Some(name.sval.clone()),
        _ => None,
    });
    let mut names = names.collect::<Option<Vec<_>>>()?;
    let name = names.pop()?;
    let is_plan_part = PLAN_REFERENCES.iter().any(|part| name.starts_with(part));
    (!is_plan_part).then(|| ColumnRef { qualifier: names.pop(), name })
}

/// The name of a plain column reference, without its qualifier.
pub fn column_name(node: &Node) -> Option<String> {
    column(node).map(|column| column.name)
}

/// The type that a cast is to.
pub fn cast_target(cast: &pg_query::protobuf::TypeCast) -> Option<String> {
    cast.type_name.as_ref().map(type_name)
}

/// A type as the server prints it, without its schema: `text`, `date`, `integer[]`.
pub fn type_name(name: &TypeName) -> String {
    let last = name.names.last().and_then(|n| match n.node.as_ref()? {
        NodeEnum::String(text) => Some(text.sval.as_str()),
        _ => None,
    });
    let plain = match last.unwrap_or_default() {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        "varchar" => "character varying",
        "bpchar" => "character",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    format!("{plain}{}", "[]".repeat(name.array_bounds.len()))
}

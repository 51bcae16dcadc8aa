//! A value between two columns: `$1 BETWEEN first AND last`. An ordered index on either finds, on average, half of
//! the rows; both together no less, since the second is only checked.

use crate::engine::Table;
use crate::sql::{Operand, Predicate, PredicateKind};

#[derive(Debug, Clone, PartialEq)]
pub struct Between {
    /// Column that the value is not below.
    pub first: String,
    /// Column that it is not above.
    pub last: String,
    /// The value, as a statement has it.
    pub value: String,
}

impl Between {
    /// Of the conjuncts of one condition, settled. `None` where another conjunct pins the rows down already.
    pub fn of(conjuncts: &[Predicate]) -> Option<Self> {
        if conjuncts.iter().any(|p| p.kind == PredicateKind::Equality) {
            return None;
        }
        let starts = || conjuncts.iter().filter(|p| is_bound(p, &["<", "<="]));
        let ends = || conjuncts.iter().filter(|p| is_bound(p, &[">", ">="]));
        starts().find_map(|start| {
            let end =
                ends().find(|end| end.operand == start.operand && name(end) != name(start))?;
            Some(Between { first: name(start)?, last: name(end)?, value: value(start)? })
        })
    }

    /// Whether `predicate` is one of the two bounds.
    pub fn has(&self, predicate: &Predicate) -> bool {
        let name = name(predicate);
        predicate.kind == PredicateKind::Range
            && (name.as_ref() == Some(&self.first) || name.as_ref() == Some(&self.last))
    }

    /// The function that makes one range of the two columns, where their type has ranges.
    pub fn range_function(&self, table: &Table) -> Option<&'static str> {
        let data_type = |name: &str| table.column(name).map(|column| column.data_type.as_str());
        let (first, last) = (data_type(&self.first)?, data_type(&self.last)?);
        let bare = |text: &str| text.split('(').next().unwrap_or(text).trim().to_owned();
        if first != last {
            return None;
        }
        match (bare(first).as_str(), first.ends_with("with time zone")) {
            ("integer", _) => Some("int4range"),
            ("bigint", _) => Some("int8range"),
            ("numeric", _) => Some("numrange"),
            ("date", _) => Some("daterange"),
            (name, true) if name.starts_with("timestamp") => Some("tstzrange"),
            (name, false) if name.starts_with("timestamp") => Some("tsrange"),
            _ => None,
        }
    }
}

/// The moment of asking is left out: of spans of time most are over, and an index on their ends finds the rest.
fn is_bound(predicate: &Predicate, operators: &[&str]) -> bool {
    predicate.kind == PredicateKind::Range
        && predicate.expression.is_none()
        && operators.contains(&predicate.op.as_str())
        && matches!(predicate.operand, Operand::Constant(_) | Operand::Parameter(_))
}

fn name(predicate: &Predicate) -> Option<String> {
    predicate.column.as_ref().map(|column| column.name.clone())
}

fn value(predicate: &Predicate) -> Option<String> {
    match &predicate.operand {
        Operand::Parameter(number) => Some(format!("${number}")),
        Operand::Constant(text) => Some(text.clone()),
        _ => None,
    }
}

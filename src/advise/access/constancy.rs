//! Which conditions are the same in every execution of the workload.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{QueryRun, Run};
use crate::sql::{Operand, Predicate, PredicateKind};

/// Constants seen per statement form and column. Literals that differ between statements of one
/// form are parameters in disguise.
#[derive(Debug, Default)]
pub struct Constancy {
    forms: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Constancy {
    pub fn of(run: &Run) -> Self {
        let mut forms: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for shape in run.queries.iter().filter_map(|query| query.shape.as_ref()) {
            for predicate in &shape.predicates {
                if let Some(column) = &predicate.column {
                    let key = (shape.fingerprint.clone(), column.name.clone());
                    forms.entry(key).or_default().insert(form_of(predicate));
                }
            }
        }
        Constancy { forms }
    }

    /// Whether `predicate`, as a plan of `query` prints it, holds a constant of the statement itself.
    pub fn is_fixed(&self, query: &QueryRun, predicate: &Predicate) -> bool {
        let self_contained =
            matches!(predicate.kind, PredicateKind::NullTest | PredicateKind::Boolean);
        if !self_contained && !matches!(predicate.operand, Operand::Constant(_) | Operand::List(_))
        {
            return false;
        }
        let (Some(shape), Some(column)) = (&query.shape, &predicate.column) else {
            return query.params.is_empty();
        };
        match self.forms.get(&(shape.fingerprint.clone(), column.name.clone())) {
            // Not in the text: it came out of a view, or the text could not be taken apart.
            None => query.params.is_empty() && self.is_unvaried(&shape.fingerprint),
            Some(seen) => self_contained || (seen.len() == 1 && !seen.contains(PARAMETER)),
        }
    }

    /// Every statement of this form has the same constants.
    fn is_unvaried(&self, fingerprint: &str) -> bool {
        self.forms
            .iter()
            .filter(|((form, _), _)| form == fingerprint)
            .all(|(_, seen)| seen.len() == 1)
    }
}

const PARAMETER: &str = "$";

fn form_of(predicate: &Predicate) -> String {
    match &predicate.operand {
        Operand::Parameter(_) | Operand::Expression(_) => PARAMETER.to_owned(),
        Operand::Constant(value) => format!("{} {value}", predicate.op),
        Operand::List(values) => format!("{} {}", predicate.op, values.join("\u{1f}")),
        Operand::Column(_) | Operand::None => predicate.op.clone(),
    }
}

//! Which conditions are the same in every execution of the workload.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{QueryRun, Run};
use crate::sql::{Dialect, LexemeKind, Operand, Predicate, PredicateKind, Scanner};

/// Constants seen per statement form and column. Literals that differ between statements of one
/// form are parameters in disguise.
#[derive(Debug, Default)]
pub struct Constancy {
    forms: BTreeMap<(String, String), BTreeSet<String>>,
    /// Values that they compare with by equality, where all of them are literals.
    values: BTreeMap<(String, String), Option<BTreeSet<String>>>,
    /// Literals that every statement of one form holds.
    literals: BTreeMap<String, BTreeSet<String>>,
}

impl Constancy {
    pub fn of(run: &Run, dialect: &dyn Dialect) -> Self {
        let mut forms: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        let mut values: BTreeMap<_, Option<BTreeSet<String>>> = BTreeMap::new();
        let mut shared: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for query in &run.queries {
            let Some(shape) = &query.shape else { continue };
            let own = literals(&query.sql, dialect);
            shared
                .entry(shape.fingerprint.clone())
                .and_modify(|known| known.retain(|literal| own.contains(literal)))
                .or_insert(own);
            for predicate in &shape.predicates {
                if let Some(column) = &predicate.column {
                    let key = (shape.fingerprint.clone(), column.name.clone());
                    let known = values.entry(key.clone()).or_insert_with(|| Some(BTreeSet::new()));
                    *known = known.take().zip(equated(predicate)).map(|(mut known, new)| {
                        known.extend(new);
                        known
                    });
                    forms.entry(key).or_default().insert(form_of(predicate));
                }
            }
        }
        Constancy { forms, values, literals: shared }
    }

    /// Every value that statements of this form compare the column with by equality; `None` where one is a parameter.
    pub fn values(&self, query: &QueryRun, column: &str) -> Option<BTreeSet<String>> {
        let fingerprint = query.shape.as_ref()?.fingerprint.clone();
        self.values.get(&(fingerprint, column.to_owned()))?.clone()
    }

    /// Whether no literal of `text`, cut out of a plan of `query`, is bound to a parameter or differs in another
    /// statement of the same form. What does not stand in the statement came out of a view.
    pub fn is_written(&self, query: &QueryRun, text: &str, dialect: &dyn Dialect) -> bool {
        let fingerprint = query.shape.as_ref().map(|shape| &shape.fingerprint);
        let shared = fingerprint.and_then(|fingerprint| self.literals.get(fingerprint));
        let Some(shared) = shared else { return query.params.is_empty() };
        let own = literals(&query.sql, dialect);
        let bound =
            |literal: &String| query.params.iter().flatten().flatten().any(|v| v == literal);
        let from_view = |literal: &String| query.params.is_empty() && !own.contains(literal);
        let fixed = |literal: &String| shared.contains(literal) && !bound(literal);
        literals(text, dialect).iter().all(|literal| fixed(literal) || from_view(literal))
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

fn equated(predicate: &Predicate) -> Option<Vec<String>> {
    match (predicate.kind, &predicate.operand) {
        (PredicateKind::Equality, Operand::Constant(value)) => Some(vec![value.clone()]),
        (PredicateKind::Equality, Operand::List(values)) => Some(values.clone()),
        _ => None,
    }
}

fn form_of(predicate: &Predicate) -> String {
    match &predicate.operand {
        Operand::Parameter(_) | Operand::Expression(_) => PARAMETER.to_owned(),
        Operand::Constant(value) => format!("{} {value}", predicate.op),
        Operand::List(values) => format!("{} {}", predicate.op, values.join("\u{1f}")),
        Operand::Column(_) | Operand::None => predicate.op.clone(),
    }
}

/// Strings and numbers of `sql`, unquoted; those of a list in one string (`'{a,b}'`) count one by one.
fn literals(sql: &str, dialect: &dyn Dialect) -> BTreeSet<String> {
    let lexemes = Scanner::new(sql, dialect.lexis()).filter_map(Result::ok);
    let mut found = BTreeSet::new();
    for lexeme in lexemes {
        let text = lexeme.text(sql);
        match lexeme.kind {
            LexemeKind::Number => _ = found.insert(text.to_owned()),
            LexemeKind::Text => found.extend(pieces(text)),
            _ => {}
        }
    }
    found
}

fn pieces(quoted: &str) -> Vec<String> {
    let start = quoted.find('\'').map_or(0, |at| at + 1);
    let bare = quoted.get(start..).unwrap_or(quoted).trim_end_matches('\'').replace("''", "'");
    let bare = bare.strip_prefix('-').unwrap_or(&bare);
    match bare.strip_prefix('{').and_then(|list| list.strip_suffix('}')) {
        Some(list) => list.split(',').map(|item| item.trim_matches('"').to_owned()).collect(),
        None => vec![bare.to_owned()],
    }
}

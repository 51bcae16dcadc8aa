//! What the filter of a node asks for, held against the table's indexes.

use crate::engine::{Engine, Index, Table};
use crate::plan::Node;
use crate::sql::{Operand, Predicate, PredicateKind};

/// A node's conditions, taken apart.
#[derive(Debug, Clone, Default)]
pub struct FilterTraits {
    /// Conjuncts of the filter: what is checked after a row was fetched.
    pub filter: Vec<Predicate>,
    /// Conjuncts that the index itself answered.
    pub index: Vec<Predicate>,
}

impl FilterTraits {
    pub fn of(node: &Node, table: Option<&Table>, engine: &dyn Engine) -> Self {
        let split = |condition: &Option<String>| {
            let parsed = condition.as_deref().map(|text| engine.dialect().predicates(text));
            let settled = parsed.unwrap_or_default().into_iter();
            settled.map(|p| without_free_cast(p, table, engine)).collect::<Vec<_>>()
        };
        let mut index = split(&node.index_cond);
        if index.is_empty() {
            index = split(&node.recheck_cond);
        }
        FilterTraits { filter: split(&node.filter), index }
    }

    /// Columns an index could be searched by, in the order of an index: equality before range.
    pub fn indexable_columns(&self) -> Vec<String> {
        let wanted = |kinds: &[PredicateKind]| {
            let fits = self.index.iter().chain(&self.filter).filter(|p| kinds.contains(&p.kind));
            let names: Vec<String> = fits.filter(|p| is_indexable(p)).filter_map(name).collect();
            names
        };
        use PredicateKind::{Boolean, Equality, NullTest, Range};
        unique(wanted(&[Equality, NullTest, Boolean]).into_iter().chain(wanted(&[Range])))
    }

    /// Bare columns of the filter that are compared for equality.
    pub fn equality_columns(&self) -> Vec<String> {
        let equal = self.filter.iter().chain(&self.index);
        let bare = equal.filter(|p| p.kind == PredicateKind::Equality && is_bare(p));
        unique(bare.filter_map(name))
    }

    /// Every column the filter or the index condition names.
    pub fn columns(&self) -> Vec<String> {
        unique(self.index.iter().chain(&self.filter).filter_map(name))
    }

    /// The filter has a conjunct that an ordinary index could answer.
    pub fn is_indexable(&self) -> bool {
        self.filter.iter().any(is_indexable)
    }

    pub fn first(&self, kind: PredicateKind) -> Option<&Predicate> {
        self.filter.iter().find(|p| p.kind == kind)
    }

    /// A comparison with a function of a column, such as `lower(email) = …`.
    pub fn wrapped(&self) -> Option<&Predicate> {
        self.filter.iter().find(|p| {
            is_comparison(p) && p.cast.is_none() && p.expression.as_deref().is_some_and(is_call)
        })
    }

    /// A comparison of a column that the server converts to another type first.
    pub fn converted(&self) -> Option<&Predicate> {
        self.filter.iter().find(|p| is_comparison(p) && p.cast.is_some())
    }

    /// A pattern that does not start with fixed text.
    pub fn open_pattern(&self) -> Option<&Predicate> {
        let patterns = self.filter.iter().filter(|p| p.kind == PredicateKind::Pattern);
        let mut open = patterns.filter(|p| pattern(p).is_some_and(|text| text.starts_with('%')));
        open.next()
    }

    /// Values in the longest list of constants a column is compared with.
    pub fn longest_list(&self) -> usize {
        let length = |p: &Predicate| match &p.operand {
            Operand::List(values) => values.len(),
            _ => 0,
        };
        self.filter.iter().map(length).max().unwrap_or(0)
    }
}

/// A cast between types of the same bytes is none; only the catalog knows the column's type.
fn without_free_cast(mut p: Predicate, table: Option<&Table>, engine: &dyn Engine) -> Predicate {
    let column = p.column.as_ref().and_then(|column| table?.column(&column.name));
    let free = match (&p.cast, column) {
        (Some(cast), Some(column)) => engine.dialect().cast_is_free(&column.data_type, cast),
        _ => false,
    };
    if free {
        (p.cast, p.expression) = (None, None);
    }
    p
}

/// The fixed text between wildcards: its length decides whether trigrams can search for it.
pub fn pattern_text(predicate: &Predicate) -> Option<String> {
    pattern(predicate).map(|text| text.trim_matches(|c| c == '%' || c == '_').to_owned())
}

fn pattern(predicate: &Predicate) -> Option<&str> {
    match &predicate.operand {
        Operand::Constant(text) => Some(text),
        _ => None,
    }
}

fn is_comparison(p: &Predicate) -> bool {
    matches!(p.kind, PredicateKind::Equality | PredicateKind::Range)
}

fn is_bare(p: &Predicate) -> bool {
    p.column.is_some() && p.expression.is_none() && p.cast.is_none()
}

fn is_indexable(p: &Predicate) -> bool {
    let kind = matches!(
        p.kind,
        PredicateKind::Equality
            | PredicateKind::Range
            | PredicateKind::NullTest
            | PredicateKind::Boolean
    );
    kind && p.column.is_some()
}

fn name(p: &Predicate) -> Option<String> {
    p.column.as_ref().map(|column| column.name.clone())
}

/// `name(…)`: a call, not an operator expression.
fn is_call(expression: &str) -> bool {
    let head: String = expression
        .trim_start_matches('(')
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '.')
        .collect();
    let rest = expression.trim_start_matches('(').get(head.len()..).unwrap_or_default();
    !head.is_empty() && rest.starts_with('(')
}

fn unique(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// A valid ordered index of `table` that begins with `column`.
pub fn ordered_index_on<'t>(table: &'t Table, column: &str) -> Option<&'t Index> {
    table.indexes.iter().find(|index| {
        index.valid
            && index.predicate.is_none()
            && is_ordered(index)
            && index.keys.first().is_some_and(|key| key.column.as_deref() == Some(column))
    })
}

/// A valid index of `table` that searches inside values of the column, or of one of the columns,
/// that `predicate` is about: documents, words, trigrams.
pub fn content_index_for<'t>(table: &'t Table, predicate: &Predicate) -> Option<&'t Index> {
    let about = |name: &str| match &predicate.column {
        Some(column) => column.name == name,
        None => mentions(&predicate.text, name),
    };
    let columns: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| about(name))
        .collect();
    let searches = |text: &str| columns.iter().any(|column| mentions(text, column));
    let mut content = table.indexes.iter().filter(|index| index.valid && !is_ordered(index));
    content.find(|index| index.keys.iter().any(|key| searches(&key.text)))
}

pub fn is_ordered(index: &Index) -> bool {
    index.method.eq_ignore_ascii_case("btree")
}

/// `text` contains `word` as a whole word.
fn mentions(text: &str, word: &str) -> bool {
    let boundary = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        boundary(text[..at].chars().next_back()) && boundary(text[at + word.len()..].chars().next())
    })
}

/// Share of `table`'s rows that hold the constant `predicate` asks for, where statistics know it.
pub fn common_share(table: &Table, predicate: &Predicate) -> Option<f64> {
    let Operand::Constant(value) = &predicate.operand else { return None };
    let column = table.column(&predicate.column.as_ref()?.name)?;
    let common = column.common_values.iter().find(|(text, _)| text == value);
    common.map(|(_, share)| *share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_operators() {
        assert!(is_call("lower((email)::text)"));
        assert!(is_call("date_trunc('month'::text, created_at)"));
        assert!(!is_call("(data ->> 'k'::text)"));
        assert!(!is_call("email"));
    }

    #[test]
    fn a_column_is_found_in_a_key_as_a_whole_word() {
        assert!(mentions("to_tsvector('english'::regconfig, body)", "body"));
        assert!(!mentions("lower(somebody)", "body"));
        assert!(!mentions("body_2", "body"));
    }
}

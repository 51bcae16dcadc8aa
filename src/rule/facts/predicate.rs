//! What the filter of a node asks for, held against the table's indexes.

use crate::engine::Table;
use crate::plan::Node;
use crate::serving::{Between, Serving, is_within_row};
use crate::sql::{Operand, Predicate, PredicateKind};

use super::hidden::Hidden;

/// A node's conditions, taken apart.
#[derive(Debug, Clone, Default)]
pub struct FilterTraits {
    /// Conjuncts of the filter: what is checked after a row was fetched.
    pub filter: Vec<Predicate>,
    /// Conjuncts that the index itself answered.
    pub index: Vec<Predicate>,
    /// Conditions of the filter that stand inside another, where no index sees them.
    pub hidden: Vec<Hidden>,
    /// Of each conjunct of the filter: an ordered index could be built that serves it.
    keyed: Vec<bool>,
    /// … and: it compares what a function makes of a column and of the value that somebody looks for.
    searching: Vec<bool>,
}

impl FilterTraits {
    pub fn of(node: &Node, table: Option<&Table>, serving: &Serving<'_>) -> Self {
        let split = |condition: &Option<String>| {
            condition.as_deref().map(|text| serving.conjuncts(text, table)).unwrap_or_default()
        };
        let mut index = split(&node.index_cond);
        if index.is_empty() {
            index = split(&node.recheck_cond);
        }
        let filter = split(&node.filter);
        let hidden = filter.iter().filter_map(|p| Hidden::of(p, table, serving)).collect();
        let keyed = filter.iter().map(|p| is_keyable(p, table, serving)).collect();
        let searching = filter.iter().map(|p| is_search(p, serving)).collect();
        FilterTraits { filter, index, hidden, keyed, searching }
    }

    /// What an index could be searched by, in the order of its keys: equality before range. Bare columns, and
    /// expressions that an index can hold.
    pub fn indexable_columns(&self) -> Vec<String> {
        let wanted = |kinds: &[PredicateKind]| {
            let found = self.index.iter().chain(self.keyable());
            let names: Vec<String> =
                found.filter(|p| kinds.contains(&p.kind)).filter_map(key_of).collect();
            names
        };
        use PredicateKind::{Boolean, Equality, NullTest, Range};
        unique(wanted(&[Equality, NullTest, Boolean]).into_iter().chain(wanted(&[Range])))
    }

    fn keyable(&self) -> impl Iterator<Item = &Predicate> {
        self.filter.iter().zip(&self.keyed).filter(|(_, keyed)| **keyed).map(|(p, _)| p)
    }

    /// A value that lies between two columns.
    pub fn between(&self) -> Option<Between> {
        Between::of(&self.conjuncts())
    }

    /// Conjuncts of the index condition and the filter.
    pub fn conjuncts(&self) -> Vec<Predicate> {
        self.index.iter().chain(&self.filter).cloned().collect()
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

    /// Conjuncts of the filter that no ordinary index answers, as written.
    pub fn rest(&self) -> Vec<String> {
        let conjuncts = self.filter.iter().zip(&self.keyed);
        conjuncts.filter(|(_, keyed)| !**keyed).map(|(p, _)| p.text.clone()).collect()
    }

    /// The filter has a conjunct that an ordinary index could answer.
    pub fn is_indexable(&self) -> bool {
        self.keyable().next().is_some()
    }

    /// An ordered index answers a part of it, none of that by equality: which part keeps the few rows cannot be told.
    pub fn is_undecided(&self) -> bool {
        let mut equal = self.keyable().filter(|p| p.kind == PredicateKind::Equality);
        self.is_indexable() && !self.rest().is_empty() && equal.next().is_none()
    }

    pub fn first(&self, kind: PredicateKind) -> Option<&Predicate> {
        self.filter.iter().find(|p| p.kind == kind)
    }

    /// A comparison with a function of a column, such as `lower(email) = …`. Not with one of the column and of the value
    /// asked for: neither the bare column nor an index on the function says the same.
    pub fn wrapped(&self) -> Option<&Predicate> {
        let mut functions = self.filter.iter().zip(&self.searching).filter(|(p, searching)| {
            let called = p.expression.as_deref().is_some_and(is_call);
            !**searching && is_comparison(p) && p.cast.is_none() && called
        });
        functions.next().map(|(p, _)| p)
    }

    /// A comparison of a column that the server converts to another type first.
    pub fn converted(&self) -> Option<&Predicate> {
        self.filter.iter().find(|p| is_comparison(p) && p.cast.is_some())
    }

    /// The comparisons of that column with it bare, where all of them can be written so.
    pub fn converted_rewrite(&self) -> Option<String> {
        let first = self.converted()?;
        let alike = self.filter.iter().filter(|p| is_comparison(p) && p.cast == first.cast);
        let same = alike.filter(|p| p.column == first.column);
        let spans: Option<Vec<String>> = same.map(half_open).collect();
        Some(spans?.join(" AND "))
    }

    /// A pattern that an ordered index cannot search for: it does not start with fixed text, or with letters that
    /// may be of either case.
    pub fn open_pattern(&self) -> Option<&Predicate> {
        let patterns = self.filter.iter().filter(|p| p.kind == PredicateKind::Pattern);
        let starts_open = |p: &Predicate| pattern(p).is_some_and(|text| text.starts_with('%'));
        let mut open = patterns.filter(|p| starts_open(p) || begins_in_either_case(p));
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

/// Its first letter may be of either case.
pub fn begins_in_either_case(p: &Predicate) -> bool {
    let letter = pattern(p).is_some_and(|text| text.starts_with(char::is_alphabetic));
    p.kind == PredicateKind::Pattern && p.op == "~~*" && letter
}

/// The fixed text between wildcards: its length decides whether trigrams can search for it.
pub fn pattern_text(predicate: &Predicate) -> Option<String> {
    pattern(predicate).map(|text| text.trim_matches(|c| c == '%' || c == '_').to_owned())
}

/// The span of the bare column that a comparison of its date stands for.
fn half_open(p: &Predicate) -> Option<String> {
    let (column, cast) = (p.column.as_ref()?, p.cast.as_deref()?);
    if cast != "date" {
        return None;
    }
    let day = match &p.operand {
        Operand::Constant(text) => {
            // Beside a time of day the date is another one in another zone.
            let is_day = text.len() == 10 && text.bytes().filter(|b| *b == b'-').count() == 2;
            is_day.then(|| format!("date '{text}'"))?
        }
        Operand::Parameter(number) => format!("${number}::date"),
        _ => return None,
    };
    let (column, next) = (&column.name, format!("{day} + 1"));
    Some(match p.op.as_str() {
        "=" => format!("{column} >= {day} AND {column} < {next}"),
        ">" => format!("{column} >= {next}"),
        ">=" => format!("{column} >= {day}"),
        "<" => format!("{column} < {day}"),
        "<=" => format!("{column} < {next}"),
        _ => return None,
    })
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

/// An ordered index could have what `p` compares as its key. A conversion is to be taken away, not indexed.
fn is_keyable(p: &Predicate, table: Option<&Table>, serving: &Serving<'_>) -> bool {
    use PredicateKind::{Boolean, Equality, NullTest, Range};
    let kind = matches!(p.kind, Equality | Range | NullTest | Boolean);
    if !kind || p.column.is_none() || p.cast.is_some() || is_within_row(p) {
        return false;
    }
    match (&p.expression, table) {
        (None, None) => true,
        (None, Some(table)) => !serving.ways(table, p).is_empty(),
        (Some(text), _) if serving.dialect.is_condition(text) => false,
        // A key that holds the value asked for would serve that one value.
        (Some(text), _) if serving.dialect.calculates_with_literal(text) => false,
        (Some(_), None) => true,
        (Some(text), Some(table)) => {
            serving.is_immutable(text, table) && !serving.ways(table, p).is_empty()
        }
    }
}

/// The key an index needs for `p`.
fn key_of(p: &Predicate) -> Option<String> {
    let column = name(p)?;
    Some(p.expression.clone().unwrap_or(column))
}

fn name(p: &Predicate) -> Option<String> {
    p.column.as_ref().map(|column| column.name.clone())
}

/// `name(…)`: a call, not an operator expression.
fn is_call(expression: &str) -> bool {
    called(expression).is_some()
}

fn called(expression: &str) -> Option<&str> {
    let inside = expression.trim_start_matches('(');
    let name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let end = inside.find(|c| !name(c)).unwrap_or(inside.len());
    let (head, rest) = inside.split_at(end);
    (!head.is_empty() && rest.starts_with('(')).then_some(head)
}

/// `similarity(name, 'ann')`, `similarity(name, $1)`; not `age(at)`.
fn is_search(p: &Predicate, serving: &Serving<'_>) -> bool {
    let calculates = |text: &str| serving.dialect.calculates_with_literal(text);
    let Some(expression) = p.expression.as_deref() else { return false };
    let given = expression.contains('$') || calculates(expression);
    // Of the function alone: whatever else stands in its arguments.
    given && called(expression).is_some_and(|head| calculates(&format!("{head}(a, 'x')")))
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
}

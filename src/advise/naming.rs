//! Names for new indexes: readable, unique in their schema, short enough for the engine.

use std::collections::BTreeSet;

use crate::engine::{Catalog, IndexDefinition, IndexGrammar, KeySubject};

/// Hands out names; the same definitions in the same order get the same names.
pub struct Naming {
    taken: BTreeSet<(String, String)>,
    longest: usize,
    ordered: &'static str,
}

impl Naming {
    pub fn new(catalog: &Catalog, grammar: &dyn IndexGrammar) -> Self {
        let indexes = catalog.tables.iter().flat_map(|table| {
            table.indexes.iter().map(|index| (table.schema.clone(), index.name.clone()))
        });
        let tables = catalog.tables.iter().map(|t| (t.schema.clone(), t.name.clone()));
        Naming {
            taken: indexes.chain(tables).collect(),
            longest: grammar.longest_name(),
            ordered: grammar.ordered_method(),
        }
    }

    /// The name that `index` gets where nothing else has it.
    pub fn unchecked(index: &IndexDefinition, grammar: &dyn IndexGrammar) -> String {
        Naming::new(&Catalog::default(), grammar).name(index)
    }

    /// `orders_customer_id_placed_at_idx`
    pub fn name(&mut self, index: &IndexDefinition) -> String {
        let stem = self.stem(index);
        for attempt in 1u32.. {
            let suffix = if attempt == 1 { "_idx".to_owned() } else { format!("_idx{attempt}") };
            let name = format!("{}{suffix}", cut(&stem, self.longest - suffix.len()));
            if self.taken.insert((index.schema.clone(), name.clone())) {
                return name;
            }
        }
        unreachable!("an unused number is found before u32 ends")
    }

    fn stem(&self, index: &IndexDefinition) -> String {
        let mut parts = vec![index.table.clone()];
        parts.extend(index.keys.iter().map(|key| match &key.subject {
            KeySubject::Column(name) => name.clone(),
            KeySubject::Expression(text) => words(text),
        }));
        if index.predicate.is_some() {
            parts.push("partial".to_owned());
        }
        if index.method != self.ordered {
            parts.push(index.method.clone());
        }
        plain(&parts.join("_"))
    }
}

/// The words of an expression, without types: `lower((email)::text)` → `lower_email`.
fn words(expression: &str) -> String {
    let words: Vec<&str> = expression
        .split("::")
        .enumerate()
        .map(|(position, part)| {
            let type_end =
                part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
            if position == 0 { part } else { &part[type_end..] }
        })
        .flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

/// Lower-case letters, digits and underscores: nobody should have to quote the name of an index, and one that was created
/// with capitals is not found without quotes. Letters of other alphabets stay.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let name: String = name.to_lowercase().chars().map(kept).collect();
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    match words.join("_") {
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format!("_{name}"),
        name => name,
    }
}

fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_named_by_their_words() {
        assert_eq!(words("lower((email)::text)"), "lower_email");
        assert_eq!(words("(profile ->> 'segment'::text)"), "profile_segment");
    }

    #[test]
    fn names_need_no_quotes() {
        assert_eq!(plain("account_extract_year_FROM_joined"), "account_extract_year_from_joined");
        assert_eq!(plain("OrderItem_orderId"), "orderitem_orderid");
        assert_eq!(plain("2024 sales_due-at"), "_2024_sales_due_at");
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("abc", 10), "abc");
    }
}

//! What the user allows a set of indexes to take.

use std::time::Duration;

use crate::advise::IndexAdvice;
use crate::engine::{IndexDefinition, KeySubject};

/// Which size of an index counts against the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizeModel {
    /// Our own model of the index once it is built; the real size where it was built.
    #[default]
    Modelled,
    /// The size that the server's hypothetical indexes claim.
    Hypothetical,
}

impl SizeModel {
    pub fn name(self) -> &'static str {
        match self {
            SizeModel::Modelled => "modelled",
            SizeModel::Hypothetical => "hypothetical",
        }
    }
}

/// An index named by the user: by its own name, or by its table and leading keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Index(String),
    Keys {
        table: String,
        keys: Vec<String>,
    },
    /// This very index, with all it carries and its condition.
    Same(Box<IndexDefinition>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Bytes of all new indexes together.
    pub budget: Option<u64>,
    pub size_model: SizeModel,
    pub most_indexes: Option<usize>,
    pub most_per_table: Option<usize>,
    /// Share by which writing a row of any one table may become dearer.
    pub write_overhead: Option<f64>,
    /// Share of the workload's cost that each index must save.
    pub least_gain: Option<f64>,
    /// Share by which any query may become dearer.
    pub tolerance: f64,
    pub pinned: Vec<Named>,
    pub forbidden: Vec<Named>,
    /// The search ends when it has taken so long, whatever it has found. Ordinarily it ends before, when
    /// it has asked enough: what it finds must not depend on how busy a machine is.
    pub search_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            budget: None,
            size_model: SizeModel::Modelled,
            most_indexes: None,
            most_per_table: None,
            write_overhead: None,
            least_gain: None,
            tolerance: 0.05,
            pinned: Vec::new(),
            forbidden: Vec::new(),
            search_time: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Whether one set has to be chosen for the whole workload at once. Without any of these every
    /// query gets the index it deserves, and that is all.
    pub fn bind(&self) -> bool {
        self.budget.is_some()
            || self.most_indexes.is_some()
            || self.most_per_table.is_some()
            || self.write_overhead.is_some()
            || self.least_gain.is_some()
    }

    pub fn forbids(&self, index: &IndexDefinition, name: &str) -> bool {
        self.forbidden.iter().any(|named| named.means(index, name))
    }

    /// As [`Limits::forbids`], for an index that is written out already.
    pub fn forbids_named(&self, index: &IndexAdvice) -> bool {
        self.forbidden.iter().any(|named| match named {
            Named::Index(name) => name == &index.name,
            // Asked of the definitions that indexes are chosen from.
            Named::Same(_) => false,
            Named::Keys { table, keys } => {
                (table == &index.table || *table == format!("{}.{}", index.schema, index.table))
                    && index.columns.starts_with(keys)
            }
        })
    }

    pub fn pins(&self, index: &IndexDefinition, name: &str) -> bool {
        self.pinned.iter().any(|named| named.means(index, name))
    }
}

impl Named {
    /// `name`, or `table(column, column)`; `schema.table` is taken for both.
    pub fn parse(text: &str) -> Result<Named, String> {
        let text = text.trim();
        let Some((table, rest)) = text.split_once('(') else {
            return match text.is_empty() {
                true => Err("name an index, or write table(column, column)".to_owned()),
                false => Ok(Named::Index(text.to_owned())),
            };
        };
        let Some(keys) = rest.trim_end().strip_suffix(')') else {
            return Err(format!("{text:?} has no closing parenthesis"));
        };
        let keys = keys.split(',').map(|key| key.trim().to_owned());
        let keys: Vec<String> = keys.filter(|key| !key.is_empty()).collect();
        Ok(Named::Keys { table: table.trim().to_owned(), keys })
    }

    /// `name` is what the index is or would be called. Keys match where the index begins with them.
    pub fn means(&self, index: &IndexDefinition, name: &str) -> bool {
        match self {
            Named::Index(wanted) => wanted == name,
            Named::Same(wanted) => **wanted == *index,
            Named::Keys { table, keys } => {
                let begins = index.keys.len() >= keys.len()
                    && index.keys.iter().zip(keys).all(|(has, wants)| match &has.subject {
                        KeySubject::Column(column) => column == wants,
                        KeySubject::Expression(text) => text == wants,
                    });
                self.names_table(&index.schema, &index.table, table) && begins
            }
        }
    }

    fn names_table(&self, schema: &str, table: &str, wanted: &str) -> bool {
        wanted == table || wanted == format!("{schema}.{table}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(table: &str, keys: &[&str]) -> IndexDefinition {
        IndexDefinition::on("public", table, "btree", keys)
    }

    #[test]
    fn indexes_are_named_by_name_or_by_leading_keys() {
        let means = |text: &str| {
            Named::parse(text).unwrap().means(&index("orders", &["a", "b"]), "orders_a_b_idx")
        };
        for right in ["orders_a_b_idx", "orders(a)", "public.orders( a , b )", "orders()"] {
            assert!(means(right), "{right}");
        }
        for wrong in ["orders", "orders(b)", "orders(a,b,c)", "other(a)", "x.orders(a)"] {
            assert!(!means(wrong), "{wrong}");
        }
        assert!(Named::parse(" ").is_err() && Named::parse("orders(a").is_err());
    }
}

//! The values of parameters: in the server's order, from whatever order or names they were given by.

use crate::engine::Params;
use crate::sql::{Numbered, Slot};
use crate::workload::annotation::ParameterSet;

/// The parameters of one statement.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    pub slots: Vec<Slot>,
    /// For each parameter of the server, the slot whose value it takes.
    order: Vec<usize>,
}

impl Parameters {
    /// `count` parameters in the server's own spelling.
    pub fn native(count: usize) -> Parameters {
        Parameters { slots: vec![Slot::Nth; count], order: (0..count).collect() }
    }

    pub fn of(numbered: &Numbered) -> Parameters {
        Parameters { slots: numbered.slots.clone(), order: numbered.order.clone() }
    }

    /// As they are called in messages.
    pub fn names(&self) -> Vec<String> {
        let name = |(at, slot): (usize, &Slot)| match slot {
            Slot::Named(name) => name.clone(),
            Slot::Nth => (at + 1).to_string(),
        };
        self.slots.iter().enumerate().map(name).collect()
    }

    /// One set in the server's order.
    pub fn values(&self, given: &ParameterSet) -> Result<Params, String> {
        let values = match given {
            ParameterSet::InOrder(values) => self.in_order(values)?,
            ParameterSet::ByName(values) => {
                let names = self.names();
                if let Some(unknown) = values.keys().find(|key| !names.contains(&bare(key))) {
                    return Err(format!(
                        "the statement has no parameter `{unknown}`; it has {}",
                        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                    ));
                }
                let value = |name: &String| {
                    let found = values.iter().find(|(key, _)| bare(key) == *name);
                    found
                        .map(|(_, value)| value.clone())
                        .ok_or_else(|| format!("the parameter `{name}` has no value in this set"))
                };
                names.iter().map(value).collect::<Result<Params, String>>()?
            }
        };
        Ok(self.order.iter().map(|slot| values.get(*slot).cloned().flatten()).collect())
    }

    fn in_order(&self, values: &Params) -> Result<Params, String> {
        let expected = self.slots.len();
        if values.len() == expected {
            return Ok(values.clone());
        }
        let several = if expected == 1 && values.len() > 1 {
            "; several sets of one value each are written [[1], [2]]"
        } else {
            ""
        };
        Err(format!(
            "the statement has {expected} parameters, and this set has {} values{several}",
            values.len()
        ))
    }

    /// Sets of values that a benchmark's script draws, if it does for all of them.
    pub fn drawn(&self, values: impl Fn(&str) -> Option<Vec<String>>) -> Vec<Params> {
        let of_slot = |slot: &Slot| match slot {
            Slot::Named(name) => values(name).filter(|values| !values.is_empty()),
            Slot::Nth => None,
        };
        let all: Option<Vec<Vec<String>>> = self.slots.iter().map(of_slot).collect();
        let Some(all) = all.filter(|all| !all.is_empty()) else { return Vec::new() };
        let most = all.iter().map(Vec::len).max().unwrap_or(0);
        let set = |turn: usize| -> Params {
            self.order
                .iter()
                .map(|slot| Some(all[*slot][turn % all[*slot].len()].clone()))
                .collect()
        };
        (0..most).map(set).collect()
    }
}

/// A name may be given with the mark that the statement has it with.
fn bare(key: &str) -> String {
    key.trim_start_matches([':', '@', '$', '%', '?', '#', '(', '{'])
        .trim_end_matches([')', '}'])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(values: &[&str]) -> Params {
        values.iter().map(|value| Some((*value).to_owned())).collect()
    }

    fn named() -> Parameters {
        let slot = |name: &str| Slot::Named(name.to_owned());
        Parameters { slots: vec![slot("id"), slot("day")], order: vec![0, 1, 0] }
    }

    #[test]
    fn values_by_name_go_where_the_name_stands() {
        let given = |text: &str, value: &str| (text.to_owned(), Some(value.to_owned()));
        let by_name = ParameterSet::ByName([given(":id", "7"), given("day", "x")].into());
        assert_eq!(named().values(&by_name), Ok(set(&["7", "x", "7"])));
        let in_order = ParameterSet::InOrder(set(&["7", "x"]));
        assert_eq!(named().values(&in_order), Ok(set(&["7", "x", "7"])));
        let missing = ParameterSet::ByName([given("id", "7")].into());
        assert!(named().values(&missing).unwrap_err().contains("`day`"));
        let unknown = ParameterSet::ByName([given("idd", "7")].into());
        assert!(named().values(&unknown).unwrap_err().contains("id, day"));
    }

    #[test]
    fn drawn_values_are_paired_in_turn() {
        let drawn = named().drawn(|name| match name {
            "id" => Some(vec!["1".to_owned(), "2".to_owned()]),
            _ => Some(vec!["a".to_owned()]),
        });
        assert_eq!(drawn, [set(&["1", "a", "1"]), set(&["2", "a", "2"])]);
        assert!(named().drawn(|_| None).is_empty());
    }
}

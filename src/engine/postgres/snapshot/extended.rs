//! Statistics over several columns, in the form the server stores them.
//!
//! Source: `statext_ndistinct_serialize`, `statext_dependencies_serialize` and `statext_mcv_serialize` in the server's
//! statistics folder. The form is the same from version 10 to 18.

use std::collections::BTreeMap;

use serde_json::Value;

const DISTINCT_MAGIC: u32 = 0xA352_BFA4;
const DEPENDENCIES_MAGIC: u32 = 0xB454_9A2C;
const PLAIN: u32 = 1;

/// Numbers of columns on the source, with those they have here.
pub type Renumbering = BTreeMap<i32, i32>;

/// From `{"1, 2": 100, "1, 2, 3": 150}`.
pub fn distinct(text: &str, columns: &Renumbering) -> Option<Vec<u8>> {
    let items = entries(text)?;
    let mut bytes = head(DISTINCT_MAGIC, items.len());
    for (key, value) in items {
        let columns = numbers(key.split(','), columns)?;
        bytes.extend(value.to_le_bytes());
        bytes.extend((columns.len() as u32).to_le_bytes());
        columns.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
    Some(bytes)
}

/// From `{"1 => 2": 0.5, "1, 2 => 3": 1.0}`.
pub fn dependencies(text: &str, columns: &Renumbering) -> Option<Vec<u8>> {
    let items = entries(text)?;
    let mut bytes = head(DEPENDENCIES_MAGIC, items.len());
    for (key, degree) in items {
        let (from, to) = key.split_once("=>")?;
        let columns = numbers(from.split(',').chain([to]), columns)?;
        bytes.extend(degree.to_le_bytes());
        bytes.extend((columns.len() as u16).to_le_bytes());
        columns.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    }
    Some(bytes)
}

fn entries(text: &str) -> Option<Vec<(String, f64)>> {
    let Value::Object(items) = serde_json::from_str(text).ok()? else { return None };
    items.into_iter().map(|(key, value)| Some((key, value.as_f64()?))).collect()
}

/// Expressions have numbers below zero, which are the same everywhere.
fn numbers<'t>(texts: impl Iterator<Item = &'t str>, columns: &Renumbering) -> Option<Vec<i16>> {
    let number = |text: &str| {
        let number: i32 = text.trim().parse().ok()?;
        let here = if number < 0 { number } else { *columns.get(&number)? };
        i16::try_from(here).ok()
    };
    texts.map(number).collect()
}

fn head(magic: u32, items: usize) -> Vec<u8> {
    [magic, PLAIN, items as u32].into_iter().flat_map(u32::to_le_bytes).collect()
}

/// As a literal of type bytea.
pub fn literal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("'\\x{digits}'::pg_catalog.bytea")
}

/// Writes shares into a list of common combinations that the server made from as many made-up rows as there are
/// combinations: `order` says for each of its items which combination it is. An item is a flag for each column that
/// says whether it is NULL, two numbers, and the place of each value.
pub fn with_shares(mut list: Vec<u8>, columns: usize, order: &[(f64, f64)]) -> Option<Vec<u8>> {
    let item = columns * 3 + 16;
    let start = list.len().checked_sub(item * order.len())?;
    for (n, (share, base)) in order.iter().enumerate() {
        let at = start + n * item + columns;
        list.get_mut(at..at + 8)?.copy_from_slice(&share.to_le_bytes());
        list.get_mut(at + 8..at + 16)?.copy_from_slice(&base.to_le_bytes());
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same() -> Renumbering {
        (1..10).map(|n| (n, n)).collect()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As version 15 stores them.
    #[test]
    fn the_forms_are_the_servers_own() {
        let text = r#"{"2, 5": 3003, "2, 6": 7000, "5, 6": 21, "2, 5, 6": 20487}"#;
        assert_eq!(
            hex(&distinct(text, &same()).unwrap()),
            "a4bf52a3010000000400000000000000\
             0076a7400200000002000500000000000058bb40020000000200060000000000000035400200000005000600\
             00000000c001d44003000000020005000600"
        );
        let bytes = dependencies(r#"{"2, 5 => 6": 0.0002}"#, &same()).unwrap();
        assert_eq!(hex(&bytes), "2c9a54b401000000010000002d431cebe2362a3f0300020005000600");
    }

    #[test]
    fn columns_get_the_numbers_they_have_here() {
        let moved = Renumbering::from([(2, 1), (5, 3)]);
        let bytes = dependencies(r#"{"2 => 5": 1.0}"#, &moved).unwrap();
        assert!(hex(&bytes).ends_with("020001000300"));
        assert_eq!(dependencies(r#"{"2 => 6": 1.0}"#, &moved), None);
        assert_eq!(distinct("not json", &moved), None);
    }
}

//! A state whose values stand for others in the same order. Of a number the first two digits are kept, of a date its month,
//! of a text two letters: conditions on ranges are estimated nearly as before. A common value is known again when a query
//! names it: by a digest, which tells nobody a value that cannot be guessed.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::redact;
use super::values::{joined, split};
use crate::engine::{ColumnFacts, PlannerState};

/// Digits of a digest: enough that none of a few million values is taken for another.
const DIGITS: usize = 24;

/// How values of a type are blurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blur {
    Number,
    Whole,
    Day,
    Moment,
    Text,
    /// Few values, which the schema itself names.
    Not,
}

pub fn hash(state: &mut PlannerState, salt: &str) -> String {
    let blurs = blurs(state);
    let (mut hashed, mut left_out) = (0, 0);
    for column in &mut state.columns {
        let key = (column.schema.clone(), column.relation.clone(), column.column.clone());
        let had = column.common_values.is_some() || column.bounds.is_some();
        let blurred = match blurs.get(&key) {
            Some(blur) => one(column, *blur, salt),
            None => false,
        };
        match (had, blurred) {
            (true, true) => hashed += 1,
            (true, false) => {
                left_out += 1;
                redact::column(column);
            }
            _ => {}
        }
        redact::elements(column);
    }
    redact::others(state);
    format!(
        "values are replaced by others of the same order ({hashed} columns: two digits of a number, the month of a date, two \
         letters of a text), and left out where their type has no such form ({left_out} columns); a common value is known \
         again where a query names it as it is written in the table. Ranges are estimated to about a tenth"
    )
}

fn blurs(state: &PlannerState) -> BTreeMap<(String, String, String), Blur> {
    let mut all = BTreeMap::new();
    for table in &state.relations {
        for column in &table.columns {
            if let Some(blur) = blur(&column.data_type) {
                let key = (table.schema.clone(), table.name.clone(), column.name.clone());
                all.insert(key, blur);
            }
        }
    }
    all
}

fn blur(data_type: &str) -> Option<Blur> {
    let base = data_type.split('(').next().unwrap_or_default().trim();
    match base {
        "smallint" | "integer" | "bigint" => Some(Blur::Whole),
        "numeric" | "real" | "double precision" => Some(Blur::Number),
        "date" => Some(Blur::Day),
        "boolean" => Some(Blur::Not),
        "text" | "character varying" | "character" | "citext" => Some(Blur::Text),
        // `timestamp(3) with time zone` too.
        base if base.starts_with("timestamp") => Some(Blur::Moment),
        _ => None,
    }
}

fn one(column: &mut ColumnFacts, blur: Blur, salt: &str) -> bool {
    if let Some(text) = &column.common_values {
        let Some(values) = split(text) else { return false };
        let texts: Vec<String> = values.into_iter().map(Option::unwrap_or_default).collect();
        column.common_digests = texts.iter().map(|text| digest(salt, text)).collect();
        let mut seen = BTreeSet::new();
        let blurred = texts.iter().map(|text| {
            // No two are the same: the planner counts each once.
            let mut value = blurred(text, blur);
            while blur == Blur::Text && !seen.insert(value.clone()) {
                value.push('~');
            }
            Some(value)
        });
        column.common_values = Some(joined(&blurred.collect::<Vec<_>>()));
    }
    if let Some(text) = &column.bounds {
        let Some(values) = split(text) else { return false };
        let blurred = values.iter().map(|value| value.as_ref().map(|text| blurred(text, blur)));
        column.bounds = Some(joined(&blurred.collect::<Vec<_>>()));
    }
    true
}

fn digest(salt: &str, value: &str) -> String {
    let digest = Sha256::digest(format!("{salt}\0{value}"));
    let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    text[..DIGITS].to_owned()
}

fn blurred(text: &str, blur: Blur) -> String {
    match blur {
        Blur::Not => text.to_owned(),
        Blur::Text => text.chars().take(2).collect(),
        Blur::Whole => number(text).map_or_else(|| "0".to_owned(), |n| format!("{n:.0}")),
        Blur::Number => number(text).map_or_else(|| "0".to_owned(), |n| n.to_string()),
        Blur::Day => month(text).map_or_else(|| text.to_owned(), |month| format!("{month}-01")),
        Blur::Moment => {
            month(text).map_or_else(|| text.to_owned(), |month| format!("{month}-01 00:00:00"))
        }
    }
}

/// Two digits of it, towards zero; never further from zero than it was, so that it still fits its type.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite())?;
    if number == 0.0 {
        return Some(0.0);
    }
    let unit = 10f64.powi(number.abs().log10().floor() as i32 - 1);
    Some((number / unit).trunc() * unit)
}

/// `2024-05` of `2024-05-17 …`; `None` for `infinity` and for years before the first.
fn month(text: &str) -> Option<&str> {
    let (year, rest) = text.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = digits(year) && rest.len() >= 5 && digits(&rest[..2]) && !text.ends_with("BC");
    whole.then(|| &text[..year.len() + 3])
}

/// Puts values that a query names in the place of those that stand for them.
pub fn recognise(state: &mut PlannerState, salt: &str, named: &BTreeSet<String>) -> usize {
    let by_digest: BTreeMap<String, &String> =
        named.iter().map(|text| (digest(salt, text), text)).collect();
    let mut known = 0;
    for column in state.columns.iter_mut().filter(|column| !column.common_digests.is_empty()) {
        let Some(mut values) = column.common_values.as_deref().and_then(split) else { continue };
        for (value, digest) in values.iter_mut().zip(&column.common_digests) {
            if let Some(text) = by_digest.get(digest) {
                *value = Some((*text).clone());
                known += 1;
            }
        }
        column.common_values = Some(joined(&values));
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_little_else() {
        let of = |text: &str, kind| blurred(text, kind);
        assert_eq!(of("123456", Blur::Whole), "120000");
        assert_eq!(of("-7", Blur::Whole), "-7");
        assert_eq!(of("9223372036854775807", Blur::Whole), "9200000000000000000");
        assert_eq!(of("2024-05-17", Blur::Day), "2024-05-01");
        assert_eq!(of("2024-05-17 10:11:12.5+02", Blur::Moment), "2024-05-01 00:00:00");
        assert_eq!(of("infinity", Blur::Moment), "infinity");
        assert_eq!(of("Müller", Blur::Text), "Mü");
        let mut before = f64::MIN;
        for n in -2000..2000 {
            let value: f64 = of(&n.to_string(), Blur::Whole).parse().unwrap();
            assert!(value >= before, "{n}");
            before = value;
        }
    }

    #[test]
    fn a_value_that_a_query_names_is_known_again() {
        let mut column = ColumnFacts {
            common_values: Some("{Berlin,Bern,\"a,b\"}".to_owned()),
            ..ColumnFacts::default()
        };
        assert!(one(&mut column, Blur::Text, "salt"));
        assert_eq!(column.common_values.as_deref(), Some(r#"{"Be","Be~","a,"}"#));
        assert!(!serde_json::to_string(&column).unwrap().contains("Berlin"));
        let mut columns = vec![column];
        let named = BTreeSet::from(["Bern".to_owned(), "Basel".to_owned()]);
        let state =
            crate::engine::PlannerState { columns: std::mem::take(&mut columns), ..empty() };
        let mut state = state;
        assert_eq!(recognise(&mut state, "other salt", &named), 0);
        assert_eq!(recognise(&mut state, "salt", &named), 1);
        assert_eq!(state.columns[0].common_values.as_deref(), Some(r#"{"Be","Bern","a,"}"#));
    }

    fn empty() -> PlannerState {
        serde_json::from_value(serde_json::json!({
            "engine": "postgres", "version": "15.1", "version_number": [15, 1],
            "database": crate::engine::DatabaseFacts::default(), "extensions": [], "settings": [], "objects": [],
            "relations": [], "indexes": [], "columns": [], "extended": [],
            "catalog": crate::engine::Catalog::default(), "hidden": [],
        }))
        .unwrap()
    }
}

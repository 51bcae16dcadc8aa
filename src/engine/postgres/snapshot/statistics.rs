//! Column statistics into the server's own table of them.

use super::literal;
use super::types::{Attribute, DEFAULT_COLLATION, Numbers, Oid, TSVECTOR};
use crate::engine::ColumnFacts;

/// Kinds of slots. Source: the server's pg_statistic.h.
const COMMON_VALUES: u16 = 1;
const BOUNDS: u16 = 2;
const CORRELATION: u16 = 3;
const COMMON_ELEMENTS: u16 = 4;
const ELEMENT_COUNTS: u16 = 5;
const RANGE_LENGTHS: u16 = 6;
const RANGE_BOUNDS: u16 = 7;

const SLOTS: usize = 5;
const FLOAT8: Oid = 701;
const FLOAT8_LESS: Oid = 672;

struct Slot {
    kind: u16,
    operator: Oid,
    collation: Oid,
    numbers: Option<Vec<f64>>,
    /// As one literal, with the type of each.
    values: Option<(String, Oid)>,
}

/// The statement that writes one column's statistics, up to version 17.
pub fn insert(
    relation: Oid,
    attribute: Attribute,
    facts: &ColumnFacts,
    numbers: &Numbers,
) -> String {
    let row = row(relation, attribute, facts, numbers);
    format!("INSERT INTO pg_catalog.pg_statistic VALUES ({row})")
}

/// The fields of the server's own row.
pub fn row(relation: Oid, attribute: Attribute, facts: &ColumnFacts, numbers: &Numbers) -> String {
    let slots = slots(attribute, facts, numbers);
    let each = |of: &dyn Fn(&Slot) -> String, empty: &str| {
        let filled = slots.iter().map(of);
        let empty = std::iter::repeat_n(empty.to_owned(), SLOTS - slots.len());
        filled.chain(empty).collect::<Vec<_>>().join(", ")
    };
    format!(
        "{relation}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}",
        attribute.number,
        facts.inherited,
        facts.null_fraction,
        facts.width,
        facts.distinct,
        each(&|slot| slot.kind.to_string(), "0"),
        each(&|slot| slot.operator.to_string(), "0"),
        each(&|slot| slot.collation.to_string(), "0"),
        each(&|slot| slot.numbers.as_ref().map_or("NULL".to_owned(), |n| reals(n)), "NULL"),
        each(&|slot| slot.values.as_ref().map_or("NULL".to_owned(), values), "NULL"),
    )
}

/// The same in place of what is there.
pub fn replace(
    relation: Oid,
    attribute: Attribute,
    facts: &ColumnFacts,
    numbers: &Numbers,
) -> String {
    format!(
        "DELETE FROM pg_catalog.pg_statistic WHERE starelid = {relation} AND staattnum = {} AND stainherit = {}; {}",
        attribute.number,
        facts.inherited,
        insert(relation, attribute, facts, numbers)
    )
}

fn values((text, of): &(String, Oid)) -> String {
    format!("pg_catalog.array_in({}, {of}, -1)", literal(text))
}

pub fn reals(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
    format!("'{{{}}}'::pg_catalog.float4[]", texts.join(","))
}

fn slots(attribute: Attribute, facts: &ColumnFacts, numbers: &Numbers) -> Vec<Slot> {
    let own = numbers.base(attribute.data_type);
    let operators = numbers.operators(own);
    let collation = attribute.collation;
    // Values whose reading would run somebody's code with all rights are left out.
    let readable = !numbers.reads_by_own_code(own);
    let mut slots = Vec::new();
    if let (Some(text), Some(shares)) = (&facts.common_values, &facts.common_shares)
        && readable
    {
        slots.push(Slot {
            kind: COMMON_VALUES,
            operator: operators.equal,
            collation,
            numbers: Some(shares.clone()),
            values: Some((text.clone(), own)),
        });
    }
    if let Some(text) = facts.bounds.as_ref().filter(|_| readable) {
        let values = Some((text.clone(), own));
        slots.push(Slot {
            kind: BOUNDS,
            operator: operators.less,
            collation,
            numbers: None,
            values,
        });
    }
    if let Some(correlation) = facts.correlation {
        let numbers = Some(vec![correlation]);
        let operator = operators.less;
        slots.push(Slot { kind: CORRELATION, operator, collation, numbers, values: None });
    }
    slots.extend(of_elements(attribute, facts, numbers).into_iter().filter(|_| readable));
    slots.extend(of_ranges(own, facts).into_iter().filter(|_| readable));
    slots.truncate(SLOTS);
    slots
}

fn of_elements(attribute: Attribute, facts: &ColumnFacts, numbers: &Numbers) -> Vec<Slot> {
    let Some(element) = numbers.element(attribute.data_type) else { return Vec::new() };
    let operator = numbers.operators(element).equal;
    let words = numbers.base(attribute.data_type) == TSVECTOR;
    let collation = if words { DEFAULT_COLLATION } else { attribute.collation };
    let mut slots = Vec::new();
    if let (Some(text), Some(shares)) = (&facts.common_elements, &facts.element_shares) {
        slots.push(Slot {
            kind: COMMON_ELEMENTS,
            operator,
            collation,
            numbers: Some(shares.iter().map(|share| share.unwrap_or(0.0)).collect()),
            values: Some((text.clone(), element)),
        });
    }
    if let Some(counts) = &facts.element_counts {
        let numbers = Some(counts.clone());
        slots.push(Slot { kind: ELEMENT_COUNTS, operator, collation, numbers, values: None });
    }
    slots
}

fn of_ranges(own: Oid, facts: &ColumnFacts) -> Vec<Slot> {
    let mut slots = Vec::new();
    if let Some(text) = &facts.range_lengths {
        slots.push(Slot {
            kind: RANGE_LENGTHS,
            operator: FLOAT8_LESS,
            collation: 0,
            numbers: Some(vec![facts.range_empty.unwrap_or(0.0)]),
            values: Some((text.clone(), FLOAT8)),
        });
    }
    if let Some(text) = &facts.range_bounds {
        let values = Some((text.clone(), own));
        slots.push(Slot { kind: RANGE_BOUNDS, operator: 0, collation: 0, numbers: None, values });
    }
    slots
}

/// The call of the server's own function, from version 18.
pub fn restore_call(facts: &ColumnFacts) -> String {
    let mut arguments = vec![
        ("schemaname", text(&facts.schema)),
        ("relname", text(&facts.relation)),
        ("attname", text(&facts.column)),
        ("inherited", facts.inherited.to_string()),
        ("null_frac", real(facts.null_fraction)),
        ("avg_width", format!("{}::pg_catalog.int4", facts.width)),
        ("n_distinct", real(facts.distinct)),
    ];
    let texts = [
        ("most_common_vals", &facts.common_values),
        ("histogram_bounds", &facts.bounds),
        ("most_common_elems", &facts.common_elements),
        ("range_length_histogram", &facts.range_lengths),
        ("range_bounds_histogram", &facts.range_bounds),
    ];
    let given = texts.into_iter().filter_map(|(name, value)| Some((name, text(value.as_ref()?))));
    arguments.extend(given);
    let element_shares: Option<Vec<f64>> =
        facts.element_shares.as_ref().map(|s| s.iter().map(|share| share.unwrap_or(0.0)).collect());
    let lists = [
        ("most_common_freqs", &facts.common_shares),
        ("most_common_elem_freqs", &element_shares),
        ("elem_count_histogram", &facts.element_counts),
    ];
    let given = lists.into_iter().filter_map(|(name, list)| Some((name, reals(list.as_ref()?))));
    arguments.extend(given);
    arguments.extend(facts.correlation.map(|correlation| ("correlation", real(correlation))));
    arguments.extend(facts.range_empty.map(|share| ("range_empty_frac", real(share))));
    let arguments: Vec<String> =
        arguments.into_iter().map(|(name, value)| format!("'{name}', {value}")).collect();
    format!("SELECT pg_catalog.pg_restore_attribute_stats({})", arguments.join(", "))
}

fn text(value: &str) -> String {
    format!("{}::pg_catalog.text", literal(value))
}

fn real(number: f64) -> String {
    format!("'{number}'::pg_catalog.float4")
}

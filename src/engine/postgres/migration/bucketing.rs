//! The statements that a comparison asks.

use super::{canonical, record};
use crate::engine::migration::{Buckets, Hashing, Part, ReadColumn, Slice, ValueKind};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::Dialect;

/// From 14 on: hashes of whole rows, a third of the cost of anything by way of text.
pub const RECORD: &str = "record";
/// Hashes of a row's text.
pub const ROW_TEXT: &str = "row text";

/// One scan: bucket, rows, sum of hashes, doubtful rows.
pub fn checksums(slice: &Slice, part: &Part, buckets: Buckets) -> String {
    let hash = row_hash(&slice.columns, slice.hashing);
    let (hash, doubtful) = match slice.hashing {
        Hashing::Canonical => (hash, canonical::doubtful(&slice.columns)),
        Hashing::Own(_) => (record::mixed(&hash), None),
    };
    let doubtful =
        doubtful.map_or("0".to_owned(), |doubt| format!("count(*) FILTER (WHERE {doubt})"));
    format!(
        "SELECT {} AS bucket, count(*), coalesce(sum({hash}), 0), {doubtful} FROM {} {} GROUP BY 1",
        bucket(slice, buckets),
        table(slice),
        condition(slice, part)
    )
}

/// The token and every column, in the order of tokens.
pub fn rows(slice: &Slice, part: &Part) -> String {
    let token = token(slice);
    let mut columns = vec![token.clone()];
    columns.extend(slice.columns.iter().map(canonical::exact));
    let order = match slice.numbered_key() {
        Some(column) => name(&slice.columns[column]),
        None => format!("({token}) COLLATE \"C\""),
    };
    format!(
        "SELECT {} FROM {} {} ORDER BY {order}",
        columns.join(", "),
        table(slice),
        condition(slice, part)
    )
}

/// What tells a row from others.
pub fn token(slice: &Slice) -> String {
    match slice.numbered_key() {
        Some(column) => format!("{}::text", name(&slice.columns[column])),
        None => hashed_token(slice),
    }
}

/// As [`token`], in hexadecimal digits whatever the key is.
fn hashed_token(slice: &Slice) -> String {
    if !slice.key.is_empty() {
        let key = slice.key.iter().map(|position| &slice.columns[*position]);
        return format!("left({}, 32)", canonical::digest(&canonical::framed(key)));
    }
    match slice.hashing {
        // As rows are held equal by value, so are their tokens.
        Hashing::Own(RECORD) if comparable(slice).next().is_some() => {
            format!("to_hex(hash_record_extended({}, 0))", record::record(comparable(slice)))
        }
        // What only parsing tells apart takes no part: neighbours are compared value by value.
        _ => format!("left({}, 32)", canonical::digest(&canonical::framed(comparable(slice)))),
    }
}

fn comparable(slice: &Slice) -> impl Iterator<Item = &ReadColumn> {
    slice.columns.iter().filter(|column| {
        let parsed = matches!(column.kind, ValueKind::Json { parsed: true });
        !parsed && column.form.tells_apart()
    })
}

fn row_hash(columns: &[ReadColumn], hashing: Hashing) -> String {
    let typed = |column: &&ReadColumn| !column.form.only_typed();
    match hashing {
        Hashing::Own(RECORD) => {
            format!("hash_record_extended({}, 0)", record::record(columns.iter()))
        }
        Hashing::Own(_) => {
            format!("hashtextextended({}::text, 0)", record::plain(columns.iter()))
        }
        Hashing::Canonical => {
            let digest = canonical::digest(&canonical::framed(columns.iter().filter(typed)));
            format!("('x' || left({digest}, 15))::bit(60)::bigint")
        }
    }
}

fn bucket(slice: &Slice, buckets: Buckets) -> String {
    match buckets {
        Buckets::Range { column, from, step } => {
            let column = &slice.columns[column];
            let value = name(column);
            match column.kind {
                ValueKind::Integer { .. } => format!("(({value})::bigint - ({from})) / {step}"),
                _ => format!("div({value} - ({from}), {step})::bigint"),
            }
        }
        Buckets::Hashed { count } => match (slice.key.is_empty(), slice.hashing) {
            (false, Hashing::Own(_)) => {
                let key = slice.key.iter().map(|position| &slice.columns[*position]);
                format!("hashtextextended({}::text, 0) & {}", record::plain(key), count - 1)
            }
            (true, Hashing::Own(_)) => {
                format!("{} & {}", row_hash(&slice.columns, slice.hashing), count - 1)
            }
            (_, Hashing::Canonical) => {
                let digits = digits(count);
                format!(
                    "('x' || left({}, {digits}))::bit({})::int::bigint",
                    hashed_token(slice),
                    digits * 4
                )
            }
        },
    }
}

/// Hexadecimal digits that tell so many buckets apart.
fn digits(count: u32) -> u32 {
    count.max(2).ilog2().div_ceil(4).max(1)
}

fn condition(slice: &Slice, part: &Part) -> String {
    let mut conditions: Vec<String> =
        slice.filter.iter().map(|filter| format!("({filter})")).collect();
    match part {
        Part::All => {}
        Part::Range { column, from, to } => {
            let value = name(&slice.columns[*column]);
            conditions.push(format!("{value} BETWEEN {from} AND {to}"));
        }
        Part::Buckets { how, numbers } => {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            // Of a range the index can find the ends.
            if let Buckets::Range { column, from, step } = how
                && let (Some(least), Some(most)) = (
                    numbers.iter().filter_map(|number| number.parse::<i64>().ok()).min(),
                    numbers.iter().filter_map(|number| number.parse::<i64>().ok()).max(),
                )
            {
                let value = name(&slice.columns[*column]);
                let low = i128::from(*from) + i128::from(least) * i128::from(*step);
                let high = i128::from(*from) + (i128::from(most) + 1) * i128::from(*step) - 1;
                conditions.push(format!("{value} BETWEEN {low} AND {high}"));
            }
            conditions.push(format!("{} IN ({})", bucket(slice, *how), numbers.join(", ")));
        }
        Part::Tokens(tokens) => match slice.numbered_key() {
            Some(column) => {
                let value = name(&slice.columns[column]);
                conditions.push(format!("{value} IN ({})", tokens.join(", ")));
            }
            None => {
                let tokens: Vec<String> =
                    tokens.iter().map(|token| PostgresDialect.quote_literal(token)).collect();
                conditions.push(format!("{} IN ({})", token(slice), tokens.join(", ")));
            }
        },
    }
    match conditions.is_empty() {
        true => String::new(),
        false => format!("WHERE {}", conditions.join(" AND ")),
    }
}

fn name(column: &ReadColumn) -> String {
    PostgresDialect.quote_identifier(&column.name)
}

pub fn table(slice: &Slice) -> String {
    let quote = |name: &str| PostgresDialect.quote_identifier(name);
    let only = if slice.only { "ONLY " } else { "" };
    format!("{only}{}.{}", quote(&slice.table.schema), quote(&slice.table.name))
}

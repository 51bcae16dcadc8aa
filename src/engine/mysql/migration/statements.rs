//! The statements that a comparison asks.

use super::canonical;
use crate::engine::migration::{Buckets, Part, ReadColumn, Slice};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::Dialect;

/// Stands for the hash of a row that the server could not make a text of, and gives NULL for: so much more than the
/// hashes of any number of rows add up to that such rows can be counted from the sum.
pub const LOST: i128 = 10_i128.pow(30);

/// One scan: bucket, rows, sum of hashes, doubtful rows.
pub fn checksums(slice: &Slice, part: &Part, buckets: Buckets) -> String {
    let typed = |column: &&ReadColumn| !column.form.only_typed();
    let row = canonical::framed(slice.columns.iter().filter(typed));
    let doubtful = canonical::doubtful(&slice.columns)
        .map_or("0".to_owned(), |doubt| format!("coalesce(sum({doubt}), 0)"));
    format!(
        "SELECT {} AS bucket, count(*), coalesce(sum(coalesce(cast(conv(left(sha2({row}, 256), 15), 16, 10) AS unsigned), {LOST})), 0), {doubtful} \
         FROM {} {} GROUP BY 1",
        bucket(slice, buckets),
        table(slice),
        condition(slice, part)
    )
}

/// The token and every column, in the order of tokens.
pub fn rows(slice: &Slice, part: &Part) -> String {
    let mut columns = vec![token(slice)];
    columns.extend(slice.columns.iter().map(canonical::exact));
    let order = match slice.numbered_key() {
        Some(column) => name(&slice.columns[column]),
        None => "1".to_owned(),
    };
    format!(
        "SELECT {} FROM {} {} ORDER BY {order}",
        columns.join(", "),
        table(slice),
        condition(slice, part)
    )
}

/// What tells a row from others; hexadecimal digits sort alike under every collation.
pub fn token(slice: &Slice) -> String {
    match slice.numbered_key() {
        Some(column) => name(&slice.columns[column]),
        None => hashed_token(slice),
    }
}

/// As [`token`], in hexadecimal digits whatever the key is.
fn hashed_token(slice: &Slice) -> String {
    let framed = match slice.key.is_empty() {
        false => canonical::framed(slice.key.iter().map(|position| &slice.columns[*position])),
        // What only parsing tells apart takes no part: neighbours are compared value by value.
        true => {
            let comparable = slice.columns.iter().filter(|column| column.form.tells_apart());
            canonical::framed(comparable)
        }
    };
    format!("left(sha2({framed}, 256), 32)")
}

fn bucket(slice: &Slice, buckets: Buckets) -> String {
    match buckets {
        Buckets::Range { column, from, step } => {
            let value = name(&slice.columns[column]);
            format!("({value} - ({from})) DIV {step}")
        }
        Buckets::Hashed { count } => {
            let digits = count.max(2).ilog2().div_ceil(4).max(1);
            format!("cast(conv(left({}, {digits}), 16, 10) AS unsigned)", hashed_token(slice))
        }
    }
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
            // Of a range the index can find the ends, and no difference leaves the numbers there are.
            if let Buckets::Range { column, from, step } = how
                && let (Some(least), Some(most)) = (numbers.iter().min(), numbers.iter().max())
            {
                let value = name(&slice.columns[*column]);
                let low = i128::from(*from) + i128::from(*least) * i128::from(*step);
                let high = i128::from(*from) + (i128::from(*most) + 1) * i128::from(*step) - 1;
                conditions.push(format!("{value} BETWEEN {low} AND {high}"));
            }
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            conditions.push(format!("{} IN ({})", bucket(slice, *how), numbers.join(", ")));
        }
        Part::Tokens(tokens) => match slice.numbered_key() {
            Some(_) => conditions.push(format!("{} IN ({})", token(slice), tokens.join(", "))),
            None => {
                let tokens: Vec<String> =
                    tokens.iter().map(|token| MysqlDialect.quote_literal(token)).collect();
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
    MysqlDialect.quote_identifier(&column.name)
}

pub fn table(slice: &Slice) -> String {
    let quote = |name: &str| MysqlDialect.quote_identifier(name);
    format!("{}.{}", quote(&slice.table.schema), quote(&slice.table.name))
}

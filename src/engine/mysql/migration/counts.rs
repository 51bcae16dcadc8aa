//! Values that a move depends on, counted: one scan of each table that has a column where they may be.

use super::reader::MysqlReader;
use crate::engine::DbError;
use crate::engine::migration::{ColumnShape, Inventory, TableShape, ValueKind};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::session::rows::Columns;
use crate::sql::Dialect;

pub const ZERO_DATES: &str = "zero or partial dates";
pub const NO_SWITCH: &str = "values beyond 0 and 1";
pub const BEYOND_BIGINT: &str = "values beyond 9223372036854775807";
pub const LONG_TIMES: &str = "times below 0 or beyond 24 hours";
pub const NUL_TEXTS: &str = "texts with a NUL character";
pub const EMPTY_LABELS: &str = "empty labels (values that the type did not take)";

pub async fn read(reader: &mut MysqlReader, inventory: &mut Inventory) -> Result<(), DbError> {
    for table in inventory.shape.tables.clone() {
        let asked: Vec<(&ColumnShape, &str, String)> =
            table.columns.iter().flat_map(|column| questions(column)).collect();
        if asked.is_empty() {
            continue;
        }
        match reader.ask(&statement(&table, &asked)).await {
            Ok(rows) => {
                let mut row = Columns::of(rows.into_iter().next().unwrap_or_default());
                for (column, what, _) in &asked {
                    let name = format!(
                        "{}.{}.{}: {what}",
                        table.name.schema, table.name.name, column.name
                    );
                    inventory.findings.insert(name, row.number().unwrap_or(0.0));
                }
            }
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                let what = format!("values of {}.{}", table.name.schema, table.name.name);
                inventory.hidden.push((what, error.message));
            }
        }
    }
    Ok(())
}

fn statement(table: &TableShape, asked: &[(&ColumnShape, &str, String)]) -> String {
    let quote = |name: &str| MysqlDialect.quote_identifier(name);
    let sums: Vec<String> =
        asked.iter().map(|(_, _, condition)| format!("coalesce(sum({condition}), 0)")).collect();
    format!(
        "SELECT {} FROM {}.{}",
        sums.join(", "),
        quote(&table.name.schema),
        quote(&table.name.name)
    )
}

fn questions(column: &ColumnShape) -> Vec<(&ColumnShape, &'static str, String)> {
    let c = MysqlDialect.quote_identifier(&column.name);
    let asked: Option<(&'static str, String)> = match column.kind {
        ValueKind::Date | ValueKind::DateTime { .. } => Some((
            ZERO_DATES,
            format!("{c} IS NOT NULL AND (month({c}) = 0 OR dayofmonth({c}) = 0)"),
        )),
        ValueKind::Integer { .. } if column.declared.starts_with("tinyint(1)") => {
            Some((NO_SWITCH, format!("{c} NOT IN (0, 1)")))
        }
        ValueKind::Integer { bits: 64, unsigned: true } => {
            Some((BEYOND_BIGINT, format!("{c} > 9223372036854775807")))
        }
        ValueKind::Time { span: true } => {
            Some((LONG_TIMES, format!("{c} < 0 OR {c} >= '24:00:00'")))
        }
        ValueKind::Text { .. } => Some((NUL_TEXTS, format!("locate(char(0), {c}) > 0"))),
        ValueKind::Label => Some((EMPTY_LABELS, format!("{c} = ''"))),
        _ => None,
    };
    asked.into_iter().map(|(what, condition)| (column, what, condition)).collect()
}

//! From rows of several queries to one [`Catalog`].

use std::collections::HashMap;

use jiff::Timestamp;
use tokio_postgres::Client;

use super::rows::{
    ColumnRow, ExtendedRow, ForeignKeyRow, IndexRow, KeyRow, StatisticsRow, SurroundingsRow,
    TableRow,
};
use super::sql::{self, Sizes};
use super::{operators, partitions};
use crate::engine::postgres::session::query::{json_rows, uncompiled};
use crate::engine::{
    Catalog, Column, DbError, DbErrorKind, ForeignKey, Index, IndexKey, Table, TableActivity,
    TableStatistics,
};

/// Everything the login may see. Works without special rights: what is hidden is `None`.
pub async fn read(client: &Client) -> Result<Catalog, DbError> {
    uncompiled(client, async {
        match read_with(client, Sizes::Exact).await {
            Err(error) if error.kind == DbErrorKind::Timeout => {
                read_with(client, Sizes::AsLastAnalyzed).await
            }
            result => result,
        }
    })
    .await
}

async fn read_with(client: &Client, sizes: Sizes) -> Result<Catalog, DbError> {
    let tables: Vec<TableRow> = json_rows(client, &sql::tables(sizes)).await?;
    let columns: Vec<ColumnRow> = json_rows(client, &sql::columns()).await?;
    let statistics: Vec<StatisticsRow> = json_rows(client, &sql::statistics()).await?;
    let indexes: Vec<IndexRow> = json_rows(client, &sql::indexes(sizes)).await?;
    let foreign_keys: Vec<ForeignKeyRow> = json_rows(client, &sql::foreign_keys()).await?;
    let extended: Vec<ExtendedRow> = json_rows(client, sql::extended_statistics()).await?;
    let surroundings: Vec<SurroundingsRow> = json_rows(client, sql::surroundings()).await?;

    let mut parts = Parts {
        columns: grouped(columns, |row| row.table),
        statistics: by_column(statistics),
        indexes: grouped(indexes, |row| row.table),
        foreign_keys: grouped(foreign_keys, |row| row.table),
        extended: grouped(extended, |row| row.table),
    };
    let mut catalog = Catalog {
        tables: tables.into_iter().map(|row| parts.table(row)).collect(),
        operators: operators::read(client).await?,
        ..Catalog::default()
    };
    partitions::borrow_statistics(&mut catalog);
    if let Some(row) = surroundings.into_iter().next() {
        catalog.extensions = row.extensions.unwrap_or_default();
        catalog.available_extensions = row.available_extensions.unwrap_or_default();
        catalog.search_path = row.search_path;
        let since = row.counted_since;
        catalog.counted_since = since.and_then(|at| Timestamp::from_microsecond(at).ok());
    }
    Ok(catalog)
}

/// Schema, table, column, and whether partitions or children are included.
type ColumnKey = (String, String, String, bool);

struct Parts {
    columns: HashMap<i64, Vec<ColumnRow>>,
    statistics: HashMap<ColumnKey, StatisticsRow>,
    indexes: HashMap<i64, Vec<IndexRow>>,
    foreign_keys: HashMap<i64, Vec<ForeignKeyRow>>,
    extended: HashMap<i64, Vec<ExtendedRow>>,
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> i64) -> HashMap<i64, Vec<T>> {
    let mut groups: HashMap<i64, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

fn by_column(rows: Vec<StatisticsRow>) -> HashMap<ColumnKey, StatisticsRow> {
    let key = |row: &StatisticsRow| {
        (row.schema.clone(), row.table.clone(), row.column.clone(), row.inherited)
    };
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

impl Parts {
    fn table(&mut self, row: TableRow) -> Table {
        let rows = live_rows(&row);
        let bytes = row.bytes.unwrap_or(0);
        Table {
            rows,
            pages: bytes.checked_div(row.block_bytes).unwrap_or(0),
            bytes,
            visible_fraction: visible_fraction(&row),
            kind: kind(&row.kind).to_owned(),
            partition_of: row.partition_of.clone(),
            columns: self.columns_of(&row, rows),
            indexes: self
                .indexes
                .remove(&row.oid)
                .unwrap_or_default()
                .into_iter()
                .map(index)
                .collect(),
            foreign_keys: self
                .foreign_keys
                .remove(&row.oid)
                .unwrap_or_default()
                .into_iter()
                .map(foreign_key)
                .collect(),
            statistics: self.statistics_of(&row),
            activity: activity(&row),
            storage: None,
            triggers: Vec::new(),
            schema: row.schema,
            name: row.name,
        }
    }

    fn columns_of(&mut self, table: &TableRow, rows: f64) -> Vec<Column> {
        let columns = self.columns.remove(&table.oid).unwrap_or_default();
        let inherited = table.kind == "p";
        let take = |row: ColumnRow| {
            let key = (table.schema.clone(), table.name.clone(), row.name.clone(), inherited);
            column(row, self.statistics.remove(&key), rows)
        };
        columns.into_iter().map(take).collect()
    }

    fn statistics_of(&mut self, row: &TableRow) -> TableStatistics {
        let extended = self.extended.remove(&row.oid).unwrap_or_default();
        TableStatistics {
            last_analyzed: row.analyzed.and_then(|at| Timestamp::from_microsecond(at).ok()),
            last_vacuumed: row.vacuumed.and_then(|at| Timestamp::from_microsecond(at).ok()),
            modified_since: row.modified,
            dead_rows: row.dead,
            live_rows: row.live,
            extended: extended.into_iter().map(|row| row.name).collect(),
            histograms: Vec::new(),
        }
    }
}

/// The planner's figure; the activity statistics' one where a table was never analysed.
fn live_rows(row: &TableRow) -> f64 {
    let planner = row.rows.filter(|rows| *rows > 0.0 || (*rows == 0.0 && row.known_pages > 0));
    planner.or(row.live).unwrap_or(0.0)
}

fn visible_fraction(row: &TableRow) -> Option<f64> {
    (row.known_pages > 0 && matches!(row.kind.as_str(), "r" | "m" | "p"))
        .then(|| (row.visible_pages as f64 / row.known_pages as f64).clamp(0.0, 1.0))
}

fn kind(relkind: &str) -> &'static str {
    match relkind {
        "p" => "partitioned table",
        "m" => "materialized view",
        "f" => "foreign table",
        "v" => "view",
        _ => "table",
    }
}

fn column(row: ColumnRow, statistics: Option<StatisticsRow>, rows: f64) -> Column {
    let known = statistics.as_ref();
    Column {
        name: row.name,
        data_type: row.data_type,
        not_null: row.not_null,
        generated: row.generated,
        distinct: known.and_then(|s| s.distinct).and_then(|distinct| absolute(distinct, rows)),
        null_fraction: known.and_then(|s| s.null_fraction),
        average_width: known.and_then(|s| s.width),
        correlation: known.and_then(|s| s.correlation),
        common_values: statistics.map(common_values).unwrap_or_default(),
        collation: row.collation,
    }
}

/// Zero means that the server does not know.
fn absolute(distinct: f64, rows: f64) -> Option<f64> {
    match distinct {
        0.0 => None,
        share if share < 0.0 => Some((-share * rows).round()),
        count => Some(count),
    }
}

fn common_values(row: StatisticsRow) -> Vec<(String, f64)> {
    let values = row.common_values.unwrap_or_default().into_iter();
    let shares = row.common_shares.unwrap_or_default();
    values.zip(shares).filter_map(|(value, share)| Some((value?, share))).collect()
}

fn index(row: IndexRow) -> Index {
    let (include, keys): (Vec<KeyRow>, Vec<KeyRow>) =
        row.keys.unwrap_or_default().into_iter().partition(|key| key.included);
    Index {
        name: row.name,
        method: row.method,
        keys: keys.into_iter().map(index_key).collect(),
        include: include.into_iter().filter_map(|key| key.column).collect(),
        predicate: row.predicate,
        unique: row.unique,
        primary: row.primary,
        constraint: row.constraint,
        valid: row.valid,
        hidden: false,
        bytes: row.bytes,
        scans: row.scans,
        // Of a partitioned table the server prints the part that stands above the partitions' own.
        ddl: row.ddl.replacen(" ON ONLY ", " ON ", 1),
    }
}

fn index_key(row: KeyRow) -> IndexKey {
    IndexKey {
        text: row.text.or_else(|| row.column.clone()).unwrap_or_default(),
        column: row.column,
        descending: row.descending.unwrap_or(false),
        nulls_first: row.nulls_first.unwrap_or(false),
        operator_class: row.operator_class,
        collation: row.collation,
    }
}

fn foreign_key(row: ForeignKeyRow) -> ForeignKey {
    ForeignKey {
        name: row.name,
        columns: row.columns.unwrap_or_default(),
        referenced_schema: row.referenced_schema,
        referenced_table: row.referenced_table,
        referenced_columns: row.referenced_columns.unwrap_or_default(),
    }
}

fn activity(row: &TableRow) -> TableActivity {
    TableActivity {
        sequential_scans: row.seq_scan,
        index_scans: row.idx_scan,
        rows_inserted: row.inserted,
        rows_updated: row.updated,
        rows_updated_hot: row.updated_hot,
        rows_deleted: row.deleted,
    }
}

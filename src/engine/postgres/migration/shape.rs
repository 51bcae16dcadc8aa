//! A PostgreSQL schema in neutral form.

use std::collections::HashMap;

use serde::Deserialize;

use super::reader::PostgresReader;
use super::{object_sql, shape_sql as sql};
use crate::engine::migration::{
    CheckShape, ColumnShape, DatabaseShape, ForeignKeyShape, IndexShape, Routine, SequenceShape,
    TableShape, ValueKind,
};
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{DbError, TableName};
use crate::sql::Dialect;

#[derive(Deserialize)]
struct TableRow {
    oid: i64,
    schema: String,
    name: String,
    rows: f64,
    bytes: u64,
    partitions: u32,
    readable: bool,
}

#[derive(Deserialize)]
struct ColumnRow {
    table_oid: i64,
    name: String,
    declared: String,
    r#type: String,
    type_type: String,
    /// An array of labels.
    labels_list: bool,
    modifier: i32,
    nullable: bool,
    default: Option<String>,
    identity: bool,
    generated: bool,
    collation: Option<String>,
    folds: bool,
    /// Of the whole database.
    utf8: bool,
    labels: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct IndexRow {
    table_oid: i64,
    name: String,
    unique: bool,
    primary: bool,
    valid: bool,
    method: String,
    partial: bool,
    immediate: bool,
    parts: Option<Vec<String>>,
    definition: String,
    not_null: bool,
}

#[derive(Deserialize)]
struct ConstraintRow {
    table_oid: i64,
    name: String,
    r#type: String,
    validated: bool,
    enforced: bool,
    parent_schema: Option<String>,
    parent: Option<String>,
    on_delete: String,
    on_update: String,
    columns: Option<Vec<String>>,
    parent_columns: Option<Vec<String>>,
    expression: Option<String>,
    period: bool,
    manner: String,
    operators: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct TriggerRow {
    table_oid: i64,
    name: String,
}

#[derive(Deserialize)]
struct SequenceRow {
    schema: String,
    name: String,
    increment: i64,
    readable: bool,
    quoted: String,
    owner_schema: Option<String>,
    owner_table: Option<String>,
    owner_column: Option<String>,
}

/// Schemas by name, or all that users made.
fn within(schemas: &[String]) -> String {
    match schemas {
        [] => "true".to_owned(),
        schemas => {
            let quoted: Vec<String> =
                schemas.iter().map(|schema| PostgresDialect.quote_literal(schema)).collect();
            format!("n.nspname IN ({})", quoted.join(", "))
        }
    }
}

pub async fn read(reader: &PostgresReader, schemas: &[String]) -> Result<DatabaseShape, DbError> {
    let client = &reader.link.client;
    let within = within(schemas);
    let enforced = if reader.major >= 18 { "k.conenforced" } else { "true" };
    let period = if reader.major >= 18 { "k.conperiod" } else { "false" };
    let rows: Vec<TableRow> = json_rows(client, &sql::tables(&within)).await?;
    let mut shape = DatabaseShape { home: "public".to_owned(), ..DatabaseShape::default() };
    let mut places: HashMap<i64, usize> = HashMap::new();
    for row in rows {
        let name = TableName { schema: row.schema, name: row.name };
        if !row.readable {
            shape.unreadable.push(name);
            continue;
        }
        places.insert(row.oid, shape.tables.len());
        shape.tables.push(TableShape {
            name,
            columns: Vec::new(),
            key: Vec::new(),
            primary: false,
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            disabled_triggers: Vec::new(),
            rows: row.rows,
            bytes: row.bytes,
            partitions: row.partitions,
        });
    }
    let mut tables = Tables { places, tables: shape.tables };
    for row in json_rows::<ColumnRow>(client, &sql::columns(&within)).await? {
        tables.with(row.table_oid, |table| table.columns.push(column(row)));
    }
    for row in json_rows::<IndexRow>(client, &sql::indexes(&within)).await? {
        tables.with(row.table_oid, |table| add_index(table, row));
    }
    for row in
        json_rows::<ConstraintRow>(client, &sql::constraints(&within, enforced, period)).await?
    {
        tables.with(row.table_oid, |table| add_constraint(table, row));
    }
    for row in json_rows::<TriggerRow>(client, &sql::disabled_triggers(&within)).await? {
        tables.with(row.table_oid, |table| table.disabled_triggers.push(row.name));
    }
    shape.tables = tables.tables;
    for row in json_rows::<SequenceRow>(client, &sql::sequences(&within)).await? {
        shape.sequences.push(sequence(reader, row).await?);
    }
    shape.routines = json_rows::<Routine>(client, &object_sql::routines(&within)).await?;
    let foreign = shape.routines.iter().filter(|routine| routine.class == "foreign table");
    let foreign = foreign.map(|table| {
        format!(
            "{}.{} is a foreign table: its rows are another server's, and were not compared.",
            table.schema, table.name
        )
    });
    shape.outside = foreign.collect();
    let collation = "SELECT concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype) FROM pg_database WHERE datname = current_database()";
    shape.collation = query::value(client, collation).await?;
    Ok(shape)
}

struct Tables {
    places: HashMap<i64, usize>,
    tables: Vec<TableShape>,
}

impl Tables {
    fn with(&mut self, oid: i64, change: impl FnOnce(&mut TableShape)) {
        if let Some(table) = self.places.get(&oid).and_then(|place| self.tables.get_mut(*place)) {
            change(table);
        }
    }
}

fn column(row: ColumnRow) -> ColumnShape {
    let numbered =
        row.identity || row.default.as_ref().is_some_and(|default| default.starts_with("nextval("));
    ColumnShape {
        kind: match row.labels_list {
            true => ValueKind::TextArray,
            false => kind(&row.r#type, &row.type_type, row.modifier),
        },
        name: row.name,
        declared: row.declared,
        nullable: row.nullable,
        expression: row.default.clone().filter(|_| row.generated),
        default: row.default.filter(|_| !row.generated),
        numbered,
        on_update: false,
        generated: row.generated,
        folds_case: row.folds,
        collation: row.collation,
        utf8: row.utf8,
        labels: row.labels.unwrap_or_default(),
    }
}

/// `modifier` as the catalog has it: -1 where the declaration gives none.
fn kind(name: &str, type_type: &str, modifier: i32) -> ValueKind {
    let declared = (modifier >= 4).then(|| (modifier - 4) as u32);
    let limit = declared.map(u64::from);
    match name {
        "bool" => ValueKind::Boolean,
        "int2" => ValueKind::Integer { bits: 16, unsigned: false },
        "int4" => ValueKind::Integer { bits: 32, unsigned: false },
        "int8" => ValueKind::Integer { bits: 64, unsigned: false },
        "numeric" => ValueKind::Decimal {
            precision: declared.map(|declared| declared >> 16),
            // From 15 on a scale may be negative, in eleven bits: no other engine has such.
            scale: declared.map(|declared| declared & 0x7ff).filter(|scale| *scale < 1024),
        },
        "float4" => ValueKind::Single,
        "float8" => ValueKind::Double,
        "date" => ValueKind::Date,
        "time" => ValueKind::Time { span: false },
        "timestamp" => ValueKind::DateTime { zoned: false },
        "timestamptz" => ValueKind::DateTime { zoned: true },
        "interval" => ValueKind::Interval,
        "text" | "citext" | "name" | "xml" => ValueKind::Text { padded: false, limit: None },
        "varchar" => ValueKind::Text { padded: false, limit },
        "bpchar" => ValueKind::Text { padded: modifier >= 0, limit },
        "bytea" => ValueKind::Bytes { fixed: None },
        "uuid" => ValueKind::Uuid,
        // As many bits as a value has.
        "varbit" => ValueKind::Bits { count: 0 },
        "bit" => ValueKind::Bits { count: u64::try_from(modifier).unwrap_or(1) },
        "json" => ValueKind::Json { parsed: false },
        "jsonb" => ValueKind::Json { parsed: true },
        "point" => ValueKind::Point,
        "geometry" | "geography" => ValueKind::Geometry,
        "inet" => ValueKind::Address,
        "_text" | "_varchar" => ValueKind::TextArray,
        _ if type_type == "e" => ValueKind::Label,
        _ => ValueKind::Other,
    }
}

fn add_index(table: &mut TableShape, row: IndexRow) {
    let parts = row.parts.unwrap_or_default();
    let identifies = row.unique && row.not_null && row.valid && !row.partial && row.immediate;
    if identifies && (row.primary || table.key.is_empty()) {
        table.key = parts.clone();
        table.primary = row.primary;
    }
    table.indexes.push(IndexShape {
        name: row.name,
        unique: row.unique,
        primary: row.primary,
        prefixes: vec![0; parts.len()],
        parts,
        method: row.method,
        partial: row.partial,
        valid: row.valid,
        definition: row.definition,
    });
}

fn add_constraint(table: &mut TableShape, row: ConstraintRow) {
    let (validated, enforced) = (row.validated, row.enforced);
    match row.r#type.as_str() {
        "f" => table.foreign_keys.push(ForeignKeyShape {
            name: row.name,
            columns: row.columns.unwrap_or_default(),
            parent: TableName {
                schema: row.parent_schema.unwrap_or_default(),
                name: row.parent.unwrap_or_default(),
            },
            parent_columns: row.parent_columns.unwrap_or_default(),
            on_delete: row.on_delete,
            on_update: row.on_update,
            validated,
            enforced,
            manner: row.manner,
            period: row.period,
            operators: row.operators.unwrap_or_default(),
        }),
        _ => table.checks.push(CheckShape {
            name: row.name,
            expression: row.expression.unwrap_or_default(),
            validated,
            enforced,
        }),
    }
}

async fn sequence(reader: &PostgresReader, row: SequenceRow) -> Result<SequenceShape, DbError> {
    let next = match row.readable {
        // What it would give, without asking it for a number.
        true => {
            let sql = format!(
                "SELECT CASE WHEN is_called THEN last_value + {} ELSE last_value END FROM {}",
                row.increment, row.quoted
            );
            let rows = reader.ask(&sql).await?;
            let text = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
            text.and_then(|text| text.parse().ok())
        }
        false => None,
    };
    let owner = row.owner_schema.zip(row.owner_table).zip(row.owner_column);
    Ok(SequenceShape {
        name: TableName { schema: row.schema, name: row.name },
        owner: owner.map(|((schema, name), column)| (TableName { schema, name }, column)),
        next,
        increment: row.increment,
    })
}

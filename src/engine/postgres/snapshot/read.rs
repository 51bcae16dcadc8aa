//! Reading what the planner goes by: catalogs only, on a session that writes nothing and waits for no lock.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use tokio_postgres::Client;

use super::{heights, objects, operator_sql, sql};
use crate::engine::postgres::NAME;
use crate::engine::postgres::carried;
use crate::engine::postgres::session::PostgresSession;
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{
    Access, ColumnFacts, DatabaseFacts, DbError, DbErrorKind, IndexFacts, InvertedFacts,
    OperatorGroupFacts, PlannerState, RelationFacts, SchemaObject, Session, SessionOptions,
};

/// Nobody waits for us longer than this, and we for nobody.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// So that every name is written out with its schema, and every value in a form that any server reads.
pub(super) const FORMS: [(&str, &str); 6] = [
    ("search_path", ""),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("bytea_output", "hex"),
    ("extra_float_digits", "1"),
    ("jit", "off"),
];

pub async fn read(url: &str, options: &SessionOptions) -> Result<PlannerState, DbError> {
    let options = SessionOptions {
        access: Access::ReadOnly,
        lock_timeout: LONGEST_WAIT.min(options.lock_timeout),
        ..options.clone()
    };
    let mut session = PostgresSession::connect(url, &options).await?;
    match read_sized(&mut session, true).await {
        // Somebody holds a table against all readers: its size is then the one counted last.
        Err(error) if error.kind == DbErrorKind::Timeout => {
            let state = {
                let mut session = PostgresSession::connect(url, &options).await?;
                read_sized(&mut session, false).await?
            };
            Ok(state)
        }
        state => state,
    }
}

async fn read_sized(session: &mut PostgresSession, exact: bool) -> Result<PlannerState, DbError> {
    let server = session.server().await?;
    let catalog = session.catalog().await?;
    let major = server.version_number[0];
    let client = session.client();
    for (name, value) in FORMS {
        query::run(client, &format!("SET {name} = {}", super::literal(value))).await?;
    }
    let mut state = PlannerState {
        engine: NAME.to_owned(),
        version: server.version,
        version_number: server.version_number,
        database: database(client).await?,
        extensions: json_rows(client, sql::extensions()).await?,
        settings: json_rows(client, &sql::settings(&carried::planner_settings())).await?,
        objects: schema_objects(client, exact).await?,
        relations: json_rows(client, &sql::relations(exact)).await?,
        indexes: json_rows(client, &sql::indexes(exact)).await?,
        columns: columns(client, major).await?,
        extended: json_rows(client, &sql::extended(major, exact)).await?,
        catalog,
        ends: Vec::new(),
        operator_groups: operator_groups(client).await?,
        roles: json_rows(client, objects::roles()).await?,
        storage: Vec::new(),
        kept: Vec::new(),
        hidden: Vec::new(),
    };
    state.catalog.search_path.clone_from(&state.database.search_path);
    state.hidden.extend(locked(client, exact).await?);
    state.hidden.extend(invisible(client).await?);
    state.hidden.extend(uncarried(client).await?);
    let inspect = state.inspection_schema();
    state.hidden.extend(read_heights(client, &mut state.indexes, inspect.as_deref()).await?);
    state.hidden.extend(filtered(&state.relations));
    Ok(state)
}

impl PlannerState {
    /// Where pageinspect is, quoted.
    fn inspection_schema(&self) -> Option<String> {
        let inspect = self.extensions.iter().find(|extension| extension.name == "pageinspect");
        inspect.map(|extension| super::identifier(&extension.schema))
    }
}

async fn database(client: &Client) -> Result<DatabaseFacts, DbError> {
    let facts: Vec<DatabaseFacts> = json_rows(client, sql::database()).await?;
    let mut facts = facts.into_iter().next().unwrap_or_default();
    let path = query::rows(client, sql::search_path()).await?;
    facts.search_path =
        path.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    Ok(facts)
}

async fn schema_objects(client: &Client, exact: bool) -> Result<Vec<SchemaObject>, DbError> {
    let mut found = Vec::new();
    let before = [objects::text_search(), objects::objects_before()].concat();
    for sql in before.iter().chain(&objects::objects_after(exact)) {
        let rows: Vec<SchemaObject> = json_rows(client, sql).await?;
        found.extend(rows);
    }
    Ok(found)
}

async fn operator_groups(client: &Client) -> Result<Vec<OperatorGroupFacts>, DbError> {
    let mut groups: Vec<OperatorGroupFacts> = json_rows(client, &operator_sql::families()).await?;
    groups.extend(json_rows::<OperatorGroupFacts>(client, &operator_sql::classes()).await?);
    Ok(groups)
}

async fn columns(client: &Client, major: u32) -> Result<Vec<ColumnFacts>, DbError> {
    let mut columns: Vec<ColumnFacts> = json_rows(client, &sql::columns_statistics(major)).await?;
    if major < 17
        && let Ok(ranges) = json_rows::<ColumnFacts>(client, &sql::range_statistics()).await
    {
        let key =
            |c: &ColumnFacts| (c.schema.clone(), c.relation.clone(), c.column.clone(), c.inherited);
        let mut ranges: HashMap<_, _> = ranges.into_iter().map(|c| (key(&c), c)).collect();
        for column in &mut columns {
            if let Some(range) = ranges.remove(&key(column)) {
                column.range_lengths = range.range_lengths;
                column.range_empty = range.range_empty;
                column.range_bounds = range.range_bounds;
            }
        }
    }
    Ok(columns)
}

/// Names of more than these are counted.
const MOST_NAMED: usize = 5;

pub(super) fn listed(names: &[String]) -> String {
    let named = names.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

async fn first_column(client: &Client, sql: &str) -> Result<Vec<String>, DbError> {
    let rows = query::rows(client, sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

async fn locked(client: &Client, exact: bool) -> Result<Option<String>, DbError> {
    if exact {
        return Ok(None);
    }
    let tables = first_column(client, &sql::locked_tables()).await?;
    Ok(Some(format!(
        "left out, because they were locked against readers: {}; sizes of files are those of the last VACUUM or ANALYZE",
        listed(&tables)
    )))
}

async fn invisible(client: &Client) -> Result<Option<String>, DbError> {
    let tables = first_column(client, &sql::invisible()).await?;
    Ok((!tables.is_empty()).then(|| {
        format!(
            "column statistics of {} are invisible to this login ({}): GRANT SELECT on them, or pg_read_all_data; \
             plans on them go by the planner's defaults",
            counted(tables.len(), "table"),
            listed(&tables)
        )
    }))
}

async fn uncarried(client: &Client) -> Result<Option<String>, DbError> {
    let names = first_column(client, &objects::uncarried()).await?;
    Ok((!names.is_empty()).then(|| format!("not carried: {}", listed(&names))))
}

fn filtered(relations: &[RelationFacts]) -> Option<String> {
    let names = relations.iter().filter(|relation| relation.row_security.is_some());
    let names: Vec<String> = names.map(RelationFacts::full_name).collect();
    (!names.is_empty()).then(|| {
        format!(
            "row security is on for {} ({}): plans on a copy are those of the owner, whom policies filter only where they are \
             forced; --role ROLE plans as somebody else",
            counted(names.len(), "table"),
            listed(&names)
        )
    })
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

#[derive(Deserialize)]
struct Height {
    schema: String,
    name: String,
    #[serde(default)]
    head: Option<String>,
    #[serde(default)]
    height: Option<u32>,
    #[serde(default)]
    inverted: Option<InvertedFacts>,
}

/// Fills heights in where the login may know them. Returns what to say where it may not.
async fn read_heights(
    client: &Client,
    indexes: &mut [IndexFacts],
    inspect: Option<&str>,
) -> Result<Option<String>, DbError> {
    let mut known: Vec<Height> = Vec::new();
    if let Some(schema) = inspect {
        known = json_rows(client, &sql::inspected_heights(schema)).await.unwrap_or_default();
        let inverted = json_rows(client, &sql::inspected_inverted(schema)).await;
        known.extend(inverted.unwrap_or_default());
    }
    if known.is_empty() {
        known = json_rows(client, &sql::index_heads()).await.unwrap_or_default();
    }
    let by_name: HashMap<(String, String), Height> =
        known.into_iter().map(|row| ((row.schema.clone(), row.name.clone()), row)).collect();
    let of = |index: &IndexFacts| by_name.get(&(index.schema.clone(), index.name.clone()));
    for index in indexes.iter_mut().filter(|index| index.method == "gin") {
        let by_head = |row: &Height| row.head.as_deref().and_then(heights::of_inverted);
        index.inverted = of(index).and_then(|row| row.inverted.or_else(|| by_head(row)));
    }
    let mut modelled = 0;
    for index in indexes.iter_mut().filter(|index| index.method == "btree" && index.blocks > 0) {
        let by_head = |row: &Height| row.head.as_deref().and_then(heights::of_head);
        let height = of(index).and_then(|row| row.height.or_else(|| by_head(row)));
        if index.blocks <= 2 {
            // A meta page, and at most one leaf.
            index.height = Some(0);
            continue;
        }
        // What lies on the disk may be older than the index is.
        index.height = height.filter(|height| *height > 0);
        modelled += usize::from(index.height.is_none());
    }
    Ok((modelled > 0).then(|| {
        format!(
            "the heights of {} are modelled from their sizes: reading them takes pageinspect, or the right to read the \
             server's files",
            if modelled == 1 { "1 index".to_owned() } else { format!("{modelled} indexes") }
        )
    }))
}

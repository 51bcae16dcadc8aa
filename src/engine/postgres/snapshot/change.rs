//! A change to the schema of a replica, made while everything in it is empty; what it adds gets the size that it would have.

use serde::Deserialize;
use tokio_postgres::Client;

use super::files;
use super::restore::Work;
use super::sizes::UNKNOWN_WIDTH;
use super::types::{Numbers, Oid};
use crate::engine::postgres::index_grammar::modelled_bytes;
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{
    ColumnFacts, DbError, IndexDefinition, IndexFacts, KeyDefinition, KeySubject, PlannerState,
    RelationFacts,
};

/// An index that the source does not have.
#[derive(Deserialize)]
pub(super) struct NewIndex {
    pub oid: Oid,
    pub schema: String,
    pub name: String,
    pub table: String,
    pub method: String,
    pub statement: String,
    pub predicate: Option<String>,
    pub unique: bool,
    pub keys: Vec<Key>,
}

#[derive(Deserialize)]
pub(super) struct Key {
    /// A column, where it is one.
    column: Option<String>,
    text: String,
    included: bool,
}

pub(super) const INDEXES: &str = "\
    SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, t.relname AS table, am.amname AS method, \
           pg_catalog.pg_get_indexdef(c.oid) AS statement, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, \
           i.indisunique AS unique, \
           (SELECT json_agg(json_build_object('column', a.attname, 'text', pg_catalog.pg_get_indexdef(c.oid, k, true), \
                                              'included', k > i.indnkeyatts) ORDER BY k) \
            FROM generate_series(1, i.indnatts::int) k LEFT JOIN pg_catalog.pg_attribute a \
                 ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND a.attnum > 0) AS keys \
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
    JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
    JOIN pg_catalog.pg_am am ON am.oid = c.relam \
    WHERE c.relkind = 'i' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

impl Work<'_> {
    /// In order, up to the first statement that is refused.
    pub(super) async fn change(&mut self) -> Result<(), DbError> {
        let path = super::restore::search_path(self.state);
        if !self.change.is_empty() && !path.is_empty() {
            query::run(self.owner, &format!("SET search_path = {}", path.join(", "))).await?;
        }
        for statement in self.change {
            let done = query::run(self.owner, statement).await;
            done.map_err(|error| {
                let head: String = statement.chars().take(60).collect();
                DbError { message: format!("{head} …: {}", error.message), ..error }
            })?;
        }
        query::run(self.owner, "SET search_path = ''").await
    }

    /// Sizes of what the change has added.
    pub(super) async fn added(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        if self.change.is_empty() {
            return Ok(());
        }
        let known = |index: &NewIndex| {
            self.state.indexes.iter().any(|i| i.schema == index.schema && i.name == index.name)
        };
        let found: Vec<NewIndex> = json_rows(self.superuser, INDEXES).await?;
        let new: Vec<NewIndex> = found.into_iter().filter(|index| !known(index)).collect();
        // The share of rows that a partial index holds is asked of the planner, which asks for sizes of files.
        for file in self.sized(numbers).iter().filter(|file| file.blocks > 0) {
            let path = self.data.join(&file.path);
            let sized = files::extend(&path, file.blocks, self.data_owner);
            sized.map_err(|error| super::restore::unwritable(&error))?;
        }
        for index in new {
            let table = self
                .state
                .relations
                .iter()
                .find(|r| r.schema == index.schema && r.name == index.table);
            let Some(table) = table else { continue };
            let rows = rows(self.owner, &index, table).await?;
            let blocks = blocks(self.state, &index, table, rows);
            let sql = format!(
                "UPDATE pg_catalog.pg_class SET relpages = {blocks}, reltuples = {rows}::float4 WHERE oid = {}",
                index.oid
            );
            query::run(self.superuser, &sql).await?;
            self.new_indexes.push(facts(index, blocks, rows));
        }
        Ok(())
    }
}

/// As many entries as the planner expects rows that the index holds.
pub(super) async fn rows(
    owner: &Client,
    index: &NewIndex,
    table: &RelationFacts,
) -> Result<f64, DbError> {
    let grown = table.blocks as f64 / (table.known_blocks as f64).max(1.0);
    let all = (table.known_rows.max(0.0) * grown).round();
    let Some(predicate) = &index.predicate else { return Ok(all) };
    let own = super::ddl::name(&index.schema, &index.table);
    let sql = format!("EXPLAIN (FORMAT JSON) SELECT 1 FROM {own} WHERE {predicate}");
    let text = query::value(owner, &sql).await?.unwrap_or_default();
    let plan: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    Ok(plan[0]["Plan"]["Plan Rows"].as_f64().unwrap_or(all).min(all))
}

/// Average width of what is searched by, as far as statistics tell.
pub(super) fn key_bytes(state: &PlannerState, index: &NewIndex) -> f64 {
    let width = |key: &Key| {
        let column = key.column.as_ref()?;
        let own = |facts: &&ColumnFacts| {
            facts.schema == index.schema && facts.relation == index.table && facts.column == *column
        };
        state.columns.iter().find(own).map(|facts| facts.width as f64)
    };
    let searched = index.keys.iter().filter(|key| !key.included);
    searched.map(|key| width(key).unwrap_or(UNKNOWN_WIDTH)).sum()
}

fn facts(index: NewIndex, blocks: u64, rows: f64) -> IndexFacts {
    let keys = index.keys.into_iter().filter(|key| !key.included);
    IndexFacts {
        keys: keys
            .map(|key| match key.column {
                Some(column) => (index.table.clone(), column),
                None => (index.name.clone(), key.text),
            })
            .collect(),
        schema: index.schema,
        name: index.name,
        table: index.table,
        method: index.method,
        statement: index.statement,
        constraint: index.unique,
        part_of: None,
        valid: true,
        blocks,
        known_blocks: blocks,
        known_rows: rows,
        height: None,
        inverted: None,
    }
}

const PAGE: f64 = 8192.0;

pub(super) fn blocks(
    state: &PlannerState,
    index: &NewIndex,
    facts: &RelationFacts,
    rows: f64,
) -> u64 {
    let subject = |key: &Key| match &key.column {
        Some(column) => KeySubject::Column(column.clone()),
        None => KeySubject::Expression(key.text.clone()),
    };
    let (carried, searched): (Vec<&Key>, Vec<&Key>) =
        index.keys.iter().partition(|key| key.included);
    let definition = IndexDefinition {
        schema: index.schema.clone(),
        table: index.table.clone(),
        method: index.method.clone(),
        keys: searched.iter().map(|key| KeyDefinition::ascending(subject(key))).collect(),
        include: carried.iter().filter_map(|key| key.column.clone()).collect(),
        predicate: index.predicate.clone(),
    };
    let table = state.catalog.table(Some(&index.schema), &index.table);
    let modelled = table.and_then(|table| modelled_bytes(&definition, table, rows));
    let bytes =
        modelled.map_or_else(|| of_entries(state, index, facts, rows), |bytes| bytes as f64);
    (bytes / PAGE).ceil().max(1.0) as u64
}

/// Bytes that an inverted index takes for one row's mention in a long list, packed; and for one word with its list.
const MENTION: f64 = 1.5;
const WORD: f64 = 40.0;
/// A trigram index has about as many words for a row as the text has letters.
const TRIGRAMS: &str = "trgm_ops";
/// Pages of the search trees without an order are about so full, and an entry has a header and a line pointer.
const LOOSE_FILL: f64 = 0.65;
const ENTRY: f64 = 12.0;

fn of_entries(state: &PlannerState, index: &NewIndex, table: &RelationFacts, rows: f64) -> f64 {
    let columns = |key: &Key| {
        let column = key.column.clone()?;
        state.columns.iter().find(|facts| {
            facts.schema == table.schema && facts.relation == table.name && facts.column == column
        })
    };
    let width: f64 =
        index.keys.iter().map(|key| columns(key).map_or(16.0, |facts| facts.width as f64)).sum();
    if index.method != "gin" {
        return rows * (width.min(40.0) + ENTRY) / LOOSE_FILL;
    }
    let words = |key: &Key| {
        let counted = columns(key).and_then(|facts| facts.element_counts.as_ref()?.last().copied());
        let by_width = match index.statement.contains(TRIGRAMS) {
            true => columns(key).map_or(16.0, |facts| facts.width as f64),
            false => columns(key).map_or(4.0, |facts| (facts.width as f64 / 10.0).max(1.0)),
        };
        counted.unwrap_or(by_width)
    };
    let mentions: f64 = rows * index.keys.iter().map(words).sum::<f64>();
    mentions * MENTION + (mentions / 20.0).min(200_000.0) * WORD
}

//! Indexes that are tried on a replica. Building one would read the whole of its table, which is a hole of many gigabytes
//! there: it is built on an empty twin of the table, given the size that it would have, and handed over to the table.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::change::{self, NewIndex};
use super::types::{Numbers, Oid};
use super::{ddl, files, heights, literal};
use crate::engine::postgres::index_grammar::PostgresIndexes;
use crate::engine::postgres::sandbox_rights::OWNER;
use crate::engine::postgres::session::PostgresSession;
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{
    Access, DbError, DbErrorKind, FileContent, IndexDefinition, IndexGrammar, PlannerState,
    QualifiedName, RelationFacts, RunAs, SessionOptions, SizedFile, StandIn, StandIns,
};

/// Where the twins are.
pub(super) const TWINS: &str = "planwise_twins";
const PAGE: u64 = 8192;

pub struct PostgresStandIns<'a> {
    state: &'a PlannerState,
    /// Whose rights expressions and conditions of indexes run with.
    owner: PostgresSession,
    superuser: PostgresSession,
    numbers: Numbers,
    data: &'a Path,
    data_owner: Option<&'a RunAs>,
    made: BTreeMap<String, Vec<Oid>>,
    /// Indexes that were there when this began: what is made from now on has other names.
    before: String,
}

impl<'a> PostgresStandIns<'a> {
    pub async fn open(
        state: &'a PlannerState,
        (url, owner_url): (&str, &str),
        (data, data_owner): (&'a Path, Option<&'a RunAs>),
    ) -> Result<PostgresStandIns<'a>, DbError> {
        let options = SessionOptions {
            access: Access::Commit,
            statement_timeout: Duration::ZERO,
            lock_timeout: Duration::ZERO,
            ..SessionOptions::default()
        };
        let owner = PostgresSession::connect(owner_url, &options).await?;
        let superuser = PostgresSession::connect(url, &options).await?;
        let client = superuser.client();
        let prepared = format!(
            "SET allow_system_table_mods = on; SET client_min_messages = error; \
             CREATE SCHEMA IF NOT EXISTS {TWINS} AUTHORIZATION {OWNER}"
        );
        query::run(client, &prepared).await?;
        query::run(owner.client(), "SET client_min_messages = error").await?;
        let numbers = Numbers::read(client).await?;
        let before = format!(
            "SELECT count(*) FROM pg_catalog.pg_class WHERE relkind = 'i' AND relnamespace = '{TWINS}'::regnamespace"
        );
        let before = query::value(client, &before).await?.unwrap_or_default();
        let made = BTreeMap::new();
        Ok(PostgresStandIns { state, owner, superuser, numbers, data, data_owner, made, before })
    }

    /// The relation itself, or what its rows are in.
    fn leaves(&self, schema: &str, name: &str) -> Vec<&'a RelationFacts> {
        let relations = &self.state.relations;
        let mut pending: Vec<&RelationFacts> =
            relations.iter().filter(|r| r.schema == schema && r.name == name).collect();
        let mut leaves = Vec::new();
        while let Some(relation) = pending.pop() {
            if relation.kind != "partitioned table" {
                leaves.push(relation);
                continue;
            }
            let own = |parent: &QualifiedName| {
                parent.schema == relation.schema && parent.name == relation.name
            };
            let is_part = |r: &&RelationFacts| r.partition.as_ref().is_some_and(|(p, _)| own(p));
            pending.extend(relations.iter().filter(is_part));
        }
        leaves.retain(|leaf| matches!(leaf.kind.as_str(), "table" | "materialized view"));
        leaves
    }

    /// An empty table of the same columns.
    async fn twin(&self, table: &RelationFacts) -> Result<(Oid, String), DbError> {
        let refused = |why: &str| DbError::new(DbErrorKind::Unsupported, why);
        let real = self.numbers.relation(&table.schema, &table.name);
        let real = real.ok_or_else(|| refused("the table is not on the replica"))?.oid;
        let twin = format!("t{real}");
        let sql = format!(
            "CREATE TABLE IF NOT EXISTS {} AS SELECT * FROM ONLY {} WITH NO DATA",
            ddl::name(TWINS, &twin),
            ddl::name(&table.schema, &table.name)
        );
        query::run(self.owner.client(), &sql).await?;
        // Indexes know columns by their numbers.
        let columns = |table: &str| {
            format!(
                "SELECT a.attnum, a.attname, a.atttypid, a.attcollation FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = {table} AND a.attnum > 0 AND NOT a.attisdropped"
            )
        };
        let of_twin = format!("{}::regclass", literal(&ddl::name(TWINS, &twin)));
        let (there, here) = (columns(&real.to_string()), columns(&of_twin));
        let differ = format!("SELECT 1 FROM ({there} EXCEPT {here}) x LIMIT 1");
        match query::value(self.superuser.client(), &differ).await? {
            Some(_) => Err(refused("the columns of the table are numbered with gaps")),
            None => Ok((real, twin)),
        }
    }

    /// One table's. Returns its number and its blocks.
    async fn one(
        &self,
        index: &IndexDefinition,
        name: &str,
        table: &RelationFacts,
    ) -> Result<(Oid, u64), DbError> {
        let (real, twin) = self.twin(table).await?;
        let on_twin =
            IndexDefinition { schema: TWINS.to_owned(), table: twin.clone(), ..index.clone() };
        query::run(self.owner.client(), &PostgresIndexes.create_now(&on_twin, name)).await?;
        let made = format!("{} AND c.relname = {}", change::INDEXES, literal(name));
        let made: Vec<NewIndex> = json_rows(self.superuser.client(), &made).await?;
        let made = made.into_iter().next().ok_or_else(|| {
            DbError::new(DbErrorKind::Unsupported, "the server made another index than it was told")
        })?;
        let made = NewIndex { schema: table.schema.clone(), table: table.name.clone(), ..made };
        let rows = change::rows(self.owner.client(), &made, table).await?;
        let blocks = change::blocks(self.state, &made, table, rows);
        self.size(&made, blocks).await?;
        let oid = made.oid;
        let hand_over = format!(
            "UPDATE pg_catalog.pg_index SET indrelid = {real} WHERE indexrelid = {oid}; \
             UPDATE pg_catalog.pg_class SET relpages = {blocks}, reltuples = {rows}::float4 WHERE oid = {oid}; \
             UPDATE pg_catalog.pg_class SET relhasindex = true WHERE oid = {real}"
        );
        query::run(self.superuser.client(), &hand_over).await?;
        Ok((oid, blocks))
    }

    async fn size(&self, index: &NewIndex, blocks: u64) -> Result<(), DbError> {
        let path = format!("SELECT pg_catalog.pg_relation_filepath({})", index.oid);
        let path = query::value(self.superuser.client(), &path).await?.unwrap_or_default();
        let content = match index.method.as_str() {
            // Nobody has looked at the tree yet, so that the server has none of its pages in memory.
            "btree" => FileContent::Tree {
                height: heights::modelled(blocks, change::key_bytes(self.state, index)),
                leaf: None,
            },
            _ => FileContent::AsItIs,
        };
        let relation = QualifiedName { schema: index.schema.clone(), name: index.name.clone() };
        let full = self.data.join(&path);
        let there = std::fs::metadata(&full).map_or(0, |data| data.len()) / PAGE;
        let file = SizedFile { path: path.into(), relation, blocks: blocks.max(there), content };
        files::resize(self.data, &[file], self.data_owner)
            .map_err(|error| super::restore::unwritable(&error))
    }
}

#[async_trait]
impl StandIns for PostgresStandIns<'_> {
    fn can_stand(&self, index: &IndexDefinition) -> bool {
        !self.leaves(&index.schema, &index.table).is_empty()
    }

    async fn add(
        &mut self,
        index: &IndexDefinition,
        name: &str,
        needs: Option<&str>,
    ) -> Result<StandIn, DbError> {
        if let Some(install) = needs {
            query::run(self.superuser.client(), install).await?;
        }
        let leaves = self.leaves(&index.schema, &index.table);
        let (mut parts, mut blocks) = (Vec::new(), 0);
        self.made.insert(name.to_owned(), Vec::new());
        for (n, leaf) in leaves.into_iter().enumerate() {
            let part = format!("{name}_{}_{n}", self.before);
            match self.one(index, &part, leaf).await {
                Ok((number, its)) => {
                    self.made.entry(name.to_owned()).or_default().push(number);
                    blocks += its;
                    parts.push(part);
                }
                Err(error) => {
                    // What some partitions have got is nothing that anybody asked for.
                    self.set_visible(name, false).await?;
                    return Err(error);
                }
            }
        }
        Ok(StandIn { bytes: blocks * PAGE, parts })
    }

    async fn set_visible(&mut self, name: &str, visible: bool) -> Result<(), DbError> {
        let Some(numbers) = self.made.get(name).filter(|all| !all.is_empty()) else {
            return Ok(());
        };
        let numbers: Vec<String> = numbers.iter().map(Oid::to_string).collect();
        let sql = format!(
            "UPDATE pg_catalog.pg_index SET indisvalid = {visible} WHERE indexrelid IN ({})",
            numbers.join(", ")
        );
        query::run(self.superuser.client(), &sql).await
    }
}

//! Figures of relations and statistics of columns, by the superuser.

use super::restore::Work;
use super::steps::{Step, carry_out_together};
use super::types::Numbers;
use super::{extended, literal, statistics};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, DbErrorKind, ExtendedFacts};

/// From here on the server has functions of its own to write statistics.
pub(super) const RESTORES_STATISTICS: u32 = 18;

/// Blocks that the catalog has room for, and rows that a server may be thought to have.
const MOST_KNOWN: u64 = i32::MAX as u64;
const MOST_ROWS: f64 = 1e18;

impl Work<'_> {
    /// Pages and rows as they were counted last.
    pub(super) async fn sizes(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        let mut lines = Vec::new();
        let relations = self
            .state
            .relations
            .iter()
            .map(|r| (&r.schema, &r.name, r.known_blocks, r.known_rows, r.known_visible));
        let indexes = self
            .state
            .indexes
            .iter()
            .map(|i| (&i.schema, &i.name, i.known_blocks, i.known_rows, 0));
        for (schema, name, blocks, rows, visible) in relations.chain(indexes) {
            if let Some(relation) = numbers.relation(schema, name).filter(|r| r.kind != "v") {
                // What no server can have says nothing of one that has it.
                let [blocks, visible] = [blocks, visible].map(|blocks| blocks.min(MOST_KNOWN));
                let rows = if rows.is_finite() { rows.clamp(-1.0, MOST_ROWS) } else { -1.0 };
                lines.push(format!("({}, {blocks}, {rows}::float4, {visible})", relation.oid));
            }
        }
        for lines in lines.chunks(1000) {
            let sql = format!(
                "UPDATE pg_catalog.pg_class c SET relpages = v.pages, reltuples = v.rows, relallvisible = v.visible, \
                        relispopulated = true \
                 FROM (VALUES {}) v(oid, pages, rows, visible) WHERE c.oid = v.oid::oid",
                lines.join(", ")
            );
            query::run(self.superuser, &sql).await?;
        }
        Ok(())
    }

    pub(super) async fn columns(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        let mut steps = Vec::new();
        let mut strangers = 0;
        for facts in &self.state.columns {
            let relation = numbers.relation(&facts.schema, &facts.relation);
            let attribute =
                relation.and_then(|r| Some((r, numbers.attribute(r.oid, &facts.column)?)));
            let Some((relation, attribute)) = attribute else {
                strangers += 1;
                continue;
            };
            let what = format!("{}.{}.{}", facts.schema, facts.relation, facts.column);
            let statement = match self.major >= RESTORES_STATISTICS {
                true => statistics::restore_call(facts),
                false => statistics::insert(relation.oid, attribute, facts, numbers),
            };
            steps.push(Step::new(what, statement));
        }
        let clients = match self.major >= RESTORES_STATISTICS {
            true => &self.owners,
            false => &self.superusers,
        };
        for (step, error) in carry_out_together(clients, steps).await? {
            self.differs(format!(
                "the statistics of {} are left out: {}",
                step.what, error.message
            ));
        }
        if strangers > 0 {
            self.differs(format!(
                "statistics of {strangers} columns that are not there are left out"
            ));
        }
        Ok(())
    }

    pub(super) async fn extended(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        let with_data = self.state.extended.iter().filter(|object| !object.data.is_empty());
        let objects: Vec<&ExtendedFacts> = with_data.collect();
        if objects.is_empty() {
            return Ok(());
        }
        for name in ["pg_ndistinct", "pg_dependencies", "pg_mcv_list"] {
            let cast =
                format!("CREATE CAST (pg_catalog.bytea AS pg_catalog.{name}) WITHOUT FUNCTION");
            query::run(self.superuser, &cast).await?;
        }
        for object in objects {
            if let Err(error) = self.one_extended(object, numbers).await {
                if error.ends_session() {
                    return Err(error);
                }
                let name = format!("{}.{}", object.schema, object.name);
                self.differs(format!(
                    "the content of statistics {name} is left out: {}",
                    error.message
                ));
            }
        }
        Ok(())
    }

    async fn one_extended(
        &mut self,
        object: &ExtendedFacts,
        numbers: &Numbers,
    ) -> Result<(), DbError> {
        let refused = |why: &str| DbError::new(DbErrorKind::Unsupported, why);
        let table = numbers.relation(&object.schema, &object.table);
        let table = table.ok_or_else(|| refused("its table is not there"))?;
        for data in &object.data {
            let columns: extended::Renumbering = data
                .columns
                .iter()
                .filter_map(|(there, name)| {
                    Some((*there, numbers.attribute(table.oid, name)?.number))
                })
                .collect();
            let unread = || refused("it has a form that is not known");
            let bytes =
                |text: &Option<String>,
                 read: fn(&str, &extended::Renumbering) -> Option<Vec<u8>>| {
                    let literal =
                        |text| read(text, &columns).map(|bytes| extended::literal(&bytes));
                    text.as_ref().map(|text| literal(text).ok_or_else(unread)).transpose()
                };
            let null = || "NULL".to_owned();
            let distinct = bytes(&data.distinct, extended::distinct)?.unwrap_or_else(null);
            let dependencies =
                bytes(&data.dependencies, extended::dependencies)?.unwrap_or_else(null);
            let inherited = match self.major >= 15 {
                true => (", stxdinherit", format!(", {}", data.inherited)),
                false => ("", String::new()),
            };
            let sql = format!(
                "DELETE FROM pg_catalog.pg_statistic_ext_data d USING pg_catalog.pg_statistic_ext s \
                   WHERE s.oid = d.stxoid AND s.stxrelid = {oid} AND s.stxname = {name}; \
                 INSERT INTO pg_catalog.pg_statistic_ext_data (stxoid, stxdndistinct, stxddependencies{}) \
                 SELECT s.oid, {distinct}::pg_catalog.pg_ndistinct, {dependencies}::pg_catalog.pg_dependencies{} \
                 FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = {oid} AND s.stxname = {name}",
                inherited.0,
                inherited.1,
                oid = table.oid,
                name = literal(&object.name),
            );
            query::run(self.superuser, &sql).await?;
            self.expressions(object, data, numbers).await?;
            if !data.common.is_empty() {
                self.combinations(object, data, table.oid, numbers).await?;
            }
        }
        Ok(())
    }
}

//! The ends of indexed columns. The planner looks the first and the last value up in the index when a condition lies beyond
//! what it knows of the column: a replica's index holds those two entries and nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::restore::Work;
use super::types::{Numbers, Oid};
use super::{ddl, identifier, literal, sql};
use crate::engine::postgres::sandbox_rights::OWNER;
use crate::engine::postgres::session::PostgresSession;
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{
    Access, DbError, EndFacts, FileContent, PlannerState, QualifiedName, SessionOptions, SizedFile,
};

/// Nobody's work is held up by more: an index is asked for its first and its last entry.
const LONGEST: Duration = Duration::from_secs(2);
/// Longer values do not fit into an index.
const LONGEST_VALUE: usize = 2000;

#[derive(Deserialize)]
struct Asked {
    schema: String,
    table: String,
    column: String,
}

#[derive(Deserialize)]
struct Answer {
    least: Option<String>,
    greatest: Option<String>,
}

/// Fills in the ends of every column that an index is ordered by, where the login may read the column.
pub async fn read(
    url: &str,
    options: &SessionOptions,
    state: &mut PlannerState,
) -> Result<(), DbError> {
    let options = SessionOptions {
        access: Access::ReadOnly,
        statement_timeout: LONGEST.min(options.statement_timeout),
        lock_timeout: Duration::from_secs(1),
        ..options.clone()
    };
    let session = PostgresSession::connect(url, &options).await?;
    let client = session.client();
    for (name, value) in super::read::FORMS {
        query::run(client, &format!("SET {name} = {}", literal(value))).await?;
    }
    // Only by the index; and rather not at all than what a policy lets through.
    query::run(client, "SET enable_seqscan = off; SET enable_sort = off; SET row_security = off")
        .await?;
    let asked: Vec<Asked> = json_rows(client, &sql::ordered_columns()).await?;
    let mut refused = Vec::new();
    for Asked { schema, table, column } in asked {
        let (own, name) = (ddl::name(&schema, &table), identifier(&column));
        let end = |direction: &str| {
            format!(
                "(SELECT x.v::text FROM (SELECT {name} AS v FROM ONLY {own} WHERE {name} IS NOT NULL \
                  ORDER BY {name} {direction} LIMIT 1) x)"
            )
        };
        let sql = format!("SELECT {} AS least, {} AS greatest", end("ASC"), end("DESC"));
        match json_rows::<Answer>(client, &sql).await.map(|rows| rows.into_iter().next()) {
            Ok(Some(Answer { least: Some(least), greatest: Some(greatest) })) => {
                if least.len().max(greatest.len()) <= LONGEST_VALUE {
                    state.ends.push(EndFacts { schema, table, column, least, greatest });
                }
            }
            Ok(_) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => refused.push(format!("{own}.{name} ({})", error.message)),
        }
    }
    if !refused.is_empty() {
        state.hidden.push(format!(
            "the ends of some indexed columns could not be read: {}",
            super::read::listed(&refused)
        ));
    }
    Ok(())
}

/// What is kept of an index while the database is made: the file of a twin that holds the two entries.
pub(super) type Leaves = BTreeMap<Oid, String>;

#[derive(Deserialize)]
struct Ordered {
    oid: Oid,
    column: String,
    /// What follows the name of the table.
    tail: String,
}

impl Work<'_> {
    /// Twins of the indexes whose ends are known.
    pub(super) async fn ends(&mut self, numbers: &Numbers) -> Result<(), DbError> {
        if self.state.ends.is_empty() {
            return Ok(());
        }
        let schema = format!(
            "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {OWNER}",
            super::stand_ins::TWINS
        );
        query::run(self.superuser, &schema).await?;
        let mut tables: BTreeMap<(&str, &str), Vec<&EndFacts>> = BTreeMap::new();
        for end in &self.state.ends {
            tables.entry((&end.schema, &end.table)).or_default().push(end);
        }
        let mut refused = Vec::new();
        for ((schema, table), ends) in tables {
            let Some(relation) = numbers.relation(schema, table) else { continue };
            match self.entries(relation.oid, (schema, table), &ends).await {
                Ok(leaves) => {
                    if let Some(path) = relation.path.as_ref().filter(|_| !leaves.is_empty()) {
                        let content = FileContent::FirstBlockVisible;
                        let relation =
                            QualifiedName { schema: schema.to_owned(), name: table.to_owned() };
                        let path = format!("{path}_vm").into();
                        self.visible.push(SizedFile { path, relation, blocks: 1, content });
                    }
                    self.leaves.extend(leaves);
                }
                Err(error) if error.ends_session() => return Err(error),
                Err(error) => refused.push(format!("{schema}.{table} ({})", error.message)),
            }
        }
        if !refused.is_empty() {
            self.differs(format!(
                "the ends of indexed columns are left out of {}",
                super::read::listed(&refused)
            ));
        }
        Ok(())
    }

    /// By the owner: reading values may run checks of his.
    async fn entries(
        &self,
        oid: Oid,
        (schema, table): (&str, &str),
        ends: &[&EndFacts],
    ) -> Result<Leaves, DbError> {
        let twin = ddl::name(super::stand_ins::TWINS, &format!("e{oid}"));
        let columns: Vec<String> = ends.iter().map(|end| identifier(&end.column)).collect();
        let values = |of: &dyn Fn(&EndFacts) -> &String| {
            let values: Vec<String> = ends.iter().map(|end| literal(of(end))).collect();
            values.join(", ")
        };
        let sql = format!(
            "CREATE TABLE {twin} AS SELECT * FROM ONLY {} WITH NO DATA; \
             INSERT INTO {twin} ({}) VALUES ({}), ({})",
            ddl::name(schema, table),
            columns.join(", "),
            values(&|end| &end.least),
            values(&|end| &end.greatest),
        );
        query::run(self.owner, &sql).await?;
        let mut leaves = Leaves::new();
        let indexes: Vec<Ordered> = json_rows(self.superuser, &sql::ordered_indexes(oid)).await?;
        for index in indexes {
            if !ends.iter().any(|end| end.column == index.column) {
                continue;
            }
            let name = format!("e{}", index.oid);
            let make = format!("CREATE INDEX {name} ON {twin}{}", index.tail);
            query::run(self.owner, &make).await?;
            let full = literal(&ddl::name(super::stand_ins::TWINS, &name));
            let path = format!("SELECT pg_catalog.pg_relation_filepath({full}::regclass)");
            let path = query::value(self.superuser, &path).await?;
            leaves.extend(path.map(|path| (index.oid, path)));
        }
        Ok(leaves)
    }
}

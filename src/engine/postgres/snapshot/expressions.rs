//! Statistics of expressions that belong to no index: a statistics object keeps them, as rows of the table that columns have
//! theirs in.

use serde::Deserialize;

use super::restore::Work;
use super::types::{Attribute, Numbers, Oid};
use super::{ddl, literal, statistics};
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{ColumnFacts, DbError, DbErrorKind, ExtendedData, ExtendedFacts};

#[derive(Deserialize)]
struct Made {
    #[serde(rename = "type")]
    data_type: Oid,
    collation: Oid,
}

impl Work<'_> {
    pub(super) async fn expressions(
        &self,
        object: &ExtendedFacts,
        data: &ExtendedData,
        numbers: &Numbers,
    ) -> Result<(), DbError> {
        if data.of_expressions.is_empty() {
            return Ok(());
        }
        let made = self.types(object, &data.expressions).await?;
        let of = |(text, made): (&String, &Made)| -> Option<String> {
            let facts: &ColumnFacts = data.of_expressions.iter().find(|f| f.column == *text)?;
            let attribute =
                Attribute { number: 0, data_type: made.data_type, collation: made.collation };
            let row = statistics::row(0, attribute, facts, numbers);
            Some(format!("ROW({row})::pg_catalog.pg_statistic"))
        };
        let rows: Option<Vec<String>> = data.expressions.iter().zip(&made).map(of).collect();
        let rows = rows.ok_or_else(|| {
            DbError::new(DbErrorKind::Unsupported, "not all of its expressions have statistics")
        })?;
        let inherited = match self.major >= 15 {
            true => format!(" AND d.stxdinherit = {}", data.inherited),
            false => String::new(),
        };
        let sql = format!(
            "UPDATE pg_catalog.pg_statistic_ext_data d SET stxdexpr = ARRAY[{}] \
             FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace \
             WHERE s.oid = d.stxoid AND n.nspname = {} AND s.stxname = {}{inherited}",
            rows.join(", "),
            literal(&object.schema),
            literal(&object.name)
        );
        query::run(self.superuser, &sql).await
    }

    /// By the owner: planning an expression may run his code.
    async fn types(
        &self,
        object: &ExtendedFacts,
        expressions: &[String],
    ) -> Result<Vec<Made>, DbError> {
        let selected = expressions.iter().enumerate().map(|(n, text)| format!("({text}) AS e{n}"));
        let selected = selected.collect::<Vec<_>>().join(", ");
        let make = format!(
            "DROP TABLE IF EXISTS pg_temp.planwise_expressions; \
             CREATE TEMP TABLE planwise_expressions AS SELECT {selected} FROM {} WITH NO DATA",
            ddl::name(&object.schema, &object.table)
        );
        query::run(self.owner, &make).await?;
        json_rows(
            self.owner,
            "SELECT a.atttypid::bigint AS type, a.attcollation::bigint AS collation FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = 'pg_temp.planwise_expressions'::regclass AND a.attnum > 0 ORDER BY a.attnum",
        )
        .await
    }
}

//! Lists of common combinations of values. Their stored form holds values as the server keeps them in memory, so the
//! server is made to build a list of the same combinations from made-up rows, and only the shares are put into it.

use std::collections::HashMap;

use serde::Deserialize;

use super::extended::{literal as bytes_literal, with_shares};
use super::restore::Work;
use super::types::{Numbers, Oid};
use super::{ddl, identifier, literal};
use crate::engine::postgres::session::query::{self, json_rows};
use crate::engine::{DbError, DbErrorKind, ExtendedData, ExtendedFacts};

const TABLE: &str = "pg_temp.planwise_combinations";
const STATISTICS: &str = "planwise_combinations_statistics";

#[derive(Deserialize)]
struct Item {
    values: Vec<Option<String>>,
}

impl Work<'_> {
    pub(super) async fn combinations(
        &mut self,
        object: &ExtendedFacts,
        data: &ExtendedData,
        table: Oid,
        numbers: &Numbers,
    ) -> Result<(), DbError> {
        let refused = |why: &str| DbError::new(DbErrorKind::Unsupported, why);
        // In the order of the source's columns, with the place that each has here.
        let mut columns: Vec<(usize, &String, i32)> = Vec::new();
        for (place, name) in data.columns.values().enumerate() {
            let number =
                numbers.attribute(table, name).ok_or_else(|| refused("a column is not there"))?;
            columns.push((place, name, number.number));
        }
        columns.sort_by_key(|(_, _, number)| *number);
        let mut places: Vec<usize> = columns.iter().map(|(place, ..)| *place).collect();
        // Expressions come behind the columns, there as here.
        places.extend((0..data.expressions.len()).map(|n| columns.len() + n));
        if data.common.iter().any(|item| item.values.len() != places.len()) {
            return Err(refused("its values are not those of its columns"));
        }
        let shares: HashMap<Vec<Option<String>>, (f64, f64)> = data
            .common
            .iter()
            .map(|item| {
                let values = places.iter().map(|place| item.values[*place].clone());
                (values.collect(), (item.share, item.base_share))
            })
            .collect();
        let names: Vec<String> = columns.iter().map(|(_, name, _)| identifier(name)).collect();
        self.made_up(object, &names, &data.expressions, shares.keys()).await?;
        let (list, items) = self.built().await?;
        query::run(self.owner, &format!("DROP TABLE {TABLE}; RESET default_statistics_target"))
            .await?;
        let order: Option<Vec<(f64, f64)>> =
            items.iter().map(|item| shares.get(&item.values).copied()).collect();
        let unknown = || refused("its values read otherwise here");
        let order = order.filter(|order| order.len() == shares.len()).ok_or_else(unknown)?;
        let list = with_shares(list, places.len(), &order).ok_or_else(unknown)?;
        let sql = format!(
            "UPDATE pg_catalog.pg_statistic_ext_data d SET stxdmcv = {}::pg_catalog.pg_mcv_list \
             FROM pg_catalog.pg_statistic_ext s WHERE s.oid = d.stxoid AND s.stxrelid = {table} AND s.stxname = {}{}",
            bytes_literal(&list),
            literal(&object.name),
            if self.major >= 15 {
                format!(" AND d.stxdinherit = {}", data.inherited)
            } else {
                String::new()
            },
        );
        query::run(self.superuser, &sql).await
    }

    /// By the owner: reading values may run checks of his.
    async fn made_up<'v>(
        &self,
        object: &ExtendedFacts,
        names: &[String],
        expressions: &[String],
        combinations: impl Iterator<Item = &'v Vec<Option<String>>>,
    ) -> Result<(), DbError> {
        let rows = combinations.map(|values| {
            let values = values.iter().map(|value| match value {
                Some(text) => literal(text),
                None => "NULL".to_owned(),
            });
            format!("({})", values.collect::<Vec<_>>().join(", "))
        });
        let rows: Vec<String> = rows.collect();
        let named = |n: usize| format!("planwise_expression_{n}");
        let made =
            expressions.iter().enumerate().map(|(n, text)| format!("({text}) AS {}", named(n)));
        let selected = names.iter().cloned().chain(made).collect::<Vec<_>>().join(", ");
        let stored = (0..expressions.len()).map(named);
        let columns = names.iter().cloned().chain(stored).collect::<Vec<_>>().join(", ");
        let table = ddl::name(&object.schema, &object.table);
        let sql = format!(
            "CREATE TEMP TABLE planwise_combinations AS SELECT {selected} FROM {table} WITH NO DATA; \
             INSERT INTO {TABLE} VALUES {}; \
             CREATE STATISTICS pg_temp.{STATISTICS} (mcv) ON {columns} FROM {TABLE}; \
             ALTER STATISTICS pg_temp.{STATISTICS} SET STATISTICS 10000; \
             SET default_statistics_target = 10000; ANALYZE {TABLE}",
            rows.join(", ")
        );
        query::run(self.owner, &sql).await
    }

    /// The list as stored, and its items in their order.
    async fn built(&self) -> Result<(Vec<u8>, Vec<Item>), DbError> {
        let of = "FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_statistic_ext_data d ON d.stxoid = s.oid";
        let named = format!("WHERE s.stxname = '{STATISTICS}'");
        let list = format!("SELECT encode(d.stxdmcv::pg_catalog.bytea, 'hex') {of} {named}");
        let list = query::value(self.superuser, &list).await?.unwrap_or_default();
        let items = format!(
            "SELECT m.values {of} CROSS JOIN LATERAL pg_catalog.pg_mcv_list_items(d.stxdmcv) m {named} ORDER BY m.index"
        );
        let items: Vec<Item> = json_rows(self.superuser, &items).await?;
        let bytes = (0..list.len() / 2).map(|n| u8::from_str_radix(&list[n * 2..n * 2 + 2], 16));
        let unread = |_| DbError::new(DbErrorKind::Unsupported, "it has a form that is not known");
        Ok((bytes.collect::<Result<_, _>>().map_err(unread)?, items))
    }
}

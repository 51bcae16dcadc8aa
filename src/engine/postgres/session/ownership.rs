//! Objects by the server's own numbers, and the rights that creating them takes.

use serde::Deserialize;
use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::{DbError, NewObject, ObjectKind, Occupant};
use crate::sql::Dialect;

pub async fn occupant(client: &Client, object: &NewObject) -> Result<Option<Occupant>, DbError> {
    #[derive(Deserialize)]
    struct Row {
        id: u64,
        of_table: bool,
        is_leftover: bool,
    }
    let name = literal(&object.name);
    let sql = match object.kind {
        ObjectKind::Extension => format!(
            "SELECT oid::int8 AS id, false AS of_table, false AS is_leftover FROM pg_catalog.pg_extension WHERE extname = {name}"
        ),
        ObjectKind::Statistics => format!(
            "SELECT oid::int8 AS id, stxrelid = pg_catalog.to_regclass({}) AS of_table, false AS is_leftover \
             FROM pg_catalog.pg_statistic_ext WHERE stxname = {name} AND stxnamespace = {}",
            table(object),
            schema_of_statistics(object)
        ),
        // Indexes share their names with all other relations.
        ObjectKind::Index => format!(
            "SELECT c.oid::int8 AS id, COALESCE(i.indrelid = pg_catalog.to_regclass({table}), false) AS of_table, \
                 COALESCE(NOT i.indisvalid AND i.indrelid = pg_catalog.to_regclass({table}) \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p \
                     WHERE p.index_relid = c.oid AND p.pid <> pg_catalog.pg_backend_pid()), false) AS is_leftover \
             FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
             WHERE c.relname = {name} AND c.relnamespace = \
                 (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({table}))",
            table = table(object)
        ),
    };
    let rows: Vec<Row> = query::json_rows(client, &sql).await?;
    let occupant =
        |row: Row| Occupant { id: row.id, of_table: row.of_table, is_leftover: row.is_leftover };
    Ok(rows.into_iter().next().map(occupant))
}

/// Beside running traffic where the server can.
pub async fn drop_statement(
    client: &Client,
    kind: ObjectKind,
    id: u64,
) -> Result<Option<String>, DbError> {
    let sql = match kind {
        ObjectKind::Index => format!(
            "SELECT format('DROP INDEX %sIF EXISTS %I.%I;', \
                 CASE c.relkind WHEN 'i' THEN 'CONCURRENTLY ' ELSE '' END, n.nspname, c.relname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = {id} AND c.relkind IN ('i', 'I')"
        ),
        ObjectKind::Statistics => format!(
            "SELECT format('DROP STATISTICS IF EXISTS %I.%I;', n.nspname, s.stxname) \
             FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace \
             WHERE s.oid = {id}"
        ),
        ObjectKind::Extension => format!(
            "SELECT format('DROP EXTENSION IF EXISTS %I RESTRICT;', extname) \
             FROM pg_catalog.pg_extension WHERE oid = {id}"
        ),
    };
    query::value(client, &sql).await
}

pub async fn missing_rights(
    client: &Client,
    objects: &[NewObject],
) -> Result<Vec<Option<String>>, DbError> {
    let mut missing = Vec::with_capacity(objects.len());
    for object in objects {
        missing.push(query::value(client, &rights_query(object)).await?);
    }
    Ok(missing)
}

/// A sentence, or NULL.
fn rights_query(object: &NewObject) -> String {
    match object.kind {
        ObjectKind::Extension => {
            let name = literal(&object.name);
            format!(
                "SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = {name}) THEN NULL \
                 WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = {name}) \
                 THEN format('the server has no extension %s', {name}) \
                 WHEN NOT pg_catalog.has_database_privilege(current_database(), 'CREATE') \
                     OR NOT pg_catalog.current_setting('is_superuser')::bool AND NOT EXISTS (\
                         SELECT FROM pg_catalog.pg_available_extension_versions \
                         WHERE name = {name} AND (trusted OR NOT superuser)) \
                 THEN format('%I may not create the extension %s in this database', current_user, {name}) END"
            )
        }
        ObjectKind::Index | ObjectKind::Statistics => format!(
            "SELECT CASE WHEN NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') \
             THEN format('%I does not own %I.%I, which belongs to %I', \
                 current_user, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner)) \
             WHEN NOT pg_catalog.has_schema_privilege(n.oid, 'CREATE') \
             THEN format('%I may not create anything in schema %I', current_user, n.nspname) END \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = pg_catalog.to_regclass({})",
            table(object)
        ),
    }
}

/// What `pg_dump` would stop at. Partitions and foreign tables hold no rows of their own that it could not reach, or
/// does not read.
pub async fn unreadable(client: &Client) -> Result<Vec<String>, DbError> {
    let sql = "SELECT format('%I.%I', n.nspname, c.relname) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p', 'S') AND c.relpersistence <> 't' \
           AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') \
           AND NOT CASE c.relkind WHEN 'S' \
               THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') \
               ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END \
         ORDER BY 1 LIMIT 5";
    let rows = query::rows(client, sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

fn schema_of_statistics(object: &NewObject) -> String {
    match &object.schema {
        Some(schema) => {
            format!("(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {})", literal(schema))
        }
        None => {
            "(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = current_schema())".to_owned()
        }
    }
}

/// The table as a literal that `regclass` reads.
fn table(object: &NewObject) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let name = quoted(&object.table);
    literal(
        &object.schema.as_ref().map_or(name.clone(), |schema| format!("{}.{name}", quoted(schema))),
    )
}

fn literal(text: &str) -> String {
    PostgresDialect.quote_literal(text)
}

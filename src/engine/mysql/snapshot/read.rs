//! Reading what the optimiser goes by: the catalog and the servers' own tables of statistics, on a session that writes nothing.

use std::sync::LazyLock;

use regex::Regex;

use super::{identifier, literal};
use crate::engine::mysql::family::Family;
use crate::engine::mysql::load::without_definer;
use crate::engine::mysql::session::rows::{Columns, all, one};
use crate::engine::mysql::session::{MysqlSession, rows};
use crate::engine::mysql::statistics::{Kept, read_histograms, read_storage};
use crate::engine::{
    Access, Catalog, DatabaseFacts, DbError, DbErrorKind, Index, IndexFacts, PlannerState,
    RelationColumn, RelationFacts, SchemaObject, Session, SessionOptions, SettingFacts, Table,
};

/// Variables that plans go by.
pub const SETTINGS: [&str; 38] = [
    "eq_range_index_dive_limit",
    "expand_fast_index_merge",
    "histogram_size",
    "innodb_stats_method",
    "join_buffer_size",
    "join_buffer_space_limit",
    "join_cache_level",
    "max_heap_table_size",
    "max_join_size",
    "max_length_for_sort_data",
    "max_seeks_for_key",
    "mrr_buffer_size",
    "optimizer_disk_read_cost",
    "optimizer_disk_read_ratio",
    "optimizer_disk_setup_cost",
    "optimizer_extra_pruning_depth",
    "optimizer_index_block_copy_cost",
    "optimizer_join_limit_pref_ratio",
    "optimizer_key_compare_cost",
    "optimizer_key_copy_cost",
    "optimizer_key_lookup_cost",
    "optimizer_key_next_find_cost",
    "optimizer_prune_level",
    "optimizer_row_copy_cost",
    "optimizer_row_lookup_cost",
    "optimizer_row_next_find_cost",
    "optimizer_rowid_compare_cost",
    "optimizer_rowid_copy_cost",
    "optimizer_scan_setup_cost",
    "optimizer_search_depth",
    "optimizer_selectivity_sampling_limit",
    "optimizer_switch",
    "optimizer_use_condition_selectivity",
    "optimizer_where_cost",
    "range_optimizer_max_mem_size",
    "sort_buffer_size",
    "tmp_table_size",
    "use_stat_tables",
];

/// Said of every snapshot: a tree cannot be told how many entries it would have.
const TREES: &str = "how many rows a range of an index holds, and how many equal one value, this server looks up in the \
     index itself and not in statistics: on a server without rows every range looks like one row, so that plans which read a \
     range of an index there say nothing of the source's (they are named), and equal values count as the average";

pub async fn read(url: &str, options: &SessionOptions) -> Result<PlannerState, DbError> {
    let options = SessionOptions { access: Access::ReadOnly, ..options.clone() };
    let mut session = MysqlSession::connect(url, &options).await?;
    let server = session.server().await?;
    let database = server.database.clone();
    if database.is_empty() {
        return Err(DbError::new(DbErrorKind::BadTarget, "no database is named")
            .with_remedy("name the database in the URL"));
    }
    let mut catalog = session.catalog().await?;
    catalog.tables.retain(|table| table.schema == database);
    let known = session.settings().await?;
    let family = session.family();
    let version = session.version.clone();
    let conn = &mut session.conn;
    let mut hidden = vec![TREES.to_owned()];
    let (storage, exact) = read_storage(conn, &version, &database).await?;
    if !exact {
        hidden.push(
            "the login may not read mysql.innodb_index_stats: numbers of rows and of distinct values are what \
             information_schema tells"
                .to_owned(),
        );
    }
    let kept = match read_histograms(conn, family, &database).await {
        Ok(kept) => kept,
        Err(error) if error.ends_session() => return Err(error),
        Err(error) => {
            hidden.push(format!("histograms could not be read: {}", error.message));
            Vec::new()
        }
    };
    let mut state = PlannerState {
        engine: family.name().to_owned(),
        version: server.version,
        version_number: server.version_number,
        database: facts(conn, &database).await?,
        extensions: Vec::new(),
        settings: settings(conn, &known).await?,
        objects: routines(conn, &database, &mut hidden).await?,
        relations: Vec::new(),
        indexes: indexes(&catalog),
        columns: Vec::new(),
        extended: Vec::new(),
        ends: Vec::new(),
        operator_groups: Vec::new(),
        roles: Vec::new(),
        storage: storage.into_iter().flat_map(|table| table.parts).collect(),
        kept: kept.iter().map(Kept::facts).collect(),
        catalog: Catalog::default(),
        hidden,
    };
    for table in &catalog.tables {
        match relation(conn, table, &state).await {
            Ok(relation) => state.relations.push(relation),
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                state.hidden.push(format!("{} is left out: {}", table.name, error.message));
            }
        }
    }
    if family == Family::Mysql {
        state.kept.extend(costs(conn).await?);
        cached(conn, &database, &mut state).await?;
    }
    state.catalog = catalog;
    Ok(state)
}

/// As a new session has them, and which of them somebody has changed.
async fn settings(
    conn: &mut mysql_async::Conn,
    known: &[crate::engine::Setting],
) -> Result<Vec<SettingFacts>, DbError> {
    let names: Vec<String> = SETTINGS.iter().map(|name| literal(name)).collect();
    let sql = format!("SHOW GLOBAL VARIABLES WHERE Variable_name IN ({})", names.join(", "));
    let rows = all(conn, &sql).await?;
    let facts = rows.into_iter().map(|row| {
        let mut row = Columns::of(row);
        let (name, value) = (row.text(), row.text());
        let own = known.iter().find(|setting| setting.name == name);
        let changed = own.is_some_and(|setting| setting.source != "COMPILE-TIME");
        SettingFacts { name, value, changed }
    });
    Ok(facts.collect())
}

async fn facts(conn: &mut mysql_async::Conn, database: &str) -> Result<DatabaseFacts, DbError> {
    let sql = format!(
        "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, @@innodb_page_size \
         FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
        literal(database)
    );
    let row = all(conn, &sql).await?.into_iter().next().unwrap_or_default();
    let mut row = Columns::of(row);
    Ok(DatabaseFacts {
        name: database.to_owned(),
        encoding: row.text(),
        collate: row.text(),
        block_bytes: row.count(),
        search_path: vec![database.to_owned()],
        ..DatabaseFacts::default()
    })
}

static COUNTER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r" AUTO_INCREMENT=\d+").expect("a valid pattern"));

async fn relation(
    conn: &mut mysql_async::Conn,
    table: &Table,
    state: &PlannerState,
) -> Result<RelationFacts, DbError> {
    let full = format!("{}.{}", identifier(&table.schema), identifier(&table.name));
    let view = table.kind == "view";
    let what = if view { "VIEW" } else { "TABLE" };
    let statement = second(conn, &format!("SHOW CREATE {what} {full}")).await?;
    let statement = match view {
        true => String::from_utf8_lossy(&without_definer(statement.as_bytes())).into_owned(),
        false => COUNTER.replace(&statement, "").into_owned(),
    };
    let parts: Vec<_> = state
        .storage
        .iter()
        .filter(|part| {
            let name = part.name.to_ascii_lowercase();
            let own = table.name.to_ascii_lowercase();
            name == own || name.starts_with(&format!("{own}#p#"))
        })
        .collect();
    let rows = parts.iter().map(|part| part.rows).sum::<u64>();
    let blocks = parts.iter().map(|part| part.blocks).sum::<u64>();
    let columns = table.columns.iter().map(|column| RelationColumn {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
        not_null: column.not_null,
        collation: column.collation.clone(),
        generated: None,
        default: None,
        extension: None,
    });
    Ok(RelationFacts {
        schema: table.schema.clone(),
        name: table.name.clone(),
        kind: table.kind.clone(),
        columns: columns.collect(),
        blocks: if parts.is_empty() { table.pages } else { blocks },
        known_blocks: if parts.is_empty() { table.pages } else { blocks },
        known_rows: if parts.is_empty() { table.rows } else { rows as f64 },
        known_visible: 0,
        overflow_blocks: 0,
        options: Vec::new(),
        partition_key: None,
        partition: None,
        inherits: Vec::new(),
        definition: Some(statement),
        row_security: None,
    })
}

fn indexes(catalog: &Catalog) -> Vec<IndexFacts> {
    let of = |table: &Table, index: &Index| IndexFacts {
        schema: table.schema.clone(),
        name: index.name.clone(),
        table: table.name.clone(),
        method: index.method.clone(),
        statement: index.ddl.clone(),
        constraint: index.constraint || index.primary,
        part_of: None,
        valid: index.valid && !index.hidden,
        blocks: 0,
        known_blocks: 0,
        known_rows: table.rows,
        height: None,
        inverted: None,
        keys: index.keys.iter().map(|key| (table.name.clone(), key.text.clone())).collect(),
    };
    let tables = catalog.tables.iter();
    tables.flat_map(|table| table.indexes.iter().map(move |index| of(table, index))).collect()
}

/// The second column of what SHOW CREATE answers; the third for routines.
async fn second(conn: &mut mysql_async::Conn, sql: &str) -> Result<String, DbError> {
    column(conn, sql, 1).await
}

async fn column(conn: &mut mysql_async::Conn, sql: &str, place: usize) -> Result<String, DbError> {
    let row = all(conn, sql).await?.into_iter().next().unwrap_or_default();
    row.into_iter().nth(place).flatten().ok_or_else(|| {
        DbError::new(DbErrorKind::Permission, "the login may not read its definition")
    })
}

async fn routines(
    conn: &mut mysql_async::Conn,
    database: &str,
    hidden: &mut Vec<String>,
) -> Result<Vec<SchemaObject>, DbError> {
    let sql = format!(
        "SELECT ROUTINE_TYPE, ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {} \
         AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') ORDER BY 1, 2",
        literal(database)
    );
    let mut found = Vec::new();
    for row in all(conn, &sql).await? {
        let mut row = Columns::of(row);
        let (kind, name) = (row.text(), row.text());
        let sql = format!("SHOW CREATE {kind} {}.{}", identifier(database), identifier(&name));
        match column(conn, &sql, 2).await {
            Ok(statement) => found.push(SchemaObject {
                kind: kind.to_lowercase(),
                name: format!("{database}.{name}"),
                statement: String::from_utf8_lossy(&without_definer(statement.as_bytes()))
                    .into_owned(),
            }),
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => hidden.push(format!(
                "{} {name} is left out: {}",
                kind.to_lowercase(),
                error.message
            )),
        }
    }
    Ok(found)
}

/// What MySQL reckons reading a block and comparing a row to cost, where somebody changed it.
async fn costs(conn: &mut mysql_async::Conn) -> Result<Vec<crate::engine::KeptFacts>, DbError> {
    let mut found = Vec::new();
    for (of, columns) in super::restore::COSTS {
        let sql =
            format!("SELECT {} FROM mysql.{of} WHERE cost_value IS NOT NULL", columns.join(", "));
        match rows::all(conn, &sql).await {
            Ok(rows) => found.extend(
                rows.into_iter()
                    .map(|values| crate::engine::KeptFacts { of: of.to_owned(), values }),
            ),
            Err(error) if error.ends_session() => return Err(error),
            // Most logins may not, and few servers have any.
            Err(_) => {}
        }
    }
    Ok(found)
}

/// What share of the pages is in memory, which MySQL's optimizer reckons with.
async fn cached(
    conn: &mut mysql_async::Conn,
    database: &str,
    state: &mut PlannerState,
) -> Result<(), DbError> {
    let name =
        format!("{}/%", database.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let sql = format!(
        "SELECT SUM(c.N_CACHED_PAGES) FROM information_schema.INNODB_CACHED_INDEXES c \
         JOIN information_schema.INNODB_INDEXES i USING (INDEX_ID) JOIN information_schema.INNODB_TABLES t USING (TABLE_ID) \
         WHERE t.NAME LIKE {}",
        literal(&name)
    );
    let all: u64 = state.storage.iter().map(|part| part.blocks + part.other_blocks).sum();
    let share = match one(conn, &sql).await {
        Ok(Some(pages)) => {
            pages.parse::<f64>().ok().map(|pages| (pages / all.max(1) as f64).min(1.0))
        }
        Ok(None) => None,
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => None,
    };
    if share.is_none() {
        state.hidden.push(
            "how much of the tables is in memory takes the right PROCESS to see: all of it is thought to be".to_owned(),
        );
    }
    let values = vec![Some(share.unwrap_or(1.0).to_string())];
    state.kept.push(crate::engine::KeptFacts { of: super::restore::CACHED.to_owned(), values });
    Ok(())
}

/// Whether the server keeps figures of tables over a restart.
pub async fn is_persistent(conn: &mut mysql_async::Conn) -> Result<bool, DbError> {
    let on = one(conn, "SELECT @@GLOBAL.innodb_stats_persistent").await?;
    Ok(on.is_some_and(|on| matches!(on.as_str(), "1" | "ON")))
}

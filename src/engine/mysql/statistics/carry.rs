//! From a source to its copy.

use super::histograms::{self, Kept};
use super::storage::{self, StoredTable};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::mysql::session::{MysqlSession, rows};
use crate::engine::{Access, CarriedStatistics, DbError, Session, SessionOptions};
use crate::sql::Dialect;

/// `copy` is a throwaway server that nobody else is connected to, and the login one that may write the server's own tables.
pub async fn carry(source: &str, copy: &str) -> Result<CarriedStatistics, DbError> {
    let mut source = MysqlSession::connect(source, &SessionOptions::default()).await?;
    let own = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut copy = MysqlSession::connect(copy, &own).await?;
    let database = source.server().await?.database;
    let on_copy = copy.server().await?.database;
    let (tables, exact) = storage::read(&mut source.conn, &source.version, &database).await?;
    let mut remarks = Vec::new();
    if !exact {
        remarks.push(
            "The login may not read mysql.innodb_index_stats: numbers of rows and of distinct values are what \
             information_schema tells."
                .to_owned(),
        );
    }
    let family = source.family();
    let histograms = match histograms::read(&mut source.conn, family, &database).await {
        Ok(histograms) => histograms,
        Err(error) if error.ends_session() => return Err(error),
        Err(error) => {
            remarks.push(format!("Histograms could not be read: {}.", error.message));
            Vec::new()
        }
    };
    for statement in statements(&tables, &histograms, &on_copy) {
        rows::run(&mut copy.conn, &statement).await?;
    }
    let taken = taken(&mut copy, &on_copy, (&tables, histograms.len())).await?;
    Ok(CarriedStatistics { remarks, ..taken })
}

/// What is open knows what was there when it was opened: it is closed at the end.
pub fn statements(tables: &[StoredTable], histograms: &[Kept], database: &str) -> Vec<String> {
    let quote = |name: &str| MysqlDialect.quote_identifier(name);
    let stored = tables.iter().flat_map(|table| table.statements(database));
    let kept = histograms.iter().map(|histogram| histogram.statement(database));
    let closed = tables
        .iter()
        .map(|table| format!("FLUSH TABLE {}.{}", quote(database), quote(&table.name)));
    stored.chain(kept).chain(closed).collect()
}

/// What is there now, however the statements ended: some say in an answer that they did not do it.
async fn taken(
    copy: &mut MysqlSession,
    database: &str,
    (tables, histograms): (&[StoredTable], usize),
) -> Result<CarriedStatistics, DbError> {
    let family = copy.family();
    let (now, _) = storage::read(&mut copy.conn, &copy.version, database).await?;
    let same = |table: &&StoredTable| now.iter().any(|there| there.has_rows_of(table));
    let there = histograms::read(&mut copy.conn, family, database).await?.len();
    Ok(CarriedStatistics {
        tables: tables.iter().filter(same).count(),
        tables_of_source: tables.len(),
        histograms: there.min(histograms),
        histograms_of_source: histograms,
        // The one server reads them again when a table is opened, the other when it starts.
        needs_restart: family == Family::Mariadb,
        remarks: Vec::new(),
    })
}

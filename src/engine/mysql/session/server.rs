//! Which server this is.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::connect::Target;
use crate::engine::mysql::family::Version;
use crate::engine::{DbError, ServerInfo};

pub async fn version(conn: &mut Conn) -> Result<Version, DbError> {
    Version::read(one(conn, "SELECT VERSION()").await?.unwrap_or_default())
}

/// How a server may be set to read texts otherwise than planwise does.
pub async fn cautions(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    let mode = one(conn, "SELECT @@SESSION.sql_mode").await?.unwrap_or_default();
    let other = ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "PIPES_AS_CONCAT"];
    let set: Vec<&str> = mode.split(',').filter(|name| other.contains(name)).collect();
    if set.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!(
        "The server's sql_mode has {}: statements run as the server reads them, but what planwise says of their text takes double quotes, backslashes and || as the default mode has them.",
        set.join(", ")
    )])
}

pub async fn describe(
    conn: &mut Conn,
    target: &Target,
    version: &Version,
) -> Result<ServerInfo, DbError> {
    let facts = "SELECT COALESCE(DATABASE(), ''), CURRENT_USER(), @@max_connections, \
                 (SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES \
                  WHERE TABLE_SCHEMA = DATABASE()), @@read_only";
    let row = all(conn, facts).await?.into_iter().next().unwrap_or_default();
    let mut row = Columns::of(row);
    Ok(ServerInfo {
        engine: version.family.name().to_owned(),
        version: version.text.clone(),
        version_number: version.number,
        database: row.text(),
        user: row.text(),
        max_connections: row.number().map(|number| number as u64),
        database_bytes: row.number().map(|number| number as u64),
        replica: row.flag(),
        address: target.address.clone(),
        encrypted: target.encrypted,
    })
}

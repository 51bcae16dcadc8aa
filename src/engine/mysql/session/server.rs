//! Which server this is.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::connect::Target;
use crate::engine::mysql::family::Version;
use crate::engine::{DbError, ServerInfo};

pub async fn version(conn: &mut Conn) -> Result<Version, DbError> {
    Version::read(one(conn, "SELECT VERSION()").await?.unwrap_or_default())
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

//! Which server this is.

use mysql_async::Conn;

use super::rows::{Columns, all, one};
use crate::engine::mysql::NAME;
use crate::engine::mysql::connect::Target;
use crate::engine::{DbError, DbErrorKind, ServerInfo};

/// `[10, 11]`; other servers of the same protocol are refused.
pub async fn version(conn: &mut Conn) -> Result<(String, [u32; 2]), DbError> {
    let text = one(conn, "SELECT VERSION()").await?.unwrap_or_default();
    let mut numbers = text.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    let number = [numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)];
    if !text.contains("MariaDB") {
        return Err(unsupported(&format!("this is a MySQL server ({text})"))
            .with_remedy("support for it comes in a later version; MariaDB 10.11 and newer work"));
    }
    match number >= [10, 11] {
        true => Ok((text, number)),
        false => Err(unsupported(&format!("MariaDB {text} is too old"))
            .with_remedy("MariaDB 10.11 and newer work")),
    }
}

fn unsupported(message: &str) -> DbError {
    DbError::new(DbErrorKind::Unsupported, message)
}

pub async fn describe(
    conn: &mut Conn,
    target: &Target,
    version: (&str, [u32; 2]),
) -> Result<ServerInfo, DbError> {
    let facts = "SELECT COALESCE(DATABASE(), ''), CURRENT_USER(), @@max_connections, \
                 (SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES \
                  WHERE TABLE_SCHEMA = DATABASE()), @@read_only";
    let row = all(conn, facts).await?.into_iter().next().unwrap_or_default();
    let mut row = Columns::of(row);
    Ok(ServerInfo {
        engine: NAME.to_owned(),
        version: version.0.to_owned(),
        version_number: version.1,
        database: row.text(),
        user: row.text(),
        max_connections: row.number().map(|number| number as u64),
        database_bytes: row.number().map(|number| number as u64),
        replica: row.flag(),
        address: target.address.clone(),
        encrypted: target.encrypted,
    })
}

//! Which server, which database, which login.

use tokio_postgres::Client;

use super::query;
use crate::engine::postgres::connect::Link;
use crate::engine::{DbError, DbErrorKind, ServerInfo};

const OLDEST: u32 = 13;

/// `[major, minor]`; older servers than the supported ones are refused.
pub async fn version_number(client: &Client) -> Result<[u32; 2], DbError> {
    let text = query::value(client, "SHOW server_version_num").await?.unwrap_or_default();
    let number: u32 = text.parse().unwrap_or_default();
    let version = [number / 10_000, number % 10_000];
    if version[0] < OLDEST {
        let message = format!(
            "the server reports version {text}, and planwise needs PostgreSQL {OLDEST} or newer"
        );
        return Err(DbError::new(DbErrorKind::Unsupported, message));
    }
    Ok(version)
}

const DESCRIPTION: &str = "\
    SELECT current_setting('server_version'), current_database(), current_user, pg_is_in_recovery(), \
           pg_database_size(current_database()), current_setting('max_connections')";

pub async fn describe(link: &Link, version: [u32; 2]) -> Result<ServerInfo, DbError> {
    let rows = query::rows(&link.client, DESCRIPTION).await?;
    let row = rows.into_iter().next().unwrap_or_default();
    let text = |column: usize| row.get(column).cloned().flatten().unwrap_or_default();
    Ok(ServerInfo {
        engine: super::super::NAME.to_owned(),
        version: text(0),
        version_number: version,
        database: text(1),
        user: text(2),
        address: link.host.to_string(),
        encrypted: link.encrypted,
        replica: text(3) == "t",
        database_bytes: text(4).parse().ok(),
        max_connections: text(5).parse().ok(),
    })
}

/// Over a socket file the server is on this machine, unless somebody mounted it from a container: then the
/// process of that number does not call itself this session's.
pub async fn local_process(link: &Link) -> Result<Option<u32>, DbError> {
    const WHO: &str =
        "SELECT pg_backend_pid() || ' ' || session_user || ' ' || current_database() || ' [local]'";
    if !link.host.is_socket() {
        return Ok(None);
    }
    let answer = query::value(&link.client, WHO).await?.unwrap_or_default();
    let Some((process, title)) = answer.split_once(' ') else { return Ok(None) };
    let command = std::fs::read_to_string(format!("/proc/{process}/cmdline")).unwrap_or_default();
    let is_it = command.starts_with("postgres:") && command.contains(title);
    Ok(process.parse().ok().filter(|_| is_it))
}

const SUPERUSER: &str = "The login is a superuser, whom the server refuses little: give planwise a role that can only \
read (README, \"A role that can only read\").";

/// A throwaway server of planwise's own has nothing to lose.
const IS_SUPERUSER: &str = "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper \
    AND pg_catalog.current_setting('cluster_name') <> 'planwise-sandbox'";

pub async fn cautions(client: &Client) -> Result<Vec<String>, DbError> {
    let superuser = query::value(client, IS_SUPERUSER).await?.is_some();
    Ok(superuser.then(|| SUPERUSER.to_owned()).into_iter().collect())
}

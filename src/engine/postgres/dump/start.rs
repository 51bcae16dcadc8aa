//! From a URL to a dump that is being written.

use std::io::BufReader;
use std::process::Command;

use super::environment::variables;
use super::program::{self, PROGRAM};
use crate::engine::dumping::Output;
use crate::engine::postgres::connect::{Environment, Target};
use crate::engine::postgres::session::PostgresSession;
use crate::engine::{DbError, DbErrorKind, Dump, DumpOptions, Session, SessionOptions};

const BUFFER: usize = 256 * 1024;

/// Connects as planwise does, checks the size, and starts `pg_dump` on the same host.
pub async fn dump(url: &str, options: &DumpOptions) -> Result<Dump, DbError> {
    let target = Target::resolve(url, &Environment::of_process())?;
    let mut session = PostgresSession::open(target.clone(), &SessionOptions::default()).await?;
    let server = session.server().await?;
    let database_bytes = server.database_bytes.unwrap_or(0);
    options.check(&server.database, database_bytes)?;
    let program = program::find(options.bin_dir.as_deref(), server.version_number[0])?;

    let mut command = Command::new(program.bin_dir.join(PROGRAM));
    // Owners and privileges name roles that a sandbox does not have.
    command.args(["--format=plain", "--no-owner", "--no-privileges", "--no-password"]);
    command.args(["--no-publications", "--no-subscriptions", "--no-tablespaces"]);
    command.args(["--lock-wait-timeout=10000", "--encoding=UTF8"]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    command.envs(variables(&target, session.host()));
    let output = Output::of(&mut command).map_err(|error| {
        let program = program.bin_dir.join(PROGRAM);
        DbError::new(DbErrorKind::Unsupported, format!("cannot run {}: {error}", program.display()))
    })?;
    Ok(Dump {
        source: Box::new(BufReader::with_capacity(BUFFER, output)),
        name: format!("pg_dump of {} on {}", server.database, server.address),
        database_bytes,
    })
}

//! PostgreSQL's own tools: dump and restore by section, and what replication needs.

use std::path::{Path, PathBuf};

use super::reader::PostgresReader;
use crate::engine::DbError;
use crate::engine::migration::{Precondition, Route, STATISTICS, ToolPlan, ToolStep};
use crate::engine::postgres::connect::{Environment, SslMode, Target};

pub(super) fn program(bin_dir: Option<&Path>, name: &str) -> PathBuf {
    bin_dir.map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// Arguments without, and environment with, the password.
type Login = (Vec<String>, Vec<(String, String)>);

/// How a tool reaches a server.
pub fn login(url: &str) -> Result<Login, DbError> {
    let target = Target::resolve(url, &Environment::of_process())?;
    let mut args = Vec::new();
    let mut environment = vec![("PGAPPNAME".to_owned(), "planwise".to_owned())];
    if let Some(host) = target.hosts.first() {
        args.extend([
            "--host".to_owned(),
            host.name.clone(),
            "--port".to_owned(),
            host.port.to_string(),
        ]);
        if let Some(password) = &host.password {
            environment.push(("PGPASSWORD".to_owned(), password.reveal().to_owned()));
        }
    }
    environment.extend(transport(&target));
    args.extend(["--username".to_owned(), target.user.clone(), "--no-password".to_owned()]);
    args.extend(["--dbname".to_owned(), target.database.clone()]);
    Ok((args, environment))
}

/// The tools shall hold to the TLS that was asked for.
fn transport(target: &Target) -> Vec<(String, String)> {
    let mode = match target.ssl_mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    };
    let files = [
        ("PGSSLROOTCERT", &target.tls.root),
        ("PGSSLCERT", &target.tls.certificate),
        ("PGSSLKEY", &target.tls.key),
    ];
    let files = files
        .into_iter()
        .filter_map(|(name, file)| Some((name.to_owned(), file.as_ref()?.display().to_string())));
    files.chain([("PGSSLMODE".to_owned(), mode.to_owned())]).collect()
}

/// Dump, then what comes before the data, the data, and what comes after it.
pub fn dump_steps(plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
    let bin = plan.bin_dir.as_deref();
    let (source, source_environment) = login(&plan.source_url)?;
    let (target, target_environment) = login(&plan.target_url)?;
    let folder = plan.folder.join("dump").display().to_string();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let jobs = plan.jobs.to_string();
    let mut dump = ToolStep::new(
        "dump",
        program(bin, "pg_dump"),
        [
            words(&[
                "--format=directory",
                "--compress=0",
                "--no-owner",
                "--no-privileges",
                "--jobs",
                &jobs,
                "--file",
                &folder,
            ]),
            source,
        ]
        .concat(),
    );
    dump.environment = source_environment;
    let mut steps = vec![dump];
    for (phase, section) in
        [("schema", "pre-data"), ("data", "data"), ("indexes and constraints", "post-data")]
    {
        let section = format!("--section={section}");
        let mut step = ToolStep::new(
            phase,
            program(bin, "pg_restore"),
            [
                words(&["--no-owner", "--no-privileges", "--jobs", &jobs, &section]),
                target.clone(),
                words(&[&folder]),
            ]
            .concat(),
        );
        step.environment = target_environment.clone();
        steps.push(step);
    }
    steps.push(statistics(bin, &plan.target_url)?);
    Ok(steps)
}

/// The statistics that a dump does not carry.
pub fn statistics(bin: Option<&Path>, url: &str) -> Result<ToolStep, DbError> {
    let (login, environment) = login(url)?;
    let words = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", "ANALYZE"];
    let words = words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut step = ToolStep::new(STATISTICS, program(bin, "psql"), [words, login].concat());
    step.environment = environment;
    Ok(step)
}

/// What has to be so before `route` can be taken from here.
pub async fn preconditions(
    reader: &PostgresReader,
    route: Route,
) -> Result<Vec<Precondition>, DbError> {
    let mut found = Vec::new();
    let one = async |sql: &str| -> Result<String, DbError> {
        let rows = reader.ask(sql).await?;
        Ok(rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next().flatten())
            .unwrap_or_default())
    };
    let users =
        "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'";
    if route == Route::Replication {
        let level = one("SHOW wal_level").await?;
        found.push(Precondition::new(
            "wal_level is logical",
            level == "logical",
            format!("wal_level = {level}"),
            "ALTER SYSTEM SET wal_level = logical; and a restart",
        ));
        let slots = one("SELECT current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots").await?;
        found.push(Precondition::new(
            "a free replication slot",
            slots.parse::<i64>().unwrap_or(0) > 0,
            format!("{slots} free"),
            "ALTER SYSTEM SET max_replication_slots = 10; and a restart",
        ));
        let senders = one(
            "SELECT current_setting('max_wal_senders')::int - count(*) FROM pg_stat_replication",
        )
        .await?;
        found.push(Precondition::new(
            "a free WAL sender",
            senders.parse::<i64>().unwrap_or(0) > 0,
            format!("{senders} free"),
            "ALTER SYSTEM SET max_wal_senders = 10; and a restart",
        ));
        let without = one(&format!("SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ', ' ORDER BY 1), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND {users} AND (c.relreplident = 'n' OR (c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)))").replace("ORDER BY 1", "ORDER BY n.nspname, c.relname")).await?;
        found.push(Precondition::new(
            "every table has a replica identity",
            without.is_empty(),
            if without.is_empty() {
                "all do".to_owned()
            } else {
                format!(
                    "without one, so that UPDATE and DELETE fail once they are published: {without}"
                )
            },
            "ALTER TABLE … REPLICA IDENTITY USING INDEX …, or FULL",
        ));
        let unlogged = one(&format!("SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ', '), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND {users}")).await?;
        found.push(Precondition::new(
            "no unlogged tables",
            unlogged.is_empty(),
            if unlogged.is_empty() {
                "none".to_owned()
            } else {
                format!("not replicated: {unlogged}")
            },
            "ALTER TABLE … SET LOGGED, or copy them in the window",
        ));
        let large = one("SELECT count(*) FROM pg_largeobject_metadata").await?;
        found.push(Precondition::new(
            "no large objects",
            large == "0",
            format!("{large} large objects"),
            "copy them by pg_dump in the window: replication does not carry them",
        ));
        let sequences = one(&format!("SELECT count(*) FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {users}")).await?;
        found.push(Precondition::new(
            "no sequences to be set by hand",
            sequences == "0",
            format!("{sequences} sequences, whose positions are not replicated"),
            "setval() of each at the cutover, to the source's next value and a margin",
        ));
        let views = one(&format!("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {users}")).await?;
        found.push(Precondition::new(
            "no materialised views to refresh",
            views == "0",
            format!("{views} materialised views"),
            "REFRESH MATERIALIZED VIEW on the target before the cutover",
        ));
        let old = one("SELECT coalesce(max(extract(epoch FROM now() - xact_start))::bigint, 0) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'").await?;
        found.push(Precondition::new(
            "no long transaction",
            old.parse::<f64>().unwrap_or(0.0) < 300.0,
            format!("the oldest is open for {old} s; creating the slot waits for all of them"),
            "end it",
        ));
    }
    if route == Route::Dump {
        let unreadable = one(&format!("SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ', '), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'S') AND {users} AND NOT has_table_privilege(c.oid, 'SELECT')")).await?;
        found.push(Precondition::new(
            "this login may read everything",
            unreadable.is_empty(),
            if unreadable.is_empty() {
                "it may".to_owned()
            } else {
                format!("it may not read {unreadable}")
            },
            "GRANT SELECT ON ALL TABLES IN SCHEMA … (and ON ALL SEQUENCES)",
        ));
        let guarded = one(&format!("SELECT coalesce(string_agg(n.nspname || '.' || c.relname, ', '), '') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity AND {users} AND NOT pg_has_role(c.relowner, 'USAGE')")).await?;
        found.push(Precondition::new(
            "no row security in the way",
            guarded.is_empty(),
            if guarded.is_empty() {
                "none".to_owned()
            } else {
                format!("pg_dump refuses {guarded}")
            },
            "dump as the owner, or as a role with BYPASSRLS",
        ));
        let prepared =
            one("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()")
                .await?;
        found.push(Precondition::new(
            "no prepared transactions",
            prepared == "0",
            format!("{prepared} open; their locks may keep the dump waiting"),
            "COMMIT PREPARED or ROLLBACK PREPARED",
        ));
    }
    Ok(found)
}

/// The URL of a loader that writes into this server, and what has to be in its environment.
pub fn loader_target(url: &str) -> Result<(String, Vec<(String, String)>), DbError> {
    let target = Target::resolve(url, &Environment::of_process())?;
    let mut environment = Vec::new();
    let place = match target.hosts.first() {
        Some(host) => {
            if let Some(password) = &host.password {
                environment.push(("PGPASSWORD".to_owned(), password.reveal().to_owned()));
            }
            match host.is_socket() {
                true => format!("unix:{}:{}", host.name, host.port),
                false => format!("{}:{}", host.name, host.port),
            }
        }
        None => "localhost".to_owned(),
    };
    Ok((format!("postgresql://{}@{place}/{}", target.user, target.database), environment))
}

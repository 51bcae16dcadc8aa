//! Tools of the family: dump and load, the loader into PostgreSQL, and what tools that change tables online need.

use std::path::{Path, PathBuf};

use super::reader::MysqlReader;
use crate::engine::DbError;
use crate::engine::migration::{Precondition, Route, STATISTICS, ToolPlan, ToolStep};
use crate::engine::mysql::connect::{Environment, Target};
use crate::engine::postgres::migration::tools as migration_tools;

/// The first of `names` that is there: both servers' clients speak to either.
fn program(bin_dir: Option<&Path>, names: &[&str]) -> PathBuf {
    let folders: Vec<PathBuf> = match bin_dir {
        Some(folder) => vec![folder.to_owned()],
        None => std::env::var_os("PATH")
            .map(|path| std::env::split_paths(&path).collect())
            .unwrap_or_default(),
    };
    let found = names.iter().find_map(|name| {
        folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file())
    });
    found.unwrap_or_else(|| PathBuf::from(names.first().copied().unwrap_or_default()))
}

/// Arguments, environment, and the database's name.
type Login = (Vec<String>, Vec<(String, String)>, String);

/// How a client reaches a server.
fn login(url: &str) -> Result<Login, DbError> {
    let target = Target::resolve(url, &Environment::of_process())?;
    let options = &target.options;
    let mut args = vec!["--no-defaults".to_owned()];
    match options.socket() {
        Some(socket) => args.push(format!("--socket={socket}")),
        None => {
            args.push(format!("--host={}", options.ip_or_hostname()));
            args.push(format!("--port={}", options.tcp_port()));
            args.push("--protocol=tcp".to_owned());
        }
    }
    if let Some(user) = options.user() {
        args.push(format!("--user={user}"));
    }
    let password = options.pass().map(|password| ("MYSQL_PWD".to_owned(), password.to_owned()));
    let database = options.db_name().unwrap_or_default().to_owned();
    Ok((args, password.into_iter().collect(), database))
}

pub fn dump_steps(plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
    let bin = plan.bin_dir.as_deref();
    let (source, source_environment, database) = login(&plan.source_url)?;
    let (target, target_environment, into) = login(&plan.target_url)?;
    let file = plan.folder.join("dump.sql");
    let words = [
        "--single-transaction",
        "--quick",
        "--routines",
        "--events",
        "--triggers",
        "--hex-blob",
        "--skip-lock-tables",
    ];
    let words = words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut dump = ToolStep::new(
        "dump",
        program(bin, &["mariadb-dump", "mysqldump"]),
        [source, words, vec![database]].concat(),
    );
    dump.environment = source_environment;
    dump.stdout = Some(file.clone());
    let client = program(bin, &["mariadb", "mysql"]);
    // Otherwise the client takes the comments out of routines.
    let words = vec!["--comments".to_owned(), into.clone()];
    let mut load = ToolStep::new("data", client.clone(), [target.clone(), words].concat());
    load.environment = target_environment.clone();
    load.stdin = Some(file);
    let analyze = "SELECT concat('ANALYZE TABLE `', replace(table_schema, '`', '``'), '`.`', replace(table_name, '`', '``'), '`;') \
                   FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = database()";
    let list = plan.folder.join("analyze.sql");
    let batch = ["--batch", "--skip-column-names"].map(str::to_owned).to_vec();
    let mut names = ToolStep::new(
        STATISTICS,
        client.clone(),
        [target.clone(), batch, vec![format!("--execute={analyze}"), into.clone()]].concat(),
    );
    names.environment = target_environment.clone();
    names.stdout = Some(list.clone());
    let mut statistics = ToolStep::new(STATISTICS, client, [target, vec![into]].concat());
    statistics.environment = target_environment;
    statistics.stdin = Some(list);
    Ok(vec![dump, load, names, statistics])
}

/// What a loader does by default and loses, is told by the assessment; these casts keep zones, switches and zero dates.
pub fn loader_steps(plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
    let source = Target::resolve(&plan.source_url, &Environment::of_process())?;
    let options = &source.options;
    let user = options.user().unwrap_or("root");
    let place = match options.socket() {
        Some(socket) => format!("unix:{socket}:3306"),
        None => format!("{}:{}", options.ip_or_hostname(), options.tcp_port()),
    };
    let database = options.db_name().unwrap_or_default();
    let (into, mut environment) = migration_tools::loader_target(&plan.target_url)?;
    if let Some(password) = options.pass() {
        environment.push(("MYSQL_PWD".to_owned(), password.to_owned()));
    }
    let load = format!(
        "LOAD DATABASE\n     FROM mysql://{user}@{place}/{database}\n     INTO {into}\n\n\
         WITH include drop, create tables, create indexes, reset sequences, foreign keys, workers = {jobs}, concurrency = 1\n\n\
         SET PostgreSQL PARAMETERS timezone to 'UTC'\n\n\
         CAST type tinyint to smallint drop typemod,\n     type datetime to timestamp using zero-dates-to-null,\n     \
         type date to date using zero-dates-to-null\n;\n",
        jobs = plan.jobs.max(1)
    );
    let file = plan.folder.join("planwise.load");
    let mut step = ToolStep::new(
        "data",
        program(plan.bin_dir.as_deref(), &["pgloader"]),
        vec![
            "--root-dir".to_owned(),
            plan.folder.display().to_string(),
            file.display().to_string(),
        ],
    );
    step.environment = environment;
    step.file = Some((file, load));
    Ok(vec![step, migration_tools::statistics(None, &plan.target_url)?])
}

/// What has to be so before `route` can be taken from here.
pub async fn preconditions(
    reader: &mut MysqlReader,
    route: Route,
) -> Result<Vec<Precondition>, DbError> {
    let mut found = Vec::new();
    let own = "TABLE_SCHEMA = DATABASE()";
    let engines = list(reader, &format!("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB' AND {own} ORDER BY 1")).await?;
    found.push(Precondition::new(
        "every table is InnoDB",
        engines.is_empty(),
        shown(&engines, "all are", "not read in one consistent view"),
        "ALTER TABLE … ENGINE = InnoDB, or dump while nobody writes",
    ));
    let keyless = list(reader, &format!("SELECT t.TABLE_NAME FROM information_schema.TABLES t WHERE t.TABLE_TYPE = 'BASE TABLE' AND t.{own} AND NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS s WHERE s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME AND s.INDEX_NAME = 'PRIMARY') ORDER BY 1")).await?;
    found.push(Precondition::new(
        "every table has a primary key",
        keyless.is_empty(),
        shown(&keyless, "all have", "without one"),
        "ALTER TABLE … ADD PRIMARY KEY",
    ));
    if route == Route::Dump {
        let definers = list(reader, "SELECT DISTINCT DEFINER FROM (SELECT DEFINER FROM information_schema.VIEWS WHERE TABLE_SCHEMA = DATABASE() UNION SELECT DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() UNION SELECT DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()) d ORDER BY 1").await?;
        found.push(Precondition::new(
            "no definers that have to exist on the target",
            definers.is_empty(),
            shown(&definers, "none", "named by views, routines and triggers"),
            "create these accounts there, or take DEFINER out of the dump",
        ));
        let packet = list(reader, "SELECT @@max_allowed_packet").await?;
        found.push(Precondition::new(
            "max_allowed_packet is at least 64 MB",
            number(&packet) >= 67_108_864.0,
            format!("max_allowed_packet = {}", packet.join("")),
            "SET GLOBAL max_allowed_packet = 1073741824; on both sides",
        ));
    }
    if matches!(route, Route::Replication | Route::OnlineChange) {
        let log = list(reader, "SELECT @@log_bin").await?;
        found.push(Precondition::new(
            "the binary log is on",
            number(&log) == 1.0,
            format!("log_bin = {}", log.join("")),
            "log_bin in the configuration, and a restart",
        ));
        let format = list(reader, "SELECT @@binlog_format").await?;
        found.push(Precondition::new(
            "binlog_format is ROW",
            format.join("") == "ROW",
            format!("binlog_format = {}", format.join("")),
            "SET GLOBAL binlog_format = ROW;",
        ));
        let image = list(reader, "SELECT @@binlog_row_image").await?;
        found.push(Precondition::new(
            "binlog_row_image is FULL",
            image.join("") == "FULL",
            format!("binlog_row_image = {}", image.join("")),
            "SET GLOBAL binlog_row_image = FULL;",
        ));
    }
    if route == Route::OnlineChange {
        let keys = list(reader, "SELECT DISTINCT TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA = DATABASE() ORDER BY 1").await?;
        found.push(Precondition::new("no foreign keys", keys.is_empty(), shown(&keys, "none", "have some, which gh-ost refuses; pt-online-schema-change needs --alter-foreign-keys-method"), ""));
        let triggers = list(reader, "SELECT DISTINCT EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1").await?;
        found.push(Precondition::new(
            "no triggers",
            triggers.is_empty(),
            shown(&triggers, "none", "have some"),
            "drop them for the time of the change, or take the tool that carries them",
        ));
    }
    Ok(found)
}

async fn list(reader: &mut MysqlReader, sql: &str) -> Result<Vec<String>, DbError> {
    let rows = reader.ask(sql).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

fn number(values: &[String]) -> f64 {
    values.first().and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

fn shown(names: &[String], none: &str, what: &str) -> String {
    match names {
        [] => none.to_owned(),
        names => format!("{what}: {}", names.join(", ")),
    }
}

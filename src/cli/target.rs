//! Which database: one that runs already, or a throwaway one.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Result;

use super::{Context, InputError, NothingYet};
use crate::engine::{self, Access, AllowedFunctions, Engine, SessionOptions};
use crate::run::Target;
use crate::sample::{self, SampleSpec};
use crate::sandbox::{Sandbox, SandboxOptions};
use crate::snapshot::{Replica, Snapshot};
use crate::workload::Workload;

/// Options that choose the database and what may be done to it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Database")]
pub struct TargetArgs {
    /// Database to use, as a URL; without it the server's usual environment variables and files decide
    #[arg(
        long,
        short = 'd',
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true,
        aliases = ["url", "database", "dbname", "dsn", "database-url", "connection"]
    )]
    pub db: Option<String>,
    /// Start a throwaway server, and remove it afterwards
    #[arg(long, value_name = "ENGINE", num_args = 0..=1, require_equals = true, default_missing_value = "", group = "throwaway")]
    pub sandbox: Option<String>,
    /// Files to load into the sandbox: .sql, .sql.gz, .csv; may be given several times
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "sandbox")]
    pub load: Vec<PathBuf>,
    /// How much sample data to generate, for a workload that brings its own generator
    #[arg(long, value_name = "FACTOR", requires = "sandbox")]
    pub scale: Option<f64>,
    /// Seed of the sample data
    #[arg(long, value_name = "N", requires = "sandbox")]
    pub data_seed: Option<u64>,
    /// Folder of the server programs that the sandbox starts; the newest installed ones by default
    #[arg(long = "pg-bin", alias = "server-bin", value_name = "DIR", requires = "throwaway")]
    pub bin_dir: Option<PathBuf>,
    /// Set a server setting on planwise's own sessions
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = super::setting)]
    pub settings: Vec<(String, String)>,
    /// What to do with statements that change data: refuse, rollback, or commit=DATABASE
    #[arg(long, value_name = "HOW", default_value = "refuse")]
    pub writes: Writes,
    /// Run statements that call these functions although what they change may stay; without names, every function that
    /// is not the server's own
    #[arg(long, value_name = "NAME,…", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = "")]
    pub allow_functions: Option<Vec<String>>,
    /// Give up a statement after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = super::seconds)]
    pub statement_timeout: Duration,
    /// Give up waiting for a lock after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = super::seconds)]
    pub lock_timeout: Duration,
    /// Give up connecting after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = super::seconds)]
    pub connect_timeout: Duration,
}

/// `--writes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writes {
    Refuse,
    Rollback,
    /// Changes stay, in the database of this name and no other.
    Commit(String),
}

impl FromStr for Writes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "refuse" => Ok(Writes::Refuse),
            None if text == "rollback" => Ok(Writes::Rollback),
            Some(("commit", database)) if !database.is_empty() => {
                Ok(Writes::Commit(database.to_owned()))
            }
            _ => Err("say refuse, rollback, or commit=DATABASE with the database's own name, \
                      which confirms that its data may be changed"
                .to_owned()),
        }
    }
}

impl Writes {
    fn access(&self) -> Access {
        match self {
            Writes::Refuse => Access::ReadOnly,
            Writes::Rollback => Access::Rollback,
            Writes::Commit(_) => Access::Commit,
        }
    }
}

/// A database that is ready, and the sandbox it lives in, if any: dropping this removes it.
pub struct Opened {
    pub target: Target,
    pub sandbox: Option<Sandbox>,
    /// The target is a replica of this snapshot.
    pub replica: Option<(Replica, Snapshot)>,
}

impl TargetArgs {
    pub fn session_options(&self) -> SessionOptions {
        SessionOptions {
            access: self.writes.access(),
            allowed_functions: self.allowed_functions(),
            statement_timeout: self.statement_timeout,
            lock_timeout: self.lock_timeout,
            connect_timeout: self.connect_timeout,
            settings: self.settings.clone(),
        }
    }

    fn allowed_functions(&self) -> AllowedFunctions {
        let given = self.allow_functions.iter().flatten();
        let names: Vec<String> = given.filter(|name| !name.is_empty()).cloned().collect();
        AllowedFunctions { own: self.allow_functions.is_some() && names.is_empty(), names }
    }

    /// Starts the sandbox and fills it, or resolves the URL and checks what `--writes commit=` promised.
    pub async fn open(&self, workload: &Workload, context: &Context) -> Result<Opened> {
        let opened = match self.engine_of_sandbox()? {
            Some(engine) => interruptible(self.start(engine, workload, context), context).await?,
            None => Opened { target: self.resolve()?, sandbox: None, replica: None },
        };
        self.confirm_writes(&opened.target).await?;
        Ok(opened)
    }

    /// The engine that will be used, without reaching for it: for reading the workload first.
    pub fn engine(&self) -> Result<&'static dyn Engine> {
        match self.engine_of_sandbox()? {
            Some(engine) => Ok(engine),
            None => Ok(self.resolve()?.engine),
        }
    }

    fn engine_of_sandbox(&self) -> Result<Option<&'static dyn Engine>> {
        let Some(name) = &self.sandbox else { return Ok(None) };
        // A database in the environment is only a default; one that was typed would be passed over unsaid.
        if self.db.is_some() && self.db != std::env::var("DATABASE_URL").ok() {
            let message = "--sandbox starts a throwaway server and --db names one that runs already; \
                           give one of the two";
            return Err(InputError::new(message).into());
        }
        let found = match name.as_str() {
            "" => engine::all().first().copied(),
            name => engine::by_name(name),
        };
        let unknown = || {
            let known = engine::names();
            InputError::new(format!("--sandbox={name}: no such engine; planwise knows {known}"))
        };
        Ok(Some(found.ok_or_else(unknown)?))
    }

    async fn start(
        &self,
        engine: &'static dyn Engine,
        workload: &Workload,
        context: &Context,
    ) -> Result<Opened> {
        let options = SandboxOptions { bin_dir: self.bin_dir.clone(), ..SandboxOptions::default() };
        let spinner = context.progress.spinner("starting a throwaway server");
        let started = Sandbox::start(engine, options).await;
        spinner.finish_and_clear();
        let mut sandbox = started?;
        let loaded = sandbox.load(&self.load, context.progress).await?;
        for (file, note) in loaded.notes.iter().filter(|(_, note)| note.leaves_out()) {
            let said =
                format!("{}:{}: {} ({} times)", file.display(), note.line, note.reason, note.count);
            if !context.quiet {
                let _ = writeln!(std::io::stderr(), "note: {said}");
            }
        }
        let url = sandbox.owner_url(sandbox.database());
        if let Some(spec) = self.sample(workload)? {
            sample::load(engine, &url, &spec, context.progress).await?;
        }
        let target = Target { engine, url, options: self.session_options() };
        Ok(Opened { target, sandbox: Some(sandbox), replica: None })
    }

    /// The data that the workload brings itself, unless files were given instead.
    fn sample(&self, workload: &Workload) -> Result<Option<SampleSpec>> {
        match &workload.data {
            Some(data) if self.load.is_empty() => {
                Ok(Some(SampleSpec::from_data(data, self.scale, self.data_seed)?))
            }
            _ => Ok(None),
        }
    }

    /// The database that runs already.
    pub fn running(&self) -> Result<Target> {
        self.resolve()
    }

    fn resolve(&self) -> Result<Target> {
        let url = self.db.clone().unwrap_or_default();
        let engine = engine::for_url(&url).ok_or_else(|| {
            // Only the scheme is echoed: the rest may hold a password, and what is no scheme may be one.
            let scheme = url.split("://").next().unwrap_or_default();
            let plain = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
            let scheme = if plain { scheme } else { "…" };
            let known = engine::schemes();
            InputError::new(format!(
                "--db: {scheme}:// is not a scheme planwise knows; use {known}"
            ))
        })?;
        Ok(Target { engine, url, options: self.session_options() })
    }

    /// Commits happen in the database whose name the user typed, or not at all.
    async fn confirm_writes(&self, target: &Target) -> Result<()> {
        let Writes::Commit(confirmed) = &self.writes else { return Ok(()) };
        let read_only = SessionOptions { access: Access::ReadOnly, ..target.options.clone() };
        let mut session = target.engine.connect(&target.url, &read_only).await?;
        let database = session.server().await?.database;
        if database == *confirmed {
            return Ok(());
        }
        let message = format!(
            "--writes commit={confirmed}: the database is called {database}; nothing was run. \
             To let the workload change its data for good, say --writes commit={database}"
        );
        Err(InputError::new(message).into())
    }
}

/// Dropping `work` stops the server and removes what it had made so far.
async fn interruptible<T>(work: impl Future<Output = Result<T>>, context: &Context) -> Result<T> {
    tokio::select! {
        biased;
        _ = context.interrupt.wait() => Err(NothingYet.into()),
        outcome = work => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_need_the_name_of_the_database() {
        assert_eq!("refuse".parse(), Ok(Writes::Refuse));
        assert_eq!("rollback".parse(), Ok(Writes::Rollback));
        assert_eq!("commit=shop".parse(), Ok(Writes::Commit("shop".to_owned())));
        for wrong in ["commit", "commit=", "yes", ""] {
            assert!(wrong.parse::<Writes>().unwrap_err().contains("commit=DATABASE"), "{wrong}");
        }
    }
}

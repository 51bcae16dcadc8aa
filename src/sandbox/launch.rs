//! From an installation to a running server: cluster from the cache or made anew, process, first connection.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::cluster_cache::CacheEntry;
use super::directory::Directory;
use super::server::{Server, confine, end_of_log};
use super::{SandboxError, confinement};
use crate::engine::{
    Access, AllowedFunctions, DbError, Engine, Installation, Layout, Session, SessionOptions,
};

/// An empty server on a slow, busy machine is up long before this.
const PATIENCE: Duration = Duration::from_secs(40);
const QUOTED_LINES: usize = 6;

/// What is being started, and where.
pub struct Launch<'a> {
    pub engine: &'static dyn Engine,
    pub installation: &'a Installation,
    pub layout: &'a Layout,
    pub directory: &'a Directory,
    pub cache: Option<CacheEntry>,
    pub unconfined: bool,
}

impl Launch<'_> {
    /// A server on a new cluster. One that does not come up on a cached cluster is started again on
    /// a cluster made anew: the cached one may be damaged in a way its manifest does not show.
    pub async fn first_start(&self, settings: &[(String, String)]) -> Result<Server, SandboxError> {
        if self.cluster().await? == Origin::Made {
            return self.start(settings).await;
        }
        match self.start(settings).await {
            Err(SandboxError::Start { .. }) => {
                self.forget_cluster()?;
                self.cluster().await?;
                self.start(settings).await
            }
            outcome => outcome,
        }
    }

    /// A server on the cluster in the layout's data folder, accepting connections.
    pub async fn start(&self, settings: &[(String, String)]) -> Result<Server, SandboxError> {
        let launcher = self.engine.launcher();
        let command = launcher.start(self.installation, self.layout, settings);
        let mut server = self.spawn(command)?;
        self.wait_until_ready(&mut server).await?;
        Ok(server)
    }

    async fn cluster(&self) -> Result<Origin, SandboxError> {
        let Some(entry) = &self.cache else { return self.make().await };
        if self.copy_from(entry).await? {
            return Ok(Origin::Copied);
        }
        let _lock = entry.lock().await;
        if self.copy_from(entry).await? {
            return Ok(Origin::Copied);
        }
        self.make().await?;
        self.keep_in(entry).await;
        Ok(Origin::Made)
    }

    async fn make(&self) -> Result<Origin, SandboxError> {
        let launcher = self.engine.launcher();
        self.run(launcher.initialise(self.installation, self.layout)).await?;
        let statements = launcher.optional_setup(self.installation);
        if !statements.is_empty() {
            let mut server = self.start(&[]).await?;
            self.set_up(&statements).await?;
            server.stop(launcher.shutdown_signal());
        }
        Ok(Origin::Made)
    }

    async fn set_up(&self, statements: &[String]) -> Result<(), DbError> {
        let launcher = self.engine.launcher();
        for database in launcher.setup_databases() {
            let mut session = self.connect(database).await?;
            for statement in statements {
                if let Err(error) = session.command(statement).await {
                    tracing::debug!("not available in the sandbox: {statement}: {error}");
                }
            }
        }
        Ok(())
    }

    /// False when there is nothing whole to copy.
    async fn copy_from(&self, entry: &CacheEntry) -> Result<bool, SandboxError> {
        let Some(cluster) = entry.cluster() else { return Ok(false) };
        let copied = self.run(copy(&cluster, &self.layout.data)).await;
        if copied.is_err() {
            self.remove_data()?;
        }
        Ok(copied.is_ok())
    }

    /// Puts a copy of the data folder of another server, which is held or stopped, in place of a new cluster.
    pub async fn copy_data(&self, from: &Path) -> Result<(), SandboxError> {
        self.run(copy(from, &self.layout.data)).await
    }

    /// A cache that cannot be written to costs the next start a second, nothing else.
    async fn keep_in(&self, entry: &CacheEntry) {
        let Ok(draft) = entry.draft() else { return };
        if self.run(copy(&self.layout.data, &draft.path().join("data"))).await.is_ok() {
            let kept = entry.publish(draft);
            tracing::debug!("new cluster kept for later: {kept:?}");
        }
    }

    fn forget_cluster(&self) -> Result<(), SandboxError> {
        self.cache.iter().for_each(CacheEntry::discard);
        self.remove_data()
    }

    fn remove_data(&self) -> Result<(), SandboxError> {
        match std::fs::remove_dir_all(&self.layout.data) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(SandboxError::Directory { path: self.layout.data.clone(), cause: error })
            }
            _ => Ok(()),
        }
    }

    fn spawn(&self, command: Command) -> Result<Server, SandboxError> {
        let program = command.get_program().to_string_lossy().into_owned();
        // Copying reads the cache, which only our own account can.
        let copying = program == COPY;
        let run_as = self.layout.run_as.as_ref().filter(|_| !copying);
        let free = copying || self.unconfined;
        let talks = self.engine.launcher().talks_to_itself(self.installation);
        let command = if free { command } else { confinement::without_network(command, talks) };
        let directory = self.directory.path();
        let stop_signal = self.engine.launcher().stop_signal();
        confine(command, directory, run_as)
            .and_then(|command| match free {
                true => Server::spawn_free(command, directory, stop_signal),
                false => Server::spawn(command, directory, stop_signal, talks),
            })
            .map_err(|cause| SandboxError::Program { program, cause })
    }

    /// Runs a program to its end; dropping the future kills it.
    async fn run(&self, command: Command) -> Result<(), SandboxError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = self.spawn(command)?;
        let status = loop {
            match process.ended() {
                Some(status) => break status,
                None => tokio::time::sleep(Duration::from_millis(4)).await,
            }
        };
        if status.success() { Ok(()) } else { Err(self.failed(format!("{program}: {status}"))) }
    }

    async fn wait_until_ready(&self, server: &mut Server) -> Result<(), SandboxError> {
        let deadline = Instant::now() + PATIENCE;
        let first = self.engine.launcher().answering_database();
        loop {
            let Err(error) = self.connect(first).await else { return Ok(()) };
            if let Some(status) = server.ended() {
                return Err(self.failed(format!("it ended with {status}")));
            }
            if Instant::now() > deadline {
                return Err(self.failed(format!("no connection within {PATIENCE:?}: {error}")));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn connect(&self, database: &str) -> Result<Box<dyn Session>, DbError> {
        let url = self.engine.launcher().url(self.layout, database);
        self.engine.connect(&url, &unlimited(Access::Commit)).await
    }

    fn failed(&self, reason: String) -> SandboxError {
        let log = end_of_log(self.directory.path(), QUOTED_LINES);
        SandboxError::Start { engine: self.engine.name(), reason, log }
    }
}

/// Where a cluster came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Copied,
    Made,
}

const COPY: &str = "cp";

/// Keeps owners and modes; shares blocks where the file system can, and leaves out the empty ones,
/// of which a new cluster's logs consist.
fn copy(from: &Path, to: &Path) -> Command {
    let mut command = Command::new(COPY);
    command.args(["-a", "--reflink=auto", "--sparse=always", "--"]).arg(from).arg(to);
    command
}

/// For work that planwise does on its own server: no time limits.
pub fn unlimited(access: Access) -> SessionOptions {
    SessionOptions {
        access,
        allowed_functions: AllowedFunctions::default(),
        statement_timeout: Duration::ZERO,
        lock_timeout: Duration::ZERO,
        connect_timeout: Duration::from_secs(5),
        settings: Vec::new(),
    }
}

//! A throwaway server, from start to removal.

use std::collections::BTreeSet;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::cluster_cache::{CacheEntry, default_folder};
use super::directory::{Directory, default_root};
use super::launch::Launch;
use super::server::Server;
use super::{SandboxError, abandoned, account, open_files};
use crate::engine::{DbError, Engine, Installation, Layout, RunAs, Session, SessionOptions};

/// How a sandbox is to be started. The default is the newest installation with its own defaults.
#[derive(Debug, Clone, Default)]
pub struct SandboxOptions {
    /// Folder of the server's programs, when not the newest installation.
    pub bin_dir: Option<PathBuf>,
    /// Server settings on top of the sandbox's own.
    pub settings: Vec<(String, String)>,
    /// Where its directory goes, when not among the temporary files.
    pub directory_root: Option<PathBuf>,
    /// Where new clusters are kept, when not in the user's cache folder.
    pub cache_folder: Option<PathBuf>,
    /// Its processes are not confined: they may listen and connect by TCP and write wherever their account may. For
    /// a server whose connections are what is tried.
    pub unconfined: bool,
}

/// A running throwaway server. Dropping it stops the server and removes everything.
pub struct Sandbox {
    engine: &'static dyn Engine,
    installation: Installation,
    layout: Layout,
    database: String,
    options: SandboxOptions,
    /// Copies of it, gone when it is: see [`Sandbox::duplicate`].
    pub(super) twins: Mutex<Vec<Sandbox>>,
    // Dropped in this order: first the server, then the directory it works in.
    server: Server,
    directory: Directory,
}

impl Sandbox {
    /// Starts a server and waits until it accepts connections. Dropping the future half-way leaves
    /// nothing behind. Also removes what a killed planwise has left among the temporary files.
    pub async fn start(
        engine: &'static dyn Engine,
        options: SandboxOptions,
    ) -> Result<Sandbox, SandboxError> {
        let installation = installation(engine, options.bin_dir.as_deref())?;
        let (directory, layout) = place(engine, &options)?;
        let cache = options.cache_folder.clone().unwrap_or_else(default_folder);
        let cache = CacheEntry::find(&cache, engine, &installation, layout.run_as.as_ref());
        let launch = Launch {
            engine,
            installation: &installation,
            layout: &layout,
            directory: &directory,
            cache,
            unconfined: options.unconfined,
        };
        let started = std::time::Instant::now();
        let server = launch.first_start(&options.settings).await?;
        let (seconds, folder) = (started.elapsed().as_secs_f64(), directory.path().display());
        tracing::info!(engine = engine.name(), %folder, seconds, "throwaway server started");
        let database = engine.launcher().first_database().to_owned();
        let twins = Mutex::default();
        Ok(Sandbox { engine, installation, layout, database, options, twins, server, directory })
    }

    /// Another server on a copy of the data files, which hold everything: see [`crate::engine::Launcher::before_twin`].
    pub(super) async fn twin(&self) -> Result<Sandbox, SandboxError> {
        let (directory, layout) = place(self.engine, &self.options)?;
        let launch = Launch {
            engine: self.engine,
            installation: &self.installation,
            layout: &layout,
            directory: &directory,
            cache: None,
            unconfined: self.options.unconfined,
        };
        {
            let _held = self.server.paused();
            launch.copy_data(&self.layout.data).await?;
        }
        let server = launch.start(&self.options.settings).await?;
        let (engine, installation) = (self.engine, self.installation.clone());
        let (database, options) = (self.database.clone(), self.options.clone());
        let twins = Mutex::default();
        Ok(Sandbox { engine, installation, layout, database, options, twins, server, directory })
    }

    /// Stops the server cleanly and starts it on the same data with `settings` on top of the
    /// sandbox's own, in place of those it had. After an error there is no server any more.
    pub async fn restart(&mut self, settings: Vec<(String, String)>) -> Result<(), SandboxError> {
        self.server.stop(self.engine.launcher().shutdown_signal());
        self.options.settings = settings;
        let launch = Launch {
            engine: self.engine,
            installation: &self.installation,
            layout: &self.layout,
            directory: &self.directory,
            cache: None,
            unconfined: self.options.unconfined,
        };
        self.server = launch.start(&self.options.settings).await?;
        Ok(())
    }

    /// Stops the server cleanly, lets `work` change its data folder, and starts it with `settings` on top of the
    /// sandbox's own. `work` is also told whom new files are to belong to. After an error there is no server any more.
    pub async fn reshape(
        &mut self,
        settings: Vec<(String, String)>,
        work: impl FnOnce(&Path, Option<&RunAs>) -> std::io::Result<()>,
    ) -> Result<(), SandboxError> {
        self.server.stop(self.engine.launcher().shutdown_signal());
        let data = &self.layout.data;
        let refused = |cause| SandboxError::Directory { path: data.clone(), cause };
        work(data, self.layout.run_as.as_ref()).map_err(refused)?;
        self.restart(settings).await
    }

    /// Where the server keeps its data, and whom new files there are to belong to.
    pub fn data_folder(&self) -> (&Path, Option<&RunAs>) {
        (&self.layout.data, self.layout.run_as.as_ref())
    }

    /// Server settings on top of the sandbox's own, as it runs now.
    pub fn settings(&self) -> &[(String, String)] {
        &self.options.settings
    }

    pub fn engine(&self) -> &'static dyn Engine {
        self.engine
    }

    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The database that files were loaded into: the one the last script ended in, or the first.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The database that is worked in from now on.
    pub fn set_database(&mut self, database: String) {
        self.database = database;
    }

    /// For loading and for workloads: with the rights of the database's owner and no more.
    pub fn owner_url(&self, database: &str) -> String {
        self.engine.launcher().owner_url(&self.layout, database)
    }

    /// For planwise's own work on the server.
    pub fn url(&self, database: &str) -> String {
        self.engine.launcher().url(&self.layout, database)
    }

    /// A command line that opens [`Sandbox::database`] in the engine's own client.
    pub fn client_command(&self) -> String {
        self.engine.launcher().client_command(&self.layout, &self.database)
    }

    /// A session of the owner on [`Sandbox::database`].
    pub(super) async fn connect_as_owner(
        &self,
        options: &SessionOptions,
    ) -> Result<Box<dyn Session>, DbError> {
        self.engine.connect(&self.owner_url(&self.database), options).await
    }

    /// A session on [`Sandbox::database`] that may do anything.
    pub async fn connect(&self, options: &SessionOptions) -> Result<Box<dyn Session>, DbError> {
        self.engine.connect(&self.url(&self.database), options).await
    }

    /// The directory that holds everything of this server.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// A directory of its own, also cleared of what a killed planwise has left among the temporary files.
fn place(
    engine: &'static dyn Engine,
    options: &SandboxOptions,
) -> Result<(Directory, Layout), SandboxError> {
    let run_as = account::choose(engine.launcher())?;
    let root = options.directory_root.clone().unwrap_or_else(|| default_root(run_as.as_ref()));
    // A demo's folder lies among the temporary files, whatever account its server ran as.
    for folder in BTreeSet::from([root.clone(), std::env::temp_dir()]) {
        abandoned::sweep(&folder);
    }
    let unusable = |cause| SandboxError::Directory { path: root.clone(), cause };
    let directory = Directory::create(&root, run_as.as_ref()).map_err(unusable)?;
    let layout = Layout {
        data: directory.path().join("data"),
        socket_dir: directory.path().to_owned(),
        run_as,
    };
    // Ours, not the server's: it cannot write there.
    std::fs::DirBuilder::new().mode(0o555).create(layout.empty()).map_err(unusable)?;
    Ok((directory, layout))
}

fn installation(engine: &dyn Engine, bin_dir: Option<&Path>) -> Result<Installation, SandboxError> {
    // First: without open files not even an installed server can be found.
    open_files::allow_enough()?;
    let launcher = engine.launcher();
    let found = launcher.find(bin_dir).into_iter().next();
    found.ok_or_else(|| SandboxError::NotInstalled {
        engine: engine.name(),
        place: bin_dir.map(|dir| format!(" in {}", dir.display())).unwrap_or_default(),
        package: launcher.package(),
    })
}

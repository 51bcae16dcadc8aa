//! A throwaway server for each test.

use std::path::PathBuf;

use planwise::engine::{self, Access, Engine, Session, SessionOptions};
use planwise::sandbox::{Sandbox, SandboxError, SandboxOptions};

pub fn postgres() -> &'static dyn Engine {
    engine::by_name("postgres").expect("the engine is registered")
}

/// `None` where no server is installed: said loudly, and a failure where all parts are required.
pub async fn start() -> Option<Sandbox> {
    start_with(&[]).await
}

pub async fn start_with(settings: &[(&str, &str)]) -> Option<Sandbox> {
    let settings: Vec<(String, String)> =
        settings.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    // One that listens by TCP has to be reached from here.
    let unconfined = settings.iter().any(|(name, _)| name == "listen_addresses");
    let options = SandboxOptions { settings, unconfined, ..SandboxOptions::default() };
    match Sandbox::start(postgres(), options).await {
        Ok(sandbox) => Some(sandbox),
        Err(error @ SandboxError::NotInstalled { .. }) => {
            assert!(std::env::var_os("PLANWISE_REQUIRE_PARTS").is_none(), "{error}");
            eprintln!("NOT RUN: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

pub fn with(access: Access) -> SessionOptions {
    SessionOptions { access, ..SessionOptions::default() }
}

pub async fn session(sandbox: &Sandbox, access: Access) -> Box<dyn Session> {
    sandbox.connect(&with(access)).await.unwrap_or_else(|error| panic!("{error}"))
}

/// A session that may do anything, after running `setup` on it.
pub async fn prepared(sandbox: &Sandbox, setup: &str) -> Box<dyn Session> {
    let mut session = session(sandbox, Access::Commit).await;
    session.command(setup).await.unwrap_or_else(|error| panic!("{error}"));
    session
}

pub async fn one(session: &mut dyn Session, sql: &str) -> String {
    let rows = session.query_text(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().next().flatten().unwrap_or_default()
}

/// A file of the data sets beside the checkout, or `None`, said loudly.
pub fn dataset(path: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("PLANWISE_DATASETS") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets"),
    };
    let file = root.join(path);
    if !file.is_file() {
        eprintln!("NOT RUN: no data set at {}", file.display());
        return None;
    }
    Some(file)
}

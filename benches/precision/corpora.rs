//! The databases that rules are held against, each with its workload.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use planwise::engine::{Access, SessionOptions};
use planwise::progress::Progress;
use planwise::run::Target;
use planwise::sample::{self, SampleSpec};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::workload::{self, Workload};

use super::data;

/// In the order in which they are measured.
pub const NAMES: [&str; 7] =
    ["pgbench", "sakila", "pagila", "tpch", "tpch-keys", "rental", "rental-tuned"];

/// 600,000 lines of orders: most queries take some hundred milliseconds.
const SCALE: f64 = 0.1;
/// A quarter of a million rentals, as `planwise demo` has them.
const RENTALS: f64 = 0.25;

pub struct Corpus {
    pub name: &'static str,
    pub sandbox: Sandbox,
    pub workload: Workload,
    pub target: Target,
}

/// Starts a server, loads the database and reads the workload.
pub async fn open(name: &'static str) -> Result<Corpus> {
    let engine = planwise::engine::by_name("postgres").context("no PostgreSQL")?;
    let mut sandbox = Sandbox::start(engine, SandboxOptions::default()).await?;
    let queries = match name {
        "pgbench" => {
            sandbox.load(&[here("pgbench.sql")], Progress::hidden()).await?;
            here("pgbench-queries.sql")
        }
        "sakila" => dump(&mut sandbox, name, ["postgres-schema.sql", "postgres-data.sql"]).await?,
        "pagila" => dump(&mut sandbox, name, ["pagila-schema.sql", "pagila-data.sql"]).await?,
        "tpch" => tpch(&sandbox, SCALE).await?,
        "tpch-keys" => {
            let queries = tpch(&sandbox, SCALE).await?;
            script(&sandbox, &here("tpch-keys.sql")).await?;
            queries
        }
        "rental" => rental(&sandbox).await?,
        "rental-tuned" => {
            let folder = rental(&sandbox).await?;
            script(&sandbox, &folder.join("reference.sql")).await?;
            folder
        }
        other => bail!("no corpus is called {other}"),
    };
    let workload = workload::read(&queries, engine.dialect())?;
    // Statements that write are measured and taken back.
    let options = SessionOptions {
        access: Access::Rollback,
        statement_timeout: Duration::from_secs(60),
        ..SessionOptions::default()
    };
    let target = Target { engine, url: sandbox.url(sandbox.database()), options };
    Ok(Corpus { name, sandbox, workload, target })
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/precision").join(file)
}

fn workload_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads").join(name)
}

/// `PLANWISE_DATASETS`, or `shared/datasets` beside the checkout or a folder above it.
fn dataset(name: &str) -> Result<PathBuf> {
    let named = std::env::var_os("PLANWISE_DATASETS").map(PathBuf::from);
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = checkout.ancestors().skip(1).map(|folder| folder.join("shared/datasets"));
    let mut roots = named.into_iter().chain(beside).map(|root| root.join(name));
    roots.find(|folder| folder.is_dir()).with_context(|| {
        format!(
            "the data set {name} is not there: set PLANWISE_DATASETS to the folder that holds it"
        )
    })
}

async fn dump(sandbox: &mut Sandbox, name: &str, files: [&str; 2]) -> Result<PathBuf> {
    let folder = dataset(name)?;
    sandbox.load(&files.map(|file| folder.join(file)), Progress::hidden()).await?;
    Ok(workload_of(name))
}

async fn tpch(sandbox: &Sandbox, scale: f64) -> Result<PathBuf> {
    let folder = dataset("tpch")?;
    data::load(sandbox, &folder, scale).await;
    Ok(folder.join("queries.sql"))
}

async fn rental(sandbox: &Sandbox) -> Result<PathBuf> {
    let spec = SampleSpec { generator: sample::GENERATOR.to_owned(), scale: RENTALS, seed: 1 };
    let url = sandbox.url(sandbox.database());
    sample::load(sandbox.engine(), &url, &spec, Progress::hidden()).await?;
    Ok(workload_of("rental"))
}

async fn script(sandbox: &Sandbox, file: &Path) -> Result<()> {
    let text = std::fs::read(file).with_context(|| file.display().to_string())?;
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        ..SessionOptions::default()
    };
    let mut session = sandbox.connect(&options).await?;
    let bar = Progress::hidden().bar(1, "");
    session.load_script(&mut text.as_slice(), &file.display().to_string(), &bar).await?;
    Ok(())
}

//! Which workload: a file, or what the server itself remembers.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::TargetArgs;
use super::{Context, InputError};
use crate::capture::views;
use crate::run::Target;
use crate::workload::{self, Workload};

/// Options that choose the workload.
#[derive(Debug, Clone, clap::Args)]
pub struct WorkloadArgs {
    /// A .sql file, a captured .workload file, or a folder with workload.toml
    #[arg(required_unless_present = "from_db")]
    pub workload: Option<PathBuf>,
    /// In place of a file: the N queries [default: 100] that took most time, as the server's own statistics of statements have them
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "100", conflicts_with = "workload")]
    pub from_db: Option<usize>,
}

impl WorkloadArgs {
    pub fn file(file: PathBuf) -> Self {
        WorkloadArgs { workload: Some(file), from_db: None }
    }

    pub async fn read(&self, target: &TargetArgs, context: &Context) -> Result<Workload> {
        let engine = target.engine()?;
        match (&self.workload, self.from_db) {
            (Some(file), _) => {
                Ok(context.interrupt.may_cut_off(|| workload::read(file, engine.dialect()))?)
            }
            (None, top) => from_db(target, top.unwrap_or(100), context).await,
        }
    }
}

async fn from_db(target: &TargetArgs, top: usize, context: &Context) -> Result<Workload> {
    if target.sandbox.is_some() {
        let message = "--from-db asks a server that runs already what it was asked: a throwaway one knows nothing; \
                       give --db URL without --sandbox";
        return Err(InputError::new(message).into());
    }
    let target = target.running()?;
    let spinner = context.progress.spinner("reading the server's statistics of statements");
    let read = async {
        let mut session = target.connect().await?;
        views::read(session.as_mut(), target.engine, top).await
    };
    let summary = read.await;
    spinner.finish_and_clear();
    let name = Path::new("the server's statistics");
    Ok(workload::of_summary(&summary?, "from-db".to_owned(), name, target.engine.dialect())?)
}

/// Values for parameters that have none, from the database that will be asked.
pub async fn fill_values(workload: &mut Workload, target: &Target) -> Result<()> {
    let lacks = workload
        .queries
        .iter()
        .any(|query| !query.parameters.is_empty() && query.params.is_empty());
    if lacks && workload.is_captured {
        let mut session = target.connect().await?;
        workload::fill_values(workload, session.as_mut(), target.engine.dialect()).await;
    }
    Ok(())
}

//! Why a history cannot be used. Each message names the place and the remedy.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::run::RecordError;

#[derive(Debug, Error)]
pub enum HistoryError {
    #[error("cannot {verb} {}: {cause}", path.display())]
    Io { verb: &'static str, path: PathBuf, cause: io::Error },

    #[error(
        "the history in {} has layout {layout}, and planwise {} knows layouts up to {}: update planwise",
        path.display(), env!("CARGO_PKG_VERSION"), super::store::LAYOUT
    )]
    Newer { path: PathBuf, layout: u32 },

    #[error("the history in {} is held by another planwise for over {seconds} s; wait for it, or end it", path.display())]
    Busy { path: PathBuf, seconds: u64 },

    #[error("{} does not hold what its name says: it is damaged; move it away, and the rest can be used", path.display())]
    Damaged { path: PathBuf },

    #[error(
        "{} cannot be read, so nobody knows whether that run may be compared with: look at the run \
         (planwise history show) and mark it anew (planwise history mark {id} --outcome good, or bad)",
        path.display()
    )]
    DamagedMark { path: PathBuf, id: String },

    #[error("there is no history in {}; `planwise nightly` makes one", path.display())]
    Missing { path: PathBuf },

    #[error("no run in the history is called {name:?}; `planwise history list` shows them")]
    NoSuchRun { name: String },

    #[error("{name:?} stands for {count} runs of the history; give more of the name")]
    Ambiguous { name: String, count: usize },

    #[error(transparent)]
    Record(#[from] RecordError),
}

impl HistoryError {
    pub(super) fn io(
        verb: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| HistoryError::Io { verb, path, cause }
    }
}

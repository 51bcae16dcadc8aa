//! What tonight is compared with.

use super::pool::pooled;
use super::{History, HistoryError, Kept};
use crate::run::Run;

/// How the baseline is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The last run that the gate let pass.
    LastGood,
    /// The last so many good runs together: what differs between nights is in the figures.
    MedianOf(usize),
    /// The run with this tag, label, commit or id.
    Tag(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    pub run: Run,
    /// Newest first.
    pub made_of: Vec<Kept>,
}

/// `None` when there is no good run of this workload on this engine yet.
///
/// # Errors
/// A history that cannot be read; a damaged mark among the runs that would be asked.
pub fn choose(
    history: &History,
    choice: &Choice,
    tonight: &Run,
) -> Result<Option<Baseline>, HistoryError> {
    let (workload, engine) = (&tonight.workload.name, &tonight.server.engine);
    let count = match choice {
        Choice::Tag(name) => {
            let kept = history.find(name)?;
            let run = history.load(&kept.entry.id)?;
            return Ok(Some(Baseline { run, made_of: vec![kept] }));
        }
        Choice::LastGood => 1,
        Choice::MedianOf(count) => *count,
    };
    let (all, _) = history.list()?;
    let comparable = all
        .into_iter()
        .rev()
        .filter(|kept| kept.entry.workload == *workload && kept.entry.engine == *engine);
    let mut made_of: Vec<Kept> = Vec::new();
    for kept in comparable {
        // It may be the very run to compare with: an older one in its place would be no answer.
        if kept.mark.damaged {
            return Err(history.damaged_mark(&kept.entry.id));
        }
        if kept.is_good() {
            made_of.push(kept);
        }
        if made_of.len() >= count.max(1) {
            break;
        }
    }
    let runs: Result<Vec<Run>, HistoryError> =
        made_of.iter().map(|kept| history.load(&kept.entry.id)).collect();
    Ok(pooled(runs?).map(|run| Baseline { run, made_of }))
}

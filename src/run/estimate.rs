//! A record of plans alone: nothing of the workload is executed.

use super::replay::{Target, begin, close, query_run};
use super::{ExplainDepth, Run, RunOptions, Status, cold::Cold, explain, tally::Tally};
use crate::engine::DbError;
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::workload::Workload;

/// Estimated plans of every query of `workload`; writes too, since estimating changes nothing.
///
/// An error means that not even the server's facts could be read.
pub async fn estimate(
    target: &Target,
    workload: &Workload,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Run, DbError> {
    let options = RunOptions { explain: ExplainDepth::Plan, ..RunOptions::default() };
    let mut session = target.connect().await?;
    let mut run = begin(session.as_mut(), target, workload, &options).await?;
    run.notes.retain(|note| !note.contains("warm-up"));
    let bar = progress.bar(workload.queries.len() as u64, "explaining");
    let mut lost = None;
    for query in &workload.queries {
        let mut recorded = query_run(query, unexecuted(), Tally::default());
        if lost.is_none() && !interrupt.is_set() {
            let depth = ExplainDepth::Plan;
            lost =
                explain::collect(session.as_mut(), &mut recorded, 0, depth, interrupt).await.err();
        }
        run.queries.push(recorded);
        bar.inc(1);
    }
    bar.finish_and_clear();
    close(&mut run, lost, interrupt);
    Ok(run)
}

fn unexecuted() -> Cold {
    let reason = "only its plan was asked for".to_owned();
    Cold { status: Status::Refused { reason }, first_ms: None }
}

//! Settings that only a restart changes, tried on the server that is ours.

use std::time::Duration;

use crate::advise::Advice;
use crate::cli::{Context, Opened};
use crate::tune::{Restarts, try_restarts};
use crate::workload::Workload;

/// Tries those of `advice`, in `time` for all of them; where no server is ours, they stay proposed.
pub async fn add(
    opened: &mut Opened,
    workload: &Workload,
    time: Duration,
    advice: &mut Advice,
    context: &Context,
) {
    let Some(sandbox) = &mut opened.sandbox else { return };
    let (target, interrupt, progress) = (&opened.target, &context.interrupt, context.progress);
    try_restarts(Restarts { sandbox, target, workload, time, interrupt, progress }, advice).await;
}

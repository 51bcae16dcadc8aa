//! Which queries are worth an index at all.

use crate::advise::thresholds::Thresholds;
use crate::run::{QueryRun, Run};
use crate::sql::StatementKind;

/// Slow enough by itself, or by how often it runs. Without measurements every query passes: its
/// planner cost decides later. `total_ms` is that of [`weighted_total`].
pub fn deserves(query: &QueryRun, total_ms: f64, thresholds: &Thresholds) -> bool {
    if !matches!(query.kind, StatementKind::Read | StatementKind::Write) {
        return false;
    }
    let Some(latency) = &query.latency else { return true };
    let share = if total_ms > 0.0 { query.weighted_ms() / total_ms } else { 0.0 };
    latency.p50_ms >= thresholds.least_ms || share >= thresholds.least_share
}

/// Time of the whole workload by weight.
pub fn weighted_total(run: &Run) -> f64 {
    run.queries.iter().map(QueryRun::weighted_ms).sum()
}

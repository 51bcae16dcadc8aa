//! Which queries are worth an index at all.

use crate::advise::thresholds::Thresholds;
use crate::run::{QueryRun, Run};
use crate::sql::StatementKind;

/// Slow enough by itself, or by how often it runs. Without measurements every query passes: its
/// planner cost decides later.
pub fn deserves(query: &QueryRun, run: &Run, thresholds: &Thresholds) -> bool {
    if !matches!(query.kind, StatementKind::Read | StatementKind::Write) {
        return false;
    }
    let Some(latency) = &query.latency else { return true };
    let total: f64 = run.queries.iter().map(QueryRun::weighted_ms).sum();
    let share = if total > 0.0 { query.weighted_ms() / total } else { 0.0 };
    latency.p50_ms >= thresholds.least_ms || share >= thresholds.least_share
}

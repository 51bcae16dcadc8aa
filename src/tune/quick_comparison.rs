//! A quick comparison of plans whose single execution was not conclusive: two executions a side, paired with the baseline plan.

use std::time::Duration;

use super::evidence::{Evidence, is_unmeasured};
use super::plans::{After, Key};
use super::proof::{expected_ms, pair_ms};
use super::prove::TestBed;
use crate::compare::{
    Pair, QueryComparison, SETS_COMPARED_QUICKLY, Side, Verdict, quick_comparison,
};
use crate::engine::DbError;
use crate::run::QueryRun;

/// Blocks of one execution of each parameter set on each side.
pub const BLOCKS: u32 = 2;

/// Slower by so much in every block, or faster by so much in the fastest of each side: what neighbours alone seldom do.
const SLOWER: f64 = 1.15;
const FASTER: f64 = 0.95;

impl TestBed<'_> {
    /// Paired with the baseline plans, because sequential timings also contain the drift of the machine. (The
    /// same plan took 2.1 s and, half an hour later, 3.7 s on a rented machine.)
    pub async fn quick_comparison(
        &self,
        after: &After,
        evidence: &mut Evidence,
    ) -> Result<(), DbError> {
        let unclear: Vec<String> =
            unclear(after, evidence).map(|(query, _)| query.id.clone()).collect();
        if unclear.is_empty() {
            return Ok(());
        }
        let part = self.part(&unclear);
        let pair = Pair { before: (self.before, self.run), after: (&self.after, &after.run) };
        let compared_quickly =
            quick_comparison(pair, &part, BLOCKS, &self.interrupt, self.progress).await?;
        for compared in
            compared_quickly.queries.into_iter().map(settled).filter(|q| q.ratio.is_some())
        {
            if let Some(key) = after.key(&compared.query) {
                evidence.see(key, compared);
            }
        }
        Ok(())
    }

    /// How long [`TestBed::quick_comparison`] is likely to take: one pair of executions to warm up, then the blocks.
    pub fn quick_comparison_takes(&self, after: &After, evidence: &Evidence) -> Duration {
        let ms = unclear(after, evidence).filter_map(|(now, key)| {
            let before = self.run.query(&now.id)?;
            let (was, now) = expected_ms(before, now, evidence.best(key));
            Some(pair_ms(was, now) * before.params.len().clamp(1, SETS_COMPARED_QUICKLY) as f64)
        });
        Duration::from_secs_f64(ms.sum::<f64>() * f64::from(BLOCKS + 1) / 1e3)
    }
}

/// Queries with new plans of which nothing conclusive was seen.
fn unclear<'a>(
    after: &'a After,
    evidence: &'a Evidence,
) -> impl Iterator<Item = (&'a QueryRun, &'a Key)> {
    after.changed().filter(|(_, key)| evidence.best(key).is_none_or(is_unmeasured))
}

/// With a verdict, and the ratio of the fastest executions: neighbours only ever make one slower.
fn settled(compared: QueryComparison) -> QueryComparison {
    let levels = |side: &Option<Side>| {
        side.as_ref().map(|side| side.block_levels_ms.clone()).unwrap_or_default()
    };
    let (before, after) = (levels(&compared.before), levels(&compared.after));
    let fastest = |blocks: &[f64]| blocks.iter().copied().min_by(f64::total_cmp);
    let ratio = fastest(&after).zip(fastest(&before)).map(|(after, before)| after / before);
    let is_slower = before.iter().zip(&after).all(|(before, after)| *after > before * SLOWER);
    let verdict = match (&compared.verdict, ratio) {
        (Verdict::Failed, _) => Verdict::Failed,
        (_, None) => Verdict::Inconclusive,
        (_, Some(_)) if is_slower => Verdict::Regressed,
        (_, Some(ratio)) if ratio < FASTER => Verdict::Improved,
        _ => Verdict::Unchanged,
    };
    QueryComparison { verdict, ratio: ratio.or(compared.ratio), ..compared }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::side_of;
    use crate::stats::{Histogram, Latency};

    fn side(levels: &[f64]) -> Option<Side> {
        let mut histogram = Histogram::default();
        histogram.record(std::time::Duration::from_millis(1));
        let side = side_of(None, Latency::of(&histogram)?);
        Some(Side { block_levels_ms: levels.to_vec(), ..side })
    }

    fn seen(before: &[f64], after: &[f64]) -> (Verdict, f64) {
        let compared = QueryComparison::new("q", 1.0, Verdict::Inconclusive);
        let (before, after) = (side(before), side(after));
        let settled = settled(QueryComparison { before, after, ..compared });
        (settled.verdict, settled.ratio.unwrap())
    }

    #[test]
    fn a_neighbour_who_slows_one_execution_down_changes_nothing() {
        assert_eq!(seen(&[100.0, 100.0], &[50.0, 300.0]), (Verdict::Improved, 0.5));
        assert_eq!(seen(&[100.0, 600.0], &[50.0, 50.0]), (Verdict::Improved, 0.5));
        assert_eq!(seen(&[100.0, 100.0], &[100.0, 300.0]), (Verdict::Unchanged, 1.0));
        assert_eq!(seen(&[100.0, 90.0], &[180.0, 300.0]), (Verdict::Regressed, 2.0));
        let nothing = QueryComparison::new("q", 1.0, Verdict::Inconclusive);
        assert_eq!(settled(nothing).verdict, Verdict::Inconclusive);
    }
}

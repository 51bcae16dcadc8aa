//! From blocks measured without and with a setting to what the setting does.

use std::collections::{BTreeMap, BTreeSet};

use crate::advise::{SettingEffect, SettingEffectOnQuery};
use crate::run::{QueryRun, Run};

/// Pairs of blocks. The order within a pair turns from pair to pair, so that what drifts meets both sides.
pub const PAIRS: usize = 4;

/// 97.5 % quantile of Student's distribution with three degrees of freedom: one less than there are pairs.
const STUDENT: f64 = 3.182;

/// A query is named when it differs by so much in every pair.
const NOTABLE: f64 = 1.05;

/// Milliseconds of each query in one block: its median by its weight.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block(pub BTreeMap<String, f64>);

impl Block {
    pub fn of(run: &Run) -> Block {
        let weighed = |query: &QueryRun| {
            let latency = query.latency.as_ref().filter(|_| query.errors.is_empty())?;
            Some((query.id.clone(), latency.p50_ms * query.weight))
        };
        Block(run.queries.iter().filter_map(weighed).collect())
    }

    fn total(&self, queries: &BTreeSet<&String>) -> f64 {
        queries.iter().filter_map(|query| self.0.get(*query)).sum()
    }
}

/// Without, and with.
pub type BlockPair = (Block, Block);

/// Geometric mean of the ratios of pairs, with its 95 % interval; only queries that every block measured count. `None`
/// of fewer than [`PAIRS`] pairs, or where no query was measured in all of them.
pub fn effect(pairs: &[BlockPair], restarted: bool) -> Option<SettingEffect> {
    if pairs.len() != PAIRS {
        return None;
    }
    let blocks = || pairs.iter().flat_map(|(without, with)| [without, with]);
    let seen: BTreeSet<&String> = blocks().flat_map(|block| block.0.keys()).collect();
    let common: BTreeSet<&String> =
        seen.iter().copied().filter(|query| blocks().all(|b| b.0.contains_key(*query))).collect();
    let logs: Vec<f64> = pairs
        .iter()
        .map(|(without, with)| (with.total(&common) / without.total(&common)).ln())
        .collect();
    if logs.iter().any(|log| !log.is_finite()) {
        return None;
    }
    let count = logs.len() as f64;
    let mean = logs.iter().sum::<f64>() / count;
    let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let half = STUDENT * (variance / count).sqrt();
    Some(SettingEffect {
        ratio: mean.exp(),
        low: (mean - half).exp(),
        high: (mean + half).exp(),
        pairs: pairs.len() as u32,
        restarted,
        queries: notable(pairs, &common),
        left_out: seen.difference(&common).map(|query| (*query).clone()).collect(),
    })
}

/// Those that differ in the same direction in every pair.
fn notable(pairs: &[BlockPair], common: &BTreeSet<&String>) -> Vec<SettingEffectOnQuery> {
    let mut found: Vec<(f64, SettingEffectOnQuery)> = Vec::new();
    for query in common {
        let ratios: Vec<f64> =
            pairs.iter().map(|(without, with)| with.0[*query] / without.0[*query]).collect();
        let slower = ratios.iter().all(|ratio| *ratio >= NOTABLE);
        let faster = ratios.iter().all(|ratio| *ratio <= 1.0 / NOTABLE);
        if !slower && !faster {
            continue;
        }
        let mean = ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64;
        let moved = pairs.iter().map(|(without, with)| with.0[*query] - without.0[*query]);
        let moved = moved.sum::<f64>().abs();
        found.push((moved, SettingEffectOnQuery { query: (*query).clone(), ratio: mean.exp() }));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, query)| query).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(times: &[(&str, f64)]) -> Block {
        Block(times.iter().map(|(query, ms)| ((*query).to_owned(), *ms)).collect())
    }

    fn pairs(times: [(f64, f64); PAIRS]) -> Vec<BlockPair> {
        times.iter().map(|(a, b)| (block(&[("q", *a)]), block(&[("q", *b)]))).collect()
    }

    #[test]
    fn an_effect_has_an_interval_around_it() {
        let faster =
            effect(&pairs([(100.0, 80.0), (104.0, 82.0), (98.0, 79.0), (101.0, 81.0)]), true)
                .unwrap();
        assert!(faster.high < 1.0 && faster.low < faster.ratio && faster.ratio < faster.high);
        assert_eq!(faster.queries.len(), 1);
        let noise =
            effect(&pairs([(100.0, 80.0), (100.0, 120.0), (100.0, 95.0), (100.0, 104.0)]), true)
                .unwrap();
        assert!(noise.low < 1.0 && noise.high > 1.0 && noise.queries.is_empty(), "{noise:?}");
        assert_eq!(effect(&pairs([(1.0, 1.0); PAIRS])[..1], true), None);
        assert_eq!(effect(&pairs([(0.0, 1.0); PAIRS]), true), None);
    }

    /// A query that failed with the setting would otherwise make it look fast.
    #[test]
    fn a_query_counts_only_where_every_block_measured_it() {
        let whole = || block(&[("a", 10.0), ("b", 90.0)]);
        let mut pairs: Vec<BlockPair> = (0..PAIRS).map(|_| (whole(), whole())).collect();
        pairs[2].1 = block(&[("a", 10.0)]);
        let effect = effect(&pairs, false).unwrap();
        assert_eq!((effect.ratio, effect.left_out.as_slice()), (1.0, &["b".to_owned()][..]));
    }
}

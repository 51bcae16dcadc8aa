//! How much faster the workload became as a whole, and how sure that is.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::block::Block;
use crate::stats::Interval;

const REPLICATES: usize = 2_000;

/// Blocks drawn at most, all replicates together: a large workload needs fewer replicates for a steady interval.
const MOST_DRAWN: usize = 20_000_000;
const FEWEST_REPLICATES: usize = 200;
const SEED: u64 = 0x9a71_0d5e;

/// The blocks of one query.
pub struct Part {
    pub weight: f64,
    pub blocks: Vec<Block>,
}

/// Weighted time after / before, with a 95 % percentile bootstrap interval: the blocks of each query are
/// resampled in pairs, which keeps what both sides of a block had in common. `None` without blocks.
pub fn workload_ratio(parts: &[Part]) -> Option<(f64, Interval)> {
    let parts: Vec<&Part> = parts.iter().filter(|part| !part.blocks.is_empty()).collect();
    let whole = ratio(&parts, |blocks, position| blocks[position])?;
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let blocks: usize = parts.iter().map(|part| part.blocks.len()).sum();
    let affordable = (MOST_DRAWN / blocks.max(1)).clamp(FEWEST_REPLICATES, REPLICATES);
    let mut replicates: Vec<f64> = (0..affordable)
        .filter_map(|_| ratio(&parts, |blocks, _| blocks[random.random_range(0..blocks.len())]))
        .collect();
    replicates.sort_by(f64::total_cmp);
    let at = |share: f64| replicates[((replicates.len() - 1) as f64 * share).round() as usize];
    Some((whole, Interval::new(at(0.025), at(0.975))))
}

fn ratio(parts: &[&Part], mut pick: impl FnMut(&[Block], usize) -> Block) -> Option<f64> {
    let (mut before, mut after) = (0.0, 0.0);
    for part in parts {
        let share = part.weight / part.blocks.len() as f64;
        for position in 0..part.blocks.len() {
            let block = pick(&part.blocks, position);
            before += block.before_ms * share;
            after += block.after_ms * share;
        }
    }
    (before > 0.0).then(|| after / before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(before_ms: f64, after: &[f64]) -> Vec<Block> {
        after.iter().map(|&after_ms| Block { before_ms, after_ms }).collect()
    }

    #[test]
    fn weights_and_times_both_count() {
        let (slow, fast) = (blocks(100.0, &[50.0; 8]), blocks(1.0, &[1.0; 8]));
        let parts = [Part { weight: 1.0, blocks: slow }, Part { weight: 100.0, blocks: fast }];
        let (ratio, interval) = workload_ratio(&parts).unwrap();
        assert!((ratio - 0.75).abs() < 1e-9);
        assert!((interval.low - 0.75).abs() < 1e-9 && (interval.high - 0.75).abs() < 1e-9);
    }

    #[test]
    fn scatter_widens_the_interval_around_the_ratio() {
        let noisy = blocks(10.0, &[4.0, 6.0, 5.0, 7.0, 3.0, 5.5, 4.5, 5.0]);
        let (ratio, interval) = workload_ratio(&[Part { weight: 1.0, blocks: noisy }]).unwrap();
        assert!(interval.low < ratio && ratio < interval.high);
        assert!(interval.low > 0.35 && interval.high < 0.65, "{interval:?}");
        assert_eq!(workload_ratio(&[]), None);
    }
}

//! One block: executions that stand for one observation, on one side or on both.

use std::collections::BTreeMap;

/// So many times the fastest: beyond the drift of a core, another process was using it.
const DISTURBED: f64 = 1.8;

/// One block on both sides, in milliseconds: see [`paired`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    pub before_ms: f64,
    pub after_ms: f64,
}

impl Block {
    pub fn log_ratio(self) -> f64 {
        (self.after_ms / self.before_ms).ln()
    }
}

/// One execution: which parameter set, and milliseconds.
pub type OfSet = (usize, f64);

/// The fastest execution of each parameter set, and their mean: whoever else uses the machine can only add to an
/// execution, never take from it. `None` without executions.
pub fn floor(values: &[OfSet]) -> Option<f64> {
    let mut fastest: BTreeMap<usize, f64> = BTreeMap::new();
    for &(set, ms) in values {
        fastest.entry(set).and_modify(|least| *least = least.min(ms)).or_insert(ms);
    }
    (!fastest.is_empty()).then(|| fastest.values().sum::<f64>() / fastest.len() as f64)
}

/// Both sides of a block. Its ratio is that of neighbours: the n-th execution of a parameter set on one side and on the
/// other, a few milliseconds apart. Each set counts by its time; the level of both is that of the fastest.
///
/// The speed of a core drifts over milliseconds to seconds (its sibling is busy, or not: 1.6 times the time on rented
/// cores), and neighbouring executions share it. The fastest of either side may be from different phases: over 160 blocks of two equals the
/// standard deviation of the logarithm was 0.05 to 0.06 by the fastest, 0.02 to 0.03 by neighbours.
pub fn paired(before: &[OfSet], after: &[OfSet]) -> Option<Block> {
    let mut sets: BTreeMap<usize, [Vec<f64>; 2]> = BTreeMap::new();
    for (side, values) in [before, after].into_iter().enumerate() {
        for &(set, ms) in values {
            sets.entry(set).or_default()[side].push(ms);
        }
    }
    let count = sets.len() as f64;
    let mut block = Block { before_ms: 0.0, after_ms: 0.0 };
    for [before, after] in sets.into_values() {
        let (fastest_before, fastest_after) = (fastest(&before)?, fastest(&after)?);
        let half = neighbours(&before, &after)?.ln() / 2.0;
        let level = (fastest_before * fastest_after).sqrt() / count;
        block.before_ms += level * (-half).exp();
        block.after_ms += level * half.exp();
    }
    (count > 0.0).then_some(block)
}

/// The median ratio of neighbours, those weighing more that were faster. Where one of the two took far longer than the
/// fastest of its side, somebody else had the core meanwhile, and the pair says nothing.
fn neighbours(before: &[f64], after: &[f64]) -> Option<f64> {
    let most = [fastest(before)? * DISTURBED, fastest(after)? * DISTURBED];
    let all: Vec<(f64, f64)> = before.iter().copied().zip(after.iter().copied()).collect();
    let calm: Vec<(f64, f64)> =
        all.iter().copied().filter(|(b, a)| *b <= most[0] && *a <= most[1]).collect();
    let pairs = if calm.is_empty() { all } else { calm };
    let weighed = pairs.into_iter().map(|(before, after)| (after / before, 1.0 / (before + after)));
    weighted_median(weighed.collect())
}

fn fastest(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::min)
}

/// Of `(value, weight)`; between two values that share the middle, their geometric mean.
fn weighted_median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let slack = half * 1e-9;
    let mut sum = 0.0;
    let mut lower = None;
    for (value, weight) in values {
        sum += weight;
        if let Some(lower) = lower {
            return Some(f64::sqrt(lower * value));
        }
        if sum > half + slack {
            return Some(value);
        }
        if sum >= half - slack {
            lower = Some(value);
        }
    }
    lower
}

/// Two halves: ABBA once more within one side and parameter set, mirrored in every other block, so that neither half
/// holds the earlier executions more often. `None` where a half would have nothing of a set.
pub fn halved(values: &[OfSet], block: usize) -> Option<Block> {
    let mut seen: BTreeMap<usize, usize> = BTreeMap::new();
    let mut halves = [Vec::new(), Vec::new()];
    for &(set, ms) in values {
        let nth = seen.entry(set).or_default();
        halves[(nth.div_ceil(2) + block) % 2].push((set, ms));
        *nth += 1;
    }
    let both = !seen.is_empty() && seen.values().all(|executions| *executions >= 2);
    let [first, second] = halves;
    both.then(|| paired(&first, &second)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_alternate_and_are_mirrored() {
        let of_one_set = |values: &[f64]| values.iter().map(|ms| (0, *ms)).collect::<Vec<_>>();
        let ratio =
            |values: &[f64], block| halved(&of_one_set(values), block).unwrap().log_ratio().exp();
        assert!((ratio(&[1.0, 2.0, 2.0, 1.0], 0) - 2.0).abs() < 1e-9);
        assert!((ratio(&[1.0, 5.0], 0) - 5.0).abs() < 1e-9);
        assert!((ratio(&[1.0, 5.0], 1) - 0.2).abs() < 1e-9);
        assert_eq!(halved(&[(0, 1.0), (1, 1.0), (0, 1.0)], 0), None);
        assert_eq!(halved(&[], 0), None);
    }

    #[test]
    fn every_parameter_set_counts_and_a_disturbed_execution_does_not() {
        let calm = [(0, 1.0), (1, 9.0), (0, 1.1), (1, 9.2)];
        assert_eq!(floor(&calm), Some(5.0));
        let disturbed = [(0, 1.0), (1, 9.0), (0, 80.0), (1, 9.2)];
        assert_eq!(floor(&disturbed), Some(5.0));
        let one_set_slower = [(0, 1.0), (1, 18.0), (0, 1.1), (1, 18.4)];
        assert_eq!(floor(&one_set_slower), Some(9.5));
        assert_eq!(floor(&[]), None);
    }

    /// The speed of the core changed in the middle: the fastest of each side are from different phases.
    #[test]
    fn neighbours_are_compared_with_each_other() {
        let before = [(0, 5.0), (0, 5.0), (0, 5.0), (0, 5.0), (0, 3.0)];
        let after = [(0, 6.0), (0, 6.0), (0, 6.0), (0, 3.6), (0, 3.6)];
        let block = paired(&before, &after).unwrap();
        assert!((block.log_ratio() - 1.2f64.ln()).abs() < 1e-9, "{block:?}");
        assert!((block.before_ms * block.after_ms - 3.0 * 3.6).abs() < 1e-9, "{block:?}");
        let single = paired(&[(0, 2.0)], &[(0, 3.0)]).unwrap();
        assert!((single.log_ratio() - 1.5f64.ln()).abs() < 1e-9, "{single:?}");
        assert_eq!(paired(&[(0, 2.0)], &[]), None);
        assert_eq!(paired(&[], &[]), None);
    }

    #[test]
    fn a_parameter_set_counts_by_its_time() {
        let before = [(0, 1.0), (1, 9.0), (0, 1.0), (1, 9.0)];
        let after = [(0, 1.0), (1, 18.0), (0, 1.0), (1, 18.0)];
        let block = paired(&before, &after).unwrap();
        assert!((block.log_ratio() - 1.9f64.ln()).abs() < 0.01, "{block:?}");
    }

    #[test]
    fn pairs_with_a_disturbed_execution_do_not_count() {
        let before = [2.0, 9.0, 2.0, 2.1, 8.0];
        let after = [2.4, 2.4, 9.9, 2.52, 2.4];
        assert!((neighbours(&before, &after).unwrap() - 1.2).abs() < 1e-9);
        assert_eq!(neighbours(&[1.0, 9.0], &[9.0, 1.0]), Some(1.0), "nothing calm: all count");
    }

    #[test]
    fn weights_decide_the_middle() {
        let median = |values: &[(f64, f64)]| weighted_median(values.to_vec());
        assert_eq!(median(&[(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), Some(2.0));
        assert_eq!(median(&[(1.0, 1.0), (4.0, 1.0)]), Some(2.0));
        assert_eq!(median(&[(1.0, 1.0), (2.0, 1.0), (9.0, 5.0)]), Some(9.0));
        assert_eq!(median(&[]), None);
    }
}

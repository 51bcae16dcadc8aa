//! Where a series of nights changed its level, for good.

use super::student::welch;

/// The series goes on from `at` on another level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChangePoint {
    /// Position of the first value on the new level.
    pub at: usize,
    /// Medians of the segments on both sides.
    pub before: f64,
    pub after: f64,
    pub p_value: f64,
}

/// What it takes to call a place a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    pub most_p: f64,
    /// Share by which the level must change, e.g. 0.05.
    pub least_change: f64,
    /// Values on each side.
    pub least_length: usize,
}

impl Default for Levels {
    fn default() -> Self {
        Levels { most_p: 0.001, least_change: 0.05, least_length: 3 }
    }
}

/// Change points of positive values, in order.
///
/// E-divisive (Matteson & James, J. Am. Stat. Assoc. 109, 2014) finds the place that parts a segment best, by the energy
/// distance of its two sides, again and again within the parts; as in Hunter (arXiv 2301.03034) a t-test over logarithms decides,
/// because a permutation test cannot reach a small p with few nights. Places that do not hold between
/// their final neighbours are taken out again, the weakest first.
pub fn change_points(values: &[f64], levels: &Levels) -> Vec<ChangePoint> {
    let logs: Vec<f64> = values.iter().map(|value| value.max(f64::MIN_POSITIVE).ln()).collect();
    let mut places = Vec::new();
    part(&logs, 0, levels, &mut places);
    places.sort_unstable();
    keep_what_holds(&logs, &mut places, levels);
    let judged = judged(&logs, &places);
    judged
        .into_iter()
        .map(|judged| ChangePoint {
            at: judged.at,
            before: judged.before.exp(),
            after: judged.after.exp(),
            p_value: judged.p_value,
        })
        .collect()
}

/// Splits while the best place is convincing enough to look further; what is kept is decided at the end.
fn part(values: &[f64], offset: usize, levels: &Levels, places: &mut Vec<usize>) {
    let Some(at) = best_place(values, levels.least_length) else { return };
    let (left, right) = values.split_at(at);
    // Wider than the final test: a weak place may part two strong ones.
    const LOOK_FURTHER: f64 = 10.0;
    let p_value = welch(left, right).unwrap_or(1.0);
    if p_value > levels.most_p * LOOK_FURTHER {
        return;
    }
    places.push(offset + at);
    part(left, offset, levels, places);
    part(right, offset + at, levels, places);
}

/// The place with the largest energy distance of its two sides, scaled by their lengths.
fn best_place(values: &[f64], least: usize) -> Option<usize> {
    let count = values.len();
    if count < 2 * least.max(2) {
        return None;
    }
    let distances = |k: usize, range: std::ops::Range<usize>| -> f64 {
        values[range].iter().map(|value| (value - values[k]).abs()).sum()
    };
    let (mut left, mut between) = (0.0, 0.0);
    let mut right: f64 = (0..count).map(|k| distances(k, k + 1..count)).sum();
    let mut best: Option<(f64, usize)> = None;
    for k in 0..count - 1 {
        let (to_left, to_right) = (distances(k, 0..k), distances(k, k + 1..count));
        left += to_left;
        right -= to_right;
        between += to_right - to_left;
        let (m, n) = ((k + 1) as f64, (count - k - 1) as f64);
        if k + 1 < least.max(2) || count - k - 1 < least.max(2) {
            continue;
        }
        let pairs = |count: f64| count * (count - 1.0) / 2.0;
        let energy = 2.0 * between / (m * n) - left / pairs(m) - right / pairs(n);
        let scaled = energy * m * n / (m + n);
        if best.is_none_or(|(most, _)| scaled > most) {
            best = Some((scaled, k + 1));
        }
    }
    best.filter(|(scaled, _)| *scaled > 0.0).map(|(_, at)| at)
}

struct Judged {
    at: usize,
    before: f64,
    after: f64,
    p_value: f64,
}

/// Each place between its neighbours.
fn judged(values: &[f64], places: &[usize]) -> Vec<Judged> {
    let ends = |index: usize| {
        let from = if index == 0 { 0 } else { places[index - 1] };
        (from, places.get(index + 1).copied().unwrap_or(values.len()))
    };
    let judge = |(index, &at): (usize, &usize)| {
        let (from, to) = ends(index);
        let (left, right) = (&values[from..at], &values[at..to]);
        let p_value = welch(left, right).unwrap_or(1.0);
        Judged { at, before: median(left), after: median(right), p_value }
    };
    places.iter().enumerate().map(judge).collect()
}

fn keep_what_holds(values: &[f64], places: &mut Vec<usize>, levels: &Levels) {
    let least = levels.least_change.ln_1p();
    loop {
        let weakness = |judged: &Judged| {
            let small = (judged.after - judged.before).abs() < least;
            if small { 1.0 + judged.p_value } else { judged.p_value }
        };
        let all = judged(values, places);
        let weakest = all.iter().max_by(|a, b| weakness(a).total_cmp(&weakness(b)));
        match weakest {
            Some(weakest) if weakness(weakest) > levels.most_p => {
                let at = weakest.at;
                places.retain(|place| *place != at);
            }
            _ => return,
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn noise(random: &mut ChaCha8Rng, share: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
        (sum * share).exp()
    }

    #[test]
    fn a_step_is_found_at_its_place_and_back_again() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let level = |night: usize| if (20..35).contains(&night) { 13.0 } else { 10.0 };
        let values: Vec<f64> = (0..50).map(|n| level(n) * noise(&mut random, 0.03)).collect();
        let found = change_points(&values, &Levels::default());
        assert_eq!(found.iter().map(|change| change.at).collect::<Vec<_>>(), [20, 35]);
        assert!((found[0].before - 10.0).abs() < 0.3 && (found[0].after - 13.0).abs() < 0.4);
    }

    #[test]
    fn three_new_nights_are_enough_and_two_are_not() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut values: Vec<f64> = (0..20).map(|_| 10.0 * noise(&mut random, 0.02)).collect();
        values.extend([15.0, 15.2]);
        assert_eq!(change_points(&values, &Levels::default()), []);
        values.push(14.9);
        assert_eq!(change_points(&values, &Levels::default())[0].at, 20);
    }

    #[test]
    fn small_steps_and_single_outliers_are_no_change() {
        let small: Vec<f64> = (0..40).map(|n| if n < 20 { 10.0 } else { 10.4 }).collect();
        assert_eq!(change_points(&small, &Levels::default()), []);
        let mut spike = vec![10.0; 30];
        spike[14] = 90.0;
        assert_eq!(change_points(&spike, &Levels::default()), []);
        assert_eq!(change_points(&[1.0, 2.0], &Levels::default()), []);
    }

    /// Noise of 15 %: chance alone must rarely look like a change.
    #[test]
    fn noise_rarely_looks_like_a_change() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let wrong = (0..400).filter(|_| {
            let values: Vec<f64> = (0..60).map(|_| 10.0 * noise(&mut random, 0.15)).collect();
            !change_points(&values, &Levels::default()).is_empty()
        });
        let wrong = wrong.count();
        assert!(wrong <= 20, "{wrong} of 400");
    }

    proptest! {
        #[test]
        fn places_are_in_order_and_apart(values in proptest::collection::vec(0.1f64..100.0, 0..60)) {
            let levels = Levels::default();
            let found = change_points(&values, &levels);
            let mut edges: Vec<usize> = found.iter().map(|change| change.at).collect();
            edges.insert(0, 0);
            edges.push(values.len());
            for pair in edges.windows(2) {
                prop_assert!(found.is_empty() || pair[1] - pair[0] >= levels.least_length);
            }
        }
    }
}

//! How much a measurement could have seen, and what it would take to see more.

use crate::stats::Paired;

/// From the half-width of a 95 % interval to the distance at which an effect is found in four of five
/// measurements: (1.96 + 0.84) / 1.96 standard errors.
const FOUR_OF_FIVE: f64 = 1.43;

/// More blocks than this are no advice.
const MOST_BLOCKS: f64 = 1_000.0;

/// The smallest slow-down, as a share, whose interval would have lain beyond the tolerance in four of
/// five measurements as noisy as this one. `None` without an interval.
pub fn smallest_effect(paired: &Paired, tolerance: f64) -> Option<f64> {
    let half = half_width(paired)?;
    Some(((1.0 + tolerance).ln() + half * FOUR_OF_FIVE).exp_m1())
}

/// About how many blocks would bring the interval wholly to one side of the tolerance's nearer limit, given
/// the estimate holds: widths shrink with the square root. At least one more than there were.
pub fn blocks_needed(paired: &Paired, blocks: u32, tolerance: f64) -> Option<u32> {
    let half = half_width(paired)?;
    let limit = match paired.estimate < 0.0 {
        true => (1.0 - tolerance).ln(),
        false => (1.0 + tolerance).ln(),
    };
    let distance = (paired.estimate - limit).abs();
    let needed = f64::from(blocks) * (half / distance).powi(2);
    (needed <= MOST_BLOCKS).then(|| (needed.ceil() as u32).max(blocks + 1))
}

fn half_width(paired: &Paired) -> Option<f64> {
    let half = (paired.interval.high - paired.interval.low) / 2.0;
    half.is_finite().then_some(half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn paired(estimate: f64, half: f64) -> Paired {
        let interval = Interval::new(estimate - half, estimate + half);
        Paired { estimate, interval, p_value: 0.5 }
    }

    #[test]
    fn a_wider_interval_sees_less() {
        let exact = smallest_effect(&paired(0.0, 0.0), 0.05).unwrap();
        assert!((exact - 0.05).abs() < 1e-12);
        let wide = smallest_effect(&paired(0.0, 0.1), 0.05).unwrap();
        assert!((wide - (1.05 * 0.143f64.exp() - 1.0)).abs() < 1e-12);
        assert_eq!(smallest_effect(&paired(0.0, f64::INFINITY), 0.05), None);
    }

    #[test]
    fn twice_as_wide_as_the_distance_takes_four_times_the_blocks() {
        let limit = 1.05f64.ln();
        assert_eq!(blocks_needed(&paired(0.0, 2.0 * limit), 16, 0.05), Some(64));
        assert_eq!(blocks_needed(&paired(0.0, limit / 2.0), 16, 0.05), Some(17));
        assert_eq!(blocks_needed(&paired(limit, 0.1), 16, 0.05), None);
    }
}

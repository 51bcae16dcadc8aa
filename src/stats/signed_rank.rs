//! Paired differences: is their centre zero, and where does it lie?

use super::Interval;

/// What paired differences say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// Hodges–Lehmann estimate: the median of all pairwise means.
    pub estimate: f64,
    /// 95 % interval of the centre; infinite on both sides when there are fewer than six differences.
    pub interval: Interval,
    /// Two-sided, exact.
    pub p_value: f64,
}

/// Wilcoxon's signed-rank test with the interval that belongs to it, over differences of pairs
/// (for latencies: logarithms of the ratio of block medians). `None` without differences.
///
/// Test and interval are the same statement: the interval excludes zero exactly when p < 0.05.
/// Source: Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, §3.1–3.3.
pub fn signed_rank(differences: &[f64]) -> Option<Paired> {
    let mut means = walsh_averages(differences);
    if means.is_empty() {
        return None;
    }
    means.sort_by(f64::total_cmp);
    let cumulative = null_distribution(differences.len());
    Some(Paired {
        estimate: median_of_sorted(&means),
        interval: interval(&means, &cumulative),
        p_value: p_value(&means, &cumulative),
    })
}

/// Means of all pairs, each value with itself included.
fn walsh_averages(values: &[f64]) -> Vec<f64> {
    let pairs = values.iter().enumerate();
    pairs.flat_map(|(i, a)| values[i..].iter().map(move |b| (a + b) / 2.0)).collect()
}

/// `P(W <= w)` for every `w`, where each of the ranks 1..=n is counted with probability one half.
fn null_distribution(n: usize) -> Vec<f64> {
    let most = n * (n + 1) / 2;
    let mut probability = vec![0.0; most + 1];
    probability[0] = 1.0;
    for rank in 1..=n {
        for w in (0..=most).rev() {
            let with_rank = if w >= rank { probability[w - rank] } else { 0.0 };
            probability[w] = (probability[w] + with_rank) / 2.0;
        }
    }
    let mut sum = 0.0;
    probability
        .iter()
        .map(|p| {
            sum += p;
            sum
        })
        .collect()
}

/// The statistic is the number of positive Walsh averages; ties with zero count against the finding.
fn p_value(sorted_means: &[f64], cumulative: &[f64]) -> f64 {
    let not_above = sorted_means.iter().filter(|m| **m <= 0.0).count();
    let not_below = sorted_means.iter().filter(|m| **m >= 0.0).count();
    (2.0 * cumulative[not_above.min(not_below)]).min(1.0)
}

fn interval(sorted_means: &[f64], cumulative: &[f64]) -> Interval {
    let excluded = cumulative.iter().take_while(|p| **p <= 0.025).count();
    if excluded == 0 {
        return Interval::new(f64::NEG_INFINITY, f64::INFINITY);
    }
    Interval::new(sorted_means[excluded - 1], sorted_means[sorted_means.len() - excluded])
}

fn median_of_sorted(values: &[f64]) -> f64 {
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn six_of_one_sign_are_the_least_that_can_convince() {
        let six = signed_rank(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).unwrap();
        assert!((six.p_value - 2.0 / 64.0).abs() < 1e-12);
        assert_eq!(six.interval, Interval::new(0.1, 0.6));
        let five = signed_rank(&[0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        assert!(five.p_value > 0.05 && five.interval.low.is_infinite());
    }

    /// Published example: n = 9, W = 40 gives a two-sided p of 0.039.
    #[test]
    fn agrees_with_the_depression_scale_example() {
        let differences = [0.952, -0.147, 1.022, 0.430, 0.620, 0.590, 0.490, -0.080, 0.010];
        let paired = signed_rank(&differences).unwrap();
        assert!((paired.p_value - 0.0391).abs() < 0.0005, "{}", paired.p_value);
        assert!((paired.estimate - 0.46).abs() < 0.005, "{}", paired.estimate);
        assert!((paired.interval.low - 0.010).abs() < 0.001, "{:?}", paired.interval);
        assert!((paired.interval.high - 0.786).abs() < 0.001, "{:?}", paired.interval);
    }

    #[test]
    fn nothing_says_nothing() {
        assert_eq!(signed_rank(&[]), None);
    }

    proptest! {
        #[test]
        fn turning_the_sign_mirrors_everything(values in proptest::collection::vec(-5.0f64..5.0, 6..24)) {
            let negated: Vec<f64> = values.iter().map(|v| -v).collect();
            let (a, b) = (signed_rank(&values).unwrap(), signed_rank(&negated).unwrap());
            prop_assert!((a.p_value - b.p_value).abs() < 1e-9);
            prop_assert!((a.estimate + b.estimate).abs() < 1e-9);
            prop_assert!((a.interval.low + b.interval.high).abs() < 1e-9);
        }

        #[test]
        fn interval_and_test_agree(values in proptest::collection::vec(-1.0f64..3.0, 6..24)) {
            let paired = signed_rank(&values).unwrap();
            prop_assert_eq!(paired.p_value <= 0.05, !paired.interval.contains(0.0));
            prop_assert!(paired.interval.contains(paired.estimate));
        }
    }
}

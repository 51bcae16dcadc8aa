//! Distribution-free interval of a median.

/// The middle value, or the mean of the two middle ones. `None` without values.
pub fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    let lower = values.get(values.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

/// Ranks (from 1) of the two order statistics of `count` values that enclose the true median with
/// at least 95 % probability; first and last when `count` is below 6, where no pair reaches 95 %.
///
/// Source: the sign test inverted (Conover, Practical Nonparametric Statistics, §3.2). Exact binomial up to
/// 1,000 values, the normal approximation beyond.
pub fn median_ranks(count: u64) -> (u64, u64) {
    if count < 6 {
        return (1, count.max(1));
    }
    let low = if count <= 1_000 { exact_rank(count) } else { approximate_rank(count) };
    (low, count + 1 - low)
}

/// Largest `l` with `P(Binomial(count, 1/2) < l) <= 0.025`.
fn exact_rank(count: u64) -> u64 {
    let half = count as f64 * std::f64::consts::LN_2;
    let mut log_term = -half;
    let mut below = 0.0;
    for k in 0..count {
        below += log_term.exp();
        if below > 0.025 {
            return k.max(1);
        }
        log_term += ((count - k) as f64).ln() - ((k + 1) as f64).ln();
    }
    1
}

fn approximate_rank(count: u64) -> u64 {
    let n = count as f64;
    ((n - 1.959_964 * n.sqrt()) / 2.0).floor().max(1.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tabulated values of the sign test at 95 %.
    #[test]
    fn agrees_with_the_published_table() {
        assert_eq!(median_ranks(6), (1, 6));
        assert_eq!(median_ranks(10), (2, 9));
        assert_eq!(median_ranks(20), (6, 15));
        assert_eq!(median_ranks(50), (18, 33));
    }

    #[test]
    fn few_values_give_the_whole_range() {
        assert_eq!(median_ranks(1), (1, 1));
        assert_eq!(median_ranks(5), (1, 5));
    }

    #[test]
    fn the_approximation_continues_the_exact_ranks() {
        let (exact, approximate) = (exact_rank(1_000), approximate_rank(1_000));
        assert!(exact.abs_diff(approximate) <= 1, "{exact} {approximate}");
    }
}

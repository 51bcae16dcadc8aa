//! Many tests at once.

/// Benjamini–Hochberg adjusted probabilities, in the order of the input: calling everything with
/// `q <= 0.05` a discovery leaves at most 5 % false ones among them on average.
///
/// Source: Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995).
pub fn q_values(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| p_values[b].total_cmp(&p_values[a]));
    let mut adjusted = vec![1.0; count];
    let mut smallest: f64 = 1.0;
    for (position, &index) in order.iter().enumerate() {
        let rank = count - position;
        smallest = smallest.min(p_values[index] * count as f64 / rank as f64);
        adjusted[index] = smallest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_example() {
        let q = q_values(&[0.01, 0.04, 0.03, 0.5]);
        let expected = [0.04, 0.04 * 4.0 / 3.0, 0.04 * 4.0 / 3.0, 0.5];
        for (seen, wanted) in q.iter().zip(expected) {
            assert!((seen - wanted).abs() < 1e-12, "{q:?}");
        }
    }

    proptest! {
        #[test]
        fn never_below_p_and_order_kept(p in proptest::collection::vec(0.0f64..=1.0, 0..50)) {
            let q = q_values(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] - 1e-12 && q[i] <= 1.0);
                for j in 0..p.len() {
                    if p[i] <= p[j] {
                        prop_assert!(q[i] <= q[j] + 1e-12);
                    }
                }
            }
        }
    }
}

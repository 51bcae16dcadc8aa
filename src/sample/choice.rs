//! Choosing by weight: a few values that are common and many that are rare.

use super::draw::Draw;

/// Indices 0.. drawn in proportion to fixed weights.
pub struct Weighted {
    cumulative: Vec<f64>,
}

impl Weighted {
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let running = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Weighted { cumulative: running.collect() }
    }

    /// Zipf's law over `count` ranks: the k-th is drawn in proportion to 1 / k^`exponent`.
    pub fn zipf(count: u64, exponent: f64) -> Self {
        Weighted::new((1..=count).map(|rank| (rank as f64).powf(-exponent)))
    }

    pub fn draw(&self, draw: &mut Draw) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let point = draw.unit() * total;
        let index = self.cumulative.partition_point(|&sum| sum <= point);
        index.min(self.cumulative.len().saturating_sub(1))
    }

    /// Share of the draws that fall on `index`.
    pub fn share(&self, index: usize) -> f64 {
        let below = if index == 0 { 0.0 } else { self.cumulative[index - 1] };
        (self.cumulative[index] - below) / self.cumulative[self.cumulative.len() - 1]
    }
}

/// The numbers 0..`count` in an order that depends on `draw` alone (Fisher–Yates).
pub fn shuffled(count: u64, draw: &mut Draw) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, draw.between(0, last as u32) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_draws_follow_the_law() {
        let choice = Weighted::zipf(100, 1.0);
        let mut draw = Draw::new(1, 1, 1);
        let mut seen = [0u32; 100];
        for _ in 0..100_000 {
            seen[choice.draw(&mut draw)] += 1;
        }
        let first = f64::from(seen[0]) / 100_000.0;
        assert!((first - choice.share(0)).abs() < 0.01, "{first}");
        assert!(seen[0] > 8 * seen[9] && seen[0] < 12 * seen[9], "{} {}", seen[0], seen[9]);
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut order = shuffled(1000, &mut Draw::new(1, 2, 3));
        assert_ne!(order[..5], [0, 1, 2, 3, 4]);
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..1000));
    }
}

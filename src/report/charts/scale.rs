//! From values to pixels on a logarithmic axis, and where its ticks stand.

/// Round values within a decade, the finest choice first.
const STEPS: [&[f64]; 6] = [
    &[
        1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5,
        6.0, 7.0, 8.0, 9.0,
    ],
    &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0],
    &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
    &[1.0, 2.0, 5.0],
    &[1.0, 3.0],
    &[1.0],
];

/// A logarithmic axis from `low` to `high` (both positive) drawn between two pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogScale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl LogScale {
    /// The axis spans the usable values with a margin; `None` when there is none of them.
    pub fn spanning(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let usable = values.filter(|v| v.is_finite() && *v > 0.0);
        let (low, high) = usable.fold((f64::MAX, 0.0f64), |(l, h), v| (l.min(v), h.max(v)));
        (high > 0.0).then(|| LogScale { low: low / 1.25, high: high * 1.25, from, to })
    }

    /// Values outside the axis are drawn at its ends.
    pub fn at(&self, value: f64) -> f64 {
        let inside = value.clamp(self.low, self.high);
        let share = (inside / self.low).ln() / (self.high / self.low).ln();
        self.from + share * (self.to - self.from)
    }

    /// Round values on the axis, at most `most` of them.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        for step in STEPS {
            let ticks = self.multiples(step, 1);
            if ticks.len() <= most {
                return ticks;
            }
        }
        (2..20)
            .map(|stride| self.multiples(&[1.0], stride))
            .find(|t| t.len() <= most)
            .unwrap_or_default()
    }

    fn multiples(&self, steps: &[f64], stride: i32) -> Vec<f64> {
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        let decades = (first..=last).filter(|decade| decade.rem_euclid(stride) == 0);
        let all = decades.flat_map(|decade| steps.iter().map(move |s| s * 10f64.powi(decade)));
        all.filter(|v| (self.low..=self.high).contains(v)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_maps_its_ends_and_its_geometric_middle() {
        let scale = LogScale { low: 1.0, high: 100.0, from: 0.0, to: 200.0 };
        assert_eq!(scale.at(1.0), 0.0);
        assert!((scale.at(10.0) - 100.0).abs() < 1e-9);
        assert_eq!(scale.at(1e9), 200.0);
        assert_eq!(scale.at(0.0), 0.0);
    }

    #[test]
    fn ticks_are_round_and_few() {
        let scale = LogScale { low: 0.8, high: 12.0, from: 0.0, to: 1.0 };
        assert_eq!(scale.ticks(5), [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(scale.ticks(3), [1.0, 3.0, 10.0]);
        let short = LogScale { low: 380.0, high: 610.0, from: 0.0, to: 1.0 };
        assert_eq!(short.ticks(5), [400.0, 450.0, 500.0, 550.0, 600.0]);
        let wide = LogScale { low: 1e-6, high: 1e6, from: 0.0, to: 1.0 };
        assert!(wide.ticks(5).len() <= 5 && wide.ticks(5).len() >= 2);
    }

    #[test]
    fn nothing_positive_gives_no_scale() {
        assert_eq!(LogScale::spanning([0.0, f64::NAN].into_iter(), 0.0, 1.0), None);
    }
}

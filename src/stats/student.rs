//! Two means of samples with spreads of their own.

/// Two-sided probability that two samples with equal means differ as much: Welch's t-test. `None` with fewer than two values
/// on a side. Samples without any spread differ for certain, or not at all.
/// Source: Welch, Biometrika 34 (1947); the distribution by the continued fraction of the incomplete beta function
/// (Press et al., Numerical Recipes, §6.4).
pub fn welch(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let ((mean_a, error_a), (mean_b, error_b)) = (mean_and_error(a), mean_and_error(b));
    let squared = error_a + error_b;
    if squared <= f64::EPSILON * (mean_a.abs() + mean_b.abs()).powi(2) * 1e-6 {
        return Some(if mean_a == mean_b { 1.0 } else { 0.0 });
    }
    let t = (mean_a - mean_b) / squared.sqrt();
    let part = |error: f64, count: usize| error * error / (count as f64 - 1.0);
    let freedom = squared * squared / (part(error_a, a.len()) + part(error_b, b.len()));
    Some(two_sided(t, freedom))
}

/// Mean, and the squared standard error of it.
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

fn two_sided(t: f64, freedom: f64) -> f64 {
    incomplete_beta(freedom / (freedom + t * t), freedom / 2.0, 0.5)
}

/// Regularised: I_x(a, b).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front =
        (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    match x < (a + 1.0) / (a + b + 2.0) {
        true => front * continued_fraction(x, a, b) / a,
        false => 1.0 - front * continued_fraction(1.0 - x, b, a) / b,
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            change = d * c;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    fraction
}

/// Lanczos' approximation.
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 6] = [
        76.180_091_729_471_46,
        -86.505_320_329_416_77,
        24.014_098_240_830_91,
        -1.231_739_572_450_155,
        0.001_208_650_973_866_179,
        -0.000_005_395_239_384_953,
    ];
    let shifted = x + 5.5;
    let series: f64 =
        COEFFICIENTS.iter().zip(1..).map(|(c, i)| c / (x + f64::from(i))).sum::<f64>();
    (x + 0.5) * shifted.ln() - shifted
        + (2.506_628_274_631_000_5 * (1.000_000_000_190_015 + series) / x).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tabulated critical values of Student's t.
    #[test]
    fn agrees_with_the_table() {
        for (t, freedom, p) in
            [(2.228, 10.0, 0.05), (12.706, 1.0, 0.05), (3.850, 20.0, 0.001), (2.750, 30.0, 0.01)]
        {
            assert!((two_sided(t, freedom) - p).abs() < 2e-4 * (1.0 + p / 0.01), "{t} {freedom}");
        }
        assert!((two_sided(0.0, 7.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn samples_without_spread() {
        assert_eq!(welch(&[1.0, 1.0, 1.0], &[2.0, 2.0]), Some(0.0));
        assert_eq!(welch(&[1.0, 1.0], &[1.0, 1.0]), Some(1.0));
        assert_eq!(welch(&[1.0], &[1.0, 1.0]), None);
    }
}

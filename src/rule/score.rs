//! From a gain to a rank and a severity.

use crate::plan::Evidence;

use super::{Gain, GainClass, Severity};

/// How fast the score saturates: a fifth of the time saved gives 2.3 of 5, half of it 3.9.
const K: f64 = 3.0;
/// What a structural finding counts for, as a fraction of the share of time it concerns.
const STRUCTURAL: f64 = 0.1;

/// Shares and times from which "high" is earned.
const HIGH_FRACTION: f64 = 0.3;
const HIGH_MS: f64 = 5.0;
/// Below this share of the query nothing is more than "low".
const MEDIUM_FRACTION: f64 = 0.1;
/// What saves less of its query at best is good to know, no more.
const WORTH_FRACTION: f64 = 0.02;
/// And below these milliseconds: nobody waits for them.
const MEDIUM_MS: f64 = 1.0;

/// What the score is made of.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// Time of the query (or session), milliseconds. `None` outside of queries.
    pub total_ms: Option<f64>,
    /// Share of that time the place of the finding takes, 0 to 1.
    pub share: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// The server's time is only part of what is saved: round trips come on top of it.
    pub more_than_told: bool,
    /// Share of its query in the time of a workload whose calls are known, 0 to 1; 1 elsewhere.
    pub of_workload: f64,
}

/// 0 to 5: `5 · (1 − exp(−k · saved fraction)) · confidence`.
pub fn score(gain: &Gain, severity: Severity, weight: Weight) -> f64 {
    let fraction = saved_fraction(gain, weight.total_ms)
        .or(weight.total_ms.map(|_| weight.share * STRUCTURAL))
        .map_or_else(|| nominal(severity), |fraction| fraction * weight.of_workload);
    5.0 * (1.0 - (-K * fraction).exp()) * weight.confidence
}

/// Findings about schema and settings have no clock: they rank by what the rule says of them.
fn nominal(severity: Severity) -> f64 {
    match severity {
        Severity::Info => 0.005,
        Severity::Low => 0.01,
        Severity::Medium => 0.03,
        Severity::High => 0.1,
    }
}

fn saved_fraction(gain: &Gain, total_ms: Option<f64>) -> Option<f64> {
    let total = total_ms.filter(|total| *total > 0.0)?;
    gain.saved_ms.map(|saved| (saved.mid() / total).clamp(0.0, 1.0))
}

/// The severity a rule asks for, as far as the numbers bear it out. "High" needs a substantial
/// share of the query, noticeable absolute time, and a gain that was modelled, at its low end.
pub fn granted(asked: Severity, gain: &Gain, weight: Weight) -> Severity {
    let total = weight.total_ms.unwrap_or(0.0);
    let saved = gain.saved_ms.map_or(0.0, |saved| saved.low);
    let fraction = if total > 0.0 { saved / total } else { 0.0 };
    let earned =
        gain.class != GainClass::Structural && fraction >= HIGH_FRACTION && saved >= HIGH_MS;
    let short = gain.saved_ms.is_some_and(|saved| saved.high < MEDIUM_MS);
    let most = gain.saved_ms.map_or(0.0, |saved| saved.high);
    let trifle = total > 0.0 && most < total * WORTH_FRACTION && !weight.more_than_told;
    if gain.class == GainClass::Modelled && gain.saved_ms.is_some() && trifle {
        return Severity::Info;
    }
    let minor = gain.class != GainClass::Structural && (short || fraction < MEDIUM_FRACTION);
    match asked {
        Severity::High if !earned => granted(Severity::Medium, gain, weight),
        Severity::Medium if minor => Severity::Low,
        other => other,
    }
}

/// Trust in a finding, given the rule's own and what it was seen with.
pub fn confidence(rule: f64, evidence: Evidence, catalog_known: bool) -> f64 {
    let seen = match evidence {
        Evidence::A => 1.0,
        Evidence::B => 0.95,
        Evidence::C => 0.7,
        Evidence::D => 0.4,
    };
    let indexes_known = if catalog_known { 1.0 } else { 0.8 };
    rule * seen * indexes_known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Interval;

    fn gain(low: f64, high: f64) -> Gain {
        Gain {
            class: GainClass::Modelled,
            saved_ms: Some(Interval::new(low, high)),
            model: "G1".into(),
        }
    }

    fn weight(total: f64) -> Weight {
        Weight {
            total_ms: Some(total),
            share: 1.0,
            confidence: 1.0,
            more_than_told: false,
            of_workload: 1.0,
        }
    }

    #[test]
    fn a_fifth_of_the_time_scores_about_two_and_a_quarter() {
        let score = score(&gain(20.0, 20.0), Severity::High, weight(100.0));
        assert!((score - 2.256).abs() < 0.001, "{score}");
    }

    #[test]
    fn where_calls_are_known_the_busy_query_comes_first() {
        let (rare, busy) = (
            Weight { of_workload: 0.01, ..weight(100.0) },
            Weight { of_workload: 0.6, ..weight(100.0) },
        );
        let of = |saved, weight| score(&gain(saved, saved), Severity::Medium, weight);
        assert!(of(90.0, rare) < of(10.0, busy));
    }

    #[test]
    fn high_needs_share_and_time_at_the_low_end() {
        let of = |low, total| granted(Severity::High, &gain(low, low + 50.0), weight(total));
        assert_eq!(of(30.0, 100.0), Severity::High);
        assert_eq!(of(29.0, 100.0), Severity::Medium);
        assert_eq!(of(4.9, 5.0), Severity::Medium);
        assert_eq!(of(5.0, 100.0), Severity::Low);
    }

    #[test]
    fn less_than_a_millisecond_is_low_whatever_its_share() {
        let of = |high| granted(Severity::Medium, &gain(0.4, high), weight(1.2));
        assert_eq!(of(0.9), Severity::Low);
        assert_eq!(of(1.0), Severity::Medium);
    }

    #[test]
    fn less_than_a_fiftieth_of_its_query_is_good_to_know_only() {
        let of = |high| granted(Severity::Medium, &gain(0.0, high), weight(1000.0));
        assert_eq!(of(19.9), Severity::Info);
        assert_eq!(of(20.0), Severity::Low);
        let round_trips = Weight { more_than_told: true, ..weight(1000.0) };
        assert_eq!(granted(Severity::Medium, &gain(1.0, 5.0), round_trips), Severity::Low);
    }

    #[test]
    fn a_structural_finding_ranks_below_a_measured_one_and_is_never_high() {
        let structural = Gain { class: GainClass::Structural, saved_ms: None, model: "G8".into() };
        assert!(score(&structural, Severity::High, weight(100.0)) < 1.5);
        assert_eq!(granted(Severity::High, &structural, weight(100.0)), Severity::Medium);
    }
}

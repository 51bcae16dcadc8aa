//! From the size that was rehearsed to the size that is to be moved.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::RehearsalRun;

/// Seconds to be expected for the full size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extrapolated {
    pub jobs: u32,
    pub phases: Vec<(String, f64)>,
    pub total_s: f64,
    /// Between the fastest and the slowest run; `None` with one run alone.
    pub low_s: Option<f64>,
    pub high_s: Option<f64>,
    pub runs: usize,
}

/// Phases that take as long whatever the size: they are not scaled.
const FIXED: [&str; 3] = ["schema", "catching up", "sequences"];
/// Sorting grows a little faster than its input.
const SORTED: &str = "indexes and constraints";

/// `factor`: full size to rehearsed size.
pub fn extrapolate(runs: &[RehearsalRun], factor: f64) -> Vec<Extrapolated> {
    let mut jobs: Vec<u32> = runs.iter().map(|run| run.jobs).collect();
    jobs.sort_unstable();
    jobs.dedup();
    jobs.into_iter().filter_map(|jobs| of_jobs(runs, jobs, factor)).collect()
}

fn of_jobs(runs: &[RehearsalRun], jobs: u32, factor: f64) -> Option<Extrapolated> {
    let whole: Vec<&RehearsalRun> =
        runs.iter().filter(|run| run.jobs == jobs && run.failed.is_none()).collect();
    let first = whole.first()?;
    let mut names: Vec<String> = Vec::new();
    for phase in &first.phases {
        if !names.contains(&phase.phase) {
            names.push(phase.phase.clone());
        }
    }
    let scaled = |run: &RehearsalRun, name: &str| {
        let seconds: f64 =
            run.phases.iter().filter(|p| p.phase == name).map(|phase| phase.seconds).sum();
        seconds * growth(name, factor)
    };
    let totals: Vec<f64> =
        whole.iter().map(|run| names.iter().map(|name| scaled(run, name)).sum()).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let phases = names.iter().map(|name| {
        let seconds: Vec<f64> = whole.iter().map(|run| scaled(run, name)).collect();
        (name.clone(), mean(&seconds))
    });
    let several = totals.len() > 1;
    let least = totals.iter().copied().fold(f64::INFINITY, f64::min);
    let most = totals.iter().copied().fold(0.0, f64::max);
    Some(Extrapolated {
        jobs,
        phases: phases.collect(),
        total_s: mean(&totals),
        low_s: several.then_some(least),
        high_s: several.then_some(most),
        runs: totals.len(),
    })
}

fn growth(phase: &str, factor: f64) -> f64 {
    if FIXED.contains(&phase) {
        return 1.0;
    }
    match phase == SORTED && factor > 1.0 {
        // n log n, with the logarithm of a table of some million rows.
        true => factor * (1.0 + factor.log2() / 20.0),
        false => factor,
    }
}

#[cfg(test)]
mod tests {
    use super::super::PhaseTime;
    use super::*;

    fn run(jobs: u32, data: f64) -> RehearsalRun {
        let phase = |phase: &str, seconds| PhaseTime {
            phase: phase.to_owned(),
            seconds,
            tool_cpu_s: 0.0,
            disk_bytes: 0,
            command: String::new(),
            said: Vec::new(),
        };
        RehearsalRun {
            jobs,
            phases: vec![phase("schema", 2.0), phase("data", data)],
            failed: None,
            rows: None,
            followed: None,
        }
    }

    #[test]
    fn data_grows_and_the_schema_does_not() {
        let told = extrapolate(&[run(1, 10.0), run(1, 12.0), run(2, 5.0)], 10.0);
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].low_s, told[0].high_s), (Some(102.0), Some(122.0)));
        assert!((told[0].total_s - 112.0).abs() < 1e-9 && told[0].runs == 2);
        assert_eq!((told[1].total_s, told[1].low_s), (52.0, None));
    }

    #[test]
    fn a_run_that_failed_tells_nothing() {
        let mut failed = run(1, 1.0);
        failed.failed = Some("no".to_owned());
        assert!(extrapolate(&[failed], 2.0).is_empty());
    }
}

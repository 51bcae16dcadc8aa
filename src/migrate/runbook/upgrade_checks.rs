//! What a newer planner makes of the workload, and whether it has statistics to go by.

use super::checklist::{CheckState, Checked, Judge};
use super::facts::Facts;
use super::upgrade::{Upgrade, release, upgrade};
use crate::engine::migration::STATISTICS;
use crate::migrate::application::ApplicationReport;
use crate::migrate::rehearsal::RehearsalReport;
use crate::snapshot::{Effect, WhatIfQuery, WhatIfReport};

/// Slower than this, as a multiple of the source's time, is slower.
const SLOWER: f64 = 1.1;

/// `None` where the planner stays the same one.
pub fn plans(judge: &Judge<'_>, facts: &Facts) -> Option<Checked> {
    let upgrade = upgrade(facts);
    if upgrade.is_none() && facts.plans.is_none() {
        return None;
    }
    let what = "No query gets a worse plan on the new version";
    let command = "whatif WORKLOAD --snapshot FILE --against DIR";
    let application = facts.application.as_ref().map(|evidence| &evidence.report);
    Some(judge.from(what, facts.plans.as_ref(), command, |report| {
        match other_question(report, upgrade.as_ref()) {
            Some(why) => (CheckState::NotChecked, why),
            None => judged(report, application),
        }
    }))
}

/// Why these plans do not tell what the move does to plans.
fn other_question(report: &WhatIfReport, upgrade: Option<&Upgrade>) -> Option<String> {
    if report.queries.is_empty() {
        return Some("no query was planned".to_owned());
    }
    if !report.tried.is_empty() {
        return Some("a change of the schema or of settings was tried besides".to_owned());
    }
    let by = report.version_numbers.map(|version| release(&report.source.engine, version));
    let [Some(before), Some(after)] = by else {
        return Some(format!("the releases of {} are not known", report.source.engine));
    };
    let source = release(&report.source.engine, report.source.version_number)?;
    let (from, to) = match upgrade {
        Some(upgrade) if upgrade.engine != report.source.engine => {
            return Some(format!("it is of {}, not of {}", report.source.engine, upgrade.engine));
        }
        Some(upgrade) => (upgrade.from.clone(), upgrade.to.clone()),
        None => (source, after.clone()),
    };
    (before != from || after != to)
        .then(|| format!("planned by {before} and {after}, and the move goes from {from} to {to}"))
}

fn judged(report: &WhatIfReport, application: Option<&ApplicationReport>) -> (CheckState, String) {
    let lost = names(report.queries.iter().filter(|query| query.is_lost()));
    if !lost.is_empty() {
        return (CheckState::Failed, format!("no plan on the new version: {}", lost.join(", ")));
    }
    // The same plan does the same work, whatever a newer planner reckons for it.
    let dearer: Vec<&WhatIfQuery> =
        report.queries.iter().filter(|q| q.effect == Effect::Changed && q.is_worse()).collect();
    let clocked = |query: &WhatIfQuery| clocked(&query.query, application);
    let slower = names(dearer.iter().copied().filter(|q| clocked(q) == Some(Clocked::Slower)));
    if !slower.is_empty() {
        let why = format!("costlier plans, and slower by the clock: {}", slower.join(", "));
        return (CheckState::Failed, why);
    }
    let open = names(dearer.iter().copied().filter(|q| clocked(q) != Some(Clocked::NoSlower)));
    if !open.is_empty() {
        let why = format!(
            "costlier plans that no clock has cleared: {}; `planwise answers` on both servers measures them",
            open.join(", ")
        );
        return (CheckState::NotChecked, why);
    }
    let unplanned = names(report.queries.iter().filter(|q| q.effect == Effect::Unplanned));
    if !unplanned.is_empty() {
        return (CheckState::NotChecked, format!("not planned: {}", unplanned.join(", ")));
    }
    let changed = report.count(Effect::Changed);
    let cleared = match dearer.len() {
        0 => "none costlier by more than a tenth".to_owned(),
        cleared => format!("{cleared} costlier, and no slower by the clock"),
    };
    let all = report.queries.len();
    (CheckState::Proven, format!("{all} plans, {changed} another way, {cleared}"))
}

fn names<'q>(queries: impl Iterator<Item = &'q WhatIfQuery>) -> Vec<&'q str> {
    let mut names: Vec<&str> = queries.map(|query| query.query.as_str()).collect();
    // One query is planned with several sets of values.
    names.dedup();
    names
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clocked {
    Slower,
    NoSlower,
    /// The interval holds both.
    Undecided,
}

/// `None` where it was not executed on both sides.
fn clocked(query: &str, application: Option<&ApplicationReport>) -> Option<Clocked> {
    let times = application?.queries.iter().find(|check| check.id == query)?.times.as_ref()?;
    let (low, high) = (times.ratio_low?, times.ratio_high?);
    Some(match (low > SLOWER, high <= SLOWER) {
        (true, _) => Clocked::Slower,
        (false, true) => Clocked::NoSlower,
        (false, false) => Clocked::Undecided,
    })
}

pub fn statistics(judge: &Judge<'_>, facts: &Facts) -> Checked {
    let what = "The planner has statistics before anybody comes";
    judge.from(what, facts.rehearsal.as_ref(), "rehearse", |report| {
        let mut whole = report.runs.iter().filter(|run| run.failed.is_none()).peekable();
        if whole.peek().is_none() {
            return (CheckState::NotChecked, "no rehearsal came to its end".to_owned());
        }
        if !whole.all(|run| run.phases.iter().any(|phase| phase.phase == STATISTICS)) {
            return (CheckState::NotChecked, "the rehearsal gathered none".to_owned());
        }
        let seconds = statistics_seconds(report).unwrap_or_default();
        (CheckState::Proven, format!("gathered within the downtime, in {seconds:.1} s"))
    })
}

/// Seconds that gathering them takes at the full size, by the quickest number of jobs.
pub fn statistics_seconds(report: &RehearsalReport) -> Option<f64> {
    let best = report.extrapolated.iter().min_by(|a, b| a.total_s.total_cmp(&b.total_s))?;
    best.phases.iter().find(|(phase, _)| phase == STATISTICS).map(|(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::migrate::application::{APPLICATION_FORMAT, AnswerVerdict, QueryCheck, QueryTimes};
    use crate::snapshot::WhatIfSource;

    fn query(name: &str, effect: Effect, before: f64, after: Option<f64>) -> WhatIfQuery {
        WhatIfQuery {
            query: name.to_owned(),
            effect,
            cost_before: Some(before),
            cost_after: after,
            changes: None,
            error: None,
        }
    }

    fn report(queries: Vec<WhatIfQuery>) -> WhatIfReport {
        WhatIfReport {
            format: 1,
            planwise: String::new(),
            written: Timestamp::UNIX_EPOCH,
            source: WhatIfSource {
                engine: "postgres".to_owned(),
                version: "15.2".to_owned(),
                version_number: [15, 2],
            },
            snapshot_taken: Timestamp::UNIX_EPOCH,
            planned_by: ["15.9".to_owned(), "18.1".to_owned()],
            version_numbers: [[15, 9], [18, 1]],
            tried: Vec::new(),
            queries,
            notes: Vec::new(),
        }
    }

    fn clocked_at(name: &str, low: f64, high: f64) -> ApplicationReport {
        let times = QueryTimes {
            source_ms: 1.0,
            target_ms: 1.0,
            ratio: f64::midpoint(low, high),
            ratio_low: Some(low),
            ratio_high: Some(high),
            rounds: 9,
        };
        let check = QueryCheck {
            id: name.to_owned(),
            source_sql: String::new(),
            target_sql: None,
            verdict: AnswerVerdict::Same,
            why: String::new(),
            rows: None,
            examples: Vec::new(),
            times: Some(times),
        };
        ApplicationReport {
            format: APPLICATION_FORMAT,
            planwise: String::new(),
            source: String::new(),
            target: String::new(),
            queries: vec![check],
            transactions: Vec::new(),
            smoke: Vec::new(),
            interrupted: false,
        }
    }

    #[test]
    fn a_costlier_plan_is_open_until_a_clock_decides() {
        let dearer = report(vec![query("q", Effect::Changed, 10.0, Some(20.0))]);
        let state = |application: Option<&ApplicationReport>| judged(&dearer, application).0;
        assert_eq!(state(None), CheckState::NotChecked);
        assert_eq!(state(Some(&clocked_at("q", 0.8, 1.05))), CheckState::Proven);
        assert_eq!(state(Some(&clocked_at("q", 1.0, 1.3))), CheckState::NotChecked);
        assert_eq!(state(Some(&clocked_at("q", 1.2, 1.5))), CheckState::Failed);
        assert_eq!(state(Some(&clocked_at("other", 0.8, 0.9))), CheckState::NotChecked);
    }

    #[test]
    fn the_same_plan_at_another_cost_is_no_worse_and_a_lost_one_fails() {
        let same = query("a", Effect::Repriced, 10.0, Some(20.0));
        assert_eq!(judged(&report(vec![same.clone()]), None).0, CheckState::Proven);
        let lost = query("b", Effect::Unplanned, 10.0, None);
        let (state, why) = judged(&report(vec![same, lost]), None);
        assert_eq!(state, CheckState::Failed);
        assert!(why.ends_with(": b"), "{why}");
    }

    #[test]
    fn plans_of_other_versions_prove_nothing() {
        let plans = report(vec![query("q", Effect::Same, 1.0, Some(1.0))]);
        let to = |to: &str| Upgrade {
            engine: "postgres".to_owned(),
            from: "15".to_owned(),
            to: to.to_owned(),
        };
        assert_eq!(other_question(&plans, Some(&to("18"))), None);
        assert!(other_question(&plans, Some(&to("17"))).is_some());
        assert!(other_question(&report(Vec::new()), Some(&to("18"))).is_some());
        let mut tried = plans.clone();
        tried.tried.push("work_mem = 1GB".to_owned());
        assert!(other_question(&tried, None).is_some());
        let mut nearest = plans;
        nearest.version_numbers[0] = [16, 1];
        assert!(other_question(&nearest, None).is_some());
    }
}

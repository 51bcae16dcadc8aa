//! Plans that a log held with its queries, judged as a pasted plan is: from what they tell alone, without a server.

use serde::Serialize;

use super::select::fold;
use super::{Finding, RuleSet, judge_plan};
use crate::engine::Engine;
use crate::plan::measure;
use crate::trace::{KeptPlan, QueryDigest};

/// For trees as deep as a plan may be; a thread's usual two megabytes are for shallower work.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// What captured plans came to, all queries together.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct JudgedPlans {
    pub judged: usize,
    /// What costs the captured workload most first.
    pub findings: Vec<KeptFinding>,
    /// Plans that could not be read, and why: cut off by the log, for one.
    pub unread: Vec<UnreadPlan>,
    /// Queries with plans that were not looked at, because others took more time.
    pub queries_left_out: usize,
}

/// A finding in a captured plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptFinding {
    pub fingerprint: String,
    pub query: String,
    /// Of the query in the whole capture.
    pub calls: u64,
    pub duration_ms: f64,
    /// What the findings are ranked by: the finding's score, as a share of the best one, of the query's time in the
    /// capture.
    pub weight_ms: f64,
    /// What the execution took whose plan it is.
    pub took_ms: Option<f64>,
    pub finding: Finding,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnreadPlan {
    pub fingerprint: String,
    pub file: String,
    pub line: u64,
    pub reason: String,
}

/// Queries whose plans are judged, those that took most time first.
const MOST_QUERIES: usize = 500;
/// The best score that a finding can have.
const BEST: f64 = 5.0;

/// Judges the plans of every query of a capture.
pub fn judge_captured(
    queries: &[QueryDigest],
    rules: &RuleSet,
    engine: &dyn Engine,
) -> JudgedPlans {
    let mut all = JudgedPlans::default();
    let mut planned: Vec<&QueryDigest> =
        queries.iter().filter(|query| !query.plans.is_empty()).collect();
    planned.sort_by_key(|query| std::cmp::Reverse(query.durations.sum_ns));
    all.queries_left_out = planned.len().saturating_sub(MOST_QUERIES);
    for query in planned.into_iter().take(MOST_QUERIES) {
        let sql = query.samples.typical(None).map(|sample| sample.text.as_str());
        let of_query = judge_kept(&query.plans, sql, &query.fingerprint, rules, engine);
        all.judged += of_query.judged;
        all.unread.extend(of_query.unread.into_iter().map(|(plan, reason)| UnreadPlan {
            fingerprint: query.fingerprint.clone(),
            file: plan.file.clone(),
            line: plan.line,
            reason,
        }));
        let duration_ms = query.durations.sum_ms();
        let found = of_query.findings.into_iter().map(|(plan, finding)| KeptFinding {
            fingerprint: query.fingerprint.clone(),
            query: query.normalised.clone(),
            calls: query.calls,
            duration_ms,
            // Without any duration the calls alone have to tell.
            weight_ms: finding.score / BEST * duration_ms.max(query.calls as f64 * 1e-6),
            took_ms: plan.took_ns.map(|ns| ns as f64 / 1e6),
            finding,
        });
        all.findings.extend(found);
    }
    rank(&mut all.findings);
    all
}

fn rank(findings: &mut [KeptFinding]) {
    findings.sort_by(|a, b| {
        b.weight_ms.total_cmp(&a.weight_ms).then(b.finding.score.total_cmp(&a.finding.score))
    });
    let mut plain: Vec<Finding> = findings.iter().map(|kept| kept.finding.clone()).collect();
    fold(&mut plain);
    findings.iter_mut().zip(plain).for_each(|(kept, folded)| kept.finding = folded);
}

/// Findings in the plans of one query, each once.
pub struct OfQuery<'p> {
    pub judged: usize,
    pub findings: Vec<(&'p KeptPlan, Finding)>,
    pub unread: Vec<(&'p KeptPlan, String)>,
}

/// Judges `plans`, the slowest first, on a thread of its own. `id` is what findings call the query; `sql` is its text,
/// for plans that do not hold it.
pub fn judge_kept<'p>(
    plans: &'p [KeptPlan],
    sql: Option<&str>,
    id: &str,
    rules: &RuleSet,
    engine: &dyn Engine,
) -> OfQuery<'p> {
    let mut of_query = OfQuery { judged: 0, findings: Vec::new(), unread: Vec::new() };
    let failed = |reason: &str| vec![Err(reason.to_owned()); plans.len()];
    std::thread::scope(|scope| {
        let judging = || plans.iter().map(|plan| judge_one(plan, sql, id, rules, engine)).collect();
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
        let outcomes: Vec<Result<Vec<Finding>, String>> = match thread.spawn_scoped(scope, judging)
        {
            Ok(thread) => thread.join().unwrap_or_else(|_| failed("judging it ended unexpectedly")),
            Err(error) => failed(&format!("no thread for judging it: {error}")),
        };
        for (plan, outcome) in plans.iter().zip(outcomes) {
            match outcome {
                Ok(findings) => {
                    of_query.judged += 1;
                    findings.into_iter().for_each(|finding| of_query.add(plan, finding));
                }
                Err(reason) => of_query.unread.push((plan, reason)),
            }
        }
    });
    of_query
}

impl<'p> OfQuery<'p> {
    /// Several plans of one query mostly say the same: what says it best is kept.
    fn add(&mut self, plan: &'p KeptPlan, finding: Finding) {
        let same = |known: &&mut (&KeptPlan, Finding)| {
            let known = &known.1;
            known.rule == finding.rule
                && known.subject == finding.subject
                && known.columns == finding.columns
        };
        match self.findings.iter_mut().find(same) {
            Some(known) if known.1.score >= finding.score => {}
            Some(known) => *known = (plan, finding),
            None => self.findings.push((plan, finding)),
        }
    }
}

fn judge_one(
    kept: &KeptPlan,
    sql: Option<&str>,
    id: &str,
    rules: &RuleSet,
    engine: &dyn Engine,
) -> Result<Vec<Finding>, String> {
    let mut plan = engine.parse_plan(&kept.text).map_err(|error| error.to_string())?;
    if plan.execution_ms.is_none() && plan.root.actual.is_some() {
        // The log tells it beside the plan.
        plan.execution_ms = kept.took_ns.map(|ns| ns as f64 / 1e6);
    }
    let text = plan.query_text.clone();
    let judgement = judge_plan(&plan, &measure(&plan), text.as_deref().or(sql), rules, engine);
    let seen_in = format!("{}:{}", kept.file, kept.line);
    let placed = |mut finding: Finding| {
        finding.query = Some(id.to_owned());
        finding.seen_in = Some(seen_in.clone());
        finding
    };
    Ok(judgement.findings.into_iter().map(placed).collect())
}

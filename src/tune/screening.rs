//! Each new plan is executed once before anything is proven: what is plainly faster or slower shows, and how long a
//! proof will take.

use std::time::Duration;

use super::evidence::Evidence;
use super::plans::After;
use super::prove::TestBed;
use crate::compare::{Cause, Level, QueryComparison, Signal, Verdict, side_of};
use crate::engine::{DbError, DbErrorKind, PreparedId, Session, answered};
use crate::run::{QueryRun, Status, Target};
use crate::stats::{Histogram, Latency};
use crate::workload::Query;

/// Parameter sets that are executed.
const MOST_SETS: usize = 8;

/// Slower or faster by so much than in the run before: what drift of the machine alone seldom does.
const PLAIN: f64 = 2.0;

/// An execution that takes so many times as long as before is not waited for, but for this long at least.
const CUT_OFF: u32 = 5;
const SHORTEST_CUT: Duration = Duration::from_secs(1);

/// Executions of a parameter set, of one where it is long: a new connection has to learn of the tables first.
const EXECUTIONS: u32 = 2;
const LONG: Duration = Duration::from_millis(20);

/// What the changed database did with a query.
enum Answered {
    /// The fastest execution of each set.
    Took(Histogram),
    /// Ended after so long with one of the sets.
    Cut(Duration),
    Failed(DbError),
    Interrupted,
}

impl TestBed<'_> {
    /// Executes the plans that nothing is known of, dearest first, and puts what was seen into `evidence`.
    pub async fn screen(&self, after: &After, evidence: &mut Evidence) -> Result<(), DbError> {
        let unknown = after.changed().filter(|(_, key)| evidence.best(key).is_none());
        let mut unknown: Vec<(String, String)> =
            unknown.map(|(query, key)| (query.id.clone(), key.clone())).collect();
        let cost = |id: &str| self.run.query(id).map_or(0.0, QueryRun::weighted_ms);
        unknown.sort_by(|a, b| cost(&b.0).total_cmp(&cost(&a.0)));
        let bar = self.progress.bar(unknown.len() as u64, "trying new plans");
        for (id, key) in unknown {
            let query = self.workload.queries.iter().find(|query| query.id == id);
            let (Some(query), Some(before)) = (query, self.run.query(&id)) else { continue };
            if self.interrupt.is_set() {
                break;
            }
            let answered = self.execute_all(query, before).await?;
            match judged(before, answered) {
                Some((compared, true)) => evidence.prove_one(&key, compared),
                Some((compared, false)) => evidence.see(&key, compared),
                None => {}
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    async fn execute_all(&self, query: &Query, before: &QueryRun) -> Result<Answered, DbError> {
        let given = self.after.options.statement_timeout;
        let limit = limit(before, given);
        let mut options = self.after.options.clone();
        options.statement_timeout = limit;
        let target = Target { options, ..self.after.clone() };
        let mut session = target.connect().await?;
        session.under(&query.settings);
        let statement = match session.prepare(&query.sql).await {
            Ok(statement) => statement,
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => return Ok(Answered::Failed(error)),
        };
        let mut took = Histogram::default();
        for set in 0..query.params.len().clamp(1, MOST_SETS) {
            let execution = self.fastest(session.as_mut(), statement, query, set, &target);
            let outcome = tokio::select! {
                biased;
                _ = self.interrupt.wait() => return Ok(Answered::Interrupted),
                outcome = execution => outcome,
            };
            match outcome {
                Ok(elapsed) => took.record(elapsed),
                Err(error) if error.ends_session() => return Err(error),
                Err(error) if error.kind == DbErrorKind::Timeout => {
                    return Ok(Answered::Cut(limit));
                }
                Err(error) => return Ok(Answered::Failed(error)),
            }
        }
        Ok(Answered::Took(took))
    }

    async fn fastest(
        &self,
        session: &mut dyn Session,
        statement: PreparedId,
        query: &Query,
        set: usize,
        target: &Target,
    ) -> Result<Duration, DbError> {
        let none = Vec::new();
        let params = query.params.get(set).unwrap_or(&none);
        let mut least = Duration::MAX;
        for _ in 0..EXECUTIONS {
            let execution = session.execute(statement, params);
            least = least.min(answered(&target.options, execution).await?.elapsed);
            if least > LONG {
                break;
            }
        }
        Ok(least)
    }
}

/// A query that did not end before has as long as it had then.
fn limit(before: &QueryRun, given: Duration) -> Duration {
    let known = before.latency.as_ref().filter(|_| before.status == Status::Measured);
    let Some(known) = known else { return given };
    let limit = (Duration::from_secs_f64(known.max_ms / 1e3) * CUT_OFF).max(SHORTEST_CUT);
    if given.is_zero() { limit } else { limit.min(given) }
}

/// What that says beside the run before, and whether it is a verdict already.
fn judged(before: &QueryRun, answered: Answered) -> Option<(QueryComparison, bool)> {
    let was = before.latency.as_ref().filter(|_| before.status == Status::Measured);
    let side = |latency: &Latency| Some(side_of(Some(before), latency.clone()));
    let new = |verdict| QueryComparison {
        before: was.and_then(side),
        ..QueryComparison::new(&before.id, before.weight, verdict)
    };
    match (answered, was) {
        (Answered::Interrupted, _) => None,
        (Answered::Failed(error), _) => {
            let cause = Cause::ErrorsAppeared { before: 0, after: 1, error: error.message.clone() };
            let message = format!("it fails now: {}", error.message);
            let note = Some(format!("failed after the change: {error}"));
            let signals = vec![Signal::new(Level::Error, message, cause)];
            Some((QueryComparison { note, signals, ..new(Verdict::Failed) }, true))
        }
        (Answered::Cut(_), None) => {
            let note = Some("timed out on both sides".to_owned());
            Some((QueryComparison { note, ..new(Verdict::Failed) }, true))
        }
        (Answered::Cut(limit), Some(was)) => {
            let ratio = limit.as_secs_f64() * 1e3 / was.mean_ms.max(f64::MIN_POSITIVE);
            let note = Some(format!("ended after {:.1} s with its new plan", limit.as_secs_f64()));
            let compared = QueryComparison { ratio: Some(ratio), note, ..new(Verdict::Regressed) };
            Some((compared, false))
        }
        (Answered::Took(took), None) => {
            let after = Latency::of(&took).map(|latency| side_of(None, latency));
            let note = Some("timed out before the change, runs after it".to_owned());
            Some((QueryComparison { after, note, ..new(Verdict::Failed) }, true))
        }
        (Answered::Took(took), Some(was)) => {
            let latency = Latency::of(&took)?;
            let (ratio, change) = (latency.mean_ms / was.mean_ms, latency.mean_ms - was.mean_ms);
            let matters = change.abs() >= crate::compare::Criteria::default().least_ms;
            let verdict = match () {
                () if !matters => Verdict::Unchanged,
                () if ratio * PLAIN < 1.0 => Verdict::Improved,
                () if ratio > PLAIN => Verdict::Regressed,
                () => Verdict::Inconclusive,
            };
            let after = Some(side_of(None, latency));
            Some((QueryComparison { ratio: Some(ratio), after, ..new(verdict) }, false))
        }
    }
}

//! Verdicts on the queries that have new plans: those first that promise to save most, in parts, so that what is proven when
//! the time is over is the best part.

use std::time::Duration;

use super::plans::{After, Key};
use super::prove::TestBed;
use super::time::TimeLimit;
use super::trial::Trial;
use crate::compare::{Comparison, Pair, QueryComparison, Verdict, alternate, convincing_blocks};
use crate::engine::{DbError, ExplainMode};
use crate::run::{PlanRecord, QueryRun};
use crate::workload::Workload;

/// Blocks of a query whose two sides are far apart.
const FEW_BLOCKS: f64 = 3.0;
const FAR: f64 = 2.0;
/// As an execution before is cut off.
const CUT_OFF: f64 = 5.0;

/// All at once where that takes no more than this share of the time there is left; otherwise in parts of that length.
const PART: f64 = 0.25;

/// A query that waits for its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub query: String,
    /// Seconds that the verdict is likely to take.
    pub seconds: f64,
    /// Weighted milliseconds that a pass of the workload is likely to save, or to lose.
    pub saves_ms: f64,
}

/// How long all verdicts are likely to take, and how many fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    pub seconds: f64,
    pub queries: usize,
    pub fitting: usize,
}

/// Of queries in the order in which they are proven.
pub fn forecast(due: &[Due], left: Duration) -> Forecast {
    let mut seconds = 0.0;
    let mut fitting = 0;
    for due in due {
        seconds += due.seconds;
        fitting += usize::from(seconds <= left.as_secs_f64());
    }
    Forecast { seconds, queries: due.len(), fitting }
}

impl Forecast {
    pub fn sentence(self, limit: Duration) -> String {
        let all = format!("The proof needs about {}", spoken(self.seconds));
        match self.fitting == self.queries {
            true => format!("{all} for {}.", queries(self.queries)),
            false => format!(
                "{all} for {}; the {} that promise most fit in what is left of {} (--time).",
                queries(self.queries),
                self.fitting,
                spoken(limit.as_secs_f64())
            ),
        }
    }
}

fn queries(count: usize) -> String {
    if count == 1 { "one query".to_owned() } else { format!("{count} queries") }
}

pub fn spoken(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", s.ceil()),
        s => format!("{:.0} min", (s / 60.0).ceil()),
    }
}

/// Best first; `most` seconds a part, one query at the least.
pub fn parts(due: &[Due], most: f64) -> Vec<Vec<String>> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut spent = 0.0;
    for due in due {
        if parts.is_empty() || spent + due.seconds > most {
            parts.push(Vec::new());
            spent = 0.0;
        }
        spent += due.seconds;
        if let Some(part) = parts.last_mut() {
            part.push(due.query.clone());
        }
    }
    parts
}

/// A query's share of the proof, by its mean time before and after: `seen` is what an execution or two showed. Without that,
/// by what the planner promises.
fn due(before: &QueryRun, after: &QueryRun, seen: Option<&QueryComparison>, blocks: u32) -> Due {
    let (was, now) = expected_ms(before, after, seen);
    let sets = before.params.len().clamp(1, 4) as f64;
    let is_far = now * FAR < was || now > was * FAR;
    let blocks = if is_far { FEW_BLOCKS } else { f64::from(blocks) };
    Due {
        query: before.id.clone(),
        seconds: (blocks * pair_ms(was, now) * sets + now) / 1e3,
        saves_ms: before.weight * (was - now).abs(),
    }
}

/// Of one execution before and after.
pub(super) fn expected_ms(
    before: &QueryRun,
    after: &QueryRun,
    seen: Option<&QueryComparison>,
) -> (f64, f64) {
    let was = before.latency.as_ref().map_or(0.0, |latency| latency.mean_ms);
    (was, was * seen.and_then(|seen| seen.ratio).unwrap_or_else(|| promised(before, after)))
}

/// Of both sides, each cut off where the other is done long ago.
pub(super) fn pair_ms(was: f64, now: f64) -> f64 {
    was.min(now * CUT_OFF) + now.min(was * CUT_OFF)
}

/// Of the planner's costs.
fn promised(before: &QueryRun, after: &QueryRun) -> f64 {
    let cost = |run: &QueryRun| run.plans.first().and_then(|record| record.plan.root.total_cost);
    match cost(before).zip(cost(after)) {
        Some((before, after)) if before > 0.0 => (after / before).clamp(0.01, 2.0),
        _ => 1.0,
    }
}

impl Trial<'_, '_> {
    /// What has no verdict yet, best first.
    pub fn due(&self, after: &After) -> Vec<Due> {
        let open: Vec<(&QueryRun, &Key)> =
            after.changed().filter(|(_, key)| self.evidence.proven(key).is_none()).collect();
        let blocks = convincing_blocks(open.len());
        let mut all: Vec<Due> = open
            .into_iter()
            .filter_map(|(now, key)| {
                Some(due(self.test_bed.run.query(&now.id)?, now, self.evidence.best(key), blocks))
            })
            .collect();
        all.sort_by(|a, b| b.saves_ms.total_cmp(&a.saves_ms).then(a.query.cmp(&b.query)));
        all
    }

    /// Verdicts for all of them, until the time is over.
    pub async fn prove_all(&mut self, after: &mut After) -> Result<(), DbError> {
        self.test_bed.screen(after, &mut self.evidence).await?;
        let due = self.due(after);
        if due.is_empty() || self.is_over() {
            return Ok(());
        }
        let left = self.time.left();
        if !self.is_announced {
            self.is_announced = true;
            let forecast = forecast(&due, left);
            let said = forecast.sentence(self.time.limit());
            self.test_bed.progress.tell(&said);
            if forecast.fitting < forecast.queries {
                self.advice.notes.push(said);
            }
        }
        let most =
            (left.as_secs_f64() * PART).max(self.test_bed.options.alternate.budget.as_secs_f64());
        let parts = parts(&due, most);
        let count = parts.len();
        for part in parts {
            if self.is_over() {
                break;
            }
            self.test_bed.analyze(after, &part).await?;
            let compared = self.test_bed.compare(after, &part, &self.time).await?;
            self.evidence.prove(after, &compared);
            if count > 1 {
                self.tell_score(after, due.len());
            }
        }
        Ok(())
    }

    fn tell_score(&self, after: &After, all: usize) {
        let comparison = self.comparison(after);
        let open = self.due(after).len();
        let ratio = comparison.workload_ratio.map_or(String::new(), |ratio| match ratio {
            ratio if ratio < 1.0 => format!(": workload {:.2} times as fast so far", 1.0 / ratio),
            ratio => format!(": workload takes {ratio:.2} times as long so far"),
        });
        let spent = self.time.limit().saturating_sub(self.time.left());
        self.test_bed.progress.tell(&format!(
            "{} of {all} verdicts{ratio} ({} of {})",
            all - open.min(all),
            spoken(spent.as_secs_f64()),
            spoken(self.time.limit().as_secs_f64())
        ));
    }

    pub fn comparison(&self, after: &After) -> Comparison {
        let criteria = &self.test_bed.options.alternate.criteria;
        self.evidence.comparison(self.test_bed.run, after, criteria)
    }
}

impl TestBed<'_> {
    /// Both databases against each other, for the queries named.
    async fn compare(
        &self,
        after: &After,
        queries: &[String],
        time: &TimeLimit,
    ) -> Result<Comparison, DbError> {
        let part = self.part(queries);
        let pair = Pair { before: (self.before, self.run), after: (&self.after, &after.run) };
        let mut options = self.options.look(super::options::FIRST_LOOK);
        options.budget = options.budget.min(time.left().mul_f64(PART.max(0.5)));
        options.early = true;
        alternate(pair, &part, &options, &self.interrupt, self.progress).await?.whole()
    }

    pub fn part(&self, queries: &[String]) -> Workload {
        let own = self.workload.queries.iter().filter(|query| queries.contains(&query.id));
        Workload { queries: own.cloned().collect(), ..self.workload.clone() }
    }

    /// The plans of these queries with what they did: rows, blocks, times.
    async fn analyze(&self, after: &mut After, queries: &[String]) -> Result<(), DbError> {
        let mut session = self.after.connect().await?;
        for query in after.run.queries.iter_mut().filter(|query| queries.contains(&query.id)) {
            let Some(first) = query.plans.first_mut() else { continue };
            let (sql, params) = (query.sql.clone(), first.params.clone());
            session.under(&query.settings);
            let explaining = session.explain(&sql, &params, ExplainMode::Analyze);
            let explained = tokio::select! {
                biased;
                _ = self.interrupt.wait() => return Ok(()),
                explained = explaining => explained,
            };
            match explained {
                Ok(explained) => {
                    let (plan, raw) = (explained.plan, explained.raw);
                    *first = PlanRecord { params, plan, raw, file: None };
                    query.explain_note = None;
                }
                Err(error) if error.ends_session() => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// What the comparison says of times goes into the record of the changed database.
pub fn record_times(after: &mut After, comparison: &Comparison) {
    for compared in &comparison.queries {
        let is_changed = after.key(&compared.query).is_some();
        let query = after.run.queries.iter_mut().find(|query| query.id == compared.query);
        let (Some(query), true) = (query, is_changed) else { continue };
        if let Some(side) = &compared.after {
            query.latency = Some(side.latency.clone());
            query.rows = side.rows;
            query.status = crate::run::Status::Measured;
        } else if compared.verdict != Verdict::Failed {
            query.status = crate::run::Status::Planned;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(query: &str, seconds: f64) -> Due {
        Due { query: query.to_owned(), seconds, saves_ms: 1.0 }
    }

    #[test]
    fn the_forecast_says_how_much_fits() {
        let all = [due("a", 200.0), due("b", 300.0), due("c", 340.0)];
        let forecast = forecast(&all, Duration::from_secs(600));
        assert_eq!((forecast.queries, forecast.fitting), (3, 2));
        let said = forecast.sentence(Duration::from_secs(600));
        assert_eq!(
            said,
            "The proof needs about 14 min for 3 queries; the 2 that promise most fit in what is left of 10 min (--time)."
        );
        let enough = super::forecast(&all[..1], Duration::from_secs(600));
        assert_eq!(
            enough.sentence(Duration::from_secs(600)),
            "The proof needs about 4 min for one query."
        );
    }

    #[test]
    fn parts_keep_the_order_and_hold_one_query_at_least() {
        let all = [due("a", 9.0), due("b", 1.0), due("c", 1.0), due("d", 5.0)];
        assert_eq!(parts(&all, 4.0), [vec!["a"], vec!["b", "c"], vec!["d"]]);
        assert_eq!(parts(&all, 100.0), [vec!["a", "b", "c", "d"]]);
        assert!(parts(&[], 4.0).is_empty());
    }
}

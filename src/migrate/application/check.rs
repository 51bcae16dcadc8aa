//! Every query on both sides: its answer, its error, its time.

use super::answers::{Unlike, renamed, unlike};
use super::report::{AnswerVerdict, QueryCheck, QueryTimes};
use super::transactions::PairedStep;
use crate::engine::{Answer, DbError, DbErrorKind, Params, Session};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::sql::StatementKind;
use crate::stats::{median, signed_rank};
use crate::workload::{Query, Workload};

/// Rows read of each answer.
pub const MOST_ROWS: usize = 200_000;
/// Parameter sets of each query that are tried.
const MOST_SETS: usize = 20;

pub struct Sides {
    pub source: Box<dyn Session>,
    pub target: Box<dyn Session>,
    /// Both undo what they write: what writes is executed too.
    pub writes: bool,
    /// Both engines count and print alike.
    pub one_family: bool,
}

/// `targets`: the queries in the target's words, by the same names. `rounds`: executions of each side for its time.
pub async fn check_queries(
    sides: &mut Sides,
    workload: &Workload,
    targets: &Workload,
    rounds: usize,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<Vec<QueryCheck>, DbError> {
    let bar = progress.bar(workload.queries.len() as u64, "comparing answers");
    let mut checks = Vec::new();
    for query in &workload.queries {
        if interrupt.is_set() {
            break;
        }
        bar.inc(1);
        let target = targets.queries.iter().find(|target| target.id == query.id);
        checks.push(sides.check(query, target, rounds).await?);
    }
    bar.finish_and_clear();
    Ok(checks)
}

impl Sides {
    async fn check(
        &mut self,
        query: &Query,
        target: Option<&Query>,
        rounds: usize,
    ) -> Result<QueryCheck, DbError> {
        let mut check = QueryCheck {
            id: query.id.clone(),
            source_sql: query.sql.clone(),
            target_sql: target.map(|target| target.sql.clone()),
            verdict: AnswerVerdict::Same,
            why: String::new(),
            rows: None,
            examples: Vec::new(),
            times: None,
        };
        let Some(target) = target else {
            (check.verdict, check.why) = (
                AnswerVerdict::Untranslated,
                "the translation holds no query of this name".to_owned(),
            );
            return Ok(check);
        };
        match (reads(query) && reads(target), self.writes) {
            (true, _) => self.answers(query, target, &mut check).await?,
            (false, true) => self.write(query, target, &mut check).await?,
            (false, false) => {
                let why = "only what reads is asked on both sides, unless --writes rollback says otherwise";
                (check.verdict, check.why) = (AnswerVerdict::NotRun, why.to_owned());
                return Ok(check);
            }
        }
        if matches!(check.verdict, AnswerVerdict::Same | AnswerVerdict::OtherOrder) && rounds > 0 {
            check.times = self.times(query, target, rounds).await?;
        }
        Ok(check)
    }

    /// Each set of values in a transaction of its own.
    async fn write(
        &mut self,
        query: &Query,
        target: &Query,
        check: &mut QueryCheck,
    ) -> Result<(), DbError> {
        let none = vec![Params::new()];
        let sets = if query.params.is_empty() { &none } else { &query.params };
        for params in sets.iter().take(MOST_SETS) {
            let outcome = self.transaction(&[PairedStep { source: query, target, params }]).await?;
            check.rows = check.rows.or(outcome.rows);
            if outcome.verdict > check.verdict {
                (check.verdict, check.why) = (outcome.verdict, outcome.why);
                check.examples = outcome.examples;
            }
            if check.verdict >= AnswerVerdict::BothFail {
                break;
            }
        }
        Ok(())
    }

    async fn answers(
        &mut self,
        query: &Query,
        target: &Query,
        check: &mut QueryCheck,
    ) -> Result<(), DbError> {
        let none = vec![Params::new()];
        let sets = if query.params.is_empty() { &none } else { &query.params };
        let shape = query.shape.as_ref().ok();
        let sorted = shape.is_some_and(|shape| !shape.order_by.is_empty());
        let limited = shape.is_some_and(|shape| shape.limit.is_some());
        for params in sets.iter().take(MOST_SETS) {
            let a = read(self.source.as_mut(), query, params).await?;
            let b = read(self.target.as_mut(), target, params).await?;
            let unasked = [&a, &b].into_iter().filter_map(|answer| answer.as_ref().err());
            if let Some(error) = unasked.into_iter().find(|error| not_asked(error.kind)) {
                (check.verdict, check.why) = (AnswerVerdict::NotRun, error.message.clone());
                return Ok(());
            }
            let (a, b) = match (a, b) {
                (Ok(a), Ok(b)) => (a, b),
                (Err(a), Err(b)) => {
                    (check.verdict, check.why) = (
                        AnswerVerdict::BothFail,
                        format!("source: {}; target: {}", a.message, b.message),
                    );
                    return Ok(());
                }
                (Err(error), Ok(_)) => {
                    let why = format!("it fails on the source alone: {}", error.message);
                    (check.verdict, check.why) = (AnswerVerdict::Different, why);
                    return Ok(());
                }
                (Ok(_), Err(error)) => {
                    let why = format!("it fails on the target alone: {}", error.message);
                    (check.verdict, check.why) = (AnswerVerdict::Different, why);
                    return Ok(());
                }
            };
            check.rows.get_or_insert(a.rows.len() as u64);
            if a.cut || b.cut {
                let why = format!("more than {MOST_ROWS} rows");
                (check.verdict, check.why) = (AnswerVerdict::Undecidable, why);
                return Ok(());
            }
            match unlike(&a, &b, sorted) {
                Unlike::Not => {
                    let renamed = renamed(&a, &b);
                    if check.why.is_empty() && !renamed.is_empty() {
                        check.why = format!("the same values; {}", renamed.join(", "));
                    }
                }
                Unlike::Order(Some(why)) => {
                    check.verdict = check.verdict.max(AnswerVerdict::OtherOrder);
                    check.why = why.to_owned();
                }
                Unlike::Order(None) => check.verdict = check.verdict.max(AnswerVerdict::OtherOrder),
                Unlike::Rows(why, examples) => {
                    let again = read(self.source.as_mut(), query, params).await?;
                    let varies = again.is_ok_and(|again| unlike(&a, &again, false) != Unlike::Not);
                    (check.verdict, check.why) = match (varies, limited) {
                        (true, _) => (
                            AnswerVerdict::Undecidable,
                            "the source itself answers otherwise from one execution to the next"
                                .to_owned(),
                        ),
                        (false, true) if a.rows.len() == b.rows.len() => (
                            AnswerVerdict::Undecidable,
                            format!(
                                "{why}; with LIMIT either may be right, unless ORDER BY decides every tie"
                            ),
                        ),
                        _ => (AnswerVerdict::Different, why),
                    };
                    check.examples = examples;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// In turn, so that what disturbs one side disturbs the other.
    async fn times(
        &mut self,
        query: &Query,
        target: &Query,
        rounds: usize,
    ) -> Result<Option<QueryTimes>, DbError> {
        let none = vec![Params::new()];
        let sets = if query.params.is_empty() { &none } else { &query.params };
        self.source.under(&query.settings);
        let a = self.source.prepare(&query.sql).await;
        self.target.under(&target.settings);
        let b = self.target.prepare(&target.sql).await;
        let (Ok(a), Ok(b)) = (a, b) else { return Ok(None) };
        let (mut sources, mut targets) = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let params = &sets[round % sets.len()];
            let (x, y) = match round % 2 {
                0 => {
                    let x = self.source.execute(a, params).await;
                    (x, self.target.execute(b, params).await)
                }
                _ => {
                    let y = self.target.execute(b, params).await;
                    (self.source.execute(a, params).await, y)
                }
            };
            match (x, y) {
                // The first warms both up.
                (Ok(_), Ok(_)) if round == 0 => {}
                (Ok(x), Ok(y)) => {
                    sources.push(x.elapsed.as_secs_f64() * 1000.0);
                    targets.push(y.elapsed.as_secs_f64() * 1000.0);
                }
                (Err(error), _) | (_, Err(error)) if error.ends_session() => return Err(error),
                _ => return Ok(None),
            }
        }
        Ok(paired(sources, targets))
    }
}

/// The ratio from the logarithms' differences, by signed ranks.
fn paired(sources: Vec<f64>, targets: Vec<f64>) -> Option<QueryTimes> {
    let differences: Vec<f64> =
        sources.iter().zip(&targets).map(|(a, b)| (b.max(1e-6) / a.max(1e-6)).ln()).collect();
    let ranked = signed_rank(&differences);
    let rounds = differences.len();
    let (source_ms, target_ms) = (median(sources)?, median(targets)?);
    Some(QueryTimes {
        source_ms,
        target_ms,
        ratio: ranked.as_ref().map_or(target_ms / source_ms.max(1e-6), |r| r.estimate.exp()),
        ratio_low: ranked.as_ref().map(|ranked| ranked.interval.low.exp()),
        ratio_high: ranked.as_ref().map(|ranked| ranked.interval.high.exp()),
        rounds,
    })
}

fn reads(query: &Query) -> bool {
    query.shape.as_ref().is_ok_and(|shape| shape.kind == StatementKind::Read)
}

/// It is planwise that does not ask, and no server that does not answer.
pub fn not_asked(kind: DbErrorKind) -> bool {
    matches!(kind, DbErrorKind::Unsupported | DbErrorKind::Refused)
}

/// The inner error is the statement's own.
async fn read(
    session: &mut dyn Session,
    query: &Query,
    params: &[Option<String>],
) -> Result<Result<Answer, DbError>, DbError> {
    session.under(&query.settings);
    match session.answer(&query.sql, params, MOST_ROWS).await {
        Err(error) if error.ends_session() => Err(error),
        outcome => Ok(outcome),
    }
}

//! What writes, and several statements in one transaction: executed on both sides, compared, and undone on both.

use super::answers::{Unlike, unlike};
use super::check::{MOST_ROWS, Sides, not_asked};
use super::report::{AnswerVerdict, TransactionCheck, UnlikeRow};
use crate::engine::{Answer, AskedQuery, DbError, Params};
use crate::interrupt::Interrupt;
use crate::workload::{Query, RecordedTransaction, Workload};

/// Statements of one transaction.
const MOST_STEPS: usize = 200;

/// One statement with its values, in the words of both sides.
#[derive(Debug, Clone, Copy)]
pub struct PairedStep<'a> {
    pub source: &'a Query,
    pub target: &'a Query,
    pub params: &'a Params,
}

/// What came of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub verdict: AnswerVerdict,
    pub why: String,
    /// Of the first statement: rows it returned or changed.
    pub rows: Option<u64>,
    pub examples: Vec<UnlikeRow>,
    /// Statements that both sides executed.
    pub compared: usize,
}

type Answered = Result<Answer, DbError>;

impl Sides {
    /// Both sides must undo what they write.
    ///
    /// # Errors
    /// A session that is lost.
    pub async fn transaction(&mut self, steps: &[PairedStep<'_>]) -> Result<Outcome, DbError> {
        let a = self.asked(steps, true).await?;
        let b = self.asked(steps, false).await?;
        let unasked = a.iter().chain(&b).filter_map(|answer| answer.as_ref().err());
        if let Some(error) = unasked.into_iter().find(|error| not_asked(error.kind)) {
            return Ok(Outcome::of(AnswerVerdict::NotRun, error.message.clone()));
        }
        let outcome = judged(steps, &a, &b, self.one_family);
        if outcome.verdict != AnswerVerdict::Different {
            return Ok(outcome);
        }
        let again = self.asked(steps, true).await?;
        let steady = judged(steps, &a, &again, true).verdict;
        Ok(match steady {
            AnswerVerdict::Different => Outcome {
                verdict: AnswerVerdict::Undecidable,
                why: "the source itself answers otherwise from one execution to the next"
                    .to_owned(),
                ..outcome
            },
            _ => outcome,
        })
    }

    /// Where the session refuses the whole, that is what the first statement says.
    async fn asked(
        &mut self,
        steps: &[PairedStep<'_>],
        of_source: bool,
    ) -> Result<Vec<Answered>, DbError> {
        let statements: Vec<AskedQuery<'_>> = steps
            .iter()
            .map(|step| {
                let query = if of_source { step.source } else { step.target };
                AskedQuery { sql: &query.sql, params: step.params, settings: &query.settings }
            })
            .collect();
        let session = if of_source { &mut self.source } else { &mut self.target };
        match session.transaction(&statements, MOST_ROWS).await {
            Err(error) if error.ends_session() => Err(error),
            Err(error) => Ok(vec![Err(error)]),
            Ok(answers) => Ok(answers),
        }
    }
}

impl Outcome {
    fn of(verdict: AnswerVerdict, why: String) -> Outcome {
        Outcome { verdict, why, rows: None, examples: Vec::new(), compared: 0 }
    }
}

/// To the first statement that fails, or that answers otherwise.
fn judged(steps: &[PairedStep<'_>], a: &[Answered], b: &[Answered], one_family: bool) -> Outcome {
    let mut all = Outcome::of(AnswerVerdict::Same, String::new());
    for (number, ((step, a), b)) in steps.iter().zip(a).zip(b).enumerate() {
        let place = match steps.len() {
            1 => String::new(),
            _ => format!("statement {} ({}): ", number + 1, step.source.id),
        };
        let end = |verdict, why: String, all: Outcome| Outcome {
            verdict,
            why: format!("{place}{why}"),
            ..all
        };
        let (a, b) = match (a, b) {
            (Ok(a), Ok(b)) => (a, b),
            (Err(a), Err(b)) => {
                let why = format!("source: {}; target: {}", a.message, b.message);
                return end(AnswerVerdict::BothFail, why, all);
            }
            (Err(error), Ok(_)) => {
                let why = format!("it fails on the source alone: {}", error.message);
                return end(AnswerVerdict::Different, why, all);
            }
            (Ok(_), Err(error)) => {
                let why = format!("it fails on the target alone: {}", error.message);
                return end(AnswerVerdict::Different, why, all);
            }
        };
        all.compared += 1;
        all.rows.get_or_insert(a.changed.unwrap_or(a.rows.len() as u64));
        if let Some((verdict, why, examples)) = alike(step.source, a, b, one_family) {
            if verdict == AnswerVerdict::OtherOrder {
                (all.verdict, all.why) = (all.verdict.max(verdict), format!("{place}{why}"));
                continue;
            }
            let examples_of = Outcome { examples, ..all };
            return end(verdict, why, examples_of);
        }
    }
    all
}

/// `None` where they are the same.
fn alike(
    query: &Query,
    a: &Answer,
    b: &Answer,
    one_family: bool,
) -> Option<(AnswerVerdict, String, Vec<UnlikeRow>)> {
    if let (Some(x), Some(y)) = (a.changed, b.changed)
        && x != y
    {
        let why = format!("{x} rows changed against {y}");
        return Some(match one_family || counts_alike(&query.sql) {
            true => (AnswerVerdict::Different, why, Vec::new()),
            false => (
                AnswerVerdict::Undecidable,
                format!(
                    "{why}; one engine counts rows that it finds, another those that it changes"
                ),
                Vec::new(),
            ),
        });
    }
    if a.cut || b.cut {
        let why = format!("more than {MOST_ROWS} rows");
        return Some((AnswerVerdict::Undecidable, why, Vec::new()));
    }
    let shape = query.shape.as_ref().ok();
    let sorted = shape.is_some_and(|shape| !shape.order_by.is_empty());
    match unlike(a, b, sorted) {
        Unlike::Not => None,
        Unlike::Order(why) => {
            Some((AnswerVerdict::OtherOrder, why.unwrap_or_default().to_owned(), Vec::new()))
        }
        Unlike::Rows(why, examples) if shape.is_some_and(|shape| shape.limit.is_some()) => Some((
            AnswerVerdict::Undecidable,
            format!("{why}; with LIMIT either may be right, unless ORDER BY decides every tie"),
            examples,
        )),
        Unlike::Rows(why, examples) => Some((AnswerVerdict::Different, why, examples)),
    }
}

/// Rows that a plain INSERT or DELETE changes are counted alike everywhere.
fn counts_alike(sql: &str) -> bool {
    let text = sql.to_lowercase();
    let mut words = text.split_whitespace();
    match words.next() {
        Some("delete") => true,
        Some("insert") => words.next() != Some("ignore") && !text.contains(" duplicate "),
        _ => false,
    }
}

/// Those that the workload's sessions are made of, and those of a capture. `recorded` is of the source's dialect: for a
/// target of another it is empty.
pub async fn check_transactions(
    sides: &mut Sides,
    (workload, targets): (&Workload, &Workload),
    recorded: &[RecordedTransaction],
    interrupt: &Interrupt,
) -> Result<Vec<TransactionCheck>, DbError> {
    let mut checks = Vec::new();
    let none = Params::new();
    for session in &workload.sessions {
        if interrupt.is_set() {
            break;
        }
        let ids = session.steps.iter().flat_map(|step| {
            std::iter::repeat_n(step.query.as_str(), step.times.clamp(1, 1000) as usize)
        });
        let mut steps = Vec::new();
        let mut missing = None;
        for (number, id) in ids.take(MOST_STEPS).enumerate() {
            let of = |workload: &'_ Workload| workload.queries.iter().position(|q| q.id == id);
            let (Some(source), Some(target)) = (of(workload), of(targets)) else {
                missing = Some(format!("the translation holds no query {id}"));
                break;
            };
            let (source, target) = (&workload.queries[source], &targets.queries[target]);
            let sets = &source.params;
            let params = if sets.is_empty() { &none } else { &sets[number % sets.len()] };
            steps.push(PairedStep { source, target, params });
        }
        let outcome = match missing {
            Some(why) => Outcome::of(AnswerVerdict::Untranslated, why),
            None => sides.transaction(&steps).await?,
        };
        checks.push(TransactionCheck::of(&session.name, steps.len(), outcome));
    }
    for transaction in recorded {
        if interrupt.is_set() {
            break;
        }
        let steps: Vec<PairedStep<'_>> = transaction
            .statements
            .iter()
            .map(|query| PairedStep {
                source: query,
                target: query,
                params: query.params.first().unwrap_or(&none),
            })
            .collect();
        let outcome = sides.transaction(&steps).await?;
        checks.push(TransactionCheck::of(&transaction.name, steps.len(), outcome));
    }
    Ok(checks)
}

//! Answers worth keeping: a heavy aggregate that is asked again and again, a small read that is hot.

use super::proposal::{Attempt, LayoutAdvice, LayoutKind, LayoutUse};
use crate::advise::{Advice, Outcome};
use crate::engine::{Engine, LayoutGrammar};
use crate::rule::{Finding, GainClass};
use crate::run::{QueryRun, Run};
use crate::sql::{Shape, StatementKind};

/// Executions that make a query a repeated one.
const REPEATED: f64 = 10.0;
/// Below that an answer is not worth an object of its own.
const HEAVY_MS: f64 = 100.0;
/// Of the workload's time.
const HEAVY_SHARE: f64 = 0.10;
/// Rows read for each row of the answer.
const CONDENSED: f64 = 1_000.0;
/// More rows than these are no summary.
const MOST_ROWS: f64 = 10_000.0;

/// Executions a second from which on a read is hot, and how many have to have been seen.
const HOT_RATE: f64 = 1.0;
const HOT_CALLS: f64 = 1_000.0;
/// Of the workload's time.
const HOT_SHARE: f64 = 0.05;
/// What an application can be asked to hold.
const CACHED_ROWS: f64 = 1_000.0;
/// For how long it may hold it, in the estimate.
const HELD_S: f64 = 10.0;

/// Functions whose answer depends on when, where or by whom they are called, and clauses that lock.
const CHANGING: [&str; 22] = [
    "now(",
    "current_date",
    "current_time",
    "localtime",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "random(",
    "rand(",
    "uuid",
    "nextval",
    "sysdate",
    "curdate",
    "curtime",
    "unix_timestamp",
    "current_user",
    "session_user",
    "current_setting",
    "for update",
    "for share",
    "@",
];

/// What the measured run says of single queries. `after`: the same run with what a tuning kept.
pub fn answers(
    run: &Run,
    after: Option<&Run>,
    findings: &[Finding],
    advice: &Advice,
    engine: &dyn Engine,
) -> Vec<LayoutAdvice> {
    let Some(grammar) = engine.layout_grammar() else { return Vec::new() };
    let now = after.unwrap_or(run);
    let total: f64 = now.queries.iter().map(QueryRun::weighted_ms).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let open = now.queries.iter().filter(|query| !is_served(query, advice, after));
    let open = open.filter(|query| is_same_every_time(query));
    open.filter_map(|query| {
        let shape = query.shape.as_ref()?;
        if !reads_tables_only(now, shape) {
            return None;
        }
        let share = query.weighted_ms() / total;
        heavy(now, query, shape, share, grammar).or_else(|| hot(now, query, shape, share, findings))
    })
    .collect()
}

/// An index that is proposed and was not tried may make it cheap: then this is not the time.
fn is_served(query: &QueryRun, advice: &Advice, after: Option<&Run>) -> bool {
    after.is_none()
        && advice.indexes.iter().any(|index| {
            matches!(index.outcome, Outcome::Proposed | Outcome::Unproven)
                && index.queries.contains(&query.id)
        })
}

/// The same text has the same answer as long as nobody writes.
fn is_same_every_time(query: &QueryRun) -> bool {
    let text = query.sql.to_lowercase();
    let fixed = query.shape.as_ref().is_some_and(|shape| shape.parameters == 0);
    query.kind == StatementKind::Read
        && fixed
        && query.errors.is_empty()
        && query.settings.is_empty()
        && !CHANGING.iter().any(|word| text.contains(word))
}

/// Whose rows a view shows is not known here, and so not who writes them.
fn reads_tables_only(run: &Run, shape: &Shape) -> bool {
    shape.tables.iter().all(|named| {
        let table = run.catalog.table(named.schema.as_deref(), &named.name);
        table.is_some_and(|table| ["table", "partitioned table"].contains(&table.kind.as_str()))
    })
}

fn heavy(
    run: &Run,
    query: &QueryRun,
    shape: &Shape,
    share: f64,
    grammar: &dyn LayoutGrammar,
) -> Option<LayoutAdvice> {
    let latency = query.latency.as_ref()?;
    let rows = query.rows?;
    let read = rows_read(query)?;
    let writes = writes_to(run, shape);
    let is_heavy = shape.aggregates
        && latency.p50_ms >= HEAVY_MS
        && share >= HEAVY_SHARE
        && query.weight >= REPEATED
        && rows <= MOST_ROWS
        && read >= rows.max(1.0) * CONDENSED;
    // Renewed as often as it is read, it saves nothing.
    if !is_heavy || writes >= query.weight {
        return None;
    }
    let kept = grammar.keep(&format!("{}_kept", name_of(&query.id)), &query.sql);
    let often = frequency(run, query);
    let written = match writes {
        0.0 => "the workload writes to none of its tables".to_owned(),
        writes => format!("the workload writes to its tables {writes:.0} times meanwhile"),
    };
    Some(LayoutAdvice {
        kind: LayoutKind::Materialise,
        subject: query.id.clone(),
        evidence: format!(
            "{} reads {} rows for an answer of {}, takes {:.0} ms ({:.0} % of the workload's time) and runs {often}; {written}",
            query.id,
            count(read),
            counted_rows(rows),
            latency.p50_ms,
            share * 100.0
        ),
        queries: vec![used(query)],
        estimate: format!(
            "Read from what is kept, {} cost next to nothing; each renewal takes the {:.0} ms once.",
            counted_rows(rows),
            latency.p50_ms
        ),
        saved_ms: Some((query.weight - writes.max(1.0)) * latency.mean_ms),
        caution: "What is read is as old as the last renewal: renew it on a schedule that its readers can live with, and \
                  not more often than it is read. Rows that are kept have no order: readers say ORDER BY themselves."
            .to_owned(),
        statements: [kept.create.clone()]
            .into_iter()
            .chain(kept.refresh.iter().map(|statement| format!("-- to renew: {}", one_line(statement))))
            .collect(),
        undo: vec![kept.undo.clone()],
        class: GainClass::Structural,
        trial: None,
        attempt: Some(Attempt {
            make: vec![kept.create],
            undo: vec![kept.undo],
            read: Some(kept.read),
        }),
    })
}

fn hot(
    run: &Run,
    query: &QueryRun,
    shape: &Shape,
    share: f64,
    findings: &[Finding],
) -> Option<LayoutAdvice> {
    let latency = query.latency.as_ref()?;
    let rows = query.rows?;
    // Weights that only relate queries to each other say nothing of a rate.
    let seconds = run.workload.observed_s.filter(|seconds| *seconds > 0.0)?;
    let rate = query.weight / seconds;
    let habit = |finding: &&Finding| {
        finding.habit.is_some()
            && (finding.query.as_deref() == Some(&query.id) || finding.queries.contains(&query.id))
    };
    let is_hot = rate >= HOT_RATE
        && query.weight >= HOT_CALLS
        && share >= HOT_SHARE
        && rows <= CACHED_ROWS
        && !shape.tables.is_empty()
        && writes_to(run, shape) == 0.0;
    if !is_hot || findings.iter().any(|finding| habit(&finding)) {
        return None;
    }
    let left = seconds / HELD_S;
    Some(LayoutAdvice {
        kind: LayoutKind::Cache,
        subject: query.id.clone(),
        evidence: format!(
            "{} ran {} times in {:.0} s without a parameter ({:.1} a second, {:.0} % of the workload's time), and nothing in the \
             workload wrote to its tables: every answer was the same {}",
            query.id,
            count(query.weight),
            seconds,
            rate,
            share * 100.0,
            counted_rows(rows)
        ),
        queries: vec![used(query)],
        estimate: format!(
            "Held for {HELD_S:.0} s in the application, it is asked {} times in place of {}, each {:.2} ms and a round trip.",
            count(left),
            count(query.weight),
            latency.p50_ms
        ),
        saved_ms: Some((query.weight - left).max(0.0) * latency.mean_ms),
        caution: "A change is seen so much later. Where that cannot be, let the application that writes drop what it holds."
            .to_owned(),
        statements: Vec::new(),
        undo: Vec::new(),
        class: GainClass::Structural,
        trial: None,
        attempt: None,
    })
}

fn used(query: &QueryRun) -> LayoutUse {
    let now_ms = query.latency.as_ref().map(|latency| latency.mean_ms);
    LayoutUse { query: query.id.clone(), now_ms, reads: None }
}

/// Rows that the leaves of its plan read, those thrown away too.
fn rows_read(query: &QueryRun) -> Option<f64> {
    let plan = &query.plans.first()?.plan;
    let leaves = plan.visits().filter(|(node, _)| node.relation.is_some());
    let read = leaves.filter_map(|(node, _)| {
        let actual = node.actual?;
        Some((actual.rows + node.removed.by_filter.unwrap_or(0.0)) * actual.loops)
    });
    Some(read.sum()).filter(|rows| *rows > 0.0)
}

/// Executions of statements that change a table it reads.
fn writes_to(run: &Run, shape: &Shape) -> f64 {
    let reads = |name: &str| shape.tables.iter().any(|table| table.name == name);
    let writes = run.queries.iter().filter(|query| query.kind == StatementKind::Write);
    let writes = writes.filter(|query| {
        query.shape.as_ref().is_none_or(|shape| shape.tables.iter().any(|table| reads(&table.name)))
    });
    writes.map(|query| query.weight).sum()
}

fn frequency(run: &Run, query: &QueryRun) -> String {
    match run.workload.observed_s {
        Some(seconds) => format!("{} times in {:.0} s", count(query.weight), seconds),
        None => format!("with a weight of {} in the workload", count(query.weight)),
    }
}

fn counted_rows(rows: f64) -> String {
    if rows == 1.0 { "1 row".to_owned() } else { format!("{} rows", count(rows)) }
}

/// With its thousands apart.
pub(super) fn count(number: f64) -> String {
    let digits = format!("{:.0}", number);
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A query's name as part of an object's.
fn name_of(id: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let name: String = id.chars().map(letter).take(40).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("q_{name}") } else { name }
}

fn one_line(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! Tables that grow with time: cut into parts of time, and what nothing reads any more put away.

use super::answers::count;
use super::proposal::{Attempt, LayoutAdvice, LayoutKind, LayoutUse};
use super::span::bounds;
use super::uses::{TableUse, is_retention, uses};
use crate::advise::{Advice, Outcome};
use crate::engine::{Column, DbError, Engine, LayoutGrammar, Partitioning, Session, Table};
use crate::plan::{NodeKind, measure};
use crate::rule::GainClass;
use crate::run::Run;

/// Below that a table is no trouble whole.
const LARGE_BYTES: u64 = 1 << 30;
const LARGE_ROWS: f64 = 5_000_000.0;

/// How closely rows lie in the order of time where they are only ever appended.
const APPENDED: f64 = 0.98;

/// Of a table, by queries that read more an index serves badly, and of less it serves well.
const LEAST_READ: f64 = 0.02;
const MOST_READ: f64 = 0.5;

/// Of the workload's time, saved.
const WORTHWHILE: f64 = 0.10;

/// What looking into one more part costs a query that says nothing of time, milliseconds.
const PER_PART_MS: f64 = 0.01;
/// It has to save so many times what it costs others.
const OUTWEIGHS: f64 = 3.0;

/// Of a table, never read by a workload that was watched for so long.
const COLD: f64 = 0.5;
const WATCHED_S: f64 = 86_400.0;

/// Asks `session` for estimates only. Tables smaller than `large` bytes are left alone.
///
/// # Errors
/// The session is lost.
pub async fn by_time(
    run: &Run,
    advice: &Advice,
    engine: &dyn Engine,
    session: &mut dyn Session,
    large: Option<(u64, f64)>,
) -> Result<Vec<LayoutAdvice>, DbError> {
    let Some(grammar) = engine.layout_grammar() else { return Ok(Vec::new()) };
    let (bytes, rows) = large.unwrap_or((LARGE_BYTES, LARGE_ROWS));
    let mut found = Vec::new();
    for table in run.catalog.tables.iter().filter(|t| t.bytes >= bytes && t.rows >= rows) {
        if table.kind != "table" || table.partition_of.is_some() || is_referenced(run, table) {
            continue;
        }
        let Some(column) = appended_by(table, grammar) else { continue };
        let mut cut = Cut { run, advice, engine, grammar, table, column, session: &mut *session };
        found.extend(cut.advice().await?);
    }
    Ok(found)
}

/// Keys elsewhere need a unique key here, which a table in parts has only together with its time.
fn is_referenced(run: &Run, table: &Table) -> bool {
    let keys = run.catalog.tables.iter().flat_map(|other| &other.foreign_keys);
    keys.into_iter()
        .any(|key| (&key.referenced_schema, &key.referenced_table) == (&table.schema, &table.name))
}

fn appended_by<'t>(table: &'t Table, grammar: &dyn LayoutGrammar) -> Option<&'t Column> {
    let ordered = |column: &&Column| {
        grammar.is_time(&column.data_type)
            && column.null_fraction.is_some_and(|nulls| nulls == 0.0)
            && column.correlation.is_some_and(|correlation| correlation >= APPENDED)
    };
    table.columns.iter().find(ordered)
}

/// One table and the column by which it grows.
struct Cut<'a> {
    run: &'a Run,
    advice: &'a Advice,
    engine: &'a dyn Engine,
    grammar: &'a dyn LayoutGrammar,
    table: &'a Table,
    column: &'a Column,
    session: &'a mut dyn Session,
}

impl Cut<'_> {
    fn name(&self) -> String {
        format!("{}.{}", self.table.schema, self.table.name)
    }

    async fn advice(&mut self) -> Result<Vec<LayoutAdvice>, DbError> {
        let uses = uses(self.run, self.table, &self.column.name);
        let mut shares = Vec::new();
        for used in &uses {
            shares.push(self.share(used).await?);
        }
        let span = self.span().await?;
        let bounds = span.and_then(|(first, last)| bounds(&first, &last));
        let cut = bounds.and_then(|bounds| self.partition(&uses, &shares, &bounds));
        let cold = self.archive(&uses, &shares);
        Ok(cut.into_iter().chain(cold).collect())
    }

    /// First and last day, as statistics have them.
    async fn span(&mut self) -> Result<Option<(String, String)>, DbError> {
        let (table, column) = (self.table, self.column);
        let asked = self.grammar.span_query(&table.schema, &table.name, &column.name);
        let Some(query) = asked else { return Ok(None) };
        match self.session.query_text(&query).await {
            Ok(days) => match days.as_slice() {
                [Some(first), Some(last)] => Ok(Some((first.clone(), last.clone()))),
                _ => Ok(None),
            },
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The largest share of the table's rows that one of its executions may read, by time alone. `None` where it says
    /// nothing of time.
    async fn share(&mut self, used: &TableUse<'_>) -> Result<Option<f64>, DbError> {
        let mut largest: Option<f64> = None;
        let Some(all) = self.rows("", &used.alias).await?.filter(|rows| *rows > 0.0) else {
            return Ok(None);
        };
        for conditions in &used.conditions {
            let condition = format!(" WHERE {}", conditions.join(" AND "));
            let Some(rows) = self.rows(&condition, &used.alias).await? else { return Ok(None) };
            largest = Some(largest.unwrap_or(0.0).max((rows / all).min(1.0)));
        }
        Ok(largest)
    }

    /// As the planner estimates.
    async fn rows(&mut self, condition: &str, alias: &str) -> Result<Option<f64>, DbError> {
        let quote = |name: &str| self.engine.dialect().quote_identifier(name);
        let (schema, table) = (quote(&self.table.schema), quote(&self.table.name));
        let sql = format!("SELECT 1 FROM {schema}.{table} AS {}{condition}", quote(alias));
        match self.session.weigh(&sql, &[]).await {
            Ok(plan) => Ok(plan.root.plan_rows.or_else(|| {
                plan.visits().find_map(|(node, _)| node.relation.as_ref().and(node.plan_rows))
            })),
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn partition(
        &self,
        uses: &[TableUse<'_>],
        shares: &[Option<f64>],
        bounds: &[String],
    ) -> Option<LayoutAdvice> {
        let parts = (bounds.len() - 1) as f64;
        let total: f64 = self.run.queries.iter().map(|query| query.weighted_ms()).sum();
        let (mut saved, mut harmed) = (0.0, 0.0);
        let (mut served, mut retention) = (Vec::new(), Vec::new());
        for (used, share) in uses.iter().zip(shares) {
            let query = used.query;
            if is_retention(used) {
                retention.push(query.id.clone());
                continue;
            }
            let reads = share.map(|share| ((share * parts).ceil() + 1.0).min(parts) / parts);
            let scanned = self.scanned_ms(used);
            match (reads, scanned) {
                (Some(reads), Some(ms))
                    if share.is_some_and(|share| (LEAST_READ..=MOST_READ).contains(&share))
                        && !self.is_served(&query.id) =>
                {
                    saved += ms * (1.0 - reads) * query.weight;
                    let now_ms = query.latency.as_ref().map(|latency| latency.mean_ms);
                    served.push(LayoutUse { query: query.id.clone(), now_ms, reads: Some(reads) });
                }
                (None, None) => harmed += query.weight * parts * PER_PART_MS,
                _ => {}
            }
        }
        let worthwhile = total > 0.0 && saved >= total * WORTHWHILE && saved >= harmed * OUTWEIGHS;
        if !worthwhile {
            return None;
        }
        let ids: Vec<String> = served
            .iter()
            .map(|used| {
                let reads = used.reads.unwrap_or(1.0) * parts;
                format!("{} would read {reads:.0} of {parts:.0} parts", used.query)
            })
            .collect();
        let retired = match retention.as_slice() {
            [] => String::new(),
            ids => format!(
                " What {} takes away row by row would be a part that is dropped in a moment.",
                ids.join(", ")
            ),
        };
        let partitioning = Partitioning {
            schema: &self.table.schema,
            table: &self.table.name,
            column: &self.column.name,
            bounds,
        };
        let parted = self.grammar.partition(&partitioning);
        let then =
            parted.swap.iter().map(|statement| format!("-- then, in one transaction: {statement}"));
        Some(LayoutAdvice {
            kind: LayoutKind::Partition,
            subject: self.name(),
            evidence: format!(
                "{} has {} rows that lie in the order of {} (correlation {:.2}) from {} to {}, and queries that ask for a \
                 part of that time read it whole",
                self.name(),
                count(self.table.rows),
                self.column.name,
                self.column.correlation.unwrap_or(1.0),
                bounds.first()?,
                bounds.last()?
            ),
            queries: served,
            estimate: format!(
                "{}: about {:.0} % of the workload's time, by what reading the table takes now.{retired}",
                ids.join("; "),
                saved / total * 100.0
            ),
            saved_ms: Some(saved),
            caution: self.caution(harmed, parts),
            statements: parted.make.iter().cloned().chain(then).collect(),
            undo: parted.undo.clone(),
            class: GainClass::Structural,
            trial: None,
            attempt: Some(Attempt {
                make: parted.make.iter().chain(&parted.swap).cloned().collect(),
                undo: parted.undo.clone(),
                read: None,
            }),
        })
    }

    fn caution(&self, harmed: f64, parts: f64) -> String {
        let column = &self.column.name;
        let unique = self.table.indexes.iter().filter(|index| {
            index.unique && index.keys.iter().all(|key| key.column.as_deref() != Some(column))
        });
        let unique: Vec<&str> = unique.map(|index| index.name.as_str()).collect();
        let keys = match unique.as_slice() {
            [] => String::new(),
            names => format!(
                " {} would have to take {column} in: uniqueness is then by part only.",
                names.join(", ")
            ),
        };
        let harm = match harmed {
            0.0 => String::new(),
            ms => format!(
                " Queries that say nothing of {column} look into all {parts:.0} parts: about {ms:.0} ms of the workload in all."
            ),
        };
        format!(
            "All rows are written once more, indexes, grants and triggers are made anew on the parts, and a job has to make \
             the parts to come.{keys}{harm} A BRIN index on {column} serves wide ranges too, and costs next to nothing: try \
             it first."
        )
    }

    /// Milliseconds an execution spends on reading the table whole; `None` where it does not.
    fn scanned_ms(&self, used: &TableUse<'_>) -> Option<f64> {
        let plan = &used.query.plans.first()?.plan;
        let measured = measure(plan);
        let scans = plan.visits().filter(|(node, _)| {
            node.kind == NodeKind::SeqScan
                && node.relation.as_deref() == Some(self.table.name.as_str())
        });
        let ms =
            scans.filter_map(|(node, _)| measured.nodes.get(node.id.0)?.self_ms.map(|ms| ms.low));
        let ms: Vec<f64> = ms.collect();
        (!ms.is_empty()).then(|| ms.iter().sum())
    }

    fn is_served(&self, query: &str) -> bool {
        self.advice.indexes.iter().any(|index| {
            !matches!(index.outcome, Outcome::Dropped { .. } | Outcome::Failed { .. })
                && index.table == self.table.name
                && index.queries.iter().any(|id| id == query)
        })
    }

    /// Where everything that was asked for in a day or more begins late.
    fn archive(&self, uses: &[TableUse<'_>], shares: &[Option<f64>]) -> Option<LayoutAdvice> {
        let watched = self.run.workload.observed_s.filter(|seconds| *seconds >= WATCHED_S)?;
        let readers: Vec<(&TableUse<'_>, &Option<f64>)> = uses
            .iter()
            .zip(shares)
            .filter(|(used, _)| !is_retention(used) && !adds(used))
            .collect();
        let bounded =
            |(used, share): &(&TableUse<'_>, &Option<f64>)| used.from_below && share.is_some();
        if readers.is_empty() || !readers.iter().all(bounded) || !self.run.workload.complete {
            return None;
        }
        let hot = readers.iter().filter_map(|(_, share)| **share).fold(0.0, f64::max);
        let cold = 1.0 - hot;
        if cold < COLD {
            return None;
        }
        let queries = readers.iter().map(|(used, share)| LayoutUse {
            query: used.query.id.clone(),
            now_ms: used.query.latency.as_ref().map(|latency| latency.mean_ms),
            reads: **share,
        });
        Some(LayoutAdvice {
            kind: LayoutKind::Archive,
            subject: self.name(),
            evidence: format!(
                "in {:.0} hours no statement asked for more than {:.0} % of the {} rows of {}, by {}",
                watched / 3_600.0,
                hot * 100.0,
                count(self.table.rows),
                self.name(),
                self.column.name
            ),
            queries: queries.collect(),
            estimate: format!(
                "{:.0} MB that are kept in caches, backups and vacuums for nobody.",
                self.table.bytes as f64 * cold / 1e6
            ),
            saved_ms: None,
            caution: "What a month or a year asks for at its end was not seen, nor what the law wants kept: ask those who \
                      own the data."
                .to_owned(),
            statements: Vec::new(),
            undo: Vec::new(),
            class: GainClass::Structural,
            trial: None,
            attempt: None,
        })
    }
}

/// New rows are at the hot end.
fn adds(used: &TableUse<'_>) -> bool {
    used.query.sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("insert"))
}

//! Which changes helped: from what was measured, and from which plan used what.

use super::change::Change;
use super::slower::is_slower;
use crate::advise::{Advice, DropAdvice, IndexAdvice, IndexEffect, Outcome};
use crate::compare::{Comparison, QueryComparison, Verdict};
use crate::rule::GainClass;
use crate::run::{QueryRun, Run, Status};
use crate::stats::Interval;

/// What shall become of a change that stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    Keep {
        ratio: f64,
    },
    Drop {
        reason: String,
    },
    /// Harmless, and without an effect that could be measured: it stays a proposal.
    Leave,
}

/// Everything a decision rests on.
pub struct Measured<'a> {
    pub before: &'a Run,
    pub after: &'a Run,
    pub comparison: &'a Comparison,
}

/// A decision for each standing change.
///
/// An index answers for the queries whose plans use it: none of them may be slower, and one of them must be
/// faster. A dropped index answers for those whose plans used it. Fresh statistics answer for the queries
/// on their table that use none of the new indexes, and settings for all the others. Of several settings at
/// once nobody can tell which one helped: none of them gets the credit.
pub fn decide(advice: &Advice, standing: &[Change], measured: &Measured<'_>) -> Vec<Decision> {
    let unexplained = measured.unexplained(advice, standing);
    let statements: Vec<&str> = standing.iter().filter_map(|c| statement(advice, *c)).collect();
    let (informed, others): (Vec<&Effect<'_>>, Vec<&Effect<'_>>) =
        unexplained.iter().partition(|e| statements.iter().any(|s| e.query_reads(s)));
    let settings = standing.iter().filter(|c| matches!(c, Change::Setting(_))).count();
    standing
        .iter()
        .map(|change| match change {
            Change::Index(i) => measured.index(&advice.indexes[*i].names()),
            Change::Drop(i) => measured.dropped(&names_of_dropped(&advice.drops[*i])),
            Change::Statistics(i) => {
                let statement = &advice.statistics[*i].statement;
                let own = informed.iter().filter(|e| e.query_reads(statement)).copied();
                by_effect(&own.collect::<Vec<_>>(), Decision::Leave)
            }
            Change::Setting(_) => match by_effect(&others, drop("no query is faster with it")) {
                Decision::Keep { .. } if settings > 1 => Decision::Leave,
                decision => decision,
            },
        })
        .collect()
}

fn statement(advice: &Advice, change: Change) -> Option<&str> {
    match change {
        Change::Statistics(i) => Some(&advice.statistics[i].statement),
        _ => None,
    }
}

/// What became of a query that uses none of the new indexes.
struct Effect<'r> {
    query: &'r QueryRun,
    is_slower: bool,
    gain: Option<f64>,
}

impl Effect<'_> {
    /// The statement names a table that the query's plan reads.
    fn query_reads(&self, statement: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let words: Vec<&str> = statement.split(|c| !is_word(c)).collect();
        let plans = self.query.plans.iter().flat_map(|record| record.plan.walk());
        let mut relations = plans.filter_map(|(node, _)| node.relation.as_deref());
        relations.any(|relation| words.contains(&relation))
    }
}

impl Measured<'_> {
    fn comparison(&self, query: &str) -> Option<&QueryComparison> {
        self.comparison.queries.iter().find(|compared| compared.query == query)
    }

    /// Whether a query is faster whose plan uses the index, by whichever of its names.
    pub fn helps(&self, index: &[&str]) -> bool {
        let users = users(self.after, index);
        let mut compared = users.iter().filter_map(|query| self.comparison(&query.id));
        compared.any(|compared| self.gain(compared).is_some())
    }

    fn index(&self, names: &[&str]) -> Decision {
        let users: Vec<&QueryRun> = users(self.after, names);
        if users.is_empty() {
            return drop("no plan uses it");
        }
        let compared: Vec<&QueryComparison> =
            users.iter().filter_map(|query| self.comparison(&query.id)).collect();
        let best = self.best(&compared);
        if let Some(slower) = compared.iter().find(|c| is_slower(c)) {
            let gain = best.map_or(String::new(), |(query, ratio)| {
                format!("; {query} would take {ratio:.2} of its time")
            });
            return drop(format!("it makes {} {}{gain}", slower.query, slower_by(slower)));
        }
        match best {
            Some((_, ratio)) => Decision::Keep { ratio },
            None => drop(format!("{} would use it and would not be faster", ids(&compared))),
        }
    }

    fn dropped(&self, names: &[&str]) -> Decision {
        let users = users(self.before, names);
        let compared = users.iter().filter_map(|query| self.comparison(&query.id));
        match compared.into_iter().find(|c| is_slower(c)) {
            Some(slower) => drop(format!("{} needs it: {}", slower.query, slower_by(slower))),
            None => Decision::Keep { ratio: 1.0 },
        }
    }

    /// The helped query that gained most, and its ratio after / before.
    fn best<'c>(&self, compared: &[&'c QueryComparison]) -> Option<(&'c str, f64)> {
        let helped = compared.iter().filter_map(|c| Some((c.query.as_str(), self.gain(c)?)));
        helped.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Ratio of a query that is faster beyond doubt, or that finishes now and timed out before.
    fn gain(&self, compared: &QueryComparison) -> Option<f64> {
        match (compared.verdict, &compared.after) {
            (Verdict::Improved, _) => compared.ratio,
            (Verdict::Failed, Some(after)) => match self.before.query(&compared.query)?.status {
                Status::TimedOut { after_ms } => Some(after.latency.p50_ms / after_ms.max(1e-3)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Queries whose difference no index explains.
    fn unexplained(&self, advice: &Advice, standing: &[Change]) -> Vec<Effect<'_>> {
        let names = standing.iter().filter_map(|change| match change {
            Change::Index(i) => Some(advice.indexes[*i].names()),
            _ => None,
        });
        let names: Vec<&str> = names.flatten().collect();
        let free = self.after.queries.iter().filter(|query| !uses(query, &names));
        free.filter_map(|query| {
            let compared = self.comparison(&query.id)?;
            Some(Effect { query, is_slower: is_slower(compared), gain: self.gain(compared) })
        })
        .collect()
    }
}

fn by_effect(effects: &[&Effect<'_>], without: Decision) -> Decision {
    if let Some(slower) = effects.iter().find(|e| e.is_slower) {
        return drop(format!("{} uses no new index and is slower with it", slower.query.id));
    }
    let best = effects.iter().filter_map(|effect| effect.gain).min_by(f64::total_cmp);
    best.map_or(without, |ratio| Decision::Keep { ratio })
}

fn drop(reason: impl Into<String>) -> Decision {
    Decision::Drop { reason: reason.into() }
}

/// Whether a plan of the query uses an index of one of these names.
pub fn uses(query: &QueryRun, names: &[&str]) -> bool {
    let plans = query.plans.iter().map(|record| &record.plan);
    let mut used = plans.flat_map(|plan| plan.walk()).filter_map(|(node, _)| node.index.as_deref());
    used.any(|index| names.contains(&index))
}

fn names_of_dropped(drop: &DropAdvice) -> Vec<&str> {
    [&drop.index].into_iter().chain(&drop.parts).map(String::as_str).collect()
}

fn users<'r>(run: &'r Run, index: &[&str]) -> Vec<&'r QueryRun> {
    run.queries.iter().filter(|query| uses(query, index)).collect()
}

fn slower_by(compared: &QueryComparison) -> String {
    match compared.ratio {
        Some(ratio) => format!("{:.0} % slower", (ratio - 1.0) * 100.0),
        None => "slower".to_owned(),
    }
}

fn ids(compared: &[&QueryComparison]) -> String {
    let ids: Vec<&str> = compared.iter().map(|compared| compared.query.as_str()).collect();
    ids.join(", ")
}

/// Writes what became of a kept change into the advice: its measured saving, and the queries it serves.
pub fn record_kept(advice: &mut Advice, change: Change, ratio: f64, measured: &Measured<'_>) {
    change.set_outcome(advice, Outcome::Kept { ratio });
    let Change::Index(i) = change else { return };
    let index = &mut advice.indexes[i];
    let users = users(measured.after, &index.names());
    let compared = users.iter().filter_map(|query| measured.comparison(&query.id));
    let mut helped: Vec<(&QueryComparison, f64)> =
        compared.filter_map(|c| Some((c, measured.gain(c)?))).collect();
    helped.sort_by(|a, b| a.1.total_cmp(&b.1));
    index.queries = helped.iter().map(|(compared, _)| compared.query.clone()).collect();
    index.saved_ms = helped.first().and_then(|(compared, _)| saved(compared));
    index.class = GainClass::Measured;
    let built = measured.after.catalog.tables.iter().flat_map(|table| &table.indexes);
    index.size_bytes =
        built.into_iter().find(|b| b.name == index.name).map(|b| b.bytes).or(index.size_bytes);
}

/// Writes what the measurement says of every query that uses one of the standing indexes beside what
/// the planner had promised.
pub fn record_effects(advice: &mut Advice, standing: &[Change], measured: &Measured<'_>) {
    for change in standing {
        let Change::Index(i) = change else { continue };
        let index = &mut advice.indexes[*i];
        let users = users(measured.after, &index.names());
        let compared = users.iter().filter_map(|query| measured.comparison(&query.id));
        let effect = |compared: &QueryComparison| IndexEffect {
            query: compared.query.clone(),
            predicted: predicted(index, &compared.query),
            measured: compared.ratio,
            effect: effect_of(compared.verdict),
        };
        index.effects = compared.map(effect).collect();
    }
}

fn effect_of(verdict: Verdict) -> crate::advise::Effect {
    use crate::advise::Effect as Seen;
    match verdict {
        Verdict::Improved => Seen::Faster,
        Verdict::Regressed => Seen::Slower,
        Verdict::Unchanged => Seen::Unchanged,
        Verdict::Inconclusive => Seen::Unclear,
        Verdict::Failed => Seen::Failed,
    }
}

fn predicted(index: &IndexAdvice, query: &str) -> Option<f64> {
    let cost = index.costs.iter().find(|cost| cost.query == query)?;
    (cost.cost_before > 0.0).then(|| cost.cost_after / cost.cost_before)
}

/// Milliseconds saved an execution, by the interval of the ratio.
fn saved(compared: &QueryComparison) -> Option<Interval> {
    let before = compared.before.as_ref()?.latency.p50_ms;
    let ratio = compared.ratio_interval?;
    Some(Interval::new(before * (1.0 - ratio.high), before * (1.0 - ratio.low)))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;

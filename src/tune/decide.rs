//! Which changes helped: from what was measured, and from which plan used what.

use super::change::Change;
use super::evidence::is_unmeasured;
use super::reason::Reason;
use super::slower::is_slower;
use crate::advise::{Advice, DropAdvice, IndexAdvice, IndexEffect};
use crate::compare::{Comparison, QueryComparison, Verdict};
use crate::run::{QueryRun, Run, Status};

/// What shall become of a change that stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    Keep {
        ratio: f64,
    },
    Drop {
        reason: Reason,
    },
    /// Harmless, and without an effect that could be measured: it stays a proposal.
    Leave,
    /// Queries that it may have changed were not measured: the time was over.
    Unproven,
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
            Change::Setting(_) => match by_effect(&others, drop(Reason::HelpsNobody)) {
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
    is_unmeasured: bool,
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
    pub fn comparison(&self, query: &str) -> Option<&QueryComparison> {
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
            return drop(Reason::Unused);
        }
        let compared: Vec<&QueryComparison> =
            users.iter().filter_map(|query| self.comparison(&query.id)).collect();
        let best = self.best(&compared);
        if let Some(slower) = compared.iter().find(|c| is_slower(c)) {
            let best = best.map(|(query, ratio)| (query.to_owned(), ratio));
            let (query, ratio) = (slower.query.clone(), slower.ratio);
            return drop(Reason::Slows { query, ratio, best });
        }
        match best {
            Some((_, ratio)) => Decision::Keep { ratio },
            None if compared.iter().any(|c| is_unmeasured(c)) => Decision::Unproven,
            None => drop(Reason::NotFaster { users: ids(&compared) }),
        }
    }

    fn dropped(&self, names: &[&str]) -> Decision {
        let users = users(self.before, names);
        let compared: Vec<&QueryComparison> =
            users.iter().filter_map(|query| self.comparison(&query.id)).collect();
        match compared.iter().find(|c| is_slower(c)) {
            Some(slower) => {
                drop(Reason::NeededBy { query: slower.query.clone(), ratio: slower.ratio })
            }
            None if compared.iter().any(|c| is_unmeasured(c)) => Decision::Unproven,
            None => Decision::Keep { ratio: 1.0 },
        }
    }

    /// The helped query that gained most, and its ratio after / before.
    fn best<'c>(&self, compared: &[&'c QueryComparison]) -> Option<(&'c str, f64)> {
        let helped = compared.iter().filter_map(|c| Some((c.query.as_str(), self.gain(c)?)));
        helped.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Ratio of a query that is faster beyond doubt, or that finishes now and timed out before.
    pub fn gain(&self, compared: &QueryComparison) -> Option<f64> {
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
            Some(Effect {
                query,
                is_slower: is_slower(compared),
                gain: self.gain(compared),
                is_unmeasured: is_unmeasured(compared),
            })
        })
        .collect()
    }
}

fn by_effect(effects: &[&Effect<'_>], without: Decision) -> Decision {
    if let Some(slower) = effects.iter().find(|e| e.is_slower) {
        return drop(Reason::SlowsBesides { query: slower.query.id.clone(), by: "it".to_owned() });
    }
    let best = effects.iter().filter_map(|effect| effect.gain).min_by(f64::total_cmp);
    match best {
        Some(ratio) => Decision::Keep { ratio },
        None if effects.iter().any(|effect| effect.is_unmeasured) => Decision::Unproven,
        None => without,
    }
}

fn drop(reason: Reason) -> Decision {
    Decision::Drop { reason }
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

pub fn users<'r>(run: &'r Run, index: &[&str]) -> Vec<&'r QueryRun> {
    run.queries.iter().filter(|query| uses(query, index)).collect()
}

fn ids(compared: &[&QueryComparison]) -> Vec<String> {
    compared.iter().map(|compared| compared.query.clone()).collect()
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

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;

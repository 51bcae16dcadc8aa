//! Attributes a slower query to one of several settings: the one without which it has its old plan back.

use std::collections::BTreeMap;

use super::change::Change;
use super::decide::{Decision, uses};
use super::plans::shape;
use super::prove::TestBed;
use super::reason::Reason;
use super::slower::is_slower;
use crate::advise::{Advice, SettingAdvice};
use crate::compare::Comparison;
use crate::engine::{DbError, ExplainMode, Params};
use crate::plan::plan_shape;
use crate::run::{QueryRun, Run};

impl TestBed<'_> {
    /// Settings are dropped together when a query is slower that uses none of the new indexes. Each is told which query
    /// it slowed down, and those that have nothing to do with a slower plan are spared, where the planner can tell; nothing
    /// is executed.
    pub(super) async fn attribute_to_settings(
        &self,
        advice: &Advice,
        verdicts: &mut [(Change, Decision)],
        (after, comparison): (&Run, &Comparison),
    ) -> Result<(), DbError> {
        let settings: Vec<usize> = verdicts.iter().filter_map(dropped_setting).collect();
        if settings.len() < 2 {
            return Ok(());
        }
        let mut guilty: BTreeMap<usize, &str> = BTreeMap::new();
        let slower = self.slower(advice, after, comparison);
        for (before, after) in &slower {
            for i in self.culprits(advice, &settings, (before, after)).await? {
                guilty.entry(i).or_insert(&before.id);
            }
        }
        let Some((first, _)) = slower.first() else { return Ok(()) };
        for verdict in verdicts {
            let Some(i) = dropped_setting(verdict) else { continue };
            verdict.1 = match guilty.get(&i) {
                Some(query) => slowed_down(query, "it"),
                None if guilty.is_empty() => slowed_down(&first.id, &together(advice, &settings)),
                None => Decision::Leave,
            };
        }
        Ok(())
    }

    /// As they were before and are now, slower for no new index.
    fn slower<'r>(
        &'r self,
        advice: &Advice,
        after: &'r Run,
        comparison: &Comparison,
    ) -> Vec<(&'r QueryRun, &'r QueryRun)> {
        let slower = comparison.queries.iter().filter(|q| is_slower(q));
        let both = slower.filter_map(|compared| {
            Some((self.run.query(&compared.query)?, after.query(&compared.query)?))
        });
        both.filter(|(_, run)| !advice.indexes.iter().any(|index| uses(run, &index.names())))
            .collect()
    }

    /// Those without which the query has its old plan back; where there are none, those that alone give it the new one.
    async fn culprits(
        &self,
        advice: &Advice,
        settings: &[usize],
        (before, after): (&QueryRun, &QueryRun),
    ) -> Result<Vec<usize>, DbError> {
        let all: Vec<&SettingAdvice> = settings.iter().map(|i| &advice.settings[*i]).collect();
        let (mut needed, mut enough) = (Vec::new(), Vec::new());
        for (i, setting) in settings.iter().zip(&all) {
            let others: Vec<&SettingAdvice> =
                all.iter().copied().filter(|other| other.name != setting.name).collect();
            if self.shape_without(&[setting], before).await? == Some(shape(before)) {
                needed.push(*i);
            }
            if self.shape_without(&others, before).await? == Some(shape(after)) {
                enough.push(*i);
            }
        }
        Ok(if needed.is_empty() { enough } else { needed })
    }

    /// Of the plan that the changed database has for it; `None` where it has none.
    async fn shape_without(
        &self,
        settings: &[&SettingAdvice],
        query: &QueryRun,
    ) -> Result<Option<String>, DbError> {
        let mut target = self.after.clone();
        target.options.settings.retain(|(name, to)| {
            !settings.iter().any(|setting| (name, to) == (&setting.name, &setting.to))
        });
        let params = query.params.first().cloned().unwrap_or_else(Params::new);
        let mut session = target.connect().await?;
        session.under(&query.settings);
        match session.explain(&query.sql, &params, ExplainMode::Estimate).await {
            Ok(explained) => Ok(Some(plan_shape(&explained.plan))),
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }
}

/// The same sentence as where nobody else is suspected.
fn slowed_down(query: &str, by: &str) -> Decision {
    let (query, by) = (query.to_owned(), by.to_owned());
    Decision::Drop { reason: Reason::SlowsBesides { query, by } }
}

fn together(advice: &Advice, settings: &[usize]) -> String {
    let names: Vec<&str> = settings.iter().map(|i| advice.settings[*i].name.as_str()).collect();
    format!("one of {}, which were set together", names.join(", "))
}

fn dropped_setting(verdict: &(Change, Decision)) -> Option<usize> {
    match verdict {
        (Change::Setting(i), Decision::Drop { .. }) => Some(*i),
        _ => None,
    }
}

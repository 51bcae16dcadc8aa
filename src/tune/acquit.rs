//! Which of several settings a slower query is to be blamed on: the one without which it has its old plan back.

use super::change::Change;
use super::decide::{Decision, uses};
use super::glance::shape;
use super::prove::Bench;
use crate::advise::{Advice, SettingAdvice};
use crate::compare::{Comparison, Verdict};
use crate::engine::{DbError, ExplainMode, Params};
use crate::plan::plan_shape;
use crate::run::{QueryRun, Run, Target};

impl Bench<'_> {
    /// Settings are dropped together when a query is slower that uses none of the new indexes. Those that have nothing to
    /// do with its new plan are spared, where the planner can tell; nothing is executed.
    pub(super) async fn acquit(
        &self,
        advice: &Advice,
        verdicts: &mut [(Change, Decision)],
        (after, comparison): (&Run, &Comparison),
    ) -> Result<(), DbError> {
        let settings: Vec<usize> = verdicts.iter().filter_map(dropped_setting).collect();
        if settings.len() < 2 {
            return Ok(());
        }
        let mut guilty = Vec::new();
        for query in self.slower(advice, after, comparison) {
            let own = self.culprits(advice, &settings, query).await?;
            if own.is_empty() {
                return Ok(());
            }
            guilty.extend(own);
        }
        if guilty.is_empty() {
            return Ok(());
        }
        for verdict in verdicts {
            if dropped_setting(verdict).is_some_and(|i| !guilty.contains(&i)) {
                verdict.1 = Decision::Leave;
            }
        }
        Ok(())
    }

    /// As they were before, and slower now, for no new index.
    fn slower<'r>(
        &'r self,
        advice: &Advice,
        after: &Run,
        comparison: &Comparison,
    ) -> Vec<&'r QueryRun> {
        let slower = comparison.queries.iter().filter(|q| q.verdict == Verdict::Regressed);
        let unexplained = slower.filter(|compared| {
            let run = after.query(&compared.query);
            run.is_some_and(|run| !advice.indexes.iter().any(|index| uses(run, &index.name)))
        });
        unexplained.filter_map(|compared| self.run.query(&compared.query)).collect()
    }

    async fn culprits(
        &self,
        advice: &Advice,
        settings: &[usize],
        before: &QueryRun,
    ) -> Result<Vec<usize>, DbError> {
        let mut found = Vec::new();
        for i in settings {
            let mut session = without(&self.after, &advice.settings[*i]).connect().await?;
            let params = before.params.first().cloned().unwrap_or_else(Params::new);
            match session.explain(&before.sql, &params, ExplainMode::Estimate).await {
                Ok(explained) if plan_shape(&explained.plan) == shape(before) => found.push(*i),
                Err(error) if error.ends_session() => return Err(error),
                _ => {}
            }
        }
        Ok(found)
    }
}

fn dropped_setting(verdict: &(Change, Decision)) -> Option<usize> {
    match verdict {
        (Change::Setting(i), Decision::Drop { .. }) => Some(*i),
        _ => None,
    }
}

fn without(target: &Target, setting: &SettingAdvice) -> Target {
    let mut target = target.clone();
    target.options.settings.retain(|(name, to)| (name, to) != (&setting.name, &setting.to));
    target
}

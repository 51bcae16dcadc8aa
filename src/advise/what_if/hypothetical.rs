//! Indexes that exist for one session's planner only: nothing is built, nothing is left behind.

use async_trait::async_trait;

use super::{Trial, WhatIf};
use crate::engine::{DbError, ExplainMode, IndexDefinition, IndexGrammar, Params, Session};
use crate::plan::Plan;

pub struct Hypotheses<'s> {
    session: &'s mut dyn Session,
    grammar: &'s dyn IndexGrammar,
}

impl<'s> Hypotheses<'s> {
    /// Fails when this server cannot show its planner hypothetical indexes.
    pub async fn open(
        session: &'s mut dyn Session,
        grammar: &'s dyn IndexGrammar,
    ) -> Result<Hypotheses<'s>, DbError> {
        session.clear_hypothetical().await?;
        Ok(Hypotheses { session, grammar })
    }
}

#[async_trait]
impl WhatIf for Hypotheses<'_> {
    fn can_show(&self, index: &IndexDefinition) -> bool {
        self.grammar.hypothetical(&index.method)
    }

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        let ddl = self.grammar.create_now(index, "planwise_trial");
        Ok(Trial::of(self.session.add_hypothetical(&ddl).await?))
    }

    async fn swap(
        &mut self,
        gone: &[Trial],
        new: &[IndexDefinition],
    ) -> Result<Vec<Trial>, DbError> {
        let gone: Vec<String> = gone.iter().map(|trial| trial.name.clone()).collect();
        let ddl: Vec<String> =
            new.iter().map(|index| self.grammar.create_now(index, "planwise_trial")).collect();
        let shown = self.session.change_hypothetical(&gone, &ddl).await?;
        Ok(shown.into_iter().map(Trial::of).collect())
    }

    async fn clear(&mut self) -> Result<(), DbError> {
        self.session.clear_hypothetical().await
    }

    async fn plan(
        &mut self,
        sql: &str,
        params: &Params,
        settings: &[(String, String)],
    ) -> Result<Plan, DbError> {
        self.session.under(settings);
        Ok(self.session.explain(sql, params, ExplainMode::Estimate).await?.plan)
    }
}

//! Indexes of any kind on a replica without rows: really there, empty, with the size that they would have. What the planner
//! can be shown without being there is shown, where other planners are asked at the same time.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{Trial, WhatIf};
use crate::engine::{
    DbError, ExplainMode, IndexDefinition, IndexGrammar, Params, Session, StandIns,
};
use crate::plan::Plan;

pub struct StoodIn<'s> {
    session: &'s mut dyn Session,
    grammar: &'s dyn IndexGrammar,
    stand_ins: Box<dyn StandIns + 's>,
    hypothetical: bool,
    /// All that were made, by their names; those out of sight wait to be wanted again.
    made: BTreeMap<String, Made>,
    /// Names that plans use for the parts of an index of a partitioned table, with the name of the whole.
    parts: BTreeMap<String, String>,
}

struct Made {
    index: IndexDefinition,
    trial: Trial,
    visible: bool,
}

impl<'s> StoodIn<'s> {
    /// `session` is one on the replica that `stand_ins` makes indexes on.
    pub async fn open(
        session: &'s mut dyn Session,
        grammar: &'s dyn IndexGrammar,
        stand_ins: Box<dyn StandIns + 's>,
    ) -> StoodIn<'s> {
        let hypothetical = session.clear_hypothetical().await.is_ok();
        let (made, parts) = (BTreeMap::new(), BTreeMap::new());
        StoodIn { session, grammar, stand_ins, hypothetical, made, parts }
    }

    /// Without showing planners anything that is not there.
    pub fn without_hypotheses(mut self) -> Self {
        self.hypothetical = false;
        self
    }

    /// Whether every planner can be shown what this one is: one that stands there is seen by all of them.
    pub fn can_be_shared(&self) -> bool {
        self.hypothetical
    }

    fn is_shown(&self, index: &IndexDefinition) -> bool {
        self.hypothetical && self.grammar.hypothetical(&index.method)
    }

    async fn stand(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        let hidden = self.made.values_mut().find(|made| made.index == *index && !made.visible);
        if let Some(made) = hidden {
            self.stand_ins.set_visible(&made.trial.name, true).await?;
            made.visible = true;
            return Ok(made.trial.clone());
        }
        let name = format!("planwise_trial_{}", self.made.len() + 1);
        let needs = self.grammar.extension(index);
        let needs = needs.map(|extension| self.grammar.install_extension(extension));
        let stands = self.stand_ins.add(index, &name, needs.as_deref()).await?;
        self.parts.extend(stands.parts.into_iter().map(|part| (part, name.clone())));
        let estimated_bytes = Some(stands.bytes);
        let trial = Trial { name: name.clone(), bytes: None, estimated_bytes, build_seconds: None };
        let made = Made { index: index.clone(), trial: trial.clone(), visible: true };
        self.made.insert(name, made);
        Ok(trial)
    }

    async fn hide(&mut self, name: &str) -> Result<(), DbError> {
        if let Some(made) = self.made.get_mut(name).filter(|made| made.visible) {
            self.stand_ins.set_visible(name, false).await?;
            made.visible = false;
        }
        Ok(())
    }
}

#[async_trait]
impl WhatIf for StoodIn<'_> {
    fn can_show(&self, index: &IndexDefinition) -> bool {
        self.is_shown(index) || self.stand_ins.can_stand(index)
    }

    /// As far as others cannot be shown it: making one takes a few milliseconds.
    fn builds(&self, index: &IndexDefinition) -> bool {
        self.hypothetical && !self.grammar.hypothetical(&index.method)
    }

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        if !self.is_shown(index) {
            return self.stand(index).await;
        }
        let ddl = self.grammar.create_now(index, "planwise_trial");
        Ok(Trial::of(self.session.add_hypothetical(&ddl).await?))
    }

    async fn swap(
        &mut self,
        gone: &[Trial],
        new: &[IndexDefinition],
    ) -> Result<Vec<Trial>, DbError> {
        let mut shown = Vec::new();
        for trial in gone {
            match self.made.contains_key(&trial.name) {
                true => self.hide(&trial.name).await?,
                false => shown.push(trial.name.clone()),
            }
        }
        if !shown.is_empty() {
            self.session.change_hypothetical(&shown, &[]).await?;
        }
        let mut trials = Vec::new();
        for index in new {
            trials.push(self.add(index).await?);
        }
        Ok(trials)
    }

    async fn clear(&mut self) -> Result<(), DbError> {
        if self.hypothetical {
            self.session.clear_hypothetical().await?;
        }
        let names: Vec<String> = self.made.keys().cloned().collect();
        for name in names {
            self.hide(&name).await?;
        }
        Ok(())
    }

    async fn plan(
        &mut self,
        sql: &str,
        params: &Params,
        settings: &[(String, String)],
    ) -> Result<Plan, DbError> {
        self.session.under(settings);
        let mut plan = self.session.explain(sql, params, ExplainMode::Estimate).await?.plan;
        let mut pending = vec![&mut plan.root];
        while let Some(node) = pending.pop() {
            let whole = node.index.as_ref().and_then(|part| self.parts.get(part));
            if let Some(whole) = whole {
                node.index = Some(whole.clone());
            }
            pending.extend(&mut node.children);
        }
        Ok(plan)
    }
}

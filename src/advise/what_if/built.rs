//! Indexes really built, on a throwaway copy only. Kinds that the planner can be shown without
//! building are shown, where the server can: that takes a millisecond instead of seconds. Where it can take an index from
//! its planner's sight, what was built is kept out of sight until it is wanted again.

use std::collections::BTreeMap;
use std::time::Instant;

use async_trait::async_trait;

use super::{Trial, WhatIf};
use crate::engine::{
    DbError, IndexDefinition, IndexGrammar, Params, Session, Table, ValueStatistics,
};
use crate::plan::Plan;

pub struct Built<'s> {
    session: &'s mut dyn Session,
    grammar: &'s dyn IndexGrammar,
    hypothetical: bool,
    /// Those that were there before.
    extensions: Vec<String>,
    /// Those put there for a trial.
    installed: Vec<&'static str>,
    /// What is there now, oldest first.
    standing: Vec<Standing>,
    /// Indexes built so far, for their names.
    count: usize,
    /// Names that plans use for the parts of an index of a partitioned table, with the name of the whole.
    parts: BTreeMap<String, String>,
    /// Statistics on expressions that were gathered here.
    statistics: Vec<ValueStatistics>,
}

struct Standing {
    index: IndexDefinition,
    trial: Trial,
    visible: bool,
}

/// Indexes of one table that are kept out of sight: servers have a limit for all of them (64).
const MOST_HIDDEN: usize = 24;

impl<'s> Built<'s> {
    /// `session` must be one on a throwaway copy: indexes are built under locks there.
    pub async fn open(
        session: &'s mut dyn Session,
        grammar: &'s dyn IndexGrammar,
    ) -> Result<Built<'s>, DbError> {
        let hypothetical = session.clear_hypothetical().await.is_ok();
        let extensions = session.catalog().await?.extensions;
        Ok(Built {
            session,
            grammar,
            hypothetical,
            extensions,
            installed: Vec::new(),
            standing: Vec::new(),
            count: 0,
            parts: BTreeMap::new(),
            statistics: Vec::new(),
        })
    }

    async fn build(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        self.install(index).await?;
        self.count += 1;
        let name = format!("planwise_trial_{}", self.count);
        let started = Instant::now();
        let ddl = self.grammar.create_now(index, &name);
        // Noted first: a build that is cut off may still leave something to drop.
        let trial =
            Trial { name: name.clone(), bytes: None, estimated_bytes: None, build_seconds: None };
        self.standing.push(Standing { index: index.clone(), trial, visible: true });
        if let Err(error) = self.session.command(&ddl).await {
            // Where the server refused it there is nothing to drop.
            let dropped = self.drop_now(&name).await;
            return Err(dropped.err().filter(DbError::ends_session).unwrap_or(error));
        }
        let seconds = started.elapsed().as_secs_f64();
        let bytes = self.size(&index.schema, &name).await?;
        let parts =
            self.session.query_text(&self.grammar.parts_query(&index.schema, &name)).await?;
        self.parts.extend(parts.into_iter().flatten().map(|part| (part, name.clone())));
        let (bytes, build_seconds) = (Some(bytes), Some(seconds));
        let trial = Trial { name, bytes, estimated_bytes: None, build_seconds };
        if let Some(last) = self.standing.last_mut() {
            last.trial = trial.clone();
        }
        Ok(trial)
    }

    /// One that was built before and is only out of sight.
    async fn brought_back(&mut self, index: &IndexDefinition) -> Result<Option<Trial>, DbError> {
        let hidden = |standing: &Standing| standing.index == *index && !standing.visible;
        let Some(at) = self.standing.iter().position(hidden) else { return Ok(None) };
        self.set_visible(at, true).await?;
        Ok(Some(self.standing[at].trial.clone()))
    }

    /// `false` where the engine cannot.
    async fn set_visible(&mut self, at: usize, visible: bool) -> Result<bool, DbError> {
        let Standing { index, trial, .. } = &self.standing[at];
        let (schema, table) = (&index.schema, &index.table);
        let Some(ddl) = self.grammar.set_visible(schema, table, &trial.name, visible) else {
            return Ok(false);
        };
        self.session.command(&ddl).await?;
        self.standing[at].visible = visible;
        Ok(true)
    }

    async fn install(&mut self, index: &IndexDefinition) -> Result<(), DbError> {
        if let Some(extension) = self.grammar.extension(index)
            && !self.extensions.iter().any(|known| known == extension)
            && !self.installed.contains(&extension)
        {
            self.session.command(&self.grammar.install_extension(extension)).await?;
            self.installed.push(extension);
        }
        Ok(())
    }

    async fn tear_down(&mut self, name: &str) -> Result<(), DbError> {
        let named = |standing: &Standing| standing.trial.name == name;
        let Some(at) = self.standing.iter().position(named) else { return Ok(()) };
        if !self.set_visible(at, false).await? {
            return self.drop_now(name).await;
        }
        match self.oldest_of_too_many(at) {
            Some(name) => self.drop_now(&name).await,
            None => Ok(()),
        }
    }

    /// Of those of the same table that are out of sight.
    fn oldest_of_too_many(&self, at: usize) -> Option<String> {
        let own = &self.standing[at].index;
        let beside = |standing: &&Standing| {
            let index = &standing.index;
            !standing.visible && index.schema == own.schema && index.table == own.table
        };
        let mut hidden = self.standing.iter().filter(beside);
        let oldest = hidden.next()?.trial.name.clone();
        (hidden.count() >= MOST_HIDDEN).then_some(oldest)
    }

    async fn drop_now(&mut self, name: &str) -> Result<(), DbError> {
        let named = |standing: &Standing| standing.trial.name == name;
        let Some(at) = self.standing.iter().position(named) else { return Ok(()) };
        let Standing { index, trial, .. } = &self.standing[at];
        let ddl = self.grammar.drop_now(&index.schema, &index.table, &trial.name);
        let dropped = self.session.command(&ddl).await;
        self.standing.remove(at);
        dropped
    }

    /// `false` where the server refuses them, or the expression fails for one of the rows.
    async fn gather(&mut self, statistics: ValueStatistics) -> Result<bool, DbError> {
        // Noted first: what is cut off may still leave something to remove.
        self.statistics.push(statistics.clone());
        for statement in [&statistics.create, &statistics.gather] {
            match self.session.command(statement).await {
                Ok(_) => {}
                Err(error) if error.ends_session() => return Err(error),
                Err(_) => {
                    self.statistics.pop();
                    self.session.command(&statistics.remove).await?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn size(&mut self, schema: &str, name: &str) -> Result<u64, DbError> {
        let answer = self.session.query_text(&self.grammar.size_query(schema, name)).await?;
        let bytes = answer.into_iter().next().flatten().and_then(|text| text.parse().ok());
        Ok(bytes.unwrap_or(0))
    }
}

#[async_trait]
impl WhatIf for Built<'_> {
    fn can_show(&self, _index: &IndexDefinition) -> bool {
        true
    }

    fn builds(&self, index: &IndexDefinition) -> bool {
        !self.hypothetical || !self.grammar.hypothetical(&index.method)
    }

    async fn add(&mut self, index: &IndexDefinition) -> Result<Trial, DbError> {
        if self.builds(index) {
            return match self.brought_back(index).await? {
                Some(trial) => Ok(trial),
                None => self.build(index).await,
            };
        }
        let ddl = self.grammar.create_now(index, "planwise_trial");
        Ok(Trial::of(self.session.add_hypothetical(&ddl).await?))
    }

    async fn swap(
        &mut self,
        gone: &[Trial],
        new: &[IndexDefinition],
    ) -> Result<Vec<Trial>, DbError> {
        let built = |trial: &&Trial| trial.bytes.is_some();
        for trial in gone.iter().filter(built) {
            self.tear_down(&trial.name).await?;
        }
        let shown = gone.iter().filter(|trial| !built(trial));
        let gone: Vec<String> = shown.map(|trial| trial.name.clone()).collect();
        if !gone.is_empty() {
            self.session.change_hypothetical(&gone, &[]).await?;
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
        while let Some(last) = self.standing.last() {
            let name = last.trial.name.clone();
            self.drop_now(&name).await?;
        }
        while let Some(extension) = self.installed.last() {
            self.session.command(&self.grammar.remove_extension(extension)).await?;
            self.installed.pop();
        }
        Ok(())
    }

    async fn know_values(
        &mut self,
        table: &Table,
        expressions: &[String],
    ) -> Result<bool, DbError> {
        let mut known = false;
        for expression in expressions {
            let name = format!("planwise_values_{}", self.statistics.len() + 1);
            if let Some(statistics) = self.grammar.value_statistics(table, expression, &name) {
                known |= self.gather(statistics).await?;
            }
        }
        Ok(known)
    }

    async fn forget_values(&mut self) -> Result<(), DbError> {
        while let Some(statistics) = self.statistics.pop() {
            self.session.command(&statistics.remove).await?;
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
        let mut plan = self.session.weigh(sql, params).await?;
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

//! Pricing sets of indexes through a what-if backend.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use crate::advise::cost_feedback::{Use, Uses};
use crate::advise::sizes::Sizes;
use crate::advise::what_if::{Trial, WhatIf};
use crate::engine::{DbError, IndexDefinition, Table};
use crate::interrupt::Interrupt;
use crate::plan::Plan;

use super::planned_query::{PlannedQuery, Price, Shown};
use super::reading::{is_gamble, is_scattered, is_walked};

/// One backend with what it has said so far. Whoever opens a search closes it: see [`Search::close`].
pub struct Search<'w> {
    backend: &'w mut dyn WhatIf,
    pub interrupt: Interrupt,
    standing: Vec<Standing>,
    /// Everything that was ever really built, for sizes and build times.
    built: BTreeMap<IndexDefinition, Trial>,
    /// What the planner was told of the size of everything that was shown.
    told: BTreeMap<IndexDefinition, u64>,
    /// Questions after this moment are not asked by those who ask [`Search::is_over`] first.
    pub deadline: Option<Instant>,
    /// How often a planner was asked.
    pub calls: usize,
    /// The last query's answers, by what was asked: one search asks again what another has.
    recent: (String, Vec<(Vec<IndexDefinition>, Answer)>),
    /// Answers about queries as they are, by query.
    baselines: HashMap<String, Answer>,
    /// What was heard of sets that were only shown; `None` unless somebody wants to know.
    heard: Option<Vec<Heard>>,
    /// Time that questions took.
    waited: Duration,
}

/// An answer without its plans, for whoever asks about the same query later.
pub struct Heard {
    pub query: String,
    pub shown: Vec<IndexDefinition>,
    pub answer: Answer,
}

struct Standing {
    shown: Shown,
    trial: Trial,
}

/// What the planner makes of a query under one set of indexes.
#[derive(Clone)]
pub struct Answer {
    pub price: Price,
    pub plans: Vec<Plan>,
    /// Those of the set that the planner uses.
    pub used: Vec<IndexDefinition>,
    /// How the plans use them.
    pub uses: Uses,
    /// The names that the plans have for them.
    pub names: Vec<String>,
    /// Those of them that are only walked from end to end, with no limit to stop at.
    pub walked: Vec<IndexDefinition>,
    /// Those that are read in order up to a limit, past rows that a filter throws away: how far
    /// depends on where the matching rows lie, which no planner knows.
    pub stops_early: Vec<IndexDefinition>,
    /// Those by which a whole table is fetched row by row.
    pub scattered: Vec<IndexDefinition>,
}

impl<'w> Search<'w> {
    pub fn new(backend: &'w mut dyn WhatIf, interrupt: Interrupt) -> Self {
        Search {
            backend,
            interrupt,
            standing: Vec::new(),
            built: BTreeMap::new(),
            told: BTreeMap::new(),
            deadline: None,
            calls: 0,
            recent: Default::default(),
            baselines: HashMap::new(),
            heard: None,
            waited: Duration::ZERO,
        }
    }

    /// Time is up, or the user wants no more.
    pub fn is_over(&self) -> bool {
        self.interrupt.is_set() || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// From now on answers are kept for [`Search::heard`].
    pub fn listen(&mut self) {
        self.heard = Some(Vec::new());
    }

    /// What was kept since, which is kept no longer.
    pub fn heard(&mut self) -> Vec<Heard> {
        self.heard.take().unwrap_or_default()
    }

    pub fn can_show(&self, index: &IndexDefinition) -> bool {
        self.backend.can_show(index)
    }

    /// `None` when the backend refuses one of the indexes, or when interrupted (a build that is under
    /// way is given up); an error only when the backend is gone.
    pub async fn ask(
        &mut self,
        query: &PlannedQuery<'_>,
        indexes: &[IndexDefinition],
    ) -> Result<Option<Answer>, DbError> {
        let interrupt = self.interrupt.clone();
        tokio::select! {
            biased;
            () = interrupt.wait() => Ok(None),
            answer = self.ask_through(query, indexes) => answer,
        }
    }

    async fn ask_through(
        &mut self,
        query: &PlannedQuery<'_>,
        indexes: &[IndexDefinition],
    ) -> Result<Option<Answer>, DbError> {
        if let Some(answer) = self.recently(query, indexes) {
            return Ok(Some(answer));
        }
        let started = Instant::now();
        let answer = self.ask_planner(query, indexes).await;
        self.waited += started.elapsed();
        answer
    }

    async fn ask_planner(
        &mut self,
        query: &PlannedQuery<'_>,
        indexes: &[IndexDefinition],
    ) -> Result<Option<Answer>, DbError> {
        let version = query.version(indexes, |index| self.backend.builds(index));
        if let Err(error) = self.show(version.shown).await {
            return survivable(error);
        }
        let mut plans = Vec::new();
        for set in &query.sets {
            self.calls += 1;
            match self.backend.plan(version.sql, set, &query.query.settings).await {
                Ok(plan) => plans.push(plan),
                Err(error) => return survivable(error),
            }
        }
        let answer = self.answer(plans);
        self.remember(query, indexes, &answer);
        Ok(Some(answer))
    }

    /// Only of what was not built: others may have taken that away again.
    fn recently(&self, query: &PlannedQuery<'_>, indexes: &[IndexDefinition]) -> Option<Answer> {
        if indexes.is_empty()
            && let Some(answer) = self.baseline(&query.query.id)
        {
            return Some(answer);
        }
        let (id, answers) = &self.recent;
        let asked = |(known, _): &&(Vec<IndexDefinition>, Answer)| known == indexes;
        let found = answers.iter().find(asked).filter(|_| *id == query.query.id);
        found.map(|(_, answer)| answer.clone())
    }

    pub fn has_looked_at(&self, query: &str) -> bool {
        self.baselines.contains_key(query)
    }

    /// What was said of a query as it is.
    pub fn baseline(&self, query: &str) -> Option<Answer> {
        self.baselines.get(query).cloned()
    }

    /// Brings the deadline forward, though not before `least`, where `questions` more, at the speed of those so far,
    /// would not end before `end`.
    pub fn leave_time(&mut self, (least, end): (Instant, Instant), questions: u32) {
        let Some(calls) = u32::try_from(self.calls).ok().filter(|calls| *calls > 0) else { return };
        let needed = (self.waited / calls).saturating_mul(questions);
        let latest = end.checked_sub(needed).map_or(least, |latest| latest.max(least));
        self.deadline = self.deadline.map(|deadline| deadline.min(latest));
    }

    /// What was built is there for everybody, and what was not shown was not asked about.
    fn remember(&mut self, query: &PlannedQuery<'_>, indexes: &[IndexDefinition], answer: &Answer) {
        if self.standing.iter().any(|standing| standing.trial.bytes.is_some()) {
            return;
        }
        if self.recent.0 != query.query.id {
            self.recent = (query.query.id.clone(), Vec::new());
        }
        match indexes.is_empty() {
            true => drop(self.baselines.insert(query.query.id.clone(), answer.clone())),
            false => self.recent.1.push((indexes.to_vec(), answer.clone())),
        }
        if let Some(heard) = &mut self.heard {
            let answer = Answer { plans: Vec::new(), ..answer.clone() };
            let query = query.query.id.clone();
            heard.push(Heard { query, shown: indexes.to_vec(), answer });
        }
    }

    /// How many rows the planner expects of `sql`; `None` when it refuses the statement.
    pub async fn rows(&mut self, sql: &str) -> Result<Option<f64>, DbError> {
        match self.backend.plan(sql, &Vec::new(), &[]).await {
            Ok(plan) => {
                let counted = plan.root.actual.map(|actual| actual.rows * actual.loops);
                Ok(counted.or(plan.root.plan_rows))
            }
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// What there is to be said of plans that were made with what is shown now.
    fn answer(&self, plans: Vec<Plan>) -> Answer {
        let price = Price::of(&plans);
        let named = |wanted: &dyn Fn(&str) -> bool| -> Vec<IndexDefinition> {
            let standing = self.standing.iter().filter(|standing| wanted(&standing.trial.name));
            standing.map(|standing| standing.shown.index.clone()).collect()
        };
        let used = named(&|name| price.used.contains(name));
        let find = |name: &str| self.standing.iter().find(|standing| standing.trial.name == name);
        let uses = Use::all(&plans, |name| find(name).map(|standing| &standing.shown.index));
        let names = self.standing.iter().map(|standing| standing.trial.name.clone());
        let names = names.filter(|name| price.used.contains(name)).collect();
        let walked = named(&|name| plans.iter().all(|plan| is_walked(plan, name)));
        let stops_early = named(&|name| plans.iter().any(|plan| is_gamble(plan, name)));
        let scattered = named(&|name| plans.iter().any(|plan| is_scattered(plan, name)));
        Answer { price, plans, used, uses, names, walked, stops_early, scattered }
    }

    /// Makes exactly these indexes visible, each as what stands in for it; what is visible already stays.
    async fn show(&mut self, wanted: Vec<Shown>) -> Result<(), DbError> {
        let (kept, gone): (Vec<_>, Vec<_>) =
            self.standing.drain(..).partition(|standing| wanted.contains(&standing.shown));
        let is_new = |new: &Shown| !kept.iter().any(|standing| standing.shown == *new);
        let new: Vec<Shown> = wanted.into_iter().filter(is_new).collect();
        self.standing = kept;
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        let gone: Vec<Trial> = gone.into_iter().map(|standing| standing.trial).collect();
        let as_what: Vec<IndexDefinition> = new.iter().map(|new| new.as_what.clone()).collect();
        let trials = match self.backend.swap(&gone, &as_what).await {
            Ok(trials) => trials,
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => {
                self.close().await?;
                return Err(error);
            }
        };
        for (shown, trial) in new.into_iter().zip(trials) {
            self.note(&shown, &trial);
            self.standing.push(Standing { shown, trial });
        }
        Ok(())
    }

    /// What is known of a stand-in's size says nothing about the index itself.
    fn note(&mut self, Shown { index, as_what }: &Shown, trial: &Trial) {
        if index != as_what {
            return;
        }
        if trial.bytes.is_some() {
            self.built.insert(index.clone(), trial.clone());
        }
        if let Some(bytes) = trial.estimated_bytes {
            self.told.insert(index.clone(), bytes);
        }
    }

    /// What the planner is told of an index, or what came of building it; `None` when it is refused.
    pub async fn try_out(&mut self, index: &IndexDefinition) -> Result<Option<Trial>, DbError> {
        match self.show(vec![Shown::as_itself(index)]).await {
            Ok(()) => Ok(self.standing.first().map(|standing| standing.trial.clone())),
            Err(error) if error.ends_session() => Err(error),
            Err(_) => Ok(None),
        }
    }

    pub fn builds(&self, index: &IndexDefinition) -> bool {
        self.backend.builds(index)
    }

    /// Takes away what was really built, which every session sees.
    pub async fn hide_built(&mut self) -> Result<(), DbError> {
        if self.standing.iter().any(|standing| standing.trial.bytes.is_some()) {
            self.close().await?;
        }
        Ok(())
    }

    /// See [`WhatIf::know_values`]. What was said before it is not held to any longer.
    pub async fn know_values(
        &mut self,
        table: &Table,
        expressions: &[String],
    ) -> Result<(), DbError> {
        if self.backend.know_values(table, expressions).await? {
            self.baselines.clear();
            self.recent = Default::default();
        }
        Ok(())
    }

    pub async fn forget_values(&mut self) -> Result<(), DbError> {
        self.backend.forget_values().await
    }

    /// Leaves nothing behind.
    pub async fn close(&mut self) -> Result<(), DbError> {
        self.standing.clear();
        self.backend.clear().await
    }

    /// Real where it was built, else modelled; 0 where neither is known.
    pub fn bytes(&self, index: &IndexDefinition, sizes: &Sizes<'_>) -> u64 {
        let real = self.built(index).and_then(|trial| trial.bytes);
        real.or_else(|| sizes.bytes(index)).unwrap_or(0)
    }

    /// Size that the planner was told, once the index was shown.
    pub fn told(&self, index: &IndexDefinition) -> Option<u64> {
        self.told.get(index).copied()
    }

    /// Real size and build time of an index that was really built.
    pub fn built(&self, index: &IndexDefinition) -> Option<&Trial> {
        self.built.get(index)
    }
}

fn survivable(error: DbError) -> Result<Option<Answer>, DbError> {
    if error.ends_session() { Err(error) } else { Ok(None) }
}

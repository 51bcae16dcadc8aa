//! One set of changes on the changed database, and everything that was learnt from it and from its predecessors.

use std::collections::HashMap;

use super::adviser::{Adviser, Tried, is_same, rename};
use super::apply::{apply_all, building, make, take_back, unset};
use super::change::Change;
use super::decide::{Decision, uses};
use super::evidence::{Evidence, is_unmeasured};
use super::leave_out::Missed;
use super::parts::{learn_parts, parts};
use super::plans::{After, Original};
use super::prove::TestBed;
use super::reason::Reason;
use super::script::apply_script;
use super::slower::is_slower;
use super::time::TimeLimit;
use crate::advise::{Advice, CostFeedback, CostObservation, IndexAdvice, Outcome, Use};
use crate::compare::{Comparison, QueryComparison, Verdict};
use crate::ddl::Script;
use crate::engine::{DbError, Session};
use crate::interrupt::Interrupt;
use crate::run::QueryRun;

pub struct Trial<'b, 'a> {
    pub test_bed: TestBed<'a>,
    /// On the changed database, for statements that change it.
    session: Box<dyn Session>,
    /// Everything that was ever tried, with what became of it.
    pub advice: Advice,
    /// How many indexes it held in the beginning, a script's included.
    proposed: usize,
    /// What is in place.
    pub standing: Vec<Change>,
    /// Why each of the others was taken back the last time.
    gone: HashMap<Change, Reason>,
    pub cost_feedback: CostFeedback,
    /// Plans of the database as it was.
    pub original: Original,
    pub evidence: Evidence,
    pub time: TimeLimit,
    /// How long the proof takes was said.
    pub is_announced: bool,
    /// Indexes and settings that were left out once and missed.
    pub missed: Missed,
    adviser: Option<&'b mut dyn Adviser>,
}

impl<'b, 'a> Trial<'b, 'a> {
    pub async fn begin(
        test_bed: TestBed<'a>,
        advice: Advice,
        adviser: Option<&'b mut dyn Adviser>,
        time: TimeLimit,
    ) -> Result<Self, DbError> {
        let original = test_bed.original().await?;
        let mut session = building(&test_bed.after).connect().await?;
        let mut advice = advice;
        for drop in &mut advice.drops {
            let engine = test_bed.after.engine;
            drop.parts = parts(session.as_mut(), engine, &drop.schema, &drop.index).await?;
        }
        let before_ms = test_bed
            .run
            .queries
            .iter()
            .filter_map(|query| Some((query.id.clone(), query.latency.as_ref()?.p50_ms)));
        let cost_feedback =
            CostFeedback { before_ms: before_ms.collect(), ..CostFeedback::default() };
        let evidence = test_bed.options.known.clone();
        Ok(Trial {
            test_bed,
            session,
            advice,
            proposed: 0,
            standing: Vec::new(),
            gone: HashMap::new(),
            cost_feedback,
            original,
            evidence,
            time,
            is_announced: false,
            missed: Missed::default(),
            adviser,
        })
    }

    pub async fn apply(&mut self, script: Option<&Script>) -> Result<(), DbError> {
        let (interrupt, progress) = (&self.test_bed.interrupt.clone(), self.test_bed.progress);
        let at_once = self.changes_at_once();
        let (session, advice) = (self.session.as_mut(), &mut self.advice);
        self.standing = match script {
            None => {
                let (after, telling) = (&mut self.test_bed.after, (interrupt, progress));
                apply_all(session, after, advice, at_once, telling).await?
            }
            Some(script) => {
                let engine = self.test_bed.after.engine;
                apply_script(script, session, engine, advice, interrupt).await?
            }
        };
        self.proposed = self.advice.indexes.len();
        for i in self.indexes() {
            self.learn_parts(i).await?;
        }
        Ok(())
    }

    /// Nothing was proven: what was proposed first is proposed still, but for what the quick comparison showed to do harm or to have
    /// no room. A set that merely lost against another set in the quick comparison is not one of these.
    pub fn back_to_proposals(&mut self) {
        for (i, index) in self.advice.indexes.iter_mut().take(self.proposed).enumerate() {
            if self.gone.get(&Change::Index(i)) == Some(&Reason::Outdone) {
                index.outcome = Outcome::Proposed;
            }
        }
        let proposed = self.proposed;
        self.standing.retain(|change| change.index().is_none_or(|i| i < proposed));
    }

    /// What is to be told of it: what was proposed first or stands now. Whatever else was tried on the way is counted.
    pub fn into_advice(mut self) -> Advice {
        let mut at = 0..;
        let tried = self.advice.indexes.len();
        self.advice.indexes.retain(|index| {
            let at: usize = at.next().unwrap_or(0);
            let stands = self.standing.contains(&Change::Index(at));
            at < self.proposed || stands && !matches!(index.outcome, Outcome::Dropped { .. })
        });
        let others = tried - self.advice.indexes.len();
        if others > 0 {
            let word = if others == 1 { "index" } else { "indexes" };
            self.advice.notes.push(format!(
                "Also tried, and taken back: {others} {word} that no plan used, that slowed a query down, or without \
                 which a set was faster."
            ));
        }
        self.advice
    }

    pub fn is_advised(&self) -> bool {
        self.adviser.is_some()
    }

    pub fn is_over(&self) -> bool {
        self.test_bed.interrupt.is_set()
    }

    /// Plans of what stands.
    pub async fn plans(&self) -> Result<After, DbError> {
        self.test_bed.plans(&self.original).await
    }

    /// Positions of the indexes that are in place.
    pub fn indexes(&self) -> Vec<usize> {
        self.standing.iter().filter_map(|change| change.index()).collect()
    }

    /// Remembers what was measured of every query that uses a new index, and of those that other changes touched.
    pub fn learn(&mut self, after: &After, comparison: &Comparison) {
        for compared in &comparison.queries {
            let Some(query) = after.run.query(&compared.query) else { continue };
            let observation = ratio(compared).and_then(|ratio| self.observation(query, ratio));
            observation.into_iter().for_each(|observation| self.cost_feedback.add(observation));
        }
    }

    fn observation(&self, query: &QueryRun, ratio: f64) -> Option<CostObservation> {
        let plans: Vec<_> = query.plans.iter().map(|record| record.plan.clone()).collect();
        let costs: Vec<f64> = plans.iter().filter_map(|plan| plan.root.total_cost).collect();
        let named = |name: &str| {
            let all = &self.advice.indexes;
            let index = all.iter().find(|index| index.names().contains(&name))?;
            index.definition.as_ref()
        };
        let standing = self.indexes().into_iter().map(|i| &self.advice.indexes[i]);
        let defined = |index: &IndexAdvice| index.definition.clone();
        let present = standing.clone().filter_map(defined).collect();
        let used =
            standing.filter(|index| uses(query, &index.names())).filter_map(defined).collect();
        let uses = Use::all(&plans, named);
        let cost = costs.iter().sum::<f64>() / costs.len().max(1) as f64;
        let query = query.id.clone();
        (cost > 0.0).then_some(CostObservation { query, present, used, uses, cost, ratio })
    }

    /// What the adviser would have instead, without the indexes of `banned` and with those of `pinned`.
    pub async fn ask(&mut self, pinned: &[Change], banned: &[usize]) -> Vec<IndexAdvice> {
        let Some(adviser) = &mut self.adviser else { return Vec::new() };
        let of = |keep: &dyn Fn(usize) -> bool| -> Vec<&IndexAdvice> {
            let all = self.advice.indexes.iter().enumerate();
            all.filter(|(i, _)| keep(*i)).map(|(_, index)| index).collect()
        };
        let tried = Tried {
            dropped: of(&|i| banned.contains(&i)),
            kept: of(&|i| pinned.contains(&Change::Index(i))),
            cost_feedback: &self.cost_feedback,
            settings: &self.test_bed.after.options.settings,
        };
        let fresh = adviser.instead(tried).await.indexes;
        let is_banned =
            |index: &IndexAdvice| banned.iter().any(|i| is_same(&self.advice.indexes[*i], index));
        fresh.into_iter().filter(|index| !is_banned(index)).collect()
    }

    pub fn budget(&self) -> Option<u64> {
        self.adviser.as_ref().and_then(|adviser| adviser.budget())
    }

    /// Positions of `wanted` in the advice, where what is new to it is added.
    pub fn enlist(&mut self, wanted: Vec<IndexAdvice>) -> Vec<usize> {
        let mut positions = Vec::new();
        for mut index in wanted {
            let known = self.advice.indexes.iter().position(|other| is_same(other, &index));
            positions.push(known.unwrap_or(self.advice.indexes.len()));
            if known.is_none() {
                rename(&mut index, &self.advice.indexes);
                self.advice.indexes.push(index);
            }
        }
        positions
    }

    /// Leaves exactly the indexes `wanted` and `pinned` in place; true when that changed anything. `reason` says why
    /// one has to go.
    pub async fn swap(
        &mut self,
        wanted: &[usize],
        pinned: &[Change],
        reason: impl Fn(usize) -> Reason,
    ) -> Result<bool, DbError> {
        let standing = self.indexes();
        let stays = |i: &usize| wanted.contains(i) || pinned.contains(&Change::Index(*i));
        let gone: Vec<usize> = standing.iter().copied().filter(|i| !stays(i)).collect();
        for i in &gone {
            let reason = reason(*i);
            self.take_back(Change::Index(*i), reason).await?;
        }
        let new = wanted.iter().copied().filter(|i| !standing.contains(i));
        let mut built = 0;
        for i in new.collect::<Vec<_>>() {
            if self.is_over() {
                break;
            }
            built += usize::from(self.build(i).await?);
        }
        Ok(!gone.is_empty() || built > 0)
    }

    async fn build(&mut self, i: usize) -> Result<bool, DbError> {
        let interrupt = self.test_bed.interrupt.clone();
        self.build_until(i, &interrupt).await
    }

    /// It stood before: that the time is over is no reason to leave it away.
    pub async fn rebuild(&mut self, i: usize) -> Result<bool, DbError> {
        self.build_until(i, &Interrupt::new()).await
    }

    async fn build_until(&mut self, i: usize, interrupt: &Interrupt) -> Result<bool, DbError> {
        let change = Change::Index(i);
        change.set_outcome(&mut self.advice, Outcome::Proposed);
        let made = make(self.session.as_mut(), &mut self.advice, change, interrupt).await?;
        self.standing.extend(made.then_some(change));
        self.learn_parts(i).await?;
        Ok(made)
    }

    async fn learn_parts(&mut self, i: usize) -> Result<(), DbError> {
        let engine = self.test_bed.after.engine;
        learn_parts(self.session.as_mut(), engine, &mut self.advice.indexes[i]).await
    }

    pub async fn take_back(&mut self, change: Change, reason: Reason) -> Result<(), DbError> {
        if let Change::Setting(i) = change {
            unset(&mut self.test_bed.after, &self.advice, i);
            // Times under other settings say nothing about these.
            self.cost_feedback.observations.clear();
        }
        let failure = take_back(self.session.as_mut(), &self.advice, change).await?;
        self.gone.insert(change, reason.clone());
        if let Change::Index(i) = change {
            self.advice.indexes[i].saved_ms = None;
        }
        let reason = match failure {
            Some(error) => format!("{reason} (and it could not be taken back: {error})"),
            None => reason.to_string(),
        };
        change.set_outcome(&mut self.advice, Outcome::Dropped { reason });
        self.standing.retain(|standing| *standing != change);
        Ok(())
    }

    /// Takes back what did not help. True when that touches anything that was measured: an index
    /// that no plan uses can go without a second look.
    pub async fn drop_useless(
        &mut self,
        verdicts: &[(Change, Decision)],
        after: &After,
    ) -> Result<bool, DbError> {
        let mut disturbed = false;
        for (change, decision) in verdicts {
            let Decision::Drop { reason } = decision else { continue };
            disturbed |= match change {
                Change::Index(i) => {
                    let names = self.advice.indexes[*i].names();
                    after.run.queries.iter().any(|query| uses(query, &names))
                }
                _ => true,
            };
            self.take_back(*change, reason.clone()).await?;
        }
        Ok(disturbed)
    }

    /// Bytes of each index in place, as the server has it now; written into the advice too.
    pub async fn weigh(&mut self) -> Result<(), DbError> {
        let catalog = self.session.catalog().await?;
        for i in self.indexes() {
            let index = &mut self.advice.indexes[i];
            let table = catalog.table(Some(&index.schema), &index.table);
            let built = table.and_then(|t| t.indexes.iter().find(|b| b.name == index.name));
            let Some(bytes) = built.map(|built| built.bytes) else { continue };
            index.size_bytes = Some(bytes);
            if let Some(definition) = &index.definition {
                self.cost_feedback.sizes.insert(definition.clone(), bytes);
            }
        }
        Ok(())
    }
}

/// Time after / before; 1 where nothing else is known beyond noise.
pub fn ratio(compared: &QueryComparison) -> Option<f64> {
    match compared.verdict {
        Verdict::Improved | Verdict::Regressed => compared.ratio,
        Verdict::Inconclusive if is_slower(compared) => compared.ratio,
        Verdict::Inconclusive if is_unmeasured(compared) => None,
        Verdict::Unchanged | Verdict::Inconclusive => Some(1.0),
        Verdict::Failed => None,
    }
}

//! Several planners asked at the same time.

use std::sync::Mutex;
use std::time::Instant;

use futures_util::future::join_all;

use super::choose::{Choice, Chooser, Task, choose};
use super::planned_query::PlannedQuery;
use super::search::{Answer, Heard, Search};
use crate::advise::what_if::WhatIf;
use crate::engine::{DbError, IndexDefinition};
use crate::interrupt::Interrupt;

/// One query under one set of indexes.
pub struct Question<'q, 'a> {
    pub query: &'q PlannedQuery<'a>,
    pub indexes: Vec<IndexDefinition>,
}

/// The first planner may build indexes where that is allowed; the others are only shown hypothetical ones.
pub struct PlannerPool<'w> {
    lead: Search<'w>,
    others: Vec<Search<'w>>,
}

impl<'w> PlannerPool<'w> {
    pub fn new(
        lead: &'w mut dyn WhatIf,
        others: Vec<&'w mut dyn WhatIf>,
        interrupt: &Interrupt,
    ) -> Self {
        let search = |backend| Search::new(backend, interrupt.clone());
        PlannerPool { lead: search(lead), others: others.into_iter().map(search).collect() }
    }

    pub fn lead(&self) -> &Search<'w> {
        &self.lead
    }

    pub fn lead_mut(&mut self) -> &mut Search<'w> {
        &mut self.lead
    }

    pub fn planners(&mut self) -> Vec<&mut Search<'w>> {
        std::iter::once(&mut self.lead).chain(&mut self.others).collect()
    }

    /// See [`Search::is_over`].
    pub fn until(&mut self, deadline: Option<Instant>) {
        self.planners().into_iter().for_each(|planner| planner.deadline = deadline);
    }

    pub fn calls(&self) -> usize {
        self.lead.calls + self.others.iter().map(|planner| planner.calls).sum::<usize>()
    }

    /// See [`Search::listen`].
    pub fn listen(&mut self) {
        self.planners().into_iter().for_each(Search::listen);
    }

    /// What all planners heard since, in an order that does not depend on who was asked.
    pub fn heard(&mut self) -> Vec<Heard> {
        let mut heard: Vec<Heard> = self.planners().into_iter().flat_map(Search::heard).collect();
        heard.sort_by(|a, b| (&a.query, &a.shown).cmp(&(&b.query, &b.shown)));
        heard.dedup_by(|a, b| a.query == b.query && a.shown == b.shown);
        heard
    }

    /// Answers in the order of the questions; see [`Search::ask`]. There is none to questions that time does not allow. What has to be built is seen by
    /// every session, so those questions wait until nobody else is asked.
    pub async fn ask(
        &mut self,
        questions: &[Question<'_, '_>],
    ) -> Result<Vec<Option<Answer>>, DbError> {
        let mut answers: Vec<Option<Answer>> = Vec::new();
        answers.resize_with(questions.len(), || None);
        let builds = |question: &Question<'_, '_>| {
            question.indexes.iter().any(|index| self.lead.builds(index))
        };
        for (at, question) in questions.iter().enumerate() {
            answers[at] = self.baseline(question);
        }
        let open = questions.iter().enumerate().filter(|(at, _)| answers[*at].is_none());
        let (built, shown): (Vec<_>, Vec<_>) = open.partition(|(_, question)| builds(question));
        for (at, answer) in self.ask_at_once(shown).await? {
            answers[at] = answer;
        }
        for (at, question) in built {
            answers[at] = self.lead.ask(question.query, &question.indexes).await?;
        }
        Ok(answers)
    }

    /// Whichever planner was asked about the query as it is.
    fn baseline(&self, question: &Question<'_, '_>) -> Option<Answer> {
        let mut planners = std::iter::once(&self.lead).chain(&self.others);
        let bare = question.indexes.is_empty();
        bare.then(|| planners.find_map(|planner| planner.baseline(&question.query.query.id)))
            .flatten()
    }

    /// Whether any planner was asked about the query as it is.
    pub fn has_looked_at(&self, query: &PlannedQuery<'_>) -> bool {
        let mut planners = std::iter::once(&self.lead).chain(&self.others);
        planners.any(|planner| planner.has_looked_at(&query.query.id))
    }

    async fn ask_at_once(
        &mut self,
        questions: Vec<(usize, &Question<'_, '_>)>,
    ) -> Result<Vec<(usize, Option<Answer>)>, DbError> {
        if questions.is_empty() {
            return Ok(Vec::new());
        }
        self.lead.hide_built().await?;
        let queue = Mutex::new(questions.into_iter());
        let next = || queue.lock().ok()?.next();
        let next = &next;
        let work = self.planners().into_iter().map(|planner| async move {
            let mut answers = Vec::new();
            while let Some((at, question)) = next().filter(|_| !planner.is_over()) {
                answers.push((at, planner.ask(question.query, &question.indexes).await?));
            }
            Ok::<_, DbError>(answers)
        });
        let mut all = Vec::new();
        for answers in join_all(work).await {
            all.extend(answers?);
        }
        Ok(all)
    }

    /// The indexes that each query deserves, in the order of the tasks, and how many queries time did not allow to look at.
    /// `time` is when no more is begun where that would leave no time for a last question about each query, and by when
    /// those have to be answered.
    pub async fn choose(
        &mut self,
        chooser: &Chooser<'_>,
        tasks: &[Task<'_, '_>],
        time: (Instant, Instant),
    ) -> Result<(Vec<Option<Choice>>, usize), DbError> {
        let mut choices: Vec<Option<Choice>> = tasks.iter().map(|_| None).collect();
        let mut skipped = 0;
        let builds = |task: &Task<'_, '_>| task.candidates.iter().any(|i| self.lead.builds(i));
        let (built, mut shown): (Vec<_>, Vec<_>) =
            tasks.iter().enumerate().partition(|(_, task)| builds(task));
        // The dearest first: they are what matters when time runs out.
        shown.sort_by(|(a, x), (b, y)| y.cost().total_cmp(&x.cost()).then(a.cmp(b)));
        self.lead.hide_built().await?;
        let queue = Mutex::new(shown.into_iter());
        let next = || queue.lock().ok()?.next();
        let next = &next;
        let last = u32::try_from(tasks.len().div_ceil(1 + self.others.len())).unwrap_or(u32::MAX);
        let work = self.planners().into_iter().map(|planner| async move {
            let mut own = Vec::new();
            while let Some((at, task)) = next() {
                planner.leave_time(time, last);
                let looked = !planner.is_over();
                own.push((at, looked, choose(planner, chooser, task).await?));
            }
            Ok::<_, DbError>(own)
        });
        for own in join_all(work).await {
            for (at, looked, choice) in own? {
                choices[at] = choice;
                skipped += usize::from(!looked);
            }
        }
        for (at, task) in built {
            skipped += usize::from(self.lead.is_over());
            choices[at] = choose(&mut self.lead, chooser, task).await?;
        }
        Ok((choices, skipped))
    }

    /// Leaves nothing behind, whatever happens to one of the planners.
    pub async fn close(&mut self) -> Result<(), DbError> {
        let mut worst = Ok(());
        for planner in self.planners() {
            let closed = planner.close().await;
            worst = worst.and(closed);
        }
        worst.and(self.lead.forget_values().await)
    }
}

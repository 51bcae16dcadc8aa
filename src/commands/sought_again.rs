//! The advisor once more, for a tuning that has taken indexes back.

use std::time::Duration;

use async_trait::async_trait;

use super::assess::{self, Planners};
use crate::advise::{Advice, IndexAdvice, Limits, Named, SizeModel};
use crate::cli::{Context, Opened};
use crate::rule::Finding;
use crate::run::Run;
use crate::tune::{Adviser, Tried};

/// Without what did not hold and around what did.
pub struct Again<'a> {
    pub opened: &'a Opened,
    pub run: &'a Run,
    pub findings: &'a [Finding],
    pub limits: Limits,
    /// For everything.
    pub time: Duration,
    pub context: &'a Context,
}

/// A search that corrects another may take this part of the time there is for everything.
const SEARCHES: u32 = 15;

#[async_trait(?Send)]
impl Adviser for Again<'_> {
    async fn instead(&mut self, tried: Tried<'_>) -> Advice {
        let same = |index: &&IndexAdvice| Some(Named::Same(Box::new(index.definition.clone()?)));
        let mut limits = self.limits.clone();
        limits.forbidden.extend(tried.dropped.iter().filter_map(same));
        limits.pinned.extend(tried.kept.iter().filter_map(same));
        limits.search_time = limits.search_time.min(self.time / SEARCHES);
        let mut target = self.opened.target.clone();
        target.options.settings = tried.settings.to_vec();
        let throwaway = self.opened.sandbox.is_some();
        let planners = Planners { target: &target, throwaway, replica: None };
        let cost_feedback = tried.cost_feedback.clone();
        assess::advise(self.run, self.findings, planners, limits, cost_feedback, self.context).await
    }

    fn budget(&self) -> Option<u64> {
        let real_counts = self.limits.size_model == SizeModel::Modelled;
        self.limits.budget.filter(|_| real_counts)
    }
}

//! The second half of `planwise tune`: from advice to proof.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::assess::{self, Planners};
use super::sought_again::Again;
use super::tune::ProofArgs;
use super::{credit, layout, setting_trials};
use crate::advise::{Advice, CostFeedback, Limits, Shortfall, ShortfallKind};
use crate::cli::{Context, InputError, Opened};
use crate::compare::{Comparison, Verdict};
use crate::ddl::Script;
use crate::engine::{DbError, DbErrorKind};
use crate::report::Document;
use crate::rule::RuleSet;
use crate::run::{Run, RunOptions, Target, replay};
use crate::sandbox::SandboxError;
use crate::tune::{
    Adviser, Evidence, Journal, Proven, TestBed, TuneOptions, copy_of, prove_in_place, prove_with,
};
use crate::workload::Workload;

/// The second half of the verb: from advice to proof.
pub struct Tuning<'a> {
    pub opened: &'a Opened,
    pub bin_dir: Option<PathBuf>,
    pub workload: &'a Workload,
    pub proof: &'a ProofArgs,
    pub script: Option<&'a Script>,
    pub limits: Limits,
    /// Where the report goes.
    pub out: &'a Path,
    /// Why no copy can be made, where that is known already.
    pub no_copy: Option<DbError>,
    /// The time for everything runs from here.
    pub began: Instant,
    /// What an earlier tuning has measured.
    pub known: Evidence,
    pub rules: &'a RuleSet,
}

/// What a tuning leaves behind.
pub struct Tuned {
    /// For another tuning to go on from.
    pub evidence: Evidence,
    /// The database on the throwaway server that was opened, with what was kept.
    pub changed: Option<Target>,
}

impl Tuning<'_> {
    fn options(&self) -> TuneOptions {
        let (began, known) = (Some(self.began), self.known.clone());
        TuneOptions { began, known, ..self.proof.options() }
    }

    fn again<'t>(
        &'t self,
        opened: &'t Opened,
        document: &'t Document,
        run: &'t Run,
        context: &'t Context,
    ) -> Again<'t> {
        let time = self.proof.time.unwrap_or(Duration::from_secs(600));
        let (findings, limits) = (document.findings.as_slice(), self.limits.clone());
        Again { opened, run, findings, limits, time, context }
    }

    /// Adds the comparison, the run after the changes, and what became of each change.
    pub async fn run(&self, document: &mut Document, context: &Context) -> Result<Option<Tuned>> {
        let advice = match self.script {
            Some(_) => Advice { notes: document.advice.notes.clone(), ..Advice::default() },
            None => document.advice.clone(),
        };
        let sought_again = self.opened.sandbox.is_none()
            && !self.proof.apply
            && advice.workload_cost_before.is_none();
        if self.script.is_none() && advice.has_nothing_to_try() && !sought_again {
            return Ok(None);
        }
        let mut changed = None;
        let proven = match (&self.opened.sandbox, self.proof.apply) {
            (_, true) => {
                let advice = self.sought_for_apply(document, advice, context).await?;
                self.in_place(document, advice, context).await?
            }
            (Some(_), false) => self.in_sandbox(document, advice, &mut changed, context).await?,
            (None, false) => self.on_copy(document, advice, context).await?,
        };
        document.advice = proven.advice;
        // Both sides are one server with the same data: what differs is what was tried, and the advice says it.
        let comparison = proven.comparison;
        document.comparison = comparison.map(|c| Comparison { differences: Vec::new(), ..c });
        document.after = proven.after;
        document.measurements_after =
            document.after.as_ref().map(assess::measurements).unwrap_or_default();
        credit::resolve(document, self.rules, self.opened.target.engine);
        warn_of_regressions(document);
        Ok(Some(Tuned { evidence: proven.evidence, changed }))
    }

    async fn in_place(
        &self,
        document: &Document,
        advice: Advice,
        context: &Context,
    ) -> Result<Proven> {
        if document.run.server.replica {
            let message = "--apply: this server is a read replica, which takes no changes: name its primary \
                           with --db, or try the advice on a copy, without --apply";
            return Err(InputError::new(message).into());
        }
        let target = &self.opened.target;
        let options = self.options();
        let bench = TestBed {
            before: target,
            run: &document.run,
            after: target.clone(),
            workload: self.workload,
            options: &options,
            interrupt: context.interrupt.clone(),
            progress: context.progress,
        };
        let journal = Journal::in_folder(self.out);
        Ok(prove_in_place(bench, advice, self.script, journal).await?)
    }

    async fn in_sandbox(
        &self,
        document: &Document,
        advice: Advice,
        changed: &mut Option<Target>,
        context: &Context,
    ) -> Result<Proven> {
        let Some(sandbox) = &self.opened.sandbox else { return Ok(untried(advice)) };
        let target = &self.opened.target;
        let spinner = context.progress.spinner("copying the database");
        let copied = sandbox.duplicate("after").await;
        spinner.finish_and_clear();
        let after = match copied {
            Ok(url) => Target { url, ..target.clone() },
            Err(error) => return Ok(without_copy(advice, error)),
        };
        *changed = Some(after.clone());
        let options = self.options();
        let bench = TestBed {
            before: target,
            run: &document.run,
            after,
            workload: self.workload,
            options: &options,
            interrupt: context.interrupt.clone(),
            progress: context.progress,
        };
        let mut again = self.again(self.opened, document, &document.run, context);
        let adviser = self.script.is_none().then_some(&mut again as &mut dyn Adviser);
        Ok(prove_with(bench, advice, self.script, adviser).await?)
    }

    /// On a target that is not ours: a copy of it in a throwaway server, or no proof.
    async fn on_copy(
        &self,
        document: &Document,
        mut advice: Advice,
        context: &Context,
    ) -> Result<Proven> {
        if let Some(error) = &self.no_copy {
            return Ok(without_copy(advice, error.clone().into()));
        }
        let (target, source) = (&self.opened.target, &document.run);
        let limit = self.proof.copy_limit;
        let copying = copy_of(target, source, limit, self.bin_dir.clone(), context.progress);
        let copied = tokio::select! {
            _ = context.interrupt.wait() => return Ok(untried(advice)),
            copied = copying => copied,
        };
        let copy = match copied {
            Ok(copy) => copy,
            Err(error) => return Ok(without_copy(advice, error)),
        };
        advice.notes.extend(copy.notes.iter().cloned());
        let (interrupt, progress) = (&context.interrupt, context.progress);
        let options = RunOptions::plans_only("copy");
        let run = replay(&copy.target, self.workload, &options, interrupt, progress).await?;
        let mut copied = Opened { target: copy.target, sandbox: Some(copy.sandbox), replica: None };
        if self.script.is_none() && advice.workload_cost_before.is_none() {
            self.seek_on_copy(&copied, &run, document, &mut advice, context).await;
        }
        if self.script.is_none() && advice.has_nothing_to_try() {
            return Ok(untried(advice));
        }
        let Some(sandbox) = &copied.sandbox else { return Ok(untried(advice)) };
        let after = Target { url: sandbox.duplicate("after").await?, ..copied.target.clone() };
        let options = self.options();
        let changed = after.clone();
        let bench = TestBed {
            before: &copied.target,
            run: &run,
            after,
            workload: self.workload,
            options: &options,
            interrupt: interrupt.clone(),
            progress,
        };
        let mut again = self.again(&copied, document, &run, context);
        let adviser = self.script.is_none().then_some(&mut again as &mut dyn Adviser);
        let mut proven = prove_with(bench, advice, self.script, adviser).await?;
        if self.script.is_none() && !interrupt.is_set() {
            let (time, advice) = (setting_trials::time(self.proof, self.began), &mut proven.advice);
            setting_trials::add(&mut copied, &changed, self.workload, time, advice, context).await;
            let (after, advice) = (proven.after.as_ref(), &mut proven.advice);
            layout::try_on_copy(document, after, advice, &changed, context).await;
        }
        Ok(proven)
    }
}

impl Tuning<'_> {
    /// What is to be made on the target is sought on a copy first, where its planner cannot be shown indexes. Without
    /// one the advice stays as it is, and says so.
    async fn sought_for_apply(
        &self,
        document: &Document,
        mut advice: Advice,
        context: &Context,
    ) -> Result<Advice> {
        let grammar = self.opened.target.engine.index_grammar();
        let shown = grammar.is_none_or(|grammar| grammar.hypothetical(grammar.ordered_method()));
        if shown || self.script.is_some() || document.run.server.replica {
            return Ok(advice);
        }
        let (target, source) = (&self.opened.target, &document.run);
        let (limit, bin_dir) = (self.proof.copy_limit, self.bin_dir.clone());
        let copying = copy_of(target, source, limit, bin_dir, context.progress);
        let copied = tokio::select! {
            _ = context.interrupt.wait() => return Ok(advice),
            copied = copying => copied,
        };
        let copy = match copied {
            Ok(copy) => copy,
            Err(error) => return Ok(without_copy(advice, error).advice),
        };
        let (interrupt, progress) = (&context.interrupt, context.progress);
        let options = RunOptions::plans_only("copy");
        let run = replay(&copy.target, self.workload, &options, interrupt, progress).await?;
        let copied = Opened { target: copy.target, sandbox: Some(copy.sandbox), replica: None };
        self.seek_on_copy(&copied, &run, document, &mut advice, context).await;
        Ok(advice)
    }

    /// The target's planner could not be shown indexes that do not exist; that of the copy may be another matter.
    async fn seek_on_copy(
        &self,
        copied: &Opened,
        run: &Run,
        document: &Document,
        advice: &mut Advice,
        context: &Context,
    ) {
        let (planners, known) = (Planners::of(copied), CostFeedback::default());
        let (findings, limits) = (&document.findings, self.limits.clone());
        let mut found = assess::advise(run, findings, planners, limits, known, context).await;
        if found.workload_cost_before.is_none() {
            return;
        }
        found.notes.append(&mut advice.notes);
        found
            .notes
            .push("Indexes were sought on the copy, whose planner can be shown them.".to_owned());
        // What rules and counters of the original say of settings, statistics and idle indexes holds there.
        found.settings.clone_from(&advice.settings);
        found.statistics.clone_from(&advice.statistics);
        found.drops.clone_from(&advice.drops);
        *advice = found;
    }
}

fn untried(advice: Advice) -> Proven {
    Proven { advice, comparison: None, after: None, evidence: Evidence::default() }
}

/// A limit, or programs that are missing, are no failure of a database.
fn without_copy(mut advice: Advice, error: SandboxError) -> Proven {
    let database_failed = match &error {
        SandboxError::Database(error) => error.kind != DbErrorKind::Unsupported,
        other => other.is_database() || matches!(other, SandboxError::Script(_)),
    };
    let reason = match error {
        SandboxError::Database(error) => error.to_string(),
        error => format!("{:#}", anyhow::Error::from(error)),
    };
    let reason = reason.replace("\n  try: ", ". Try: ");
    advice.shortfalls.push(Shortfall {
        kind: ShortfallKind::NothingTried,
        message: format!(
            "Nothing was tried: advice is modelled, not measured. No copy could be made: {reason}"
        ),
        statements: Vec::new(),
        database_failed,
    });
    untried(advice)
}

/// What is worse after all is the first thing to read.
fn warn_of_regressions(document: &mut Document) {
    let Some(comparison) = &mut document.comparison else { return };
    let slower = comparison.queries.iter().filter(|query| query.verdict == Verdict::Regressed);
    let slower: Vec<&str> = slower.map(|query| query.query.as_str()).collect();
    if !slower.is_empty() {
        let note = format!("SLOWER after the changes: {}", slower.join(", "));
        comparison.notes.insert(0, note);
    }
}

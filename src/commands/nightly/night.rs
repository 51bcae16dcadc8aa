//! How a night ends: kept, reported, and with which status.

use std::io::{Write as _, stdout};
use std::time::Duration;

use anyhow::Result;

use super::args::Args;
use super::config::Config;
use super::judge::decide;
use crate::advise::Advice;
use crate::cli::{Context, MachineOutputs, OutputArgs};
use crate::commands::{Exit, assess, ending, publish};
use crate::compare::{Comparison, Gate};
use crate::history::{Baseline, History, Mark, Outcome};
use crate::report::terminal::Format;
use crate::report::{Document, Verdicts, redacted};
use crate::run::{Run, Status};

pub struct Night<'a> {
    config: &'a Config,
    args: &'a Args,
    history: &'a History,
    output: OutputArgs,
    machines: MachineOutputs,
}

impl<'a> Night<'a> {
    /// Proves that the reports can be written, before anything is measured.
    pub fn prepare(config: &'a Config, args: &'a Args, history: &'a History) -> Result<Self> {
        let output = OutputArgs {
            out: config.output.folder.clone(),
            format: args.format,
            redact: config.output.redact,
            sarif: None,
            annotate: false,
            rules: Vec::new(),
            preview: false,
            config: None,
        };
        output.prepare()?;
        let machines = config.machines(&args.machines);
        Ok(Night { config, args, history, output, machines })
    }

    /// What was measured until then is reported, and never becomes a baseline.
    pub fn interrupted(&self, tonight: Run, context: &Context) -> Result<Exit> {
        let lost = tonight.lost.is_some();
        publish::publish(&alone(tonight, self.output.redact), &self.output, context)?;
        self.say("Interrupted: tonight's run was not kept.")?;
        Ok(if lost && !context.interrupt.is_set() { Exit::Database } else { Exit::Interrupted })
    }

    /// Nothing to compare with yet.
    pub fn first(&self, tonight: Run, context: &Context) -> Result<Exit> {
        let exit = ending::of_queries(&tonight);
        let measured = tonight.queries.iter().any(|query| query.status == Status::Measured);
        let outcome = if measured { Outcome::Good } else { Outcome::Undecided };
        let document = alone(tonight, self.output.redact);
        let id = self.keep(&document.run, outcome, Vec::new())?;
        publish::publish(&document, &self.output, context)?;
        self.say(&match measured {
            true => format!(
                "There was no baseline yet: this run is stored as the first good one ({}). \
                 From the next night on, runs are compared with it.",
                short(&id)
            ),
            false => format!("No query could be measured; the record is kept as {}.", short(&id)),
        })?;
        self.prune()?;
        Ok(exit)
    }

    pub fn judged(
        &self,
        baseline: Baseline,
        tonight: Run,
        mut comparison: Comparison,
        context: &Context,
    ) -> Result<Exit> {
        name_sides(&mut comparison, &baseline, &tonight);
        let document = Document {
            measurements: assess::measurements(&baseline.run),
            health: None,
            measurements_after: assess::measurements(&tonight),
            run: baseline.run,
            after: Some(tonight),
            findings: Vec::new(),
            advice: Advice::default(),
            comparison: Some(comparison),
            redact: self.output.redact,
        };
        let clean = redacted(&document);
        let Some(judged) = &clean.comparison else { return Ok(Exit::Fine) };
        let (gate, outcome) = decide(judged, self.config.fail_on());
        let tonight = clean.after.as_ref().unwrap_or(&clean.run);
        let id = self.keep(tonight, outcome, reasons(&gate))?;
        publish::publish_comparison(&document, true, &self.output, context)?;
        publish::publish_verdicts(Verdicts::of(&clean, &gate), &self.machines)?;
        self.say(&format!("Kept as {} ({}).", short(&id), outcome.word()))?;
        self.prune()?;
        Ok(publish::announce(&gate))
    }

    fn keep(&self, run: &Run, outcome: Outcome, reasons: Vec<String>) -> Result<String> {
        let tags = self.args.tag.iter().cloned().collect();
        let mark = Mark { outcome, tags, reasons, set: None, damaged: false };
        Ok(self.history.store(run, &mark)?)
    }

    fn prune(&self) -> Result<()> {
        if let Some(days) = self.config.history.keep_days {
            let age = Duration::from_secs(u64::from(days) * 24 * 3600);
            self.history.prune(age, false)?;
        }
        Ok(())
    }

    /// Beside the report, which has standard output for itself when it is JSON.
    fn say(&self, sentence: &str) -> Result<()> {
        match self.output.format {
            Format::Text => writeln!(stdout().lock(), "{sentence}")?,
            _ => crate::progress::say(sentence),
        }
        Ok(())
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

fn reasons(gate: &Gate) -> Vec<String> {
    match gate {
        Gate::Passed => Vec::new(),
        Gate::Failed(reasons) | Gate::Undecided(reasons) => reasons.clone(),
    }
}

fn name_sides(comparison: &mut Comparison, baseline: &Baseline, tonight: &Run) {
    let named = |kept: &crate::history::Kept| {
        format!("{} of {}", kept.entry.name(), kept.entry.started.strftime("%Y-%m-%d %H:%M"))
    };
    comparison.labels.before = match baseline.made_of.as_slice() {
        [one] => named(one),
        several => format!("the last {} good runs", several.len()),
    };
    let commit = || tonight.commit.as_ref().map(|commit| commit.chars().take(12).collect());
    let label = tonight.label.clone().or_else(commit);
    comparison.labels.after = label.unwrap_or_else(|| "tonight".to_owned());
}

/// A run without an advice and without anything to compare with.
fn alone(run: Run, redact: bool) -> Document {
    let document = Document {
        measurements: assess::measurements(&run),
        health: None,
        measurements_after: Default::default(),
        run,
        after: None,
        findings: Vec::new(),
        advice: Advice::default(),
        comparison: None,
        redact,
    };
    redacted(&document)
}

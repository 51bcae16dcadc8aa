//! `planwise whatif`: which plans would another schema, another setting or another version change?

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use serde::Serialize;

use super::Exit;
use super::assert::workload_for;
use crate::cli::{Context, InputError, NothingYet, SnapshotArgs, replica_for, snapshot_notes};
use crate::ddl::Script;
use crate::engine;
use crate::report::{format, plan_changes, terminal::Format};
use crate::snapshot::{Effect, Replanned, Replica, replanned};

/// Say which plans a change of the schema, a setting or another version of the server would change
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .sql file, a captured .workload file, or a folder with workload.toml
    workload: PathBuf,
    #[command(flatten)]
    statistics: SnapshotArgs,
    /// Changes of the schema to try
    #[arg(long, value_name = "FILE")]
    ddl: Option<PathBuf>,
    /// Setting to try; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = crate::cli::setting)]
    settings: Vec<(String, String)>,
    /// Folder of the programs of another version, to plan the same by
    #[arg(long, value_name = "DIR")]
    against: Option<PathBuf>,
    /// What to print on standard output: text, json or markdown
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: Format,
    /// Exit with status 1 when a plan gets costlier by more than a tenth, or is lost
    #[arg(long, help_heading = "Output")]
    fail_on_worse: bool,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    if args.ddl.is_none() && args.settings.is_empty() && args.against.is_none() {
        let message = "nothing to try was named: say --ddl FILE, --set NAME=VALUE, or --against DIR with the programs of \
                       another version";
        return Err(InputError::new(message).into());
    }
    let mut taken = args.statistics.take(context).await?;
    let workload = workload_for(&args.workload, &mut taken.snapshot, context)?;
    let snapshot = &taken.snapshot;
    let change = change(&args, &snapshot.state.engine)?;
    let bin_dir = args.statistics.bin_dir.as_deref();
    let before = replica_for(&args.statistics, snapshot, context).await?;
    let other = args.against.as_deref().or(bin_dir);
    let mut after = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        after = Replica::changed(snapshot, other, &change, context.progress) => after,
    }?;
    after.role.clone_from(&args.statistics.role);
    let replanned = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        plans = replanned(&workload, &before, &after, &args.settings) => plans,
    }?;
    let notes = notes(&taken, &before, &after);
    let document = Document::of(&replanned, [&before, &after], notes);
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&document)? + "\n",
        Format::Markdown => format!("~~~~\n{}~~~~\n", document.text(context.width.max(100))),
        Format::Text => document.text(context.width),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    let worse = document.queries.iter().any(Entry::is_worse);
    Ok(if args.fail_on_worse && worse { Exit::Found } else { Exit::Fine })
}

fn change(args: &Args, engine: &str) -> Result<Vec<String>> {
    let Some(file) = &args.ddl else { return Ok(Vec::new()) };
    let engine = engine::by_name(engine);
    let dialect = engine.ok_or_else(|| InputError::new("an engine that is not known"))?.dialect();
    let script = Script::read(file, dialect)?;
    Ok(script.statements.into_iter().map(|statement| statement.text).collect())
}

fn notes(taken: &crate::cli::Taken, before: &Replica, after: &Replica) -> Vec<String> {
    let mut notes = snapshot_notes(&taken.snapshot, &taken.drift, before);
    let others = snapshot_notes(&taken.snapshot, &[], after);
    notes.extend(others.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
    notes
}

/// Raised when something that readers of the JSON go by changes its meaning.
const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document {
    format: u32,
    /// Versions of the servers that planned.
    planned_by: [String; 2],
    queries: Vec<Entry>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Entry {
    query: String,
    /// `changed`, `repriced`, `same`, `unplanned`.
    effect: &'static str,
    cost_before: Option<f64>,
    cost_after: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<plan_changes::PlanChanges>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Document {
    fn of(replanned: &[Replanned<'_>], replicas: [&Replica; 2], notes: Vec<String>) -> Document {
        Document {
            format: FORMAT,
            planned_by: replicas.map(|replica| replica.sandbox.installation().version.clone()),
            queries: replanned.iter().map(Entry::of).collect(),
            notes,
        }
    }

    fn text(&self, width: usize) -> String {
        let mut text = String::new();
        let told = self.queries.iter().filter(|entry| entry.effect != "same");
        for entry in told {
            text.push_str(&entry.text(width));
        }
        for note in &self.notes {
            text.push_str(&format!("note: {}\n", crate::printable::one_line(note)));
        }
        let count = |effect| self.queries.iter().filter(|entry| entry.effect == effect).count();
        text.push_str(&format!(
            "{}: {} another way, {} at another cost, {} as before, {} without a plan\n",
            format::counted(self.queries.len(), "plan", "plans"),
            count("changed"),
            count("repriced"),
            count("same"),
            count("unplanned")
        ));
        text
    }
}

impl Entry {
    fn of(one: &Replanned<'_>) -> Entry {
        let cost = |plan: &std::result::Result<crate::plan::Plan, _>| {
            plan.as_ref().ok().and_then(|plan| plan.root.total_cost)
        };
        let effect = match one.effect() {
            Effect::Changed => "changed",
            Effect::Repriced => "repriced",
            Effect::Same => "same",
            Effect::Unplanned => "unplanned",
        };
        let both = one.before.as_ref().ok().zip(one.after.as_ref().ok());
        let changes = both
            .filter(|_| one.effect() == Effect::Changed)
            .map(|(before, after)| plan_changes::plan_changes(before, after, ["before", "after"]));
        let failed = |side: &str, plan: &std::result::Result<_, crate::engine::DbError>| {
            plan.as_ref().err().map(|error| format!("{side}: {error}"))
        };
        let errors = [failed("before", &one.before), failed("after", &one.after)];
        let errors: Vec<String> = errors.into_iter().flatten().collect();
        Entry {
            query: one.query.id.clone(),
            effect,
            cost_before: cost(&one.before),
            cost_after: cost(&one.after),
            changes,
            error: (!errors.is_empty()).then(|| errors.join("; ")),
        }
    }

    fn is_worse(&self) -> bool {
        match (self.cost_before, self.cost_after) {
            (Some(before), Some(after)) => after > before * 1.1,
            (Some(_), None) => true,
            _ => false,
        }
    }

    fn text(&self, width: usize) -> String {
        let costs = match (self.cost_before, self.cost_after) {
            (Some(before), Some(after)) => {
                format!("cost {} → {}", format::count(before), format::count(after))
            }
            _ => "no plan".to_owned(),
        };
        let mut text = format!("{}: {costs}\n", self.query);
        if let Some(error) = &self.error {
            text.push_str(&format!("    {}\n", crate::printable::one_line(error)));
        }
        if let Some(changes) = &self.changes {
            let told = changes.text(width.saturating_sub(4));
            // The first lines and the last say which side was executed, which none was.
            for line in told.lines().filter(|line| !line.trim().is_empty()) {
                if !line.starts_with("Before ") && !line.starts_with("After ") {
                    text.push_str(&format!("    {line}\n"));
                }
            }
        }
        text
    }
}

//! `planwise whatif`: which plans would another schema, another setting or another version change?

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;

use super::Exit;
use super::assert::workload_for;
use super::migration_side::Shown;
use crate::cli::{
    Context, InputError, NothingYet, PageArgs, SnapshotArgs, Taken, replica_for, snapshot_notes,
};
use crate::ddl::Script;
use crate::engine::{self, DbError};
use crate::plan::Plan;
use crate::report::migration::{plans_page, plans_text};
use crate::report::{plan_changes, terminal::Format};
use crate::snapshot::{
    Effect, Replanned, Replica, WHAT_IF_FORMAT, WhatIfQuery, WhatIfReport, WhatIfSource, replanned,
};
use crate::workload::Workload;

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
    /// Exit with status 1 when a plan gets costlier by more than a tenth, or is lost
    #[arg(long, help_heading = "Output")]
    fail_on_worse: bool,
    #[command(flatten)]
    page: PageArgs,
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
    let settings = args.settings.iter().map(|(name, value)| format!("{name} = {value}"));
    let tried = change.iter().cloned().chain(settings).collect();
    let notes = notes(&taken, &before, &after, &workload);
    let report = report(&replanned, (&taken, &before, &after), tried, notes);
    let (page, format) = (plans_page(&report), args.page.format);
    let out = args.page.out.as_deref();
    let shown = Shown { document: &report, page: &page, name: "plans", out, format };
    shown.save()?;
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
        Format::Markdown => format!("~~~~\n{}~~~~\n", plans_text(&report, context.width.max(100))),
        Format::Text => plans_text(&report, context.width),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    let worse = report.queries.iter().any(WhatIfQuery::is_worse);
    Ok(if args.fail_on_worse && worse { Exit::Found } else { Exit::Fine })
}

fn change(args: &Args, engine: &str) -> Result<Vec<String>> {
    let Some(file) = &args.ddl else { return Ok(Vec::new()) };
    let engine = engine::by_name(engine);
    let dialect = engine.ok_or_else(|| InputError::new("an engine that is not known"))?.dialect();
    let script = Script::read(file, dialect)?;
    Ok(script.statements.into_iter().map(|statement| statement.text).collect())
}

fn notes(taken: &Taken, before: &Replica, after: &Replica, workload: &Workload) -> Vec<String> {
    let mut notes = snapshot_notes(&taken.snapshot, &taken.drift, before, workload);
    let others = snapshot_notes(&taken.snapshot, &[], after, workload);
    notes.extend(others.into_iter().filter(|note| !notes.contains(note)).collect::<Vec<_>>());
    notes
}

fn report(
    replanned: &[Replanned<'_>],
    (taken, before, after): (&Taken, &Replica, &Replica),
    tried: Vec<String>,
    notes: Vec<String>,
) -> WhatIfReport {
    let state = &taken.snapshot.state;
    let by = [before, after].map(|replica| replica.sandbox.installation());
    WhatIfReport {
        format: WHAT_IF_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        written: Timestamp::now(),
        source: WhatIfSource {
            engine: state.engine.clone(),
            version: state.version.clone(),
            version_number: state.version_number,
        },
        snapshot_taken: taken.snapshot.taken,
        planned_by: by.map(|found| found.version.clone()),
        version_numbers: by.map(|found| found.version_number),
        tried,
        queries: replanned.iter().map(entry).collect(),
        notes,
    }
}

fn entry(one: &Replanned<'_>) -> WhatIfQuery {
    let cost =
        |plan: &std::result::Result<Plan, _>| plan.as_ref().ok().and_then(|p| p.root.total_cost);
    let effect = one.effect();
    let both = one.before.as_ref().ok().zip(one.after.as_ref().ok());
    let changes = both
        .filter(|_| effect == Effect::Changed)
        .map(|(before, after)| plan_changes::plan_changes(before, after, ["before", "after"]));
    let failed = |side: &str, plan: &std::result::Result<_, DbError>| {
        plan.as_ref().err().map(|error| format!("{side}: {error}"))
    };
    let errors = [failed("before", &one.before), failed("after", &one.after)];
    let errors: Vec<String> = errors.into_iter().flatten().collect();
    WhatIfQuery {
        query: one.query.id.clone(),
        effect,
        cost_before: cost(&one.before),
        cost_after: cost(&one.after),
        changes,
        error: (!errors.is_empty()).then(|| errors.join("; ")),
    }
}

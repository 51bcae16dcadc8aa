//! `planwise assert`: are the plans as expected, and by how much?

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Exit;
use crate::cli::{
    Context, FileError, InputError, NothingYet, SnapshotArgs, Taken, replica_for, snapshot_notes,
};
use crate::engine;
use crate::plan::plan_shape;
use crate::progress::say;
use crate::report::assertions as forms;
use crate::run::planned_sets;
use crate::snapshot::assertion::{
    ASSERTIONS_FORMAT, Asserted, AssertionSource, Assertions, Expectation, Names, Recorded,
    RecordedQuery, Standing, What, assess, read,
};
use crate::snapshot::{Job, Planners, Replica, Snapshot, SnapshotError};
use crate::workload::{self, Workload};

/// Hold plans against what is expected of them, on statistics that stand still
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A .sql file with `-- expect:` comments before its queries, or any workload with recorded plans
    workload: PathBuf,
    #[command(flatten)]
    statistics: SnapshotArgs,
    /// Record the plans as they are now, in a file beside the workload (its name with .plans behind it): they are expected
    /// from then on
    #[arg(long)]
    record: bool,
    /// What to print on standard output: text, json, junit, tap, sarif or github
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_enum,
        hide_possible_values = true,
        help_heading = "Output"
    )]
    format: Form,
    /// Fail on near ties as well
    #[arg(long, help_heading = "Output")]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Text,
    Json,
    Junit,
    Tap,
    Sarif,
    Github,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let mut taken = args.statistics.take(context).await?;
    let workload = workload_for(&args.workload, &mut taken.snapshot, context)?;
    let snapshot = &taken.snapshot;
    let mut asserted = expectations(&workload)?;
    if args.record {
        let replica = replica_for(&args.statistics, snapshot, context).await?;
        return record(&args, &workload, &replica).await;
    }
    add_recorded(&args.workload, &mut asserted)?;
    let without = asserted.iter().filter(|one| one.expectations.is_empty()).count();
    asserted.retain(|one| !one.expectations.is_empty());
    if asserted.is_empty() {
        let message = format!(
            "{} expects nothing: write `-- expect: index(NAME) | no seq scan on TABLE` before a query, or record its \
             plans with --record",
            args.workload.display()
        );
        return Err(InputError::new(message).into());
    }
    refuse_unknown(&asserted, snapshot, &args.workload)?;
    let mut replica = replica_for(&args.statistics, snapshot, context).await?;
    let assessed = tokio::select! {
        biased;
        () = context.interrupt.wait() => Err(NothingYet.into()),
        assessed = assess(&mut replica, snapshot, &asserted, context.progress) => assessed,
    };
    let outcome = Assertions {
        format: ASSERTIONS_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        workload: workload.name.clone(),
        source: source(&taken, &replica),
        assertions: assessed?,
        without,
        notes: notes(&taken, &replica, &workload, &asserted),
    };
    print(&outcome, args.format, context)?;
    Ok(exit(&outcome, args.strict))
}

/// The queries, and the snapshot with the values that they name.
///
/// # Errors
/// The engine of the snapshot is not known, or the file cannot be read.
pub fn workload_for(path: &Path, snapshot: &mut Snapshot, context: &Context) -> Result<Workload> {
    let name = &snapshot.state.engine.clone();
    let unsupported = || SnapshotError::Unsupported { engine: name.clone() };
    let engine = engine::by_name(name).ok_or_else(unsupported)?;
    let workload = context.interrupt.may_cut_off(|| workload::read(path, engine.dialect()))?;
    snapshot.recognise(&workload)?;
    Ok(workload)
}

fn expectations(workload: &Workload) -> Result<Vec<Asserted<'_>>> {
    let of = |query| -> Result<Asserted<'_>> {
        let query: &workload::Query = query;
        let expectations = read(&query.expects).map_err(|(line, message)| {
            InputError::new(format!("{}:{line}: {message}", query.file.display()))
        })?;
        Ok(Asserted { query, expectations, params: planned_sets(query) })
    };
    workload.queries.iter().map(of).collect()
}

fn recorded(workload: &Path) -> Result<Option<Recorded>> {
    Ok(Recorded::read(&Recorded::place(workload)).map_err(InputError::new)?)
}

fn add_recorded(workload: &Path, asserted: &mut [Asserted<'_>]) -> Result<()> {
    let Some(recorded) = recorded(workload)? else { return Ok(()) };
    for one in asserted {
        if let Some(known) = recorded.queries.get(&one.query.id) {
            let what = What::SamePlan(known.plans.clone());
            one.expectations.push(Expectation { what, negated: false, line: 0 });
        }
    }
    Ok(())
}

/// A name that nothing bears would fail, or hold, for want of a letter.
fn refuse_unknown(asserted: &[Asserted<'_>], snapshot: &Snapshot, workload: &Path) -> Result<()> {
    let names = Names::of(&snapshot.state, None);
    for one in asserted {
        for expectation in &one.expectations {
            if let Some(name) = names.unknown(expectation) {
                let message = format!(
                    "{}:{}: the snapshot has nothing called {name}; if it is new, take the snapshot anew",
                    workload.display(),
                    expectation.line
                );
                return Err(InputError::new(message).into());
            }
        }
    }
    Ok(())
}

async fn record(args: &Args, workload: &Workload, replica: &Replica) -> Result<Exit> {
    let mut planners = Planners::open(replica, &[]).await?;
    let mut recorded = Recorded::new();
    let mut failed = 0;
    for query in &workload.queries {
        let sets = planned_sets(query);
        let jobs: Vec<Job<'_>> = sets.iter().map(|params| Job { query, params }).collect();
        let mut plans = Vec::new();
        for planned in planners.plan(&jobs).await {
            match planned {
                Ok(plan) => plans.push(plan),
                Err(error) => say(&format!("note: {}: there is no plan: {error}", query.id)),
            }
        }
        let Some(first) = plans.first().filter(|_| plans.len() == sets.len()) else {
            failed += 1;
            continue;
        };
        let (cost, rows) = (first.root.total_cost, first.root.plan_rows);
        let mut shapes: Vec<String> = Vec::new();
        for shape in plans.iter().map(plan_shape) {
            if !shapes.contains(&shape) {
                shapes.push(shape);
            }
        }
        let entry =
            RecordedQuery { cost: cost.unwrap_or(0.0), rows: rows.unwrap_or(0.0), plans: shapes };
        recorded.queries.insert(query.id.clone(), entry);
    }
    let place = Recorded::place(&args.workload);
    recorded.write(&place).map_err(|cause| FileError {
        message: format!("{}: cannot write there", place.display()),
        cause,
    })?;
    let count = recorded.queries.len();
    say(&format!("{}: the plans of {count} queries, {failed} without", place.display()));
    Ok(if failed > 0 { Exit::Inconclusive } else { Exit::Fine })
}

fn source(taken: &Taken, replica: &Replica) -> AssertionSource {
    let state = &taken.snapshot.state;
    AssertionSource {
        database: state.database.name.clone(),
        version: state.version.clone(),
        planned_by: replica.sandbox.installation().version.clone(),
        taken: taken.snapshot.taken,
    }
}

/// Words by which a query asks what time it is.
const CLOCK: [&str; 6] = [
    "now(",
    "current_date",
    "current_timestamp",
    "localtimestamp",
    "clock_timestamp(",
    "current_time",
];

fn notes(
    taken: &Taken,
    replica: &Replica,
    workload: &Workload,
    asserted: &[Asserted<'_>],
) -> Vec<String> {
    let mut notes = snapshot_notes(&taken.snapshot, &taken.drift, replica, workload);
    let asks = asserted.iter().filter(|one| {
        let sql = one.query.sql.to_lowercase();
        CLOCK.iter().any(|word| sql.contains(word))
    });
    let asks: Vec<&str> = asks.map(|one| one.query.id.as_str()).collect();
    if !asks.is_empty() {
        notes.push(format!(
            "{} compare with the clock, which goes on while the statistics stand still",
            asks.join(", ")
        ));
    }
    notes
}

fn print(outcome: &Assertions, form: Form, context: &Context) -> Result<()> {
    let text = match form {
        Form::Text => forms::text(outcome, context.width, context.quiet),
        Form::Json => serde_json::to_string_pretty(outcome)? + "\n",
        Form::Junit => forms::junit(outcome)?,
        Form::Tap => forms::tap(outcome),
        Form::Sarif => forms::sarif(outcome)?,
        Form::Github => forms::github(outcome),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn exit(outcome: &Assertions, strict: bool) -> Exit {
    let narrow =
        outcome.count(Standing::HoldsNarrowly) + outcome.count(Standing::FailsNarrowly) > 0;
    if outcome.count(Standing::Fails) > 0 || (strict && narrow) {
        return Exit::Found;
    }
    match outcome.count(Standing::Unplanned) {
        0 => Exit::Fine,
        _ => Exit::Inconclusive,
    }
}

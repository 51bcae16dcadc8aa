//! Where the surroundings of two sides differ: read before any verdict.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Level;
use crate::engine::{Setting, Table};
use crate::run::{Environment, Run};

/// Rows or bytes of a table that differ by less are the work of sampling and of free space.
const DATA_TOLERANCE: f64 = 0.02;

/// Tables smaller than this are never said to differ in bytes.
const SMALL_TABLE: u64 = 1 << 20;

/// Load for each core beside planwise's own work at which a machine counts as busy.
const BUSY: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    Workload,
    Server,
    Setting,
    Data,
    Schema,
    Cache,
    Machine,
    Load,
    Measuring,
}

/// One thing that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    pub topic: Topic,
    pub level: Level,
    /// What differs: a setting's name, a table, `version`.
    pub what: String,
    pub before: String,
    pub after: String,
}

impl Difference {
    fn new(topic: Topic, level: Level, what: &str, before: String, after: String) -> Self {
        Difference { topic, level, what: what.to_owned(), before, after }
    }
}

/// Everything that differs between the records of two sides, gravest first, then by topic.
pub fn differences(before: &Run, after: &Run) -> Vec<Difference> {
    let mut found: Vec<Difference> = workload(before, after).into_iter().collect();
    found.extend(server(before, after));
    found.extend(settings(&before.settings, &after.settings));
    found.extend(data(before, after));
    found.extend(schema(before, after));
    found.extend(cache(before, after));
    found.extend(machine(&before.environment, &after.environment));
    found.extend(load(&before.environment, &after.environment));
    found.extend(measuring(before, after));
    found.sort_by_key(|difference| std::cmp::Reverse(difference.level));
    found
}

/// The tables that hold visibly different data on the two sides, as `schema.table`.
pub fn tables_that_differ(before: &Run, after: &Run) -> Vec<String> {
    data(before, after).into_iter().map(|difference| difference.what).collect()
}

fn when<T: PartialEq + ToString>(
    topic: Topic,
    level: Level,
    what: &str,
    before: &T,
    after: &T,
) -> Option<Difference> {
    (before != after)
        .then(|| Difference::new(topic, level, what, before.to_string(), after.to_string()))
}

fn workload(before: &Run, after: &Run) -> Option<Difference> {
    let short = |digest: &str| digest.chars().take(12).collect::<String>();
    let (a, b) = (short(&before.workload.digest), short(&after.workload.digest));
    when(Topic::Workload, Level::Warning, "files of the workload", &a, &b)
}

fn server(before: &Run, after: &Run) -> Vec<Difference> {
    let (a, b) = (&before.server, &after.server);
    let flag = |replica: bool| if replica { "replica" } else { "primary" }.to_owned();
    [
        when(Topic::Server, Level::Warning, "engine", &a.engine, &b.engine),
        when(Topic::Server, Level::Warning, "version", &a.version, &b.version),
        when(Topic::Server, Level::Info, "address", &a.address, &b.address),
        when(Topic::Server, Level::Info, "database", &a.database, &b.database),
        when(Topic::Server, Level::Warning, "role", &flag(a.replica), &flag(b.replica)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn settings(before: &[Setting], after: &[Setting]) -> Vec<Difference> {
    let values: HashMap<&str, &Setting> = after.iter().map(|s| (s.name.as_str(), s)).collect();
    let changed = before.iter().filter_map(|a| {
        let b = values.get(a.name.as_str())?;
        let relevant = a.value != b.value && !is_identity(&a.name);
        relevant.then(|| {
            let (before, after) = (a.value.clone(), b.value.clone());
            Difference::new(Topic::Setting, Level::Warning, &a.name, before, after)
        })
    });
    changed.collect()
}

/// Says which server it is, not how it works: paths, ports, names of files.
fn is_identity(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &["_directory", "_directories", "_file", "_dir", "port", "_socket", "socket", "_name"];
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn data(before: &Run, after: &Run) -> Vec<Difference> {
    let tables: HashMap<_, &Table> =
        after.catalog.tables.iter().map(|t| ((t.schema.as_str(), t.name.as_str()), t)).collect();
    let both = before.catalog.tables.iter().filter_map(|a| {
        let b = tables.get(&(a.schema.as_str(), a.name.as_str()))?;
        Some((a, *b))
    });
    let changed = both.filter(|(a, b)| holds_other_data(a, b));
    let shown = |t: &Table| format!("about {:.0} rows, {} kB", t.rows.max(0.0), t.bytes / 1024);
    changed
        .map(|(a, b)| {
            let what = format!("{}.{}", a.schema, a.name);
            Difference::new(Topic::Data, Level::Warning, &what, shown(a), shown(b))
        })
        .collect()
}

fn holds_other_data(a: &Table, b: &Table) -> bool {
    let apart = |x: f64, y: f64| (x - y).abs() > DATA_TOLERANCE * x.max(y);
    let known = a.rows > 0.0 && b.rows > 0.0;
    let large = a.bytes.max(b.bytes) > SMALL_TABLE;
    (known && apart(a.rows, b.rows) && (a.rows - b.rows).abs() > 1.0)
        || (large && apart(a.bytes as f64, b.bytes as f64))
}

/// Tables and indexes that only one side has.
fn schema(before: &Run, after: &Run) -> Vec<Difference> {
    let (a, b) = (objects(before), objects(after));
    let present = || "present".to_owned();
    let absent = || "absent".to_owned();
    let gone = a
        .iter()
        .filter(|name| !b.contains(*name))
        .map(|name| Difference::new(Topic::Schema, Level::Warning, name, present(), absent()));
    let new = b
        .iter()
        .filter(|name| !a.contains(*name))
        .map(|name| Difference::new(Topic::Schema, Level::Warning, name, absent(), present()));
    gone.chain(new).collect()
}

fn objects(run: &Run) -> indexmap::IndexSet<String> {
    let tables = run.catalog.tables.iter();
    tables
        .flat_map(|table| {
            let indexes =
                table.indexes.iter().map(|i| format!("index {}.{}", table.schema, i.name));
            std::iter::once(format!("{} {}.{}", table.kind, table.schema, table.name))
                .chain(indexes)
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Share of blocks found in the server's cache by the plans of the run.
fn cache(before: &Run, after: &Run) -> Option<Difference> {
    let (a, b) = (hit_share(before)?, hit_share(after)?);
    let shown = |share: f64| format!("{:.0} % of blocks found in it", share * 100.0);
    ((a - b).abs() > 0.05).then(|| {
        Difference::new(Topic::Cache, Level::Warning, "the server's cache", shown(a), shown(b))
    })
}

fn hit_share(run: &Run) -> Option<f64> {
    let plans = run.queries.iter().filter_map(|query| query.plans.first()?.plan.root.buffers);
    let (hit, read) = plans.fold((0.0, 0.0), |(hit, read), buffers| {
        (hit + buffers.shared_hit as f64, read + buffers.shared_read as f64)
    });
    (hit + read > 0.0).then(|| hit / (hit + read))
}

fn machine(a: &Environment, b: &Environment) -> Vec<Difference> {
    let size = |bytes: u64| format!("{:.1} GB", bytes as f64 / f64::from(1 << 30));
    let close = a.memory_bytes.abs_diff(b.memory_bytes) < a.memory_bytes / 20;
    let memory = (!close).then(|| {
        let (before, after) = (size(a.memory_bytes), size(b.memory_bytes));
        Difference::new(Topic::Machine, Level::Warning, "memory", before, after)
    });
    [
        when(Topic::Machine, Level::Warning, "processor", &a.cpu, &b.cpu),
        when(Topic::Machine, Level::Warning, "cores", &a.cores, &b.cores),
        when(Topic::Machine, Level::Info, "operating system", &a.os, &b.os),
        memory,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A machine that was busy on either side, whether or not they differ in it.
fn load(a: &Environment, b: &Environment) -> Option<Difference> {
    let shown = |e: &Environment| {
        let busy = if is_busy(e) { "busy: " } else { "" };
        let (load, cores) = (e.load_before.max(e.load_after), e.cores);
        format!("{busy}load {load:.1} on {cores} cores")
    };
    (is_busy(a) || is_busy(b)).then(|| {
        Difference::new(Topic::Load, Level::Warning, "load of the machine", shown(a), shown(b))
    })
}

/// Before it began, the machine had other things to do; or it had more than planwise and one server
/// process at a time can account for.
pub fn is_busy(environment: &Environment) -> bool {
    let cores = environment.cores.max(1) as f64;
    environment.load_before > BUSY * cores || environment.load_after > 1.5 + BUSY * cores
}

fn measuring(before: &Run, after: &Run) -> Vec<Difference> {
    let (a, b) = (&before.options, &after.options);
    [
        when(Topic::Measuring, Level::Warning, "clients", &a.clients, &b.clients),
        when(
            Topic::Measuring,
            Level::Warning,
            "warm-up rounds",
            &a.warmup_rounds,
            &b.warmup_rounds,
        ),
        when(Topic::Measuring, Level::Info, "planwise", &before.planwise, &after.planwise),
    ]
    .into_iter()
    .flatten()
    .collect()
}

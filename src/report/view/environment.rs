//! Where it was measured, and what a reader must know before trusting it.

use serde::Serialize;

use crate::engine::{Access, Setting};
use crate::report::format;
use crate::run::Run;

#[derive(Debug, Clone, Serialize)]
pub struct EnvironmentView {
    pub facts: Vec<(&'static str, String)>,
    /// Settings that differ from their default come first; the others are folded.
    pub changed_settings: Vec<SettingRow>,
    pub other_settings: Vec<SettingRow>,
}

#[derive(Debug, Clone, Serialize)]
pub struct SettingRow {
    pub name: String,
    pub value: String,
    pub default: String,
    pub source: String,
}

impl EnvironmentView {
    pub fn of(run: &Run) -> Self {
        let (changed_settings, other_settings) =
            run.settings.iter().map(setting).partition(|s: &SettingRow| s.value != s.default);
        let facts = [server_facts(run), machine_facts(run), method_facts(run)].concat();
        EnvironmentView { facts, changed_settings, other_settings }
    }
}

fn setting(setting: &Setting) -> SettingRow {
    SettingRow {
        name: setting.name.clone(),
        value: setting.value.clone(),
        default: setting.default.clone().unwrap_or_default(),
        source: setting.source.clone(),
    }
}

fn server_facts(run: &Run) -> Vec<(&'static str, String)> {
    let server = &run.server;
    let size = server.database_bytes.map(|b| format!(", {}", format::bytes(b as f64)));
    let role = if server.replica { ", a replica" } else { "" };
    let encrypted = if server.encrypted { "encrypted" } else { "not encrypted" };
    vec![
        ("Server", format!("{} {}{role}", server.engine, server.version)),
        ("Database", format!("{}{}", server.database, size.unwrap_or_default())),
        ("Connection", format!("{} as {}, {encrypted}", server.address, server.user)),
    ]
}

fn machine_facts(run: &Run) -> Vec<(&'static str, String)> {
    let machine = &run.environment;
    let whose = if machine.server_is_local { "same as the server's" } else { "the client's" };
    vec![
        (
            "Machine",
            format!(
                "{}, {} cores, {} of memory ({whose})",
                machine.cpu,
                machine.cores,
                format::bytes(machine.memory_bytes as f64)
            ),
        ),
        ("System", machine.os.clone()),
        ("Load", format!("{:.2} before, {:.2} after", machine.load_before, machine.load_after)),
    ]
}

fn method_facts(run: &Run) -> Vec<(&'static str, String)> {
    let options = &run.options;
    let length = match (options.rounds, options.duration_s) {
        (Some(rounds), _) => format::counted(rounds as usize, "round", "rounds"),
        (None, Some(seconds)) => format::millis(seconds * 1000.0),
        (None, None) => "length unknown".to_owned(),
    };
    let seconds = run.finished.duration_since(run.started).as_secs_f64();
    vec![
        ("Workload", format!("{} ({})", run.workload.name, run.workload.source)),
        (
            "Replay",
            format!(
                "{length} after {}, {}, {}, statement timeout {}",
                format::counted(options.warmup_rounds as usize, "warm-up round", "warm-up rounds"),
                format::counted(options.clients as usize, "client", "clients"),
                access(options.access),
                format::millis(options.statement_timeout_ms)
            ),
        ),
        (
            "When",
            format!(
                "{}, took {}",
                run.started.strftime("%Y-%m-%d %H:%M:%S UTC"),
                format::millis(seconds * 1000.0)
            ),
        ),
        ("planwise", run.planwise.clone()),
    ]
}

fn access(access: Access) -> &'static str {
    match access {
        Access::ReadOnly => "read-only",
        Access::Rollback => "writes rolled back",
        Access::Commit => "writes kept",
    }
}

/// Sentences about how far the numbers can be trusted.
pub fn warnings(run: &Run) -> Vec<String> {
    let mut warnings = Vec::new();
    if run.interrupted {
        warnings
            .push("The run was interrupted: only what was measured until then is shown.".into());
    }
    warnings.extend(run.lost.iter().map(|error| format!("The server went away: {error}")));
    let machine = &run.environment;
    let cores = machine.cores.max(1) as f64;
    let timed = run.queries.iter().any(|query| query.latency.is_some());
    if timed && machine.load_before > cores {
        warnings.push(format!(
            "The machine was busy before the run began (load {:.1} on {} cores): times are longer \
             and less steady than they would be at rest.",
            machine.load_before, machine.cores
        ));
    }
    warnings.extend(run.notes.iter().cloned());
    warnings
}

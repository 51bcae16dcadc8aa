//! One setting to change, with everything that somebody who has to answer for it asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::judge::{Held, Judge, thresholds};
use super::verdict::Threshold;
use super::{Remedy, Sight};
use crate::engine::{Setting, SettingGrammar, SettingMove, SettingScope};
use crate::rule::{EvaluationError, Severity};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// The check behind it.
    pub check: String,
    pub name: String,
    pub scope: SettingScope,
    /// The table, role or database, quoted; empty for the server.
    pub target: String,
    /// As the server shows it; empty where the table or role has none of its own.
    pub from: String,
    pub to: String,
    pub needs_restart: bool,
    /// It gives up a promise (durability): never among what a script runs.
    pub needs_consent: bool,
    pub severity: Severity,
    /// The counter that proves the need.
    pub evidence: String,
    /// Why that is a fault.
    pub reason: String,
    pub risk: String,
    pub thresholds: Vec<Threshold>,
    pub statements: Vec<String>,
    pub undo: Vec<String>,
    /// For the server's own file.
    pub line: String,
    /// For the parameter group of somebody who runs it for others: name and value.
    pub parameter: (String, String),
    /// What well-known formulas say for this machine.
    pub usual: Vec<Usual>,
    /// Bytes it may take in all, at the concurrency that was seen.
    #[serde(default)]
    pub memory_bytes: Option<f64>,
    /// A replay of the workload shows what it does.
    #[serde(default)]
    pub replayed: bool,
    /// What a trial on a copy measured, or why there was none.
    pub trial: String,
}

/// What a formula without evidence would have said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usual {
    pub whose: String,
    pub says: String,
}

/// A change that is asked for and not proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotTaken {
    pub check: String,
    pub name: String,
    pub to: String,
    pub because: String,
}

/// Where nobody replays a workload.
const NOT_TRIED: &str = "not tried: no workload was replayed; `planwise tune` tries it on a copy";

/// Of settings for durability, logging, connections and upkeep.
pub const NOT_SHOWN_BY_REPLAY: &str = "a replay of the workload cannot show what it does";

/// The change that `held` asks for. `None` where it would change nothing.
///
/// # Errors
/// A fact is missing, or the check is wrong.
pub fn proposal(
    judge: &Judge<'_>,
    held: &Held<'_>,
    remedy: &Remedy,
    sight: &Sight,
    grammar: &dyn SettingGrammar,
) -> Result<Option<Proposal>, EvaluationError> {
    let check = held.check;
    let text = |part: &str| judge.part(check, part, &held.facts, true);
    let to = text("to")?;
    let target = match (&remedy.target, remedy.scope) {
        (Some(_), _) => text("target")?,
        (None, _) => String::new(),
    };
    let now = sight.setting(&remedy.name);
    // A setting that this version does not have.
    if now.is_none() && remedy.scope != SettingScope::Table {
        return Ok(None);
    }
    let from = match remedy.scope {
        SettingScope::Table => String::new(),
        _ => now.map(|setting| setting.value.clone()).unwrap_or_default(),
    };
    if same(&from, &to) {
        return Ok(None);
    }
    let usual = remedy.usual.keys().filter_map(|whose| {
        let says = text(&format!("usual {whose}")).ok()?;
        Some(Usual { whose: whose.clone(), says })
    });
    let memory = remedy.memory.as_ref().map(|_| text("memory")).transpose()?;
    let change =
        SettingMove { name: &remedy.name, to: &to, now, scope: remedy.scope, target: &target };
    Ok(Some(Proposal {
        check: check.id.clone(),
        name: remedy.name.clone(),
        scope: remedy.scope,
        statements: grammar.change(&change),
        undo: grammar.undo(&change),
        line: grammar.line(&change),
        parameter: grammar.parameter(&change),
        needs_restart: needs_restart(remedy.scope, now),
        needs_consent: remedy.needs_consent,
        severity: held.place.severity,
        evidence: held.place.message.clone(),
        reason: check.why.trim().to_owned(),
        risk: remedy.risk.clone(),
        thresholds: thresholds(check),
        usual: usual.collect(),
        memory_bytes: memory.and_then(|text| text.parse().ok()),
        replayed: remedy.replayed,
        trial: match remedy.replayed {
            true => NOT_TRIED.to_owned(),
            false => format!("not tried: {NOT_SHOWN_BY_REPLAY}"),
        },
        target,
        from,
        to,
    }))
}

fn needs_restart(scope: SettingScope, now: Option<&Setting>) -> bool {
    scope == SettingScope::Server && now.is_some_and(|setting| setting.needs_restart)
}

fn same(from: &str, to: &str) -> bool {
    let bare = |text: &str| text.replace(' ', "").to_lowercase();
    let number = |text: &str| text.trim().parse::<f64>().ok();
    bare(from) == bare(to) || (number(from).is_some() && number(from) == number(to))
}

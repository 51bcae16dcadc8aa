//! One consistent set: each setting moved once, and memory that adds up to what the machine has.

use std::collections::BTreeMap;

use super::{NotTaken, Proposal, Sight};
use crate::engine::{SettingGrammar, SettingScope};

/// Share of the memory that settings may promise together: the rest is the system's, and its cache of files.
const PROMISED: f64 = 0.9;

/// Of several moves of one setting the gravest stands; what the platform refuses, and what the memory does not hold, goes.
pub fn consistent(
    proposals: Vec<Proposal>,
    sight: &Sight,
    grammar: &dyn SettingGrammar,
) -> (Vec<Proposal>, Vec<NotTaken>) {
    let mut not_taken = Vec::new();
    let mut kept: BTreeMap<(String, SettingKey), Proposal> = BTreeMap::new();
    for proposal in proposals {
        if let Some(because) = grammar.refused(sight.host.platform, &proposal.name) {
            not_taken.push(refusal(proposal, because));
            continue;
        }
        if is_on_command_line(&proposal, sight) {
            not_taken.push(refusal(proposal, ON_COMMAND_LINE));
            continue;
        }
        let key = (proposal.name.clone(), key(&proposal));
        let stronger = match kept.remove(&key) {
            Some(other) if other.severity >= proposal.severity => {
                not_taken.push(refusal(proposal, &yields(&other)));
                other
            }
            Some(other) => {
                let because = yields(&proposal);
                not_taken.push(refusal(other, &because));
                proposal
            }
            None => proposal,
        };
        kept.insert(key, stronger);
    }
    let mut kept: Vec<Proposal> = kept.into_values().collect();
    kept.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.name.cmp(&b.name)));
    within_memory(&mut kept, &mut not_taken, sight);
    (kept, not_taken)
}

const ON_COMMAND_LINE: &str =
    "it stands on the server's command line, which no statement overrides: change it there";

fn is_on_command_line(proposal: &Proposal, sight: &Sight) -> bool {
    let server = matches!(proposal.scope, SettingScope::Server);
    let given = |source: &str| source.replace(['-', '_'], " ") == "command line";
    server && sight.setting(&proposal.name).is_some_and(|now| given(&now.source))
}

/// The table whose own setting it is; empty for what concerns every session.
type SettingKey = String;

/// A database's or a role's setting is the server's for whoever asks.
fn key(proposal: &Proposal) -> SettingKey {
    match proposal.scope {
        SettingScope::Table => proposal.target.clone(),
        SettingScope::Server | SettingScope::Database | SettingScope::Role => String::new(),
    }
}

fn yields(other: &Proposal) -> String {
    format!("{} moves the same setting to {}, on stronger grounds", other.check, other.to)
}

fn refusal(proposal: Proposal, because: &str) -> NotTaken {
    let Proposal { check, name, to, .. } = proposal;
    NotTaken { check, name, to, because: because.to_owned() }
}

/// Promises are taken back from the least grave on until they fit.
fn within_memory(kept: &mut Vec<Proposal>, not_taken: &mut Vec<NotTaken>, sight: &Sight) {
    let Some(memory) = sight.host.memory_bytes.map(|bytes| bytes as f64 * PROMISED) else { return };
    loop {
        let promised: f64 = kept.iter().filter_map(|proposal| proposal.memory_bytes).sum();
        if promised <= memory {
            return;
        }
        let weakest =
            |proposal: &Proposal| (proposal.severity, -proposal.memory_bytes.unwrap_or(0.0) as i64);
        let spenders =
            (0..kept.len()).filter(|i| kept[*i].memory_bytes.is_some_and(|bytes| bytes > 0.0));
        let Some(least) = spenders.min_by_key(|i| weakest(&kept[*i])) else { return };
        let because = format!(
            "with the other changes it would promise {:.1} GB of {:.1} GB",
            promised / GB,
            memory / PROMISED / GB
        );
        not_taken.push(refusal(kept.remove(least), &because));
    }
}

const GB: f64 = 1_073_741_824.0;

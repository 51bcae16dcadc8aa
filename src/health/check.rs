//! One thing that may be wrong with a server, as its file states it.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::engine::SettingScope;
use crate::rule::Param;

/// A file of checks: what they share stands once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Engines its checks hold for, unless they say otherwise; every one when empty.
    #[serde(default)]
    pub engines: Vec<String>,
    pub check: Vec<Check>,
}

/// A condition over facts, and what to say and do where it holds. Texts are templates, conditions expressions.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    /// One line: what ails.
    pub summary: String,
    #[serde(default)]
    pub engines: Vec<String>,
    /// Versions, both ends included: `[major, minor]`.
    pub min: Option<[u32; 2]>,
    pub max: Option<[u32; 2]>,
    /// The look whose rows it goes through; without one it holds or not for the server as a whole.
    pub of: Option<String>,
    pub when: String,
    /// A severity, or an expression that yields one. `info` is good to know and no ailment.
    pub severity: String,
    /// It is about the schema, the data or the workload, and so holds on a throwaway server that they were loaded into.
    #[serde(default)]
    pub throwaway: bool,
    /// What it is about: a table, a session.
    pub subject: Option<String>,
    pub message: String,
    pub why: String,
    /// Statements that help, to be run after reading them.
    #[serde(default)]
    pub helps: Vec<String>,
    /// What else it may do.
    pub caution: Option<String>,
    #[serde(default)]
    pub params: IndexMap<String, Param>,
    /// The change of a setting that is proposed.
    pub setting: Option<Remedy>,
    /// Facts under which it speaks, and under which it must not.
    #[serde(default)]
    pub fires: Vec<toml::Value>,
    #[serde(default)]
    pub silent: Vec<toml::Value>,
}

/// A change of one setting.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remedy {
    pub name: String,
    /// The new value as the server spells it. Template.
    pub to: String,
    #[serde(default)]
    pub scope: SettingScope,
    /// The table or role, quoted, for scopes other than the server. Template.
    pub target: Option<String>,
    /// Bytes it may take in all at the concurrency that was seen. Expression.
    pub memory: Option<String>,
    /// What can go wrong with it.
    pub risk: String,
    /// It gives up durability, or another promise: shown, and never among what a script runs.
    #[serde(default)]
    pub needs_consent: bool,
    /// A replay of the workload shows what it does.
    #[serde(default)]
    pub replayed: bool,
    /// What well-known formulas say, by whose they are. Templates.
    #[serde(default)]
    pub usual: IndexMap<String, String>,
}

impl Check {
    pub fn holds_for(&self, engine: &str, version: [u32; 2]) -> bool {
        (self.engines.is_empty() || self.engines.iter().any(|name| name == engine))
            && self.min.is_none_or(|min| min <= version)
            && self.max.is_none_or(|max| version <= max)
    }

    /// Its evaluated parts: name, source, and whether it is an expression.
    pub fn parts(&self) -> Vec<(String, &str, bool)> {
        let mut parts = vec![
            ("when".to_owned(), self.when.as_str(), true),
            ("message".to_owned(), self.message.as_str(), false),
        ];
        let optional = [
            ("severity", self.computed_severity(), true),
            ("subject", self.subject.as_deref(), false),
            ("caution", self.caution.as_deref(), false),
        ];
        parts.extend(optional.into_iter().filter_map(named));
        if let Some(setting) = &self.setting {
            let own = [
                ("to", Some(setting.to.as_str()), false),
                ("target", setting.target.as_deref(), false),
                ("memory", setting.memory.as_deref(), true),
            ];
            parts.extend(own.into_iter().filter_map(named));
            let usual = setting.usual.iter();
            parts.extend(
                usual.map(|(whose, text)| (format!("usual {whose}"), text.as_str(), false)),
            );
        }
        let helps = self.helps.iter().enumerate();
        parts.extend(helps.map(|(index, text)| (format!("helps {index}"), text.as_str(), false)));
        parts
    }

    /// The expression, where the severity is no fixed word.
    pub fn computed_severity(&self) -> Option<&str> {
        crate::rule::severity_of(&self.severity).is_none().then_some(self.severity.as_str())
    }
}

type Part<'c> = (&'static str, Option<&'c str>, bool);

fn named<'c>((name, text, expression): Part<'c>) -> Option<(String, &'c str, bool)> {
    Some((name.to_owned(), text?, expression))
}

//! Server settings and activity counters, in neutral form.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setting {
    pub name: String,
    /// As the server shows it: `4MB`.
    pub value: String,
    /// The value in base units where it is a number: bytes, milliseconds, or plain.
    pub number: Option<f64>,
    /// `bytes`, `ms`, or nothing.
    pub unit: Option<String>,
    /// The built-in default, as the server shows it.
    pub default: Option<String>,
    /// Where the value comes from, in the server's words: `default`, `configuration file`.
    pub source: String,
    /// Changing it needs a restart of the server.
    pub needs_restart: bool,
}

/// What a copy of a server has to be set to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CarriedSettings {
    /// Names and values.
    pub settings: Vec<(String, String)>,
    /// What could not be carried over, as sentences without their full stops.
    pub differing: Vec<String>,
}

/// Activity counters since the server (or its statistics) started, by name. Rules look at the
/// difference between two readings. Names are documented by the engine that fills them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Counters(pub BTreeMap<String, f64>);

impl Counters {
    /// `self - earlier` for every counter present in both; a counter that went backwards
    /// (statistics were reset in between) is left out.
    pub fn since(&self, earlier: &Counters) -> Counters {
        let grown = self.0.iter().filter_map(|(name, now)| {
            let before = earlier.0.get(name)?;
            (now >= before).then(|| (name.clone(), now - before))
        });
        Counters(grown.collect())
    }

    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }
}

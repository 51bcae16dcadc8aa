//! Rules: facts in code, judgement in data (`rules/*.toml`).

mod finding;

pub use finding::{Action, ActionKind, Finding, Gain, GainClass, SettingChange, Severity};

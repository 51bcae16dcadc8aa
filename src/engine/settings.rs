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

/// What stands where a setting's value is not recorded.
pub const NOT_RECORDED: &str = "(not recorded)";

/// Parts of names of settings that hold passwords, or commands and addresses that may contain them.
const SECRETIVE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "conninfo",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "encryption_key",
    "jwt",
    "dsn",
];

/// Ends of such names.
const SECRETIVE_ENDS: &[&str] = &[
    "_command",
    "_key",
    "_pwd",
    "_auth",
    "_url",
    "_uri",
    ".key",
    "getkey_script",
    "wsrep_provider_options",
];

/// `value` as it may be written down for a setting of this name: passwords, and what may hold one, are left out.
pub fn recordable<'v>(name: &str, value: &'v str) -> &'v str {
    let name = name.to_lowercase();
    let by_name = SECRETIVE.iter().any(|part| name.contains(part))
        || SECRETIVE_ENDS.iter().any(|end| name.ends_with(end));
    match is_text(value) && (by_name || holds_password(value)) {
        true => NOT_RECORDED,
        false => value,
    }
}

impl Setting {
    /// The setting as it may be recorded: a value that is, or may hold, a password is left out. Numbers and switches
    /// are none.
    pub fn without_secret(mut self) -> Setting {
        let shown = |value: &String| recordable(&self.name, value).to_owned();
        let (value, default) = (shown(&self.value), self.default.as_ref().map(shown));
        (self.value, self.default) = (value, default);
        self
    }
}

/// Neither empty nor a number with its unit nor a switch.
fn is_text(value: &str) -> bool {
    let number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-') && value.len() < 16;
    let switch = ["", "on", "off", "true", "false", "yes", "no", "(disabled)"];
    !number && !switch.contains(&value.to_lowercase().as_str())
}

/// `password=…`, or an address with `user:password@`.
fn holds_password(value: &str) -> bool {
    let lower = value.to_lowercase();
    let address = lower.split_once("://").and_then(|(_, rest)| rest.split('/').next());
    let user = address.and_then(|address| address.rsplit_once('@')).map(|(user, _)| user);
    lower.contains("password=")
        || lower.contains("pwd=")
        || user.is_some_and(|user| user.contains(':'))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(name: &str, value: &str) -> String {
        let setting = Setting {
            name: name.to_owned(),
            value: value.to_owned(),
            number: None,
            unit: None,
            default: Some(String::new()),
            source: "configuration file".to_owned(),
            needs_restart: false,
        };
        setting.without_secret().value
    }

    #[test]
    fn passwords_are_not_recorded() {
        for (name, value) in [
            ("primary_conninfo", "host=h user=u password=x"),
            ("restore_command", "curl -u u:x https://h/%f > %p"),
            ("archive_command", "PASS=x push %p"),
            ("archive_cleanup_command", "a"),
            ("recovery_end_command", "a"),
            ("ssl_passphrase_command", "echo x"),
            ("app.jwt_secret", "x"),
            ("app.settings.api_key", "x"),
            ("my.token", "x"),
            ("init_connect", "CALL log('password=x')"),
            ("app.place", "https://u:x@host/path"),
        ] {
            assert_eq!(recorded(name, value), NOT_RECORDED, "{name}");
        }
    }

    #[test]
    fn ordinary_settings_are() {
        for (name, value) in [
            ("key_buffer_size", "134217728"),
            ("password_encryption", "on"),
            ("max_password_errors", "4294967295"),
            ("work_mem", "4MB"),
            ("archive_command", ""),
            ("archive_command", "(disabled)"),
            ("search_path", "\"$user\", public"),
            ("join_collapse_limit", "8"),
            ("app.place", "https://host/path@x"),
        ] {
            assert_eq!(recorded(name, value), value, "{name}");
        }
    }
}

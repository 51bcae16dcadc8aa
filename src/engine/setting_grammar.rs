//! How a change of a setting is spelt.

use serde::{Deserialize, Serialize};

use super::Setting;

/// Who runs the server: what can be set there, and how.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Whoever asks.
    #[default]
    #[value(name = "self")]
    #[serde(rename = "self")]
    Own,
    Rds,
    Cloudsql,
    Azure,
}

/// For whom a setting is changed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SettingScope {
    /// Every session.
    #[default]
    Server,
    /// Sessions of the database that was looked at.
    Database,
    /// Sessions of one role.
    Role,
    /// One table.
    Table,
}

/// One change, to be spelt.
#[derive(Debug, Clone, Copy)]
pub struct SettingMove<'a> {
    pub name: &'a str,
    /// As the server spells values: `64MB`, `on`, `a, b` for a list.
    pub to: &'a str,
    /// What holds now; `None` where it is not the server's (a table's own).
    pub now: Option<&'a Setting>,
    pub scope: SettingScope,
    /// The database, role or table, quoted.
    pub target: &'a str,
}

/// An engine's own words.
pub trait SettingGrammar: Sync {
    /// What makes the change, in order.
    fn change(&self, change: &SettingMove<'_>) -> Vec<String>;

    /// What takes it back, in order.
    fn undo(&self, change: &SettingMove<'_>) -> Vec<String>;

    /// The line for the server's own file, whose name is [`SettingGrammar::file`].
    fn line(&self, change: &SettingMove<'_>) -> String;

    fn file(&self) -> &'static str;

    /// The same as somebody who runs the server for others wants it: `NAME=VALUE` in the units of a parameter group.
    fn parameter(&self, change: &SettingMove<'_>) -> (String, String);

    /// The command that sets all `parameters` (name, value, needs a restart) there. `None` where it is one's own server.
    fn command(&self, platform: Platform, parameters: &[(String, String, bool)]) -> Option<String>;

    /// Why it cannot be set there, as a sentence without its full stop.
    fn refused(&self, platform: Platform, name: &str) -> Option<&'static str>;

    /// It only steers which plan is chosen: of the same plan it changes nothing.
    fn steers_only_plans(&self, _name: &str) -> bool {
        false
    }

    /// Who runs the server, told from what it is set to.
    fn platform(&self, settings: &[Setting]) -> Platform;
}

/// A value with its unit in bytes or milliseconds: `64MB`, `5min`. Without one it is taken as it stands.
pub(super) fn scaled(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let factor = match unit.trim() {
        "" | "B" | "ms" => 1.0,
        "us" => 0.001,
        "kB" | "K" => 1024.0,
        "MB" | "M" => 1024.0 * 1024.0,
        "GB" | "G" => 1024.0 * 1024.0 * 1024.0,
        "TB" | "T" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "s" => 1000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// Without a fraction where it has none.
pub(super) fn plain_number(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { number.to_string() }
}

/// The command of the platform's own client. Names of groups and servers are the user's to fill in.
pub(super) fn managed_command(
    platform: Platform,
    service: &str,
    parameters: &[(String, String, bool)],
) -> Option<String> {
    if parameters.is_empty() {
        return None;
    }
    let each = |form: &dyn Fn(&(String, String, bool)) -> String, between: &str| {
        parameters.iter().map(form).collect::<Vec<_>>().join(between)
    };
    match platform {
        Platform::Own => None,
        Platform::Rds => Some(format!(
            "aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters \\\n{}",
            each(
                &|(name, value, restart)| {
                    let method = if *restart { "pending-reboot" } else { "immediate" };
                    let text = format!(
                        "ParameterName={name},ParameterValue={},ApplyMethod={method}",
                        value.replace(',', "\\,")
                    );
                    format!("  {}", shell_quoted(&text))
                },
                " \\\n"
            )
        )),
        // It replaces every flag that is set: the others have to be named as well.
        Platform::Cloudsql => Some(format!(
            "# names every flag of the instance: add those that are set already\ngcloud sql instances patch INSTANCE --database-flags={}",
            shell_quoted(&format!(
                "^:^{}",
                each(&|(name, value, _)| format!("{name}={value}"), ":")
            ))
        )),
        Platform::Azure => Some(each(
            &|(name, value, _)| {
                format!(
                    "az {service} flexible-server parameter set --resource-group GROUP --server-name SERVER --name {name} --value {}",
                    shell_quoted(value)
                )
            },
            "\n",
        )),
    }
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

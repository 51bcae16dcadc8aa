//! How settings of MySQL and MariaDB are changed: by statement, in their file, and where somebody else runs them.

use super::family::Family;
use crate::engine::setting_grammar::managed_command;
use crate::engine::{Platform, Setting, SettingGrammar, SettingMove, SettingScope};

pub struct ServerSettings(Family);

pub const MARIADB_SETTINGS: ServerSettings = ServerSettings(Family::Mariadb);
pub const MYSQL_SETTINGS: ServerSettings = ServerSettings(Family::Mysql);

impl SettingGrammar for ServerSettings {
    fn change(&self, change: &SettingMove<'_>) -> Vec<String> {
        self.set(change, change.to)
    }

    fn undo(&self, change: &SettingMove<'_>) -> Vec<String> {
        let was_default = change.now.is_some_and(|setting| setting.source == "default");
        match (self.0, change.scope, change.now) {
            (Family::Mysql, SettingScope::Server, Some(now)) if was_default => {
                let mut statements = vec![format!("RESET PERSIST IF EXISTS {};", change.name)];
                if !now.needs_restart {
                    statements.push(format!("SET GLOBAL {} = DEFAULT;", change.name));
                }
                statements
            }
            (_, SettingScope::Server, Some(now)) => self.set(change, &now.value.clone()),
            _ => Vec::new(),
        }
    }

    fn line(&self, change: &SettingMove<'_>) -> String {
        format!("{} = {}", change.name, change.to)
    }

    fn file(&self) -> &'static str {
        "my.cnf"
    }

    fn parameter(&self, change: &SettingMove<'_>) -> (String, String) {
        let bare = match change.to.to_uppercase().as_str() {
            "ON" => "1".to_owned(),
            "OFF" => "0".to_owned(),
            _ => change.to.to_owned(),
        };
        (change.name.to_owned(), bare)
    }

    fn command(&self, platform: Platform, parameters: &[(String, String, bool)]) -> Option<String> {
        managed_command(platform, self.0.name(), parameters)
    }

    fn refused(&self, platform: Platform, name: &str) -> Option<&'static str> {
        const NOWHERE: [&str; 7] = [
            "innodb_doublewrite",
            "innodb_flush_method",
            "log_bin",
            "innodb_dedicated_server",
            "innodb_numa_interleave",
            "innodb_file_per_table",
            "open_files_limit",
        ];
        (platform != Platform::Own && NOWHERE.contains(&name))
            .then_some("whoever runs this server keeps this setting to themselves")
    }

    fn platform(&self, settings: &[Setting]) -> Platform {
        let named = |prefix: &str| settings.iter().any(|setting| setting.name.starts_with(prefix));
        let folder = settings.iter().find(|setting| setting.name == "basedir");
        match () {
            () if folder.is_some_and(|folder| folder.value.starts_with("/rdsdbbin")) => {
                Platform::Rds
            }
            () if named("cloudsql") => Platform::Cloudsql,
            () if named("azure") => Platform::Azure,
            () => Platform::Own,
        }
    }
}

impl ServerSettings {
    fn set(&self, change: &SettingMove<'_>, to: &str) -> Vec<String> {
        let (name, to) = (change.name, value(to));
        if change.scope == SettingScope::Table {
            return vec![format!("ALTER TABLE {} {name} = {to};", change.target)];
        }
        let fixed = change.now.is_some_and(|setting| setting.needs_restart);
        match (self.0, fixed) {
            (Family::Mysql, true) => vec![format!("SET PERSIST_ONLY {name} = {to};")],
            (Family::Mysql, false) => vec![format!("SET PERSIST {name} = {to};")],
            // It keeps nothing by statement: without the line in its file the next start forgets it.
            (Family::Mariadb, false) => vec![format!("SET GLOBAL {name} = {to};")],
            (Family::Mariadb, true) => Vec::new(),
        }
    }
}

fn value(text: &str) -> String {
    let number = text.parse::<f64>().is_ok();
    let word = ["ON", "OFF", "DEFAULT"].contains(&text.to_uppercase().as_str());
    match number || word {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(source: &str, needs_restart: bool) -> Setting {
        Setting {
            name: "innodb_buffer_pool_size".to_owned(),
            value: "134217728".to_owned(),
            number: Some(134_217_728.0),
            unit: Some("bytes".to_owned()),
            default: None,
            source: source.to_owned(),
            needs_restart,
        }
    }

    #[test]
    fn one_server_keeps_what_is_set_and_the_other_needs_its_file() {
        let set = now("default", false);
        let change = SettingMove {
            name: &set.name,
            to: "4294967296",
            now: Some(&set),
            scope: SettingScope::Server,
            target: "",
        };
        assert_eq!(
            MYSQL_SETTINGS.change(&change),
            ["SET PERSIST innodb_buffer_pool_size = 4294967296;"]
        );
        assert_eq!(
            MYSQL_SETTINGS.undo(&change),
            [
                "RESET PERSIST IF EXISTS innodb_buffer_pool_size;",
                "SET GLOBAL innodb_buffer_pool_size = DEFAULT;"
            ]
        );
        assert_eq!(
            MARIADB_SETTINGS.change(&change),
            ["SET GLOBAL innodb_buffer_pool_size = 4294967296;"]
        );
        assert_eq!(
            MARIADB_SETTINGS.undo(&change),
            ["SET GLOBAL innodb_buffer_pool_size = 134217728;"]
        );
        let fixed = now("config", true);
        let change = SettingMove { to: "O_DIRECT", now: Some(&fixed), ..change };
        assert_eq!(
            MYSQL_SETTINGS.change(&change),
            ["SET PERSIST_ONLY innodb_buffer_pool_size = 'O_DIRECT';"]
        );
        assert!(MARIADB_SETTINGS.change(&change).is_empty());
    }
}

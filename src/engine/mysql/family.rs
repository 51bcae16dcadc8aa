//! The two servers that speak this protocol, and where they differ.

use std::time::Duration;

use serde_json::Value;

use super::explain;
use crate::engine::{DbError, DbErrorKind, ExplainMode, SessionOptions};
use crate::plan::{Plan, PlanError};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Mariadb,
    Mysql,
}

/// A server by what `SELECT VERSION()` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub family: Family,
    /// `10.11.14-MariaDB`, `8.4.3`.
    pub text: String,
    /// `[10, 11]`.
    pub number: [u32; 2],
}

impl Version {
    /// Servers that are too old to be read are refused.
    pub fn read(text: String) -> Result<Version, DbError> {
        let mut numbers = text.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let (number, patch) = ([next(), next()], next());
        let family = if text.contains("MariaDB") { Family::Mariadb } else { Family::Mysql };
        let (old, needed) = match family {
            Family::Mariadb => (number < [10, 11], "MariaDB 10.11"),
            Family::Mysql => ((number, patch) < ([8, 0], 18), "MySQL 8.0.18"),
        };
        match old {
            false => Ok(Version { family, text, number }),
            true => Err(DbError::new(
                DbErrorKind::Unsupported,
                format!("{} {text} is too old: it cannot measure a plan", family.title()),
            )
            .with_remedy(format!(
                "planwise explain judges its plans all the same (EXPLAIN FORMAT=JSON or the table of EXPLAIN, pasted or \
                 in a file), and planwise capture reads its slow log; what connects needs {needed} or newer"
            ))),
        }
    }

    /// From 8.3 on there is a JSON form of measured plans.
    pub fn measures_in_json(&self) -> bool {
        self.family == Family::Mysql && self.number >= [8, 3]
    }

    /// What stands in front of a statement to explain it.
    pub fn explain_verb(&self, mode: ExplainMode) -> &'static str {
        match (self.family, mode) {
            (Family::Mariadb, ExplainMode::Analyze) => "ANALYZE FORMAT=JSON",
            (Family::Mysql, ExplainMode::Analyze) if self.measures_in_json() => {
                "EXPLAIN ANALYZE FORMAT=JSON"
            }
            (Family::Mysql, ExplainMode::Analyze) => "EXPLAIN ANALYZE",
            (_, ExplainMode::Estimate) => "EXPLAIN FORMAT=JSON",
        }
    }

    /// The plan in an answer to [`Version::explain_verb`], and the document to keep of it.
    pub fn plan(&self, text: &str) -> Result<(Plan, Value), PlanError> {
        if self.family == Family::Mysql && !text.trim_start().starts_with('{') {
            return Ok((explain::parse_mysql(text)?, Value::String(text.to_owned())));
        }
        let raw: Value = serde_json::from_str(text).map_err(|error| PlanError::Malformed {
            line: error.line(),
            message: error.to_string(),
        })?;
        let plan = match self.family {
            Family::Mariadb => explain::from_json(raw.clone())?,
            Family::Mysql => explain::mysql_from_json(raw.clone())?,
        };
        Ok((plan, raw))
    }

    /// Statements that hold a session to its limits, and make it print what can be read. Zero means no limit.
    pub fn limits(&self, options: &SessionOptions) -> Vec<String> {
        let mut statements = vec![match self.family {
            Family::Mariadb => {
                format!(
                    "SET SESSION max_statement_time = {}",
                    options.statement_timeout.as_secs_f64()
                )
            }
            // Holds for SELECT alone; what writes is watched by the caller's own clock.
            Family::Mysql => {
                format!(
                    "SET SESSION max_execution_time = {}",
                    options.statement_timeout.as_millis()
                )
            }
        }];
        if options.lock_timeout > Duration::ZERO {
            let seconds = options.lock_timeout.as_secs_f64().ceil().max(1.0);
            statements.push(format!("SET SESSION lock_wait_timeout = {seconds}"));
            statements.push(format!("SET SESSION innodb_lock_wait_timeout = {seconds}"));
        }
        statements.extend(self.idle_limit(options));
        if self.family == Family::Mysql {
            // Otherwise sizes and cardinalities are up to a day old.
            statements.push("SET SESSION information_schema_stats_expiry = 0".to_owned());
        }
        if self.measures_in_json() {
            statements.push("SET SESSION explain_json_format_version = 2".to_owned());
        }
        statements
    }

    fn idle_limit(&self, options: &SessionOptions) -> Option<String> {
        if self.family == Family::Mysql || options.statement_timeout == Duration::ZERO {
            return None;
        }
        let seconds =
            (options.statement_timeout + options.lock_timeout).as_secs_f64().ceil() + 60.0;
        Some(format!("SET SESSION idle_transaction_timeout = {seconds}"))
    }
}

impl Family {
    /// The engine's name in options, rules and records.
    pub fn name(self) -> &'static str {
        match self {
            Family::Mariadb => "mariadb",
            Family::Mysql => "mysql",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Family::Mariadb => "MariaDB",
            Family::Mysql => "MySQL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::read(text.to_owned()).unwrap()
    }

    #[test]
    fn a_server_is_told_by_its_version() {
        assert_eq!(version("10.11.14-MariaDB-0+deb12u2").family, Family::Mariadb);
        assert_eq!((version("9.7.4-2").family, version("9.7.4-2").number), (Family::Mysql, [9, 7]));
        assert!(
            Version::read("5.7.44-log".to_owned()).unwrap_err().to_string().contains("too old")
        );
        assert!(
            Version::read("8.0.17".to_owned()).is_err()
                && Version::read("8.0.18".to_owned()).is_ok()
        );
    }

    #[test]
    fn each_explains_in_its_own_words() {
        let analyse = |text: &str| version(text).explain_verb(ExplainMode::Analyze);
        assert_eq!(analyse("11.4.2-MariaDB"), "ANALYZE FORMAT=JSON");
        assert_eq!(analyse("8.0.36"), "EXPLAIN ANALYZE");
        assert_eq!(analyse("8.4.3"), "EXPLAIN ANALYZE FORMAT=JSON");
    }

    #[test]
    fn no_limit_is_no_statement_about_locks() {
        let zero = Duration::ZERO;
        let options =
            SessionOptions { statement_timeout: zero, lock_timeout: zero, ..Default::default() };
        assert_eq!(
            version("10.11.14-MariaDB").limits(&options),
            ["SET SESSION max_statement_time = 0"]
        );
        assert_eq!(version("8.0.36").limits(&options)[0], "SET SESSION max_execution_time = 0");
    }
}

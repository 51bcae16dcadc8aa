//! The part of the process that decides a connection: variables, home directory, user name.

use std::collections::HashMap;
use std::path::PathBuf;

use super::keywords::Keywords;
use crate::engine::DbError;

/// Taken once, so that tests can make one up. Holds secrets: no `Debug`.
#[derive(Clone, Default)]
pub struct Environment {
    pub variables: HashMap<String, String>,
    pub home: Option<PathBuf>,
    pub user: Option<String>,
}

/// Which variable gives which keyword.
const VARIABLES: &[(&str, &str)] = &[
    ("PGAPPNAME", "application_name"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGDATABASE", "dbname"),
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGPASSWORD", "password"),
    ("PGPORT", "port"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGUSER", "user"),
];

impl Environment {
    /// This process's own.
    pub fn of_process() -> Self {
        let account = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten();
        Environment {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((name.into_string().ok()?, value.into_string().ok()?))
                })
                .filter(|(name, _)| name.starts_with("PG"))
                .collect(),
            home: std::env::home_dir(),
            user: account.map(|account| account.name),
        }
    }

    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A file below the home directory.
    pub fn in_home(&self, name: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(name))
    }

    /// What the variables say, as keywords.
    pub fn keywords(&self) -> Result<Keywords, DbError> {
        let mut keywords = Keywords::default();
        for (variable, keyword) in VARIABLES {
            if let Some(value) = self.variable(variable) {
                keywords.set(keyword, value.to_owned(), variable)?;
            }
        }
        Ok(keywords)
    }
}

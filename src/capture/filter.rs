//! Which statements are wanted.

use regex::bytes::Regex;

use crate::trace::{Event, Session};

/// Every condition that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Microseconds since 1970; the end is not part of it.
    pub from_us: Option<i64>,
    pub to_us: Option<i64>,
    pub databases: Vec<String>,
    pub users: Vec<String>,
    pub applications: Vec<String>,
    pub least_ns: Option<u64>,
    pub statement: Option<Regex>,
    pub not_statement: Option<Regex>,
}

impl Filter {
    pub fn wants(&self, event: &Event, session: &Session, text: impl FnOnce() -> Vec<u8>) -> bool {
        let named = |wanted: &[String], name: &str| {
            wanted.is_empty() || wanted.iter().any(|one| one == name)
        };
        let time = match event.start_us {
            Some(start) => {
                self.from_us.is_none_or(|from| start >= from)
                    && self.to_us.is_none_or(|to| start < to)
            }
            None => self.from_us.is_none() && self.to_us.is_none(),
        };
        time && named(&self.databases, &session.database)
            && named(&self.users, &session.user)
            && named(&self.applications, &session.application)
            && self.least_ns.is_none_or(|least| event.server_ns().is_some_and(|ns| ns >= least))
            && self.wants_text(text)
    }

    fn wants_text(&self, text: impl FnOnce() -> Vec<u8>) -> bool {
        if self.statement.is_none() && self.not_statement.is_none() {
            return true;
        }
        let text = text();
        self.statement.as_ref().is_none_or(|wanted| wanted.is_match(&text))
            && self.not_statement.as_ref().is_none_or(|unwanted| !unwanted.is_match(&text))
    }
}

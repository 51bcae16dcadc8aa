//! Which captured statements are sent, and why the others are not.

use crate::engine::Access;
use crate::sql::StatementKind;
use crate::trace::{Event, QueryDigest};

/// What a statement does to its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    Begin,
    Commit,
    Rollback,
    /// SAVEPOINT and the like.
    Within,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Send {
        writes: bool,
    },
    Control(Control),
    Skip(&'static str),
    /// Nothing of the capture: a session is gone, and what it left open is undone.
    Leave,
}

pub const REFUSED: &str =
    "it calls a function that may change something for good, or could not be looked at";
pub const NO_CALL: &str = "it was prepared only, or ran inside of another statement";
const NO_TEXT: &str = "the log has no text for it";
const WRITE: &str = "it changes data, and a replay is read-only unless told otherwise (--writes)";
const DDL: &str = "it changes the schema";
const COPY: &str = "it copies data that no log holds";
pub const STEERS: &str = "it steers the session or the server";
const READ_ONLY_CONTROL: &str = "it steers a transaction, and a read-only replay has none";
const UNPARSED: &str = "its text could not be parsed, so what it changes is unknown";
const NO_VALUES: &str = "the log has no values for its parameters";

/// By query; `parameters` is how many the server would ask for.
pub fn of_query(query: &QueryDigest, access: Access) -> Decision {
    let words: Vec<String> = query
        .normalised
        .split_whitespace()
        .take(2)
        .map(|word| word.trim_end_matches(';').to_ascii_uppercase())
        .collect();
    let first = words.first().map(String::as_str).unwrap_or_default();
    let second = words.get(1).map(String::as_str).unwrap_or_default();
    let control = match first {
        "BEGIN" | "START" if first == "BEGIN" || second == "TRANSACTION" => Some(Control::Begin),
        "COMMIT" | "END" if second != "PREPARED" => Some(Control::Commit),
        "ROLLBACK" if second == "TO" => Some(Control::Within),
        "ROLLBACK" | "ABORT" if second != "PREPARED" => Some(Control::Rollback),
        "SAVEPOINT" | "RELEASE" => Some(Control::Within),
        _ => None,
    };
    match (control, access) {
        (Some(_), Access::ReadOnly) => return Decision::Skip(READ_ONLY_CONTROL),
        (Some(control), _) => return Decision::Control(control),
        (None, _) => {}
    }
    if query.unparsed.is_some() {
        return Decision::Skip(UNPARSED);
    }
    match query.kind {
        _ if first == "COPY" => Decision::Skip(COPY),
        StatementKind::Read => Decision::Send { writes: false },
        StatementKind::Write if access == Access::ReadOnly => Decision::Skip(WRITE),
        StatementKind::Write => Decision::Send { writes: true },
        StatementKind::Ddl => Decision::Skip(DDL),
        StatementKind::Utility => Decision::Skip(STEERS),
    }
}

/// For one event of a query that is sent.
pub fn of_event(event: &Event, by_query: Decision, text: &str, bound: bool) -> Decision {
    if !event.is_call {
        return Decision::Skip(NO_CALL);
    }
    if text.is_empty() {
        return Decision::Skip(NO_TEXT);
    }
    match by_query {
        Decision::Send { .. } if !bound && has_parameter(text) => Decision::Skip(NO_VALUES),
        decision => decision,
    }
}

/// `$1` outside of quotes; a text that has it only inside of a string is sent by its values all the same.
fn has_parameter(text: &str) -> bool {
    let mut quoted = false;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'$' if !quoted && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(normalised: &str, kind: StatementKind, access: Access) -> Decision {
        of_query(&QueryDigest::new(String::new(), normalised.to_owned(), kind), access)
    }

    #[test]
    fn what_changes_data_needs_leave() {
        let write = |access| of("UPDATE t SET a = $1", StatementKind::Write, access);
        assert_eq!(write(Access::ReadOnly), Decision::Skip(WRITE));
        assert_eq!(write(Access::Commit), Decision::Send { writes: true });
        assert_eq!(
            of("COMMIT", StatementKind::Utility, Access::Commit),
            Decision::Control(Control::Commit)
        );
        assert_eq!(
            of("rollback to a", StatementKind::Utility, Access::Rollback),
            Decision::Control(Control::Within)
        );
        assert_eq!(
            of("END;", StatementKind::Utility, Access::ReadOnly),
            Decision::Skip(READ_ONLY_CONTROL)
        );
        assert_eq!(of("DROP TABLE t", StatementKind::Ddl, Access::Commit), Decision::Skip(DDL));
        let event = Event { is_call: true, ..Event::default() };
        let sent = Decision::Send { writes: false };
        assert_eq!(of_event(&event, sent, "SELECT $1", false), Decision::Skip(NO_VALUES));
        assert_eq!(of_event(&event, sent, "SELECT '$1'", false), sent);
        assert_eq!(of_event(&event, sent, "SELECT $1", true), sent);
    }
}

//! Sessions that commit only when they say so (`SET autocommit = 0`): what they send belongs to transactions that nobody
//! began.

use std::collections::HashSet;

use super::decide::{Control, Decision, STEERS};
use crate::engine::Access;

/// By number.
#[derive(Debug, Default)]
pub struct Gathering(HashSet<u32>);

impl Gathering {
    /// What is sent in place of a statement of `session`, where that is something else: a transaction begins with the
    /// setting, and the end of each begins the next. The setting itself is not sent: another session may have the connection
    /// afterwards. `commits_each` is what the statement sets, asked only of one that steers its session.
    pub fn in_place_of(
        &mut self,
        session: u32,
        by_query: Decision,
        access: Access,
        commits_each: impl FnOnce() -> Option<bool>,
    ) -> Option<(Decision, &'static str)> {
        if access == Access::ReadOnly {
            return None;
        }
        if by_query == Decision::Skip(STEERS) {
            return match commits_each()? {
                false => {
                    self.0.insert(session).then_some((Decision::Control(Control::Begin), "BEGIN"))
                }
                true => self
                    .0
                    .remove(&session)
                    .then_some((Decision::Control(Control::Commit), "COMMIT")),
            };
        }
        let Decision::Control(control) = by_query else { return None };
        let undone = control == Control::Rollback || access == Access::Rollback;
        let ends = control != Control::Within && self.0.contains(&session);
        let text = if undone { "ROLLBACK AND CHAIN" } else { "COMMIT AND CHAIN" };
        ends.then_some((Decision::Control(Control::Within), text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: Decision = Decision::Control(Control::Commit);

    fn sent(
        gathering: &mut Gathering,
        by_query: Decision,
        sets: Option<bool>,
        access: Access,
    ) -> &'static str {
        gathering.in_place_of(1, by_query, access, || sets).map_or("as it is", |(_, text)| text)
    }

    #[test]
    fn each_end_begins_the_next_transaction_until_the_session_commits_by_itself_again() {
        let mut gathering = Gathering::default();
        let steers = Decision::Skip(STEERS);
        let all = Access::Commit;
        assert_eq!(sent(&mut gathering, COMMIT, None, all), "as it is");
        assert_eq!(sent(&mut gathering, steers, None, all), "as it is", "another setting");
        assert_eq!(sent(&mut gathering, steers, Some(false), all), "BEGIN");
        assert_eq!(sent(&mut gathering, Decision::Send { writes: true }, None, all), "as it is");
        assert_eq!(sent(&mut gathering, COMMIT, None, all), "COMMIT AND CHAIN");
        assert_eq!(gathering.in_place_of(2, COMMIT, all, || None), None, "another session");
        let rollback = Decision::Control(Control::Rollback);
        assert_eq!(sent(&mut gathering, rollback, None, all), "ROLLBACK AND CHAIN");
        assert_eq!(sent(&mut gathering, Decision::Control(Control::Within), None, all), "as it is");
        assert_eq!(sent(&mut gathering, steers, Some(true), all), "COMMIT");
        assert_eq!(sent(&mut gathering, COMMIT, None, all), "as it is");
    }

    #[test]
    fn nothing_is_committed_where_writes_are_undone_and_nothing_is_sent_where_none_are() {
        let mut gathering = Gathering::default();
        let steers = Decision::Skip(STEERS);
        assert_eq!(sent(&mut gathering, steers, Some(false), Access::ReadOnly), "as it is");
        assert_eq!(sent(&mut gathering, steers, Some(false), Access::Rollback), "BEGIN");
        assert_eq!(sent(&mut gathering, COMMIT, None, Access::Rollback), "ROLLBACK AND CHAIN");
        // A second beginning commits what is open.
        let begin = Decision::Control(Control::Begin);
        assert_eq!(sent(&mut gathering, begin, None, Access::Rollback), "ROLLBACK AND CHAIN");
    }
}

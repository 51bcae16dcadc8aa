//! What the statements of a file have done to the session of those below them.

use indexmap::IndexMap;

use crate::sql::{Assignment, Dialect, SessionStatement, Standing};

/// Settings by name, in the order in which they were set.
type Settings = IndexMap<String, String>;

#[derive(Debug, Default)]
pub struct Steering {
    settings: Settings,
    /// Until the transaction ends.
    local: Settings,
    /// As they were before the transaction that is open.
    before: Option<Settings>,
}

/// What is to be told of a statement that steers.
#[derive(Debug, PartialEq)]
pub enum Told {
    Nothing,
    /// It had no effect, and need not have one.
    PassedOver(String),
    /// The statements below would run otherwise if it were followed.
    Refused(String),
}

impl Steering {
    /// What the statement at hand runs under.
    pub fn settings(&self) -> Vec<(String, String)> {
        let mut all = self.settings.clone();
        all.extend(self.local.clone());
        all.into_iter().collect()
    }

    pub fn value(&self, name: &str) -> Option<&String> {
        self.local.get(name).or_else(|| self.settings.get(name))
    }

    pub fn follow(&mut self, statement: SessionStatement, dialect: &dyn Dialect) -> Told {
        match statement {
            SessionStatement::Set(assignments) => self.set(assignments, dialect),
            SessionStatement::ResetAll | SessionStatement::DiscardAll => self.forget(),
            SessionStatement::Begin => {
                self.before.get_or_insert_with(|| self.settings.clone());
                Told::Nothing
            }
            SessionStatement::Commit => {
                self.local.clear();
                self.before = None;
                Told::Nothing
            }
            SessionStatement::Rollback => {
                self.local.clear();
                self.settings = self.before.take().unwrap_or_else(|| self.settings.clone());
                Told::Nothing
            }
            SessionStatement::Refused(reason) => Told::Refused(reason),
            SessionStatement::Unnoticed
            | SessionStatement::Prepare { .. }
            | SessionStatement::Execute { .. } => Told::Nothing,
        }
    }

    fn forget(&mut self) -> Told {
        self.settings.clear();
        self.local.clear();
        Told::Nothing
    }

    fn set(&mut self, assignments: Vec<Assignment>, dialect: &dyn Dialect) -> Told {
        let mut told = Told::Nothing;
        for assignment in assignments {
            let Assignment { name, value, local } = assignment;
            match dialect.standing(&name, value.as_deref()) {
                Standing::Refused(reason) => {
                    return Told::Refused(format!(
                        "{name} is not set for the statements below it: {reason}"
                    ));
                }
                Standing::PassedOver => {}
                Standing::Honoured if local && self.before.is_none() => {
                    told = Told::PassedOver(format!("SET LOCAL {name} outside of a transaction"));
                }
                Standing::Honoured => self.assign(name, value, local),
            }
        }
        told
    }

    fn assign(&mut self, name: String, value: Option<String>, local: bool) {
        // The last one counts, for transaction and session.
        self.local.shift_remove(&name);
        let settings = if local { &mut self.local } else { &mut self.settings };
        match value {
            Some(value) => drop(settings.insert(name, value)),
            None => drop(self.settings.shift_remove(&name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What holds after these statements.
    fn after(statements: &[&str]) -> Vec<String> {
        let dialect = crate::engine::all()[0].dialect();
        let mut steering = Steering::default();
        for sql in statements {
            let statement = dialect.session_statement(sql).unwrap_or_else(|| panic!("{sql}"));
            assert!(!matches!(steering.follow(statement, dialect), Told::Refused(_)), "{sql}");
        }
        steering.settings().into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn settings_follow_the_transaction() {
        assert_eq!(after(&["SET work_mem = '8MB'", "SET jit = off"]), ["work_mem=8MB", "jit=off"]);
        assert!(after(&["SET work_mem = '8MB'", "RESET work_mem"]).is_empty());
        assert!(after(&["SET work_mem = '8MB'", "DISCARD ALL"]).is_empty());
        let inside = ["SET work_mem = '1MB'", "BEGIN", "SET LOCAL work_mem = '2MB'"];
        assert_eq!(after(&inside), ["work_mem=2MB"]);
        let committed = [inside.as_slice(), &["COMMIT"]].concat();
        assert_eq!(after(&committed), ["work_mem=1MB"]);
        let undone = ["BEGIN", "SET jit = off", "ROLLBACK"];
        assert!(after(&undone).is_empty());
        assert!(after(&["SET LOCAL jit = off"]).is_empty());
    }
}

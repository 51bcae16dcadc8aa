//! Statements that ask for nothing themselves, but decide how those below them run.

/// What a statement does to its session.
#[derive(Debug, Clone, PartialEq)]
pub enum SessionStatement {
    Set(Vec<Assignment>),
    /// Every setting back to its default.
    ResetAll,
    Begin,
    Commit,
    Rollback,
    /// A statement to be executed by its name.
    Prepare {
        name: String,
        sql: String,
    },
    Execute {
        name: String,
        arguments: Vec<Argument>,
    },
    /// Settings and prepared statements are forgotten.
    DiscardAll,
    /// Nothing that the statements below would notice: savepoints, the end of a prepared statement.
    Unnoticed,
    /// Cannot be followed; the reason as a sentence part: "it moves a cursor".
    Refused(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// A setting; with `@` before it, a variable.
    pub name: String,
    /// `None` is its default.
    pub value: Option<String>,
    /// Until the end of the transaction.
    pub local: bool,
}

/// One value that a prepared statement is executed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    Value(Option<String>),
    /// Something to calculate first.
    Expression(String),
}

/// What becomes of a setting that a workload sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The statements below run under it.
    Honoured,
    /// It makes no difference to plans, times or answers.
    PassedOver,
    /// Why not, as a sentence part.
    Refused(&'static str),
}

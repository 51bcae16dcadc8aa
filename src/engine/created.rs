//! What a statement brings into being, told apart from everybody else's by the server's own number for it: names come
//! and go, and one that was free a moment ago may be somebody else's now.

/// What kind of thing has the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    Index,
    Statistics,
    Extension,
}

/// What a statement is going to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    pub kind: ObjectKind,
    /// Of the table, as the statement writes it; `None` where the session's search path decides.
    pub schema: Option<String>,
    /// Empty for an extension.
    pub table: String,
    pub name: String,
    /// The statement, which fails where the name is taken: it names what it makes, and does not pass over what is there.
    pub statement: String,
    /// What takes it away by its name: for people, who can look first. Programs go by its number.
    pub undo: String,
}

/// What bears a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occupant {
    pub id: u64,
    /// It belongs to the very table.
    pub of_table: bool,
    /// An index of the table, left unfinished by a build that is not running any more in another session.
    pub is_leftover: bool,
}

impl std::fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ObjectKind::Index => "index",
            ObjectKind::Statistics => "statistics object",
            ObjectKind::Extension => "extension",
        })
    }
}

//! Why a change was taken back.

use std::fmt::{Display, Formatter, Result};

#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// No plan uses the index.
    Unused,
    /// Plans use it, and none of these queries is faster.
    NotFaster { users: Vec<String> },
    /// A query that uses it is slower; after / before, and the query that it would help most.
    Slows { query: String, ratio: Option<f64>, best: Option<(String, f64)> },
    /// A query is slower without the index that was dropped.
    NeededBy { query: String, ratio: Option<f64> },
    /// No query is faster under the setting or the statistics.
    HelpsNobody,
    /// A query that uses no new index is slower with `by`.
    SlowsBesides { query: String, by: String },
    /// It was left out once more, and nothing was slower.
    NotMissed,
    /// A set without it was faster.
    Outdone,
    /// The budget is for what saves more.
    NoRoom,
    /// Seen in a few executions, without a proof.
    Glimpsed(Box<Reason>),
}

impl Reason {
    pub fn glimpsed(self) -> Reason {
        Reason::Glimpsed(Box::new(self))
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Reason::Unused => write!(f, "no plan uses it"),
            Reason::NotFaster { users } => {
                write!(f, "{} would use it and would not be faster", users.join(", "))
            }
            Reason::Slows { query, ratio, best } => {
                write!(f, "it makes {query} {}", slower_by(*ratio))?;
                match best {
                    Some((best, ratio)) => write!(f, "; {best} would take {ratio:.2} of its time"),
                    None => Ok(()),
                }
            }
            Reason::NeededBy { query, ratio } => {
                write!(f, "{query} needs it: {}", slower_by(*ratio))
            }
            Reason::HelpsNobody => write!(f, "no query is faster with it"),
            Reason::SlowsBesides { query, by } => {
                write!(f, "{query} uses no new index and is slower with {by}")
            }
            Reason::NotMissed => write!(f, "left out once more, no query was slower without it"),
            Reason::Outdone => write!(f, "a set without it was faster as a whole"),
            Reason::NoRoom => write!(
                f,
                "by the sizes of what was built, the budget has room only for what saves more"
            ),
            Reason::Glimpsed(reason) => write!(f, "{reason} (seen in 2 executions on each side)"),
        }
    }
}

fn slower_by(ratio: Option<f64>) -> String {
    match ratio {
        Some(ratio) => format!("{:.0} % slower", (ratio - 1.0) * 100.0),
        None => "slower".to_owned(),
    }
}

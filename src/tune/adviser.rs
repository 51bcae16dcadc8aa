//! Whoever can say what to try instead of indexes that the clock did not confirm.

use async_trait::async_trait;

use crate::advise::{Advice, CostFeedback, IndexAdvice};

/// What has come of the indexes so far.
pub struct Tried<'a> {
    /// Not to be proposed again.
    pub dropped: Vec<&'a IndexAdvice>,
    /// They stand and stay.
    pub kept: Vec<&'a IndexAdvice>,
    pub cost_feedback: &'a CostFeedback,
    /// Settings of the sessions in which the indexes are measured.
    pub settings: &'a [(String, String)],
}

#[async_trait(?Send)]
pub trait Adviser {
    /// The whole set that is best by what is known now: with none of the dropped ones, and all of the kept.
    async fn instead(&mut self, tried: Tried<'_>) -> Advice;

    /// Bytes of all new indexes together, once they are built.
    fn budget(&self) -> Option<u64> {
        None
    }
}

/// Another spelling of the same index, whatever it is called.
pub fn is_same(a: &IndexAdvice, b: &IndexAdvice) -> bool {
    let key = |index: &IndexAdvice| index.ddl.replace(&index.name, "");
    key(a) == key(b)
}

/// Names of indexes that were tried are taken: they may come back.
pub fn rename(index: &mut IndexAdvice, tried: &[IndexAdvice]) {
    let taken =
        |name: &str| tried.iter().any(|other| other.name == name && other.schema == index.schema);
    let old = index.name.clone();
    let new = (2..).map(|n| format!("{old}_{n}")).find(|name| !taken(name));
    if let Some(new) = new.filter(|_| taken(&old)) {
        index.ddl = index.ddl.replace(&old, &new);
        index.undo = index.undo.replace(&old, &new);
        index.steps.iter_mut().for_each(|step| *step = step.replace(&old, &new));
        index.name = new;
    }
}

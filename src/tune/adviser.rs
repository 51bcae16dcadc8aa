//! Whoever can say what to try instead of indexes that the clock did not confirm.

use async_trait::async_trait;

use crate::advise::{Advice, IndexAdvice};

#[async_trait(?Send)]
pub trait Adviser {
    /// Advice that holds none of `dropped` and leaves room for `kept`, all of which stand already.
    async fn instead(&mut self, dropped: &[IndexAdvice], kept: &[IndexAdvice]) -> Advice;
}

/// The indexes of `fresh` that were not tried before, whatever they are called.
pub fn untried(fresh: Advice, tried: &[IndexAdvice]) -> Vec<IndexAdvice> {
    let known = |index: &IndexAdvice| tried.iter().any(|other| is_same(index, other));
    let mut found: Vec<IndexAdvice> =
        fresh.indexes.into_iter().filter(|index| !known(index)).collect();
    for index in &mut found {
        rename(index, tried);
    }
    found
}

fn is_same(a: &IndexAdvice, b: &IndexAdvice) -> bool {
    let key = |index: &IndexAdvice| index.ddl.replace(&index.name, "");
    key(a) == key(b)
}

/// Names of indexes that were tried are taken: their builds may still be undone.
fn rename(index: &mut IndexAdvice, tried: &[IndexAdvice]) {
    let taken =
        |name: &str| tried.iter().any(|other| other.name == name && other.schema == index.schema);
    let old = index.name.clone();
    let new = (2..).map(|n| format!("{old}_{n}")).find(|name| !taken(name));
    if let Some(new) = new.filter(|_| taken(&old)) {
        index.ddl = index.ddl.replace(&old, &new);
        index.undo = index.undo.replace(&old, &new);
        index.name = new;
    }
}

//! Names on both sides: as they are written first, and folded where a loader folded them.

use crate::engine::migration::{ColumnShape, TableShape};

/// Something with a name.
pub trait Named {
    fn name(&self) -> &str;
}

impl Named for ColumnShape {
    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for TableShape {
    fn name(&self) -> &str {
        &self.name.name
    }
}

/// What is called `name` among `theirs`; in other letters only where nothing of `ours` has that very name.
pub fn called<'t, T: Named>(name: &str, ours: &[T], theirs: &'t [T]) -> Option<&'t T> {
    let exact = theirs.iter().find(|other| other.name() == name);
    let folded = || {
        let other = theirs.iter().find(|other| other.name().eq_ignore_ascii_case(name))?;
        let taken = ours.iter().any(|own| own.name() != name && own.name() == other.name());
        (!taken).then_some(other)
    };
    exact.or_else(folded)
}

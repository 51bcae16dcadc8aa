//! Conditions that stand inside others, where no index sees them: `(a = 1) IS TRUE`.

use crate::engine::{Index, Table};
use crate::serving::Serving;
use crate::sql::Predicate;

/// A condition inside a conjunct of a filter.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// What it amounts to, bare.
    pub condition: String,
    /// The conjuncts of that.
    pub inside: Vec<Predicate>,
}

impl Hidden {
    pub fn of(conjunct: &Predicate, table: Option<&Table>, serving: &Serving<'_>) -> Option<Self> {
        let condition = serving.dialect.unwrapped(&conjunct.text)?;
        let inside = serving.conjuncts(&condition, table);
        let known = inside.iter().any(|p| p.column.is_some());
        known.then_some(Hidden { condition, inside })
    }

    pub fn column(&self) -> Option<String> {
        self.inside.iter().find_map(|p| Some(p.column.as_ref()?.name.clone()))
    }

    /// An index that would serve the bare condition beside the other `conjuncts`.
    pub fn index<'t>(
        &self,
        table: &'t Table,
        conjuncts: &[Predicate],
        serving: &Serving<'_>,
    ) -> Option<&'t Index> {
        let all: Vec<Predicate> = conjuncts.iter().chain(&self.inside).cloned().collect();
        self.inside.iter().find_map(|p| serving.index_for(table, p, &all))
    }
}

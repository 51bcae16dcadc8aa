//! What has to be known to answer.

use crate::engine::{Catalog, Engine, IndexGrammar, Operators, Table};
use crate::sql::{Dialect, Operand, Predicate};

/// An engine's grammar with what one server tells of its operators.
#[derive(Clone, Copy)]
pub struct Serving<'a> {
    pub dialect: &'a dyn Dialect,
    /// `None` for engines whose indexes are only known as ordered ones on bare columns.
    pub indexes: Option<&'a dyn IndexGrammar>,
    pub operators: &'a Operators,
}

static UNTOLD: Operators = Operators {
    classes: Vec::new(),
    types: Vec::new(),
    unstable_casts: Vec::new(),
    functions: Vec::new(),
    default_collation: None,
};

impl<'a> Serving<'a> {
    /// `catalog` is `None` for a plan without its server.
    pub fn of(engine: &'a dyn Engine, catalog: Option<&'a Catalog>) -> Self {
        Serving {
            dialect: engine.dialect(),
            indexes: engine.index_grammar(),
            operators: catalog.map_or(&UNTOLD, |catalog| &catalog.operators),
        }
    }

    /// `predicate` without a cast that costs nothing: by the type of the column, and where that is unknown by
    /// what such casts usually look like.
    pub fn settled(&self, predicate: Predicate, table: Option<&Table>) -> Predicate {
        let Some(cast) = &predicate.cast else { return predicate };
        let name = predicate.column.as_ref().map(|column| column.name.as_str());
        let column = table.and_then(|table| table.column(name?));
        let free = match (column, self.indexes) {
            (Some(column), Some(indexes)) => {
                indexes.cast_is_free(&column.data_type, cast, self.operators)
            }
            (Some(column), None) => column.data_type == *cast,
            (None, _) => self.dialect.cast_looks_free(&predicate),
        };
        match free {
            true => Predicate { cast: None, expression: None, ..predicate },
            false => predicate,
        }
    }

    /// The conjuncts of a condition, settled.
    pub fn conjuncts(&self, condition: &str, table: Option<&Table>) -> Vec<Predicate> {
        let predicates = self.dialect.predicates(condition).into_iter();
        predicates.map(|predicate| self.settled(predicate, table)).collect()
    }

    /// `expression` is the same for a row whatever the settings and the moment, as an index needs it.
    pub fn is_immutable(&self, expression: &str, table: &Table) -> bool {
        self.indexes.is_none_or(|indexes| indexes.is_immutable(expression, table, self.operators))
    }
}

/// Two columns of one row are compared: each row has its own value, and nothing can be looked up by it.
pub fn is_within_row(predicate: &Predicate) -> bool {
    match (&predicate.column, &predicate.operand) {
        (Some(column), Operand::Column(other)) => column.qualifier == other.qualifier,
        _ => false,
    }
}

//! What a statement asks of one table, as the statement itself says it: for engines whose plans do not print it all.

use std::collections::BTreeSet;

/// One use of a base table in one part of a statement. Names are resolved: every column stands behind its alias.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    pub schema: String,
    pub table: String,
    /// The name it goes by in that part.
    pub alias: String,
    /// Conjuncts of that part, of WHERE and of joins, those on other tables included: `r.customer_id = c.id`.
    pub conditions: Vec<String>,
    /// Orders in which its rows are wanted, each key as `r.rented_at DESC`: of ORDER BY, GROUP BY, DISTINCT, MIN and MAX.
    pub orders: Vec<Vec<String>>,
    /// Columns of which that part wants the least or the greatest alone.
    pub extremes: Vec<String>,
    /// Columns that the statement reads of it; `None` where it may be all of them.
    pub needed: Option<BTreeSet<String>>,
}

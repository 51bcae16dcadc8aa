//! Things written in a statement that rules look at, whatever the engine's grammar.

use super::TableRef;

/// A kind of construct: its name in rules, and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConstructKind {
    pub name: &'static str,
    pub meaning: &'static str,
}

/// Something that stands in a statement.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Construct {
    /// Name of its [`ConstructKind`].
    pub kind: &'static str,
    /// As it is written.
    pub excerpt: String,
    /// Byte offset of its first word in the statement.
    pub offset: usize,
    /// Elements, arms, rows or relations: what there are many of; 1 where there is nothing to count.
    pub count: usize,
    /// Tables that the column may belong to; the one table concerned where there is no column.
    pub tables: Vec<TableRef>,
    /// Columns concerned, the decisive one first.
    pub columns: Vec<String>,
    /// The column is NULL where an outer join finds nothing, whatever its table allows.
    pub filled_up: bool,
    /// The other side: another relation, the same said better.
    pub other: String,
    /// The function whose body it stands in.
    pub function: Option<String>,
}

macro_rules! constructs {
    ($($name:literal: $meaning:literal,)*) => {
        /// Every kind there is, by name.
        pub const CONSTRUCTS: &[ConstructKind] =
            &[$(ConstructKind { name: $name, meaning: $meaning },)*];
    };
}

constructs! {
    "always-false": "a condition of constants that never holds",
    "always-true": "a condition of constants that always holds, alone or in an OR",
    "anti-join-column": "LEFT JOIN with IS NULL of a column that the join does not compare",
    "arithmetic-on-column": "a column calculated with, compared with a fixed value",
    "cartesian-product": "relations that no condition links",
    "coalesce-on-column": "coalesce of a column, compared with a fixed value",
    "column-in-list": "a column among the constants of an IN list",
    "comma-and-join": "relations separated by commas and by JOIN in one FROM",
    "compared-with-itself": "a column compared with itself",
    "complex-statement": "many queries, joins and set operations in one statement",
    "count-as-exists": "a count compared with 0 or 1",
    "count-of-column": "count of a column",
    "counts-all-rows": "a count of all rows of one table",
    "date-as-text": "a date turned into text to be compared",
    "date-unquoted": "a date without quotation marks: a subtraction",
    "delete-all": "DELETE without a condition",
    "distinct-of-groups": "DISTINCT of all that is grouped by",
    "distinct-on-unordered": "DISTINCT ON without an order",
    "distinct-over-join": "DISTINCT of columns of one table of a join",
    "end-of-day": "a last second as the end of a span",
    "found-rows-counted": "SQL_CALC_FOUND_ROWS",
    "groups-and-order-apart": "groups by columns of one table, an order by those of another",
    "having-without-aggregate": "a condition after grouping that could stand before it",
    "insert-select-star": "INSERT of whatever columns another table has",
    "insert-without-columns": "INSERT that does not name its columns",
    "join-on-either": "a join by one of two conditions",
    "keyset-by-or": "the rows after a key of several columns, spelled out with OR",
    "large-values": "INSERT of many rows of constants",
    "like-without-wildcard": "a pattern without a wildcard",
    "limit-unordered": "LIMIT or OFFSET without an order",
    "lock-all": "rows locked without a condition or a limit",
    "materialized-once": "a WITH query marked MATERIALIZED that is read once",
    "natural-join": "a join by whatever columns have the same name",
    "not-in-query": "NOT IN with a query",
    "null-compared": "a comparison with NULL",
    "null-in-list": "NULL in an IN list",
    "or-of-one-column": "one column compared with several constants by OR",
    "order-by-parameter": "an order by a parameter",
    "order-by-position": "an order or groups by the number of a column",
    "order-in-subquery": "an order in a query of which only the members count",
    "outer-join-undone": "LEFT JOIN whose missing rows a condition throws away",
    "planner-hint": "a hint to the planner in a comment",
    "quantified-query": "a comparison with ALL rows of a query",
    "recursion-unbounded": "a recursive WITH query that nothing but the data ends",
    "repeated-subquery": "the same query several times in one statement",
    "replaces-rows": "REPLACE",
    "row-compared": "several columns compared at once as to their order",
    "self-assignment": "a column set to itself",
    "table-joined-again": "a table joined with itself by the same column",
    "text-with-null": "a text put together from a column",
    "union-of-disjoint": "UNION of queries that a constant tells apart",
    "update-all": "UPDATE without a condition",
    "update-of-key": "an assignment to a column",
    "upsert": "INSERT that updates the row that has its key already",
    "with-query-read-again": "a WITH query that is read more than once",
}

impl ConstructKind {
    pub fn named(name: &str) -> Option<&'static ConstructKind> {
        CONSTRUCTS.iter().find(|kind| kind.name == name)
    }
}

//! What can be said of a statement from its text alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What running a statement may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatementKind {
    /// Only reads: SELECT without locking or data-modifying CTEs, VALUES, TABLE, SHOW.
    Read,
    /// Changes rows: INSERT, UPDATE, DELETE, MERGE, SELECT … FOR UPDATE, COPY … FROM, data-modifying CTEs.
    Write,
    /// Changes the schema.
    Ddl,
    /// Transaction control, SET, VACUUM and the rest.
    Utility,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct TableRef {
    pub schema: Option<String>,
    pub name: String,
    pub alias: Option<String>,
}

#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct ColumnRef {
    /// Table name or alias, as written.
    pub qualifier: Option<String>,
    pub name: String,
}

/// How a predicate restricts its column; decides where the column goes in an index, and of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PredicateKind {
    /// `=`, `IN`, `= ANY`.
    Equality,
    /// `<`, `<=`, `>`, `>=`, BETWEEN.
    Range,
    /// `IS NULL` and `IS NOT NULL` (see `Predicate::op`).
    NullTest,
    /// A bare boolean column or its negation.
    Boolean,
    /// `@>`, `<@`, `?`, `?|`, `?&`, `&&`, jsonpath operators.
    Containment,
    /// `@@` on a text-search vector.
    TextSearch,
    /// LIKE and ILIKE, regular expressions, similarity.
    Pattern,
    /// `<<`, `>>=`, `-|-`: how spans, networks and shapes lie to each other.
    Position,
    /// Another operator, of which only the catalog knows what it means.
    Operator,
    /// `<->`: no condition, but an order that some indexes give.
    Distance,
    /// `<>`, NOT IN, NOT LIKE: no index helps.
    Inequality,
    /// Anything else, among them OR across columns.
    Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Operand {
    /// Literal value, unquoted text.
    Constant(String),
    Parameter(usize),
    Column(ColumnRef),
    /// Several constants: IN lists, array literals.
    List(Vec<String>),
    /// Anything else, as text.
    Expression(String),
    None,
}

/// One conjunct of a condition: `<column or expression of it> <op> <operand>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Predicate {
    pub kind: PredicateKind,
    /// The restricted column. `None` for kind `Other` with several columns.
    pub column: Option<ColumnRef>,
    /// Operator as the engine prints it: `=`, `@>`, `~~`, `IS NULL`.
    pub op: String,
    pub operand: Operand,
    /// The indexed side as written, when it is not the bare column: `lower(email)`, `(data ->> 'k')`.
    pub expression: Option<String>,
    /// Type that the column is cast to. Whether that keeps an index from being used depends on the column's own
    /// type: ask the engine's index grammar, or without a catalog [`super::Dialect::cast_looks_free`].
    pub cast: Option<String>,
    /// The whole conjunct as written.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SortKey {
    pub column: Option<ColumnRef>,
    pub text: String,
    pub descending: bool,
    pub nulls_first: bool,
}

/// Facts of one statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    pub kind: StatementKind,
    /// 16 hex digits; equal for statements that differ only in constants, IN-list length, spacing and comments.
    pub fingerprint: String,
    /// The statement with constants replaced by placeholders.
    pub normalised: String,
    /// Base tables and views read or written, in order of appearance.
    pub tables: Vec<TableRef>,
    /// Tables that a FROM begins with, anywhere in the statement, and the one an UPDATE or DELETE is for.
    #[serde(default)]
    pub leading: Vec<String>,
    /// Highest `$n`, or the number of `?`.
    pub parameters: usize,
    /// `*` (or `t.*`) in the outermost projection.
    pub select_star: bool,
    /// The value of OFFSET: a constant, or a parameter.
    pub offset: Option<Operand>,
    pub limit: Option<Operand>,
    /// ORDER BY of the outermost query.
    pub order_by: Vec<SortKey>,
    /// The outermost query has a WHERE clause.
    pub has_where: bool,
    pub order_by_random: bool,
    /// `NOT IN (SELECT …)` anywhere.
    pub not_in_subquery: bool,
    /// Longest IN list or array literal.
    pub longest_in_list: usize,
    /// Number of joined relations in the largest FROM.
    pub relations: usize,
    /// Aggregates, GROUP BY or DISTINCT in the outermost query: it does not return base rows.
    pub aggregates: bool,
    /// Columns that an UPDATE, or INSERT … ON CONFLICT, assigns to.
    #[serde(default)]
    pub assigned: Vec<String>,
    /// Predicates of every WHERE and ON clause that the parser could take apart.
    pub predicates: Vec<Predicate>,
}

impl Predicate {
    /// A conjunct that could not be taken apart.
    pub fn other(text: impl Into<String>) -> Self {
        Predicate {
            kind: PredicateKind::Other,
            column: None,
            op: String::new(),
            operand: Operand::None,
            expression: None,
            cast: None,
            text: text.into(),
        }
    }
}

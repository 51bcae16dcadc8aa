//! Which indexes an engine can build, for which predicate, and how it spells them.

use crate::sql::Predicate;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Catalog, Column, NewObject, Operators, Reading, Setting, Table};

/// What a key of an index is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeySubject {
    Column(String),
    /// In the engine's own spelling, without table qualifiers.
    Expression(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyDefinition {
    pub subject: KeySubject,
    pub descending: bool,
    pub nulls_first: bool,
    /// `None` is the default class of the key's type.
    pub operator_class: Option<String>,
}

impl KeyDefinition {
    /// An ascending key of the default class.
    pub fn ascending(subject: KeySubject) -> Self {
        KeyDefinition { subject, descending: false, nulls_first: false, operator_class: None }
    }
}

/// An index to be built, in no engine's syntax. Two equal definitions are the same index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexDefinition {
    pub schema: String,
    pub table: String,
    pub method: String,
    pub keys: Vec<KeyDefinition>,
    /// Columns carried along but not searched.
    pub include: Vec<String>,
    /// Condition of a partial index, in the engine's spelling, without table qualifiers.
    pub predicate: Option<String>,
}

impl IndexDefinition {
    /// On plain columns, ascending.
    pub fn on(schema: &str, table: &str, method: &str, columns: &[&str]) -> Self {
        let key = |name: &&str| KeyDefinition::ascending(KeySubject::Column((*name).to_owned()));
        IndexDefinition {
            schema: schema.to_owned(),
            table: table.to_owned(),
            method: method.to_owned(),
            keys: columns.iter().map(key).collect(),
            include: Vec::new(),
            predicate: None,
        }
    }
}

/// The part of an index that one partition of its table holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexPart {
    pub schema: String,
    pub table: String,
    /// The part's own name.
    pub name: String,
    /// Parts of this part, where the partition is itself partitioned.
    pub parts: Vec<IndexPart>,
}

/// A program that changes a table while it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnlineChange {
    pub program: String,
    /// For a shell, quoted; without a login.
    pub command: String,
    /// Why it would refuse, as far as the catalog tells.
    pub obstacles: Vec<String>,
}

/// What a key does for the predicate it serves; decides where it stands among the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyRole {
    /// Pins the key to single values: further keys stay useful behind it.
    Equality,
    /// Narrows the key to a span: keys behind it only filter.
    Range,
    /// The method has no order of keys: the predicate gets an index of its own.
    Whole,
}

/// One way to serve a predicate by an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub method: String,
    /// `None` is the default class of the key's type.
    pub operator_class: Option<String>,
    pub role: KeyRole,
    /// Must be installed first.
    pub extension: Option<&'static str>,
}

impl Service {
    /// By a method that has no order of keys.
    pub fn whole(method: &str, operator_class: Option<String>) -> Self {
        Service { method: method.to_owned(), operator_class, role: KeyRole::Whole, extension: None }
    }
}

/// Statements about the values that an expression has in the rows of a table, each to be run on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueStatistics {
    pub create: String,
    /// Reads a sample of the rows.
    pub gather: String,
    pub remove: String,
}

/// A method that keeps a summary for each run of neighbouring pages instead of an entry for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockSummary {
    pub method: &'static str,
    pub pages_per_range: u64,
}

/// The part of an engine that `advise` needs in order to write index statements.
pub trait IndexGrammar: Send + Sync {
    /// The method that keeps keys in order.
    fn ordered_method(&self) -> &'static str;

    /// The method that finds equal values whatever their width, and nothing else.
    fn hashed_method(&self) -> Option<&'static str>;

    fn block_summary(&self) -> Option<BlockSummary>;

    /// An index may hold the rows alone that meet a condition.
    fn holds_conditions(&self) -> bool {
        true
    }

    /// What [`super::Session::weigh`] puts at the top of a plan, for the reader.
    fn prices_by(&self) -> &'static str {
        "planner cost"
    }

    /// What `sql` asks of each table, where the engine's plans do not print all of it: `None` where they do.
    fn readings(&self, sql: &str, catalog: &Catalog) -> Option<Vec<Reading>> {
        let _ = (sql, catalog);
        None
    }

    /// `index`, as it is thought of for any engine, as this one builds it: `None` where it cannot, or where it would
    /// be one that the table has by itself.
    fn fitted(&self, index: IndexDefinition, table: &Table) -> Option<IndexDefinition> {
        let _ = table;
        Some(index)
    }

    /// Every way in which an index could serve `predicate`; empty when none can. `column` is the restricted
    /// column, where the catalog knows it.
    fn serving(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        operators: &Operators,
    ) -> Vec<Service>;

    /// Those of them that are worth building an index for, most specific first.
    fn services(
        &self,
        predicate: &Predicate,
        column: Option<&Column>,
        operators: &Operators,
    ) -> Vec<Service>;

    /// Comparing a column of `column_type` under a cast to `cast` can still use the column's index: the two
    /// are the same bytes in the same order.
    fn cast_is_free(&self, column_type: &str, cast: &str, operators: &Operators) -> bool;

    /// No setting and no moment changes what `expression` gives for a row of `table`: else no index can hold it.
    fn is_immutable(&self, expression: &str, table: &Table, operators: &Operators) -> bool;

    /// Values of this type have an order and can be keys of the ordered method.
    fn is_ordered(&self, data_type: &str) -> bool;

    /// `text` (an expression or a condition over the one relation known as `alias`) as it may
    /// stand in an index definition. `None` when it mentions a parameter, a sub-select or another relation.
    fn unqualified(&self, text: &str, alias: &str) -> Option<String>;

    /// Whether two expressions are the same but for spelling.
    fn same_expression(&self, a: &str, b: &str) -> bool;

    /// Bytes an index name may have.
    fn longest_name(&self) -> usize;

    /// Builds the index beside running traffic; harmless when it is there already.
    fn create(&self, index: &IndexDefinition, name: &str) -> String;

    /// The same for a partitioned table: statements in order, each to be run on its own.
    fn create_in_parts(
        &self,
        index: &IndexDefinition,
        name: &str,
        parts: &[IndexPart],
    ) -> Vec<String>;

    /// Takes away an index of a partitioned table, also one that was built in part only.
    fn drop_with_parts(&self, schema: &str, name: &str, parts: &[IndexPart]) -> String;

    /// Builds it the quick way, with locks: for what-if and sandboxes.
    fn create_now(&self, index: &IndexDefinition, name: &str) -> String;

    /// Takes an index away beside running traffic.
    fn drop(&self, schema: &str, table: &str, name: &str) -> String;

    fn drop_now(&self, schema: &str, table: &str, name: &str) -> String;

    /// Takes an index from the planner's sight, or gives it back, while it is kept up to date: the work of a moment.
    /// `None` where the engine knows no such thing.
    fn set_visible(&self, schema: &str, table: &str, name: &str, visible: bool) -> Option<String> {
        let _ = (schema, table, name, visible);
        None
    }

    /// What whoever writes to the table has to know before the index is made.
    fn caution(&self, index: &IndexDefinition) -> Option<String> {
        let _ = index;
        None
    }

    /// An index keeps values of the column by their beginning alone: none of them is too wide for a key.
    fn keeps_beginnings(&self, column: &Column) -> bool {
        let _ = column;
        false
    }

    /// What stores the table lets nobody write while one of its indexes is built or taken away, whatever is asked for.
    fn locks_table(&self, table: &Table) -> bool {
        let _ = table;
        false
    }

    /// Programs that build the same index on a large table while it is used, and how they are called; none where the
    /// engine has no need of them, or the table is not large.
    fn online_changes(
        &self,
        index: &IndexDefinition,
        name: &str,
        catalog: &Catalog,
        settings: &[Setting],
    ) -> Vec<OnlineChange> {
        let _ = (index, name, catalog, settings);
        Vec::new()
    }

    /// The statement `ddl`, as the catalog has it for an index, for building it again beside running traffic where its
    /// table lets it.
    fn create_again(&self, ddl: &str, partitioned: bool) -> String;

    /// What `statement` is going to create; `None` where it creates nothing that these methods know.
    fn creates(&self, statement: &str) -> Option<NewObject>;

    /// `statements` with another name for what is called `old`, wherever they name it.
    fn renamed(&self, statements: &str, old: &str, new: &str) -> String;

    /// A query whose only value is the size of an index in bytes.
    fn size_query(&self, schema: &str, name: &str) -> String;

    /// A query for the names of an index's parts; none where its table is not partitioned.
    fn parts_query(&self, schema: &str, name: &str) -> String;

    /// The extension an operator class of this index comes from.
    fn extension(&self, index: &IndexDefinition) -> Option<&'static str>;

    fn install_extension(&self, name: &str) -> String;

    /// Fails while anything still needs it.
    fn remove_extension(&self, name: &str) -> String;

    /// Size in bytes of the index when freshly built over `rows` rows of `table`.
    /// `None` for methods whose size cannot be told from column statistics.
    fn modelled_bytes(&self, index: &IndexDefinition, table: &Table, rows: f64) -> Option<u64>;

    /// The planner can be shown an index of this method that does not exist.
    fn hypothetical(&self, method: &str) -> bool;

    /// Lets the planner of a throwaway copy know the values of `expression`, as it will in production once an index holds
    /// them. `None` where the engine keeps no such statistics.
    fn value_statistics(
        &self,
        table: &Table,
        expression: &str,
        name: &str,
    ) -> Option<ValueStatistics> {
        let _ = (table, expression, name);
        None
    }

    /// The error says that the expression may change its value by itself, so that no index can hold it.
    fn refuses_expression(&self, error: &super::DbError) -> bool;
}

//! Statements that make relations and what hangs on them.

use super::identifier;
use crate::engine::{IndexFacts, QualifiedName, RelationColumn, RelationFacts};

pub fn name(schema: &str, name: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(name))
}

fn qualified(of: &QualifiedName) -> String {
    name(&of.schema, &of.name)
}

/// What stands for a type that is not there.
const STAND_IN: &str = "pg_catalog.text";

/// The statement for a table of any kind; `stands_in` says of which columns the type is not there. Of those, defaults are
/// left out too.
pub fn create(
    relation: &RelationFacts,
    stands_in: &dyn Fn(&RelationColumn) -> bool,
    defaults: bool,
) -> String {
    let is_part = relation.partition.is_some();
    let column = |column: &RelationColumn| {
        let text = one(column, is_part, stands_in(column));
        match &column.default {
            Some(default) if defaults && !stands_in(column) => format!("{text} DEFAULT {default}"),
            _ => text,
        }
    };
    let columns: Vec<String> = relation.columns.iter().map(column).collect();
    let head = match relation.kind.as_str() {
        "foreign table" => "CREATE FOREIGN TABLE",
        _ => "CREATE TABLE",
    };
    let mut statement =
        format!("{head} {} ({})", name(&relation.schema, &relation.name), columns.join(", "));
    if !relation.inherits.is_empty() {
        let parents: Vec<String> = relation.inherits.iter().map(qualified).collect();
        statement.push_str(&format!(" INHERITS ({})", parents.join(", ")));
    }
    if let Some(key) = &relation.partition_key {
        statement.push_str(&format!(" PARTITION BY {key}"));
    }
    if relation.kind == "foreign table" {
        let server = relation.definition.as_deref().unwrap_or_default();
        statement.push_str(&format!(" SERVER {server}"));
    } else if !relation.options.is_empty() {
        statement.push_str(&with(&relation.options));
    }
    statement
}

fn with(options: &[String]) -> String {
    let options = options.iter().map(|option| match option.split_once('=') {
        Some((name, value)) => format!("{} = {}", option_name(name), super::literal(value)),
        None => option_name(option),
    });
    format!(" WITH ({})", options.collect::<Vec<_>>().join(", "))
}

/// Plain words only: whatever else stands there is not an option.
fn option_name(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

fn one(column: &RelationColumn, is_part: bool, stands_in: bool) -> String {
    let data_type = if stands_in { STAND_IN } else { &column.data_type };
    let mut text = format!("{} {data_type}", identifier(&column.name));
    if let Some(collation) = column.collation.as_ref().filter(|_| !stands_in) {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    let identity = |generated: &str| generated.ends_with("IDENTITY");
    if let Some(generated) = &column.generated
        && !stands_in
        && !(is_part && identity(generated))
    {
        text.push_str(&format!(" {generated}"));
    }
    if column.not_null {
        text.push_str(" NOT NULL");
    }
    text
}

/// A view, or a materialized one without its rows.
pub fn view(relation: &RelationFacts) -> String {
    let columns: Vec<String> =
        relation.columns.iter().map(|column| identifier(&column.name)).collect();
    let query = relation.definition.as_deref().unwrap_or_default().trim_end().trim_end_matches(';');
    let options = if relation.options.is_empty() { String::new() } else { with(&relation.options) };
    let (head, tail) = match relation.kind.as_str() {
        "view" => ("CREATE VIEW", ""),
        _ => ("CREATE MATERIALIZED VIEW", " WITH NO DATA"),
    };
    let own = name(&relation.schema, &relation.name);
    format!("{head} {own} ({}){options} AS {query}{tail}", columns.join(", "))
}

pub fn attach(relation: &RelationFacts) -> Option<String> {
    let (parent, bounds) = relation.partition.as_ref()?;
    let own = name(&relation.schema, &relation.name);
    Some(format!("ALTER TABLE ONLY {} ATTACH PARTITION {own} {bounds}", qualified(parent)))
}

pub fn attach_index(index: &IndexFacts) -> Option<String> {
    let parent = index.part_of.as_ref()?;
    Some(format!(
        "ALTER INDEX {} ATTACH PARTITION {}",
        qualified(parent),
        name(&index.schema, &index.name)
    ))
}

pub fn defaults(relation: &RelationFacts) -> Vec<String> {
    let own = name(&relation.schema, &relation.name);
    let with_default = relation.columns.iter().filter_map(|column| {
        let default = column.default.as_ref()?;
        let column = identifier(&column.name);
        Some(format!("ALTER TABLE ONLY {own} ALTER COLUMN {column} SET DEFAULT {default}"))
    });
    with_default.collect()
}

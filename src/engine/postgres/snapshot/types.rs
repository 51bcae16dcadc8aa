//! What the server at hand calls things: numbers of relations, columns, types and their operators.

use std::collections::HashMap;

use serde::Deserialize;
use tokio_postgres::Client;

use super::literal;
use crate::engine::postgres::session::query::json_rows;
use crate::engine::{DbError, PlannerState};

pub type Oid = u32;

#[derive(Debug, Clone, Deserialize)]
pub struct Relation {
    pub oid: Oid,
    pub schema: String,
    pub name: String,
    pub kind: String,
    /// `None` where it has no file.
    pub path: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Attribute {
    pub number: i32,
    #[serde(rename = "type")]
    pub data_type: Oid,
    pub collation: Oid,
}

#[derive(Deserialize)]
struct AttributeRow {
    relation: Oid,
    name: String,
    #[serde(flatten)]
    attribute: Attribute,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct TypeRow {
    oid: Oid,
    kind: char,
    base: Oid,
    element: Oid,
    array: bool,
}

#[derive(Deserialize)]
struct OperatorRow {
    #[serde(rename = "type")]
    data_type: Oid,
    less: Option<Oid>,
    equal: Option<Oid>,
    ordered: bool,
}

#[derive(Deserialize)]
struct CastRow {
    source: Oid,
    target: Oid,
}

/// The operators that statistics of a type go by; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operators {
    pub less: Oid,
    pub equal: Oid,
}

#[derive(Default)]
pub struct Numbers {
    pub relations: HashMap<(String, String), Relation>,
    pub attributes: HashMap<(Oid, String), Attribute>,
    types: HashMap<Oid, TypeRow>,
    operators: HashMap<Oid, Operators>,
    casts: HashMap<Oid, Vec<Oid>>,
}

const RELATIONS: &str = "\
    SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, \
           CASE WHEN c.relkind IN ('r', 'm', 'i') THEN pg_catalog.pg_relation_filepath(c.oid) END AS path \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/// A column of an index has the type of what is stored there: words of a text, elements of an array. Statistics are of what
/// they are taken from.
const ATTRIBUTES: &str = "\
    SELECT a.attrelid::bigint AS relation, a.attname AS name, a.attnum AS number, \
           (CASE WHEN COALESCE(o.opckeytype, 0) = 0 THEN a.atttypid \
                 WHEN o.opcintype = 'pg_catalog.anyarray'::regtype \
                 THEN COALESCE((SELECT NULLIF(t.typarray, 0) FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid), a.atttypid) \
                 ELSE o.opcintype END)::bigint AS type, \
           a.attcollation::bigint AS collation \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = a.attrelid \
    LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[a.attnum - 1] \
    WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

const TYPES: &str = "\
    SELECT oid::bigint AS oid, typtype AS kind, typbasetype::bigint AS base, typelem::bigint AS element, \
           typelem <> 0 AND typlen = -1 AND typcategory = 'A' AS array FROM pg_catalog.pg_type";

/// The default operators of B-trees, and of hash indexes where a type cannot be ordered.
const OPERATORS: &str = "\
    SELECT c.opcintype::bigint AS type, am.amname = 'btree' AS ordered, \
           (SELECT o.amopopr::bigint FROM pg_catalog.pg_amop o WHERE o.amopfamily = c.opcfamily AND am.amname = 'btree' \
            AND o.amoplefttype = c.opcintype AND o.amoprighttype = c.opcintype AND o.amopstrategy = 1) AS less, \
           (SELECT o.amopopr::bigint FROM pg_catalog.pg_amop o WHERE o.amopfamily = c.opcfamily \
            AND o.amoplefttype = c.opcintype AND o.amoprighttype = c.opcintype \
            AND o.amopstrategy = CASE am.amname WHEN 'btree' THEN 3 ELSE 1 END) AS equal \
    FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod \
    WHERE c.opcdefault AND am.amname IN ('btree', 'hash') ORDER BY am.amname";

const CASTS: &str = "\
    SELECT castsource::bigint AS source, casttarget::bigint AS target FROM pg_catalog.pg_cast \
    WHERE castmethod = 'b' AND castcontext = 'i'";

const ANY_ARRAY: Oid = 2277;
const ANY_ENUM: Oid = 3500;
const ANY_RANGE: Oid = 3831;
const ANY_MULTIRANGE: Oid = 4537;
const RECORD: Oid = 2249;
pub const TSVECTOR: Oid = 3614;
pub const TEXT: Oid = 25;
pub const DEFAULT_COLLATION: Oid = 100;

/// For more names than this everything is read.
const MOST_NAMED: usize = 1000;

impl Numbers {
    pub async fn read(client: &Client) -> Result<Numbers, DbError> {
        Numbers::filtered(client, "").await
    }

    /// Of the tables and indexes of `state` alone.
    pub async fn read_of(client: &Client, state: &PlannerState) -> Result<Numbers, DbError> {
        let tables = state.relations.iter().map(|relation| &relation.name);
        let names: Vec<String> = tables
            .chain(state.indexes.iter().map(|index| &index.name))
            .map(|name| literal(name))
            .collect();
        if names.is_empty() || names.len() > MOST_NAMED {
            return Numbers::read(client).await;
        }
        Numbers::filtered(client, &format!(" AND c.relname IN ({})", names.join(", "))).await
    }

    async fn filtered(client: &Client, filter: &str) -> Result<Numbers, DbError> {
        let relations = format!("{RELATIONS}{filter}");
        let relations: Vec<Relation> = json_rows(client, &relations).await?;
        let attributes = format!("{ATTRIBUTES}{filter}");
        let attributes: Vec<AttributeRow> = json_rows(client, &attributes).await?;
        let types: Vec<TypeRow> = json_rows(client, TYPES).await?;
        let operators: Vec<OperatorRow> = json_rows(client, OPERATORS).await?;
        let casts: Vec<CastRow> = json_rows(client, CASTS).await?;
        let mut numbers = Numbers {
            relations: relations
                .into_iter()
                .map(|row| ((row.schema.clone(), row.name.clone()), row))
                .collect(),
            attributes: attributes
                .into_iter()
                .map(|row| ((row.relation, row.name), row.attribute))
                .collect(),
            types: types.into_iter().map(|row| (row.oid, row)).collect(),
            ..Numbers::default()
        };
        // Ordered ones come first and are kept.
        let (ordered, hashed): (Vec<_>, Vec<_>) = operators.into_iter().partition(|o| o.ordered);
        for row in ordered.into_iter().chain(hashed) {
            let known = Operators { less: row.less.unwrap_or(0), equal: row.equal.unwrap_or(0) };
            numbers.operators.entry(row.data_type).or_insert(known);
        }
        for cast in casts {
            numbers.casts.entry(cast.source).or_default().push(cast.target);
        }
        Ok(numbers)
    }

    pub fn relation(&self, schema: &str, name: &str) -> Option<&Relation> {
        self.relations.get(&(schema.to_owned(), name.to_owned()))
    }

    pub fn attribute(&self, relation: Oid, name: &str) -> Option<Attribute> {
        self.attributes.get(&(relation, name.to_owned())).copied()
    }

    /// What a domain is a domain of.
    pub fn base(&self, data_type: Oid) -> Oid {
        let mut base = data_type;
        for _ in 0..32 {
            match self.types.get(&base) {
                Some(row) if row.kind == 'd' => base = row.base,
                _ => break,
            }
        }
        base
    }

    /// Of an array, or of what has words in it.
    pub fn element(&self, data_type: Oid) -> Option<Oid> {
        let base = self.base(data_type);
        if base == TSVECTOR {
            return Some(TEXT);
        }
        self.types.get(&base).filter(|row| row.array).map(|row| row.element)
    }

    /// Reading such a value runs code of the database's owner: rows of a type and checks of a domain.
    pub fn reads_by_own_code(&self, data_type: Oid) -> bool {
        let base = self.base(data_type);
        match self.types.get(&base) {
            Some(row) if row.kind == 'c' => true,
            Some(row) if row.array => {
                let element = self.types.get(&row.element);
                element.is_some_and(|element| matches!(element.kind, 'c' | 'd'))
            }
            _ => false,
        }
    }

    /// As the server finds a type's default operator class: its own, that of its kind, or that of a type it passes for.
    pub fn operators(&self, data_type: Oid) -> Operators {
        let base = self.base(data_type);
        if let Some(own) = self.operators.get(&base) {
            return *own;
        }
        let of_kind = self.types.get(&base).and_then(|row| match row.kind {
            _ if row.array => Some(ANY_ARRAY),
            'e' => Some(ANY_ENUM),
            'r' => Some(ANY_RANGE),
            'm' => Some(ANY_MULTIRANGE),
            'c' => Some(RECORD),
            _ => None,
        });
        let passes_for = self.casts.get(&base).into_iter().flatten().copied();
        let mut candidates = of_kind.into_iter().chain(passes_for);
        candidates.find_map(|oid| self.operators.get(&oid)).copied().unwrap_or_default()
    }
}

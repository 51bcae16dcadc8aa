//! The relations that a query reads, and which of them a column belongs to.

use pg_query::protobuf::JoinType;
use serde_json::Value;

use super::tree::{list, node, number, part, text};
use crate::sql::TableRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A table or a view.
    Table,
    /// A WITH query.
    Cte,
    /// A query in FROM.
    Query { lateral: bool },
    /// A function, or VALUES and the like.
    Other,
}

#[derive(Debug, Clone)]
pub struct Relation {
    /// By which columns name it.
    pub name: String,
    pub table: Option<TableRef>,
    pub source: Source,
    /// The side of an outer join that is filled up with NULL.
    pub optional: bool,
    /// Named by CROSS JOIN: that it is joined with everything is meant.
    pub crossed: bool,
}

/// What one SELECT, UPDATE or DELETE reads.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub relations: Vec<Relation>,
    /// Conditions of its joins, with the optional relation's name for an outer join on one.
    pub conditions: Vec<Condition>,
    /// A NATURAL JOIN or USING links by names.
    pub by_name: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub expression: Value,
    /// The relations of the side that is filled up, for an outer join.
    pub optional: Vec<String>,
}

impl Scope {
    pub fn of(from: &[Value], ctes: &[String]) -> Scope {
        let mut scope = Scope::default();
        for item in from {
            scope.add(item, ctes, false, false);
        }
        scope
    }

    /// Returns the names it added.
    pub fn add(
        &mut self,
        item: &Value,
        ctes: &[String],
        optional: bool,
        crossed: bool,
    ) -> Vec<String> {
        let Some((kind, content)) = node(item) else { return Vec::new() };
        if kind == "JoinExpr" {
            return self.add_join(content, ctes, optional);
        }
        let alias = content.get("alias").map_or("", |alias| text(alias, "aliasname"));
        let table = (kind == "RangeVar").then(|| table_of(content));
        let is_cte = table.as_ref().is_some_and(|table| {
            table.schema.is_none() && ctes.iter().any(|cte| cte == &table.name)
        });
        let source = match kind {
            "RangeVar" if is_cte => Source::Cte,
            "RangeVar" => Source::Table,
            "RangeSubselect" => Source::Query { lateral: content["lateral"] == true },
            _ => Source::Other,
        };
        let plain = table.as_ref().map(|table| table.name.clone()).unwrap_or_default();
        let name = if alias.is_empty() { plain } else { alias.to_owned() };
        let table = table.filter(|_| source == Source::Table);
        self.relations.push(Relation { name: name.clone(), table, source, optional, crossed });
        vec![name]
    }

    fn add_join(&mut self, join: &Value, ctes: &[String], optional: bool) -> Vec<String> {
        let kind = number(join, "jointype");
        let (left_optional, right_optional) = (
            kind == JoinType::JoinRight as i32 || kind == JoinType::JoinFull as i32,
            kind == JoinType::JoinLeft as i32 || kind == JoinType::JoinFull as i32,
        );
        let named = join["is_natural"] == true || !list(join, "using_clause").is_empty();
        let crossed = !named && part(join, "quals").is_none();
        let mut side = |key: &str, filled: bool| match part(join, key) {
            Some(item) => self.add(item, ctes, optional || filled, crossed),
            None => Vec::new(),
        };
        let left = side("larg", left_optional);
        let right = side("rarg", right_optional);
        let filled = match (left_optional, right_optional) {
            (false, true) => right.clone(),
            (true, false) => left.clone(),
            (true, true) => left.iter().chain(&right).cloned().collect(),
            (false, false) => Vec::new(),
        };
        if let Some(expression) = part(join, "quals") {
            self.conditions.push(Condition { expression: expression.clone(), optional: filled });
        }
        let names: Vec<String> = left.into_iter().chain(right).collect();
        if named {
            self.by_name.extend(names.iter().cloned());
        }
        names
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// An outer join may leave the column without a row; of one without a table's name none must.
    pub fn may_be_filled_up(&self, qualifier: Option<&str>) -> bool {
        let named = |relation: &&Relation| qualifier.is_none_or(|name| relation.name == name);
        self.relations.iter().filter(named).any(|relation| relation.optional)
    }

    /// The tables that a column may belong to: its own where it is qualified, else all of the scope.
    pub fn tables_of(&self, qualifier: Option<&str>) -> Vec<TableRef> {
        let named = |relation: &&Relation| qualifier.is_none_or(|name| relation.name == name);
        self.relations.iter().filter(named).filter_map(|relation| relation.table.clone()).collect()
    }
}

pub fn table_of(range: &Value) -> TableRef {
    let schema = text(range, "schemaname");
    let alias = range.get("alias").map_or("", |alias| text(alias, "aliasname"));
    TableRef {
        schema: (!schema.is_empty()).then(|| schema.to_owned()),
        name: text(range, "relname").to_owned(),
        alias: (!alias.is_empty()).then(|| alias.to_owned()),
    }
}

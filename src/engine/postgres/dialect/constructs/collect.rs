//! One pass through the parse tree, with what is known of the queries around each place.

use pg_query::protobuf::SetOperation;
use serde_json::{Map, Value};

use super::excerpt::excerpt;
use super::scope::Scope;
use super::tree::{is_node_name, list, number, part, text};
use super::{clauses, comparisons, joins, links, subqueries, writes};
use crate::sql::Construct;

/// Which clause a place is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clause {
    /// WHERE or ON: what chooses rows of tables.
    Condition,
    Output,
    Other,
}

#[derive(Debug, Clone)]
pub struct Around {
    pub outermost: bool,
    /// A query of which only matters whether or what it finds: IN, EXISTS.
    pub membership: bool,
    pub clause: Clause,
    pub ctes: Vec<String>,
}

pub struct Collector<'s> {
    sql: &'s str,
    pub found: Vec<Construct>,
    /// Innermost last.
    pub scopes: Vec<Scope>,
    /// Names may be variables of a function.
    pub in_body: bool,
}

impl<'s> Collector<'s> {
    pub fn of(sql: &'s str, tree: &Value, in_body: bool) -> Vec<Construct> {
        let mut collector = Collector { sql, found: Vec::new(), scopes: Vec::new(), in_body };
        let around =
            Around { outermost: true, membership: false, clause: Clause::Other, ctes: Vec::new() };
        subqueries::note_statement(&mut collector, tree);
        collector.walk(tree, &around);
        collector.found
    }

    pub fn add(&mut self, kind: &'static str, at: &Value, more: Construct) {
        let (offset, excerpt) = excerpt(self.sql, at);
        let count = more.count.max(1);
        self.found.push(Construct { kind, excerpt, offset, count, ..more });
    }

    /// What concerns one column, of the tables that it may belong to.
    pub fn of_column(&self, qualifier: Option<&str>, name: &str) -> Construct {
        let columns = vec![name.to_owned()];
        let scope = self.scopes.iter().rev().find(|scope| knows(scope, qualifier));
        let Some(scope) = scope else { return Construct { columns, ..Construct::default() } };
        let tables = scope.tables_of(qualifier);
        let filled_up = scope.may_be_filled_up(qualifier);
        Construct { tables, columns, filled_up, ..Construct::default() }
    }

    fn walk(&mut self, value: &Value, around: &Around) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, around)),
            Value::Object(object) => {
                object.iter().for_each(|(key, child)| self.child(key, child, around));
            }
            _ => {}
        }
    }

    fn child(&mut self, key: &str, child: &Value, around: &Around) {
        match key {
            "SelectStmt" => self.select(child, around),
            "UpdateStmt" | "DeleteStmt" | "InsertStmt" => self.write(key, child, around),
            "SubLink" => {
                subqueries::note_link(self, child);
                let inner =
                    Around { membership: subqueries::is_membership(child), ..around.clone() };
                self.walk(child, &inner);
            }
            _ => {
                if is_node_name(key) {
                    comparisons::note(self, key, child, around);
                }
                let clause = match key {
                    "where_clause" | "quals" => Clause::Condition,
                    "target_list" => Clause::Output,
                    "having_clause" => Clause::Other,
                    _ => around.clause,
                };
                self.walk(child, &Around { clause, ..around.clone() });
            }
        }
    }

    fn select(&mut self, select: &Value, around: &Around) {
        let ctes = self.with(part(select, "with_clause"), around);
        let around = Around { ctes, ..around.clone() };
        clauses::note(self, select, &around);
        let inner = Around { outermost: false, clause: Clause::Other, ..around.clone() };
        if number(select, "op") != SetOperation::SetopNone as i32 {
            for arm in ["larg", "rarg"].into_iter().filter_map(|key| part(select, key)) {
                self.select(arm, &inner);
            }
            return;
        }
        let scope = Scope::of(list(select, "from_clause"), &around.ctes);
        let condition = part(select, "where_clause");
        self.query(select, scope, condition, &inner);
    }

    fn write(&mut self, kind: &str, statement: &Value, around: &Around) {
        let ctes = self.with(part(statement, "with_clause"), around);
        let inner = Around { ctes, outermost: false, membership: false, clause: Clause::Other };
        writes::note(self, kind, statement);
        let from = match kind {
            "DeleteStmt" => list(statement, "using_clause"),
            _ => list(statement, "from_clause"),
        };
        let mut scope = Scope::default();
        if let (Some(target), true) = (part(statement, "relation"), kind != "InsertStmt") {
            let target = serde_json::json!({ "node": { "RangeVar": target } });
            scope.add(&target, &[], false, false);
        }
        for item in from {
            scope.add(item, &inner.ctes, false, false);
        }
        self.query(statement, scope, part(statement, "where_clause"), &inner);
    }

    fn query(&mut self, query: &Value, scope: Scope, condition: Option<&Value>, inner: &Around) {
        links::note(self, query, &scope, condition);
        joins::note(self, &scope, condition);
        self.scopes.push(scope);
        if let Value::Object(object) = query {
            self.parts(object, inner);
        }
        self.scopes.pop();
    }

    fn parts(&mut self, object: &Map<String, Value>, inner: &Around) {
        for (key, child) in object.iter().filter(|(key, _)| key.as_str() != "with_clause") {
            let inner = Around { membership: false, ..inner.clone() };
            self.child(key, child, &inner);
        }
    }

    /// Walks the WITH queries and returns the names that are known after them.
    fn with(&mut self, clause: Option<&Value>, around: &Around) -> Vec<String> {
        let mut ctes = around.ctes.clone();
        let Some(clause) = clause else { return ctes };
        let inner = Around { outermost: false, membership: false, ..around.clone() };
        let all = list(clause, "ctes").iter().filter_map(|c| c.pointer("/node/CommonTableExpr"));
        let names: Vec<String> = all.clone().map(|cte| text(cte, "ctename").to_owned()).collect();
        for (cte, name) in all.zip(names) {
            let mut known = ctes.clone();
            known.push(name.clone());
            self.walk(cte, &Around { ctes: known, ..inner.clone() });
            ctes.push(name);
        }
        ctes
    }
}

fn knows(scope: &Scope, qualifier: Option<&str>) -> bool {
    match qualifier {
        Some(name) => scope.relation(name).is_some(),
        None => !scope.relations.is_empty(),
    }
}

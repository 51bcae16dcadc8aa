//! Facts that hold anywhere in a statement, however deep: found on the tree in generic form, so
//! that no kind of node can hide them.

use pg_query::protobuf::{AExprKind, BoolExprType, SubLinkType};
use serde_json::{Map, Value};

use super::kind::writes_by_function;
use super::operand::array_literal;
use crate::sql::TableRef;

#[derive(Debug, Default)]
pub struct Facts {
    /// With the place in the text, for the order of appearance.
    tables: Vec<(i64, TableRef)>,
    pub parameters: usize,
    pub not_in_subquery: bool,
    pub longest_in_list: usize,
    /// INSERT, UPDATE, DELETE or MERGE somewhere.
    pub modifies: bool,
    /// FOR UPDATE and its like.
    pub locks: bool,
    /// SELECT … INTO.
    pub creates: bool,
    /// A function known to write.
    pub write_function: bool,
}

impl Facts {
    pub fn of(tree: &pg_query::protobuf::ParseResult) -> Facts {
        let mut facts = Facts::default();
        if let Ok(value) = serde_json::to_value(tree) {
            facts.walk(&value, &Vec::new());
        }
        facts.tables.sort_by_key(|(place, _)| *place);
        facts
    }

    pub fn tables(&self) -> Vec<TableRef> {
        let mut distinct: Vec<TableRef> = Vec::new();
        for (_, table) in &self.tables {
            if !distinct.contains(table) {
                distinct.push(table.clone());
            }
        }
        distinct
    }

    /// `scope` holds the names of the CTEs that hide tables here.
    fn walk(&mut self, value: &Value, scope: &Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, scope)),
            Value::Object(object) => self.walk_object(object, scope),
            _ => {}
        }
    }

    fn walk_object(&mut self, object: &Map<String, Value>, scope: &[String]) {
        self.note_table(object, scope);
        let inner = self.walk_ctes(object.get("with_clause"), scope);
        for (key, value) in object {
            self.note_node(key, value);
            let is_target = key == "relation" && object.contains_key("returning_clause");
            match key.as_str() {
                "with_clause" => {}
                _ if is_target => self.walk(value, &Vec::new()),
                _ => self.walk(value, &inner),
            }
        }
    }

    /// Walks the CTEs, each of which sees those before it (all of them when recursive), and
    /// returns the scope of the statement they belong to.
    fn walk_ctes(&mut self, clause: Option<&Value>, scope: &[String]) -> Vec<String> {
        let ctes = clause.and_then(|c| c["ctes"].as_array()).map(Vec::as_slice).unwrap_or_default();
        let recursive = clause.is_some_and(|c| c["recursive"] == true);
        let mut inner = scope.to_vec();
        let name = |cte: &Value| cte.pointer("/node/CommonTableExpr/ctename").cloned();
        let names = ctes.iter().filter_map(|cte| name(cte)?.as_str().map(str::to_owned));
        if recursive {
            inner.extend(names.clone());
        }
        for (cte, name) in ctes.iter().zip(names) {
            self.walk(cte, &inner);
            inner.push(name);
        }
        inner
    }

    fn note_table(&mut self, object: &Map<String, Value>, scope: &[String]) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, schema) = (text("relname"), text("schemaname"));
        let hidden = schema.is_empty() && scope.iter().any(|cte| cte == name);
        if name.is_empty() || hidden {
            return;
        }
        let alias = object.get("alias").and_then(|a| a["aliasname"].as_str());
        let table = TableRef {
            schema: (!schema.is_empty()).then(|| schema.to_owned()),
            name: name.to_owned(),
            alias: alias.map(str::to_owned),
        };
        let place = object.get("location").and_then(Value::as_i64).unwrap_or(-1);
        self.tables.push((place, table));
    }

    fn note_node(&mut self, key: &str, value: &Value) {
        match key {
            "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" => self.modifies = true,
            "LockingClause" => self.locks = true,
            "into_clause" => self.creates |= !value.is_null(),
            "ParamRef" => {
                let number = value["number"].as_u64().unwrap_or(0) as usize;
                self.parameters = self.parameters.max(number);
            }
            "FuncCall" => self.write_function |= writes_by_function(value),
            "BoolExpr" => self.not_in_subquery |= is_not_in(value),
            "SubLink" => self.not_in_subquery |= is_unequal_to_all(value),
            "AExpr" | "AArrayExpr" => {
                self.longest_in_list = self.longest_in_list.max(list_length(value));
            }
            _ => {}
        }
    }
}

fn is_not_in(expression: &Value) -> bool {
    let argument = expression.pointer("/args/0/node/SubLink");
    expression["boolop"] == BoolExprType::NotExpr as i32
        && argument.is_some_and(|link| {
            link["sub_link_type"] == SubLinkType::AnySublink as i32
                && link["oper_name"].as_array().is_none_or(Vec::is_empty)
        })
}

fn is_unequal_to_all(link: &Value) -> bool {
    link["sub_link_type"] == SubLinkType::AllSublink as i32
        && link.pointer("/oper_name/0/node/String/sval").is_some_and(|name| name == "<>")
}

/// Elements of an IN list, an array constructor or an array literal.
fn list_length(expression: &Value) -> usize {
    let length = |value: Option<&Value>| value.and_then(Value::as_array).map_or(0, Vec::len);
    if expression.get("elements").is_some() {
        return length(expression.get("elements"));
    }
    let kind = expression["kind"].as_i64().unwrap_or(0) as i32;
    if kind == AExprKind::AexprIn as i32 {
        return length(expression.pointer("/rexpr/node/List/items"));
    }
    let compares_array = [AExprKind::AexprOpAny as i32, AExprKind::AexprOpAll as i32];
    if !compares_array.contains(&kind) {
        return 0;
    }
    let plain = expression.pointer("/rexpr/node/AConst/val/Sval/sval");
    let cast = expression.pointer("/rexpr/node/TypeCast/arg/node/AConst/val/Sval/sval");
    let literal = plain.or(cast).and_then(Value::as_str);
    literal.and_then(array_literal).map_or(0, |items| items.len())
}

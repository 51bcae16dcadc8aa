//! Plans name tables by their alias; the statement tells which tables these are.

use std::collections::BTreeMap;

use crate::plan::{Node, Plan};
use crate::sql::TableRef;

/// Puts the real table and its schema in place of the alias. An alias that means different tables in
/// different parts of the statement names none of them: better no table than the wrong one.
pub fn name_relations(plan: &mut Plan, tables: &[TableRef], database: &str) {
    let mut meanings: BTreeMap<&str, Option<&TableRef>> = BTreeMap::new();
    for table in tables {
        let alias = table.alias.as_deref().unwrap_or(&table.name);
        let known = meanings.entry(alias).or_insert(Some(table));
        if known.is_some_and(|known| known.name != table.name || known.schema != table.schema) {
            *known = None;
        }
    }
    rename(&mut plan.root, &meanings, database);
}

fn rename(node: &mut Node, meanings: &BTreeMap<&str, Option<&TableRef>>, database: &str) {
    if let Some(alias) = node.alias.clone() {
        match meanings.get(alias.as_str()) {
            Some(Some(table)) => {
                node.relation = Some(table.name.clone());
                node.schema = Some(table.schema.clone().unwrap_or_else(|| database.to_owned()));
            }
            Some(None) => node.relation = None,
            // A table of a view: its name is the alias it has inside the view.
            None => {}
        }
    }
    node.children.iter_mut().for_each(|child| rename(child, meanings, database));
}

//! MIN and MAX that an index answers while the statement is optimised: the plan shows neither the table nor the index.
//!
//! Both servers look for the first index whose leading columns are all compared with constants and whose next one is asked
//! for its least or greatest value, and read one entry of it. Whoever asks what an index is for has to know of that.

use std::collections::BTreeSet;

use crate::engine::{Catalog, Index, Reading, Table};
use crate::plan::{Node, NodeKind, Plan, Relationship};
use crate::sql::{Dialect, Operand, PredicateKind};

use crate::engine::mysql::dialect::MysqlDialect;

/// What stands in place of the tables.
const READ_BEFORE: [&str; 3] =
    ["Select tables optimized away", "Rows fetched before execution", "Fetched before execution"];
const LABEL: &str = "first or last entry";

/// Some part of the plan was answered before it ran.
pub fn read_before(plan: &Plan) -> bool {
    plan.walk().iter().any(|(node, _)| is_read_before(node))
}

fn is_read_before(node: &Node) -> bool {
    let words = node.label.as_str();
    node.kind == NodeKind::Result && READ_BEFORE.iter().any(|known| words.starts_with(known))
}

/// Puts below the first such part a step for each index that must have answered it.
pub fn name_answering(plan: &mut Plan, readings: &[Reading], catalog: &Catalog) {
    let shown: BTreeSet<String> =
        plan.walk().iter().filter_map(|(node, _)| node.alias.clone()).collect();
    let open = readings.iter().filter(|reading| !shown.contains(&reading.alias));
    let steps: Vec<Node> = open.flat_map(|reading| steps(reading, catalog)).collect();
    if steps.is_empty() {
        return;
    }
    if let Some(place) = first(&mut plan.root) {
        place.children.extend(steps);
    }
    plan.root.number();
}

fn first(node: &mut Node) -> Option<&mut Node> {
    if is_read_before(node) {
        return Some(node);
    }
    node.children.iter_mut().find_map(first)
}

fn steps(reading: &Reading, catalog: &Catalog) -> Vec<Node> {
    let Some(table) = catalog.table(Some(&reading.schema), &reading.table) else {
        return Vec::new();
    };
    let equal = equal_columns(reading);
    let mut names: Vec<(&String, &str)> = Vec::new();
    for column in &reading.extremes {
        let answering = answering(table, &equal, column);
        let known = |name: &str| names.iter().any(|(_, known)| *known == name);
        if let Some(index) = answering.filter(|index| !known(&index.name)) {
            names.push((column, &index.name));
        }
    }
    names.into_iter().map(|(column, name)| step(reading, column, name)).collect()
}

fn step(reading: &Reading, column: &str, index: &str) -> Node {
    let mut node = Node::new(NodeKind::IndexOnlyScan, LABEL);
    node.schema = Some(reading.schema.clone());
    node.relation = Some(reading.table.clone());
    node.alias = Some(reading.alias.clone());
    node.index = Some(index.to_owned());
    node.index_cond = Some(format!("{LABEL} by {column}"));
    node.plan_rows = Some(1.0);
    node.relationship = Relationship::Member;
    node
}

/// Columns of the table that are compared with what is known before the statement runs.
fn equal_columns(reading: &Reading) -> BTreeSet<String> {
    let predicates = reading.conditions.iter().flat_map(|text| MysqlDialect.predicates(text));
    let pinned = predicates.filter(|predicate| {
        let known = matches!(predicate.operand, Operand::Constant(_) | Operand::Parameter(_));
        let pins = predicate.kind == PredicateKind::Equality || predicate.op == "IS NULL";
        pins && (known || predicate.op == "IS NULL") && predicate.expression.is_none()
    });
    let own = pinned.filter_map(|predicate| {
        let column = predicate.column?;
        (column.qualifier.as_deref() == Some(&reading.alias)).then_some(column.name)
    });
    own.collect()
}

/// The shortest that does: with another of the same beginning it would be answered as well.
fn answering<'t>(table: &'t Table, equal: &BTreeSet<String>, column: &str) -> Option<&'t Index> {
    let primary = table.indexes.iter().find(|index| index.primary);
    let hidden = primary.into_iter().flat_map(|index| &index.keys);
    let behind: Vec<&str> = hidden.filter_map(|key| key.column.as_deref()).collect();
    let does = |index: &&Index| {
        let own = index.keys.iter().map(|key| key.column.as_deref());
        // Every secondary index ends with the primary key.
        let keys: Vec<Option<&str>> = own.chain(behind.iter().copied().map(Some)).collect();
        let at = keys.iter().position(|key| *key == Some(column));
        let pinned = |key: &Option<&str>| key.is_some_and(|name| equal.contains(name));
        index.method == "btree"
            && index.is_searched()
            && at.is_some_and(|at| {
                keys[..at].iter().all(pinned) && at >= equal_besides(equal, column)
            })
    };
    let found = table.indexes.iter().filter(does);
    found.min_by_key(|index| (!index.primary, index.keys.len(), &index.name))
}

/// All that is asked of the rows has to lead to the entry.
fn equal_besides(equal: &BTreeSet<String>, column: &str) -> usize {
    equal.iter().filter(|name| *name != column).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::IndexKey;
    use crate::engine::mysql::explain::{parse, parse_mysql};

    fn index(name: &str, columns: &[&str]) -> Index {
        let key = |column: &&str| IndexKey {
            column: Some((*column).to_owned()),
            text: format!("`{column}`"),
            descending: false,
            nulls_first: false,
            operator_class: None,
            collation: None,
        };
        Index {
            name: name.into(),
            method: "btree".into(),
            keys: columns.iter().map(key).collect(),
            include: Vec::new(),
            predicate: None,
            unique: name == "PRIMARY",
            primary: name == "PRIMARY",
            constraint: false,
            valid: true,
            hidden: false,
            bytes: 0,
            scans: None,
            ddl: String::new(),
        }
    }

    fn catalog(indexes: Vec<Index>) -> Catalog {
        let table = Table {
            schema: "s".into(),
            name: "bid".into(),
            kind: "table".into(),
            partition_of: None,
            rows: 1e6,
            pages: 1000,
            bytes: 0,
            visible_fraction: None,
            columns: Vec::new(),
            indexes,
            foreign_keys: Vec::new(),
            statistics: Default::default(),
            activity: Default::default(),
            storage: None,
            triggers: Vec::new(),
        };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    fn reading(conditions: &[&str], extremes: &[&str]) -> Reading {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Reading {
            schema: "s".into(),
            table: "bid".into(),
            alias: "b".into(),
            conditions: owned(conditions),
            orders: Vec::new(),
            extremes: owned(extremes),
            needed: None,
        }
    }

    fn named(reading: Reading, indexes: Vec<Index>) -> Vec<String> {
        let mut plan = parse_mysql("-> Rows fetched before execution  (cost=0 rows=1)\n").unwrap();
        assert!(read_before(&plan));
        name_answering(&mut plan, &[reading], &catalog(indexes));
        plan.walk().iter().filter_map(|(node, _)| node.index.clone()).collect()
    }

    #[test]
    fn the_index_that_begins_with_the_column_answered() {
        let indexes = || vec![index("PRIMARY", &["id"]), index("wide", &["amount", "id2"])];
        assert_eq!(named(reading(&[], &["amount"]), indexes()), ["wide"]);
        assert_eq!(named(reading(&[], &["id"]), indexes()), ["PRIMARY"]);
        assert_eq!(named(reading(&[], &["at"]), indexes()), Vec::<String>::new());
        let both = vec![index("wide", &["amount", "id2"]), index("narrow", &["amount"])];
        assert_eq!(named(reading(&[], &["amount", "amount"]), both), ["narrow"]);
    }

    #[test]
    fn constants_lead_to_the_entry() {
        let by_bidder = || vec![index("PRIMARY", &["id"]), index("i", &["bidder_id", "at"])];
        let asked = reading(&["`b`.`bidder_id` = 44"], &["at"]);
        assert_eq!(named(asked.clone(), by_bidder()), ["i"]);
        // One that leaves a condition to be checked cannot have answered.
        assert_eq!(named(asked, vec![index("i", &["at"])]), Vec::<String>::new());
        let last = reading(&["`b`.`bidder_id` = ?"], &["id"]);
        assert_eq!(named(last, by_bidder()[..1].to_vec()), Vec::<String>::new());
        let behind = reading(&["`b`.`bidder_id` = ?"], &["id"]);
        let simple = vec![index("PRIMARY", &["id"]), index("i", &["bidder_id"])];
        assert_eq!(named(behind, simple), ["i"]);
    }

    #[test]
    fn what_is_out_of_sight_answers_nothing() {
        let hidden = Index { hidden: true, ..index("i", &["amount"]) };
        assert_eq!(named(reading(&[], &["amount"]), vec![hidden]), Vec::<String>::new());
    }

    #[test]
    fn a_table_that_the_plan_shows_was_read_by_it() {
        let text =
            r#"{"query_block":{"select_id":1,"table":{"message":"Select tables optimized away"}}}"#;
        assert!(read_before(&parse(text).unwrap()));
        let none = r#"{"query_block":{"select_id":1,"table":{"message":"No tables used"}}}"#;
        assert!(!read_before(&parse(none).unwrap()));
    }
}

//! What the optimiser reckoned of indexes that it did not take, from its own trace. Pure functions: the trace is a document
//! of any shape, of which a few parts are known.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Under which key a plan has it: a list of objects with `table` (as the plan calls it), `index`, `rows`, `cost` and
/// `scan_cost`, the cost of reading the whole table.
pub const CONSIDERED: &str = "Considered";

/// Indexes of one statement that are told.
const MOST: usize = 20;
/// Parts of a trace inside each other.
const DEEPEST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Reckoned {
    rows: f64,
    cost: f64,
}

#[derive(Debug, Default)]
struct Tables {
    scans: BTreeMap<String, f64>,
    indexes: BTreeMap<(String, String), Reckoned>,
}

/// `None` where nothing is told of an index that was passed over.
pub fn considered(trace: &str) -> Option<Value> {
    let trace: Value = serde_json::from_str(trace).ok()?;
    let mut tables = Tables::default();
    walk(&trace, &mut tables, 0);
    let told = tables.indexes.iter().filter_map(|((table, index), reckoned)| {
        let scan = tables.scans.get(table)?;
        Some(json!({
            "table": table,
            "index": index,
            "rows": reckoned.rows,
            "cost": reckoned.cost,
            "scan_cost": scan,
        }))
    });
    let told: Vec<Value> = told.take(MOST).collect();
    (!told.is_empty()).then_some(Value::Array(told))
}

fn walk(part: &Value, tables: &mut Tables, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match part {
        Value::Object(map) => {
            if let Some(table) = map.get("table").and_then(Value::as_str).and_then(alias) {
                range(map.get("range_analysis"), &table, tables);
                paths(map.get("best_access_path"), &table, tables);
            }
            map.values().for_each(|inner| walk(inner, tables, depth + 1));
        }
        Value::Array(list) => list.iter().for_each(|inner| walk(inner, tables, depth + 1)),
        _ => {}
    }
}

/// `` `event` `e` `` is called `e`.
fn alias(table: &str) -> Option<String> {
    let table = table.trim();
    let last = match table.strip_suffix('`') {
        Some(quoted) => quoted.rsplit('`').next()?,
        None => table.rsplit([' ', '.']).next()?,
    };
    (!last.is_empty()).then(|| last.to_owned())
}

fn number(part: &Value, key: &str) -> Option<f64> {
    part.get(key).and_then(Value::as_f64)
}

fn is_passed_over(part: &Value) -> bool {
    part.get("chosen") == Some(&Value::Bool(false))
}

fn range(analysis: Option<&Value>, table: &str, tables: &mut Tables) {
    let Some(analysis) = analysis else { return };
    if let Some(cost) = analysis.get("table_scan").and_then(|scan| number(scan, "cost")) {
        tables.scans.entry(table.to_owned()).or_insert(cost);
    }
    let alternatives = analysis
        .get("analyzing_range_alternatives")
        .and_then(|found| found.get("range_scan_alternatives"))
        .and_then(Value::as_array);
    for part in alternatives.into_iter().flatten() {
        note(part, table, tables);
    }
}

fn paths(best: Option<&Value>, table: &str, tables: &mut Tables) {
    let considered = best.and_then(|best| best.get("considered_access_paths"));
    for path in considered.and_then(Value::as_array).into_iter().flatten() {
        let is_scan = path.get("access_type").and_then(Value::as_str) == Some("scan");
        match number(path, "cost").filter(|_| is_scan && !is_passed_over(path)) {
            // What the plan was chosen by.
            Some(cost) => _ = tables.scans.insert(table.to_owned(), cost),
            None => note(path, table, tables),
        }
    }
}

fn note(part: &Value, table: &str, tables: &mut Tables) {
    let index = part.get("index").and_then(Value::as_str);
    let (Some(index), Some(rows), Some(cost)) = (index, number(part, "rows"), number(part, "cost"))
    else {
        return;
    };
    if !is_passed_over(part) {
        return;
    }
    let reckoned = Reckoned { rows, cost };
    let known = tables.indexes.entry((table.to_owned(), index.to_owned())).or_insert(reckoned);
    if cost < known.cost {
        *known = reckoned;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"{"steps": [{"join_optimization": {"select#": 1, "steps": [
        {"rows_estimation": [{"table": "`event` `e`", "range_analysis": {
            "table_scan": {"rows": 39920, "cost": 4029.4},
            "analyzing_range_alternatives": {"range_scan_alternatives": [
                {"index": "by_state", "rows": 19960, "cost": 6986.3, "chosen": false, "cause": "cost"},
                {"index": "by_kind", "rows": 3, "cost": 1.3, "chosen": true}]}}}]},
        {"considered_execution_plans": [{"plan_prefix": [], "table": "`event` `e`", "best_access_path": {
            "considered_access_paths": [
                {"access_type": "ref", "index": "by_state", "rows": 19960, "cost": 2102.5, "chosen": false},
                {"access_type": "scan", "rows_to_scan": 39920, "cost": 4027.3, "chosen": true}]}}]}]}}]}"#;

    #[test]
    fn what_was_passed_over_is_held_against_the_full_read() {
        let told = considered(TRACE).unwrap();
        assert_eq!(
            told,
            json!([{"table": "e", "index": "by_state", "rows": 19960.0, "cost": 2102.5, "scan_cost": 4027.3}])
        );
    }

    #[test]
    fn a_trace_that_is_cut_off_or_tells_nothing_is_none() {
        assert_eq!(considered(&TRACE[..200]), None);
        assert_eq!(considered("{}"), None);
        assert_eq!(considered(&TRACE.replace("false", "true")), None);
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(considered(&deep), None);
    }

    #[test]
    fn tables_go_by_their_alias() {
        assert_eq!(alias("`a b` `c`").as_deref(), Some("c"));
        assert_eq!(alias("event").as_deref(), Some("event"));
        assert_eq!(alias("``"), None);
    }
}

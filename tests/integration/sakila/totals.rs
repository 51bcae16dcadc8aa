//! The neutral tree's totals against those that the server prints.

use planwise::plan::{Evidence, Node, Plan, measure};
use serde_json::Value;

use super::forms::{Form, Shape};

/// What differs, in words.
pub fn differences(form: &Form, text: &str, plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    if !form.measured {
        if plan.evidence != Evidence::D {
            found.push("a plan that was not executed counts as one that was".to_owned());
        }
        return found;
    }
    match form.shape {
        Shape::Iterators => of_iterators(text, plan, &mut found),
        Shape::Tree => of_tree(text, plan, &mut found),
        Shape::Blocks => of_blocks(text, plan, &mut found),
        Shape::Table => {
            if plan.evidence != Evidence::C {
                found.push(format!("evidence {:?}", plan.evidence));
            }
        }
    }
    if form.shape != Shape::Table {
        of_its_parts(plan, &mut found);
    }
    found
}

fn near(one: f64, other: f64, slack: f64) -> bool {
    (one - other).abs() <= slack + 1e-6 * one.abs().max(other.abs())
}

/// Own times add up to the whole.
fn of_its_parts(plan: &Plan, found: &mut Vec<String>) {
    let measured = measure(plan);
    let Some(total) = measured.total_ms else {
        found.push("it has no time".to_owned());
        return;
    };
    let parts = measured.nodes.iter().filter_map(|m| m.self_ms);
    let (low, high) = parts.fold((0.0, 0.0), |(low, high), ms| (low + ms.low, high + ms.high));
    // Clocks are read for each operation apart, and printed rounded.
    let slack = 0.05 + 0.05 * total;
    if low > total + slack || high < total - slack {
        found.push(format!("its parts take {low} to {high} ms, the whole {total} ms"));
    }
}

fn root(found: &mut Vec<String>, plan: &Plan, (ms, rows): (f64, f64), rounding: (f64, f64)) {
    let measured = measure(plan).total_ms.unwrap_or(0.0);
    let actual = plan.root.actual.map_or(0.0, |actual| actual.rows * actual.loops);
    // Queries of the select list run outside of what the server prints as the root.
    let beside = plan.root.label == "Select list";
    if !(near(measured, ms, rounding.0) || beside && measured >= ms) {
        found.push(format!("{measured} ms, but the server says {ms} ms"));
    }
    if !near(actual, rows, rounding.1) {
        found.push(format!("{actual} rows, but the server says {rows}"));
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value.get(key).and_then(Value::as_f64).unwrap_or(0.0)
}

fn of_iterators(text: &str, plan: &Plan, found: &mut Vec<String>) {
    let document: Value = serde_json::from_str(text).expect("the server's JSON");
    let top = document.get("query_plan").unwrap_or(&document);
    let loops = number(top, "actual_loops");
    let own = (number(top, "actual_last_row_ms") * loops, number(top, "actual_rows") * loops);
    root(found, plan, own, (1e-9, 1e-6));
    let mut read = 0.0;
    each_object(top, &mut |object| {
        let leaf = object.get("inputs").is_none() && object.get("table_name").is_some();
        if leaf && object.get("operation").is_some() {
            read += number(object, "actual_rows") * number(object, "actual_loops");
        }
    });
    let neutral: f64 = leaves(plan).iter().map(|node| touched(node)).sum();
    if !near(read, neutral, 0.5 + 1e-3 * read) {
        found.push(format!("{neutral} rows read, but the server says {read}"));
    }
}

/// Nodes that read a table themselves.
fn leaves(plan: &Plan) -> Vec<&Node> {
    let nodes = plan.walk().into_iter().map(|(node, _)| node);
    nodes.filter(|node| node.relation.is_some() && node.operation.is_none()).collect()
}

fn touched(node: &Node) -> f64 {
    let removed = node.removed.by_filter.unwrap_or(0.0);
    node.actual.map_or(0.0, |actual| (actual.rows + removed) * actual.loops)
}

fn each_object(value: &Value, see: &mut dyn FnMut(&Value)) {
    match value {
        Value::Object(map) => {
            see(value);
            map.values().for_each(|inner| each_object(inner, see));
        }
        Value::Array(list) => list.iter().for_each(|inner| each_object(inner, see)),
        _ => {}
    }
}

fn of_tree(text: &str, plan: &Plan, found: &mut Vec<String>) {
    let first = text.lines().next().unwrap_or_default();
    let Some((_, figures)) = first.rsplit_once("(actual time=") else {
        found.push("the first line has no figures".to_owned());
        return;
    };
    let mut words = figures.trim_end_matches(')').split(' ');
    let times = words.next().unwrap_or_default();
    let last = times.split_once("..").map_or(times, |(_, last)| last);
    let after = |words: &mut std::str::Split<'_, char>| {
        let word = words.next().unwrap_or_default();
        word.split_once('=').map_or("", |(_, number)| number).to_owned()
    };
    let (rows, loops) = (after(&mut words), after(&mut words));
    let as_number = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let loops = as_number(&loops);
    let own = (as_number(last) * loops, as_number(&rows) * loops);
    root(found, plan, own, (1e-9, 1e-6));
}

fn of_blocks(text: &str, plan: &Plan, found: &mut Vec<String>) {
    let document: Value = serde_json::from_str(text).expect("the server's JSON");
    let declared = document.pointer("/query_block/r_total_time_ms").and_then(Value::as_f64);
    let total = measure(plan).total_ms.unwrap_or(0.0);
    // Its parts are timed row by row, the whole once: together they may say a little more.
    if let Some(declared) = declared
        && !(total >= declared - 1e-9 && near(total, declared, 0.1 + 0.1 * declared))
    {
        found.push(format!("{total} ms, but the server says {declared} ms"));
    }
    let mut read = 0.0;
    each_object(&document, &mut |object| {
        let constant = matches!(
            object.get("access_type").and_then(Value::as_str),
            None | Some("const" | "system")
        );
        if object.get("table_name").is_some()
            && !constant
            && object.get("query_specifications").is_none()
        {
            read += number(object, "r_rows") * number(object, "r_loops");
        }
    });
    let nodes = plan.walk().into_iter().map(|(node, _)| node);
    let reads = |node: &&Node| {
        let named = node.relation.is_some() || node.source.is_some();
        let label = node.label.as_str();
        named
            && !matches!(
                label,
                "const"
                    | "system"
                    | "union_result"
                    | "recursive_union"
                    | "unit_result"
                    | "except_result"
                    | "intersect_result"
            )
    };
    let neutral: f64 = nodes.filter(reads).map(touched).sum();
    if !near(read, neutral, 0.5 + 1e-3 * read) {
        found.push(format!("{neutral} rows read, but the server says {read}"));
    }
}

//! The text form as a whole.

use serde_json::{Map, Value};

use super::super::precision::Precision;
use super::draft::Drafts;
use super::label::{keys_of, looks_like_label};
use super::lines::{Line, column, lines_from};
use super::node_line::{NodeLine, with_figures};
use super::{omitted, property, summary};
use crate::plan::PlanError;

const ARROW: &str = "->";

/// The JSON document equal to a text plan, and the precision of its rows.
pub fn read(text: &str) -> Result<(Value, Precision), PlanError> {
    let all: Vec<&str> = text.lines().collect();
    let root = root_position(&all).ok_or_else(no_node)?;
    refuse_another_servers(all.get(root).copied().unwrap_or_default())?;
    let base = column(all.get(root).copied().unwrap_or_default());
    let lines: Vec<Line> =
        lines_from(&all, root).into_iter().map(|line| moved(line, base)).collect();
    let tree_end = lines.iter().skip(1).position(|line| line.column == 0 && !is_arrow(&line.text));
    let (tree, below) = lines.split_at(tree_end.map_or(lines.len(), |end| end + 1));
    let (plan, precision) = read_tree(tree)?;
    let mut document = Map::new();
    if let Some(text) = summary::query_text(all.get(..root).unwrap_or_default()) {
        document.insert("Query Text".to_owned(), text.into());
    }
    document.insert("Plan".to_owned(), plan);
    document.extend(summary::read(below));
    Ok((Value::Object(document), precision))
}

/// The first line with figures that only EXPLAIN prints; without any, the first that names a node.
fn root_position(lines: &[&str]) -> Option<usize> {
    let with_figures = lines.iter().position(|line| with_figures(line).is_some());
    with_figures.or_else(|| lines.iter().position(|line| looks_like_label(label_text(line))))
}

/// Servers put this in front of a parallel or an asynchronous node's own label.
fn label_text(line: &str) -> &str {
    let text = line.trim_start();
    text.strip_prefix("Parallel ").unwrap_or(text)
}

fn moved(line: Line, base: usize) -> Line {
    Line { column: line.column.saturating_sub(base), ..line }
}

fn is_arrow(text: &str) -> bool {
    text.starts_with(ARROW)
}

fn read_tree(lines: &[Line]) -> Result<(Value, Precision), PlanError> {
    let root = lines.first().map(|line| line.text.trim_start_matches(ARROW)).unwrap_or_default();
    let (keys, mut decimals) = node_keys(root);
    let mut drafts = Drafts::root(keys);
    for line in lines.iter().skip(1) {
        match line.text.strip_prefix(ARROW) {
            Some(node) => {
                let (keys, with_decimals) = node_keys(node);
                decimals |= with_decimals;
                drafts.add(keys, line.column)?;
            }
            None => read_detail(&mut drafts, line),
        }
    }
    omitted::restore(drafts.all_mut());
    let precision = if decimals { Precision::DECIMALS } else { Precision::INTEGERS };
    Ok((drafts.finish(), precision))
}

fn node_keys(text: &str) -> (Map<String, Value>, bool) {
    let line = with_figures(text)
        .unwrap_or_else(|| NodeLine { label: text.trim(), ..NodeLine::default() });
    let mut keys = keys_of(line.label);
    keys.extend(line.figures);
    (keys, line.decimals)
}

fn read_detail(drafts: &mut Drafts, line: &Line) {
    if is_announcement(&line.text) {
        drafts.announce(line.column, &line.text);
        return;
    }
    let Some(owner) = drafts.owner_mut(line.column) else { return };
    if let Some((number, rest)) = worker(&line.text) {
        property::read(rest, owner.workers.entry(number).or_default());
    } else if owner.inset(line.column) > 0 && !owner.workers.is_empty() {
        if let Some(mut last) = owner.workers.last_entry() {
            property::read(&line.text, last.get_mut());
        }
    } else if !is_sort_key_of_grouping(&owner.keys, &line.text) {
        property::read(&line.text, &mut owner.keys);
    }
}

fn is_announcement(text: &str) -> bool {
    ["InitPlan ", "SubPlan ", "CTE "].iter().any(|start| text.starts_with(start))
}

/// `Worker 0:  actual time=…` or `Worker 0:  Sort Method: …`.
fn worker(text: &str) -> Option<(usize, &str)> {
    let (number, rest) = text.strip_prefix("Worker ")?.split_once(':')?;
    Some((number.parse().ok()?, rest.trim()))
}

/// Grouping sets that need another order name it; the aggregate itself does not sort.
fn is_sort_key_of_grouping(keys: &Map<String, Value>, text: &str) -> bool {
    text.starts_with("Sort Key:")
        && keys.get("Node Type").and_then(Value::as_str) == Some("Aggregate")
}

/// Another server prints trees with arrows too, but a single cost.
fn refuse_another_servers(root: &str) -> Result<(), PlanError> {
    let label = with_figures(root).map_or(root, |line| line.label);
    let foreign = label.contains("  (cost=") && label.trim_end().ends_with(')');
    if foreign { Err(no_node()) } else { Ok(()) }
}

fn no_node() -> PlanError {
    PlanError::NotAPlan(
        "no line of it names a plan node with its cost, such as `Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)`"
            .to_owned(),
    )
}

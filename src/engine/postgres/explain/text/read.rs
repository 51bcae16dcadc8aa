//! The text form as a whole.

use serde_json::{Map, Value};

use super::super::paste::{Row, is_footer, is_open};
use super::account::{self, malformed};
use super::draft::Drafts;
use super::label::keys_of;
use super::lines::{
    Line, is_announcement, is_nodes_own, is_summary, is_target, lines_from, property_key,
};
use super::node_line::{self, NodeLine, Reading};
use super::root::{ARROW, root_position};
use super::{inputs, property, summary};
use crate::plan::{Node, PlanError};

pub const NO_EXECUTION_TIME: &str =
    "The text ends without the execution time: if it was cut off, what is missing is not judged.";

pub struct TextPlan {
    pub root: Node,
    /// The document's other keys.
    pub surroundings: Map<String, Value>,
    /// What a reader of the plan must be told of the text.
    pub notices: Vec<String>,
}

/// Reads the first plan in `rows`; `rest` is what followed behind a frame around it. Refuses a text of
/// which a part would be left unread.
pub fn read(rows: &[Row], rest: &[Row]) -> Result<TextPlan, PlanError> {
    let root = root_position(rows).ok_or_else(no_node)?;
    let above = rows.get(..root).unwrap_or_default();
    account::above(above)?;
    let lines = with_root_outermost(lines_from(rows, root));
    let (drafts, end) = read_tree(&lines)?;
    account::figures(drafts.all())?;
    inputs::check(drafts.all())?;
    let costs = drafts.all().first().is_some_and(|root| root.estimated);
    let executed = drafts.all().first().is_some_and(|root| root.executed);
    let below = lines.get(end..).unwrap_or_default();
    let behind = account::lines_of(rest);
    let (further, next) = account::further_plans(below.iter().chain(&behind), costs || executed)?;
    let below = below.get(..next.unwrap_or(below.len()).min(below.len())).unwrap_or_default();
    refuse_flat_properties(below)?;
    refuse_broken_summary(below)?;
    let surroundings = surroundings(above, below, further);
    let notices = notices(&lines, end, below, executed, further, &surroundings);
    drop(behind);
    drop(lines);
    let root = drafts.finish().ok_or_else(no_node)?;
    Ok(TextPlan { root, surroundings, notices })
}

/// A root that stands as deep as the arrow of its first input, or deeper: whoever pasted the plan indented its first line
/// anew. It has no siblings, so that its own indentation says nothing; all other lines keep theirs to each other.
fn with_root_outermost(mut lines: Vec<Line>) -> Vec<Line> {
    let Some((root, below)) = lines.split_first_mut() else { return lines };
    let Some(arrow) = below.iter().find(|line| line.text.starts_with(ARROW)) else { return lines };
    let arrow = arrow.column;
    let tree_is_left = !root.text.starts_with(ARROW) && arrow <= root.column;
    // Where lines below the tree stand as deep as the arrow, nothing is left to tell them apart by.
    let told_apart = below.iter().all(|line| !is_summary(&line.text) || line.column < arrow);
    let first_is_the_trees = below.first().is_some_and(|line| {
        line.column >= arrow && (line.text.starts_with(ARROW) || is_nodes_own(&line.text))
    });
    if tree_is_left && told_apart && first_is_the_trees && arrow > 0 {
        root.column = 0;
    }
    lines
}

/// Only the last line may have been cut off.
fn refuse_broken_summary(below: &[Line]) -> Result<(), PlanError> {
    let mut before_last = below.iter().take(below.len().saturating_sub(1));
    match before_last.find(|line| !summary::is_whole(&line.text)) {
        Some(line) => Err(malformed(
            line.number,
            "this line does not end as the server ends it; was it broken, or joined with another?",
        )),
        None => Ok(()),
    }
}

fn refuse_flat_properties(below: &[Line]) -> Result<(), PlanError> {
    let base = below.first().map_or(0, |line| line.column);
    match below.iter().find(|line| line.column <= base && is_nodes_own(&line.text)) {
        Some(line) => Err(malformed(
            line.number,
            "this line belongs to a node, but its indentation is lost; paste the plan unchanged, \
             or use EXPLAIN (…, FORMAT JSON)",
        )),
        None => Ok(()),
    }
}

fn surroundings(above: &[Row], below: &[Line], further: usize) -> Map<String, Value> {
    let mut document = Map::new();
    if let Some(text) = summary::query_text(above) {
        document.insert("Query Text".to_owned(), text.into());
    }
    document.extend(summary::read(below));
    if further > 0 {
        document.insert("Further Plans".to_owned(), further.into());
    }
    document
}

/// The tree, and the position of the first line below it.
fn read_tree(lines: &[Line]) -> Result<(Drafts, usize), PlanError> {
    let first = lines.first().ok_or_else(no_node)?;
    let (keys, decimals) = node_keys(first, first.text.trim_start_matches(ARROW))?;
    let mut drafts = Drafts::root(keys, first);
    drafts.seen.decimals |= decimals;
    let mut end = lines.len();
    for (position, line) in lines.iter().enumerate().skip(1) {
        if is_below(&drafts, line) {
            end = position;
            break;
        }
        match line.text.strip_prefix(ARROW) {
            Some(node) => {
                let (keys, with_decimals) = node_keys(line, node)?;
                drafts.seen.decimals |= with_decimals;
                drafts.add(keys, line)?;
            }
            None if is_of_a_task(line, lines.get(..position).unwrap_or_default()) => {}
            None if is_announcement(&line.text) => drafts.announce(line)?,
            None => read_property(&mut drafts, line)?,
        }
    }
    refuse_broken_end(lines, end)?;
    Ok((drafts, end))
}

/// A plan that another server made for its part of the work ends with the times that it took there.
fn is_of_a_task(line: &Line, above: &[Line]) -> bool {
    let times = ["Planning Time:", "Execution Time:"].iter().any(|key| line.text.starts_with(key));
    let task =
        |line: &Line| line.text.strip_prefix(ARROW).is_some_and(|label| label.trim() == "Task");
    times && above.iter().any(task)
}

/// In the root's column, or left of what it holds, where the root alone lost its first blank.
fn is_below(drafts: &Drafts, line: &Line) -> bool {
    let Some(root) = drafts.all().first().filter(|_| !line.text.starts_with(ARROW)) else {
        return false;
    };
    root.is_at_or_left_of(line.column)
        || is_summary(&line.text) && (root.ends_before(line.column) || !root.has_content())
        || is_footer(&line.text)
}

/// What was broken off the tree's last line looks like no line of a summary.
fn refuse_broken_end(lines: &[Line], end: usize) -> Result<(), PlanError> {
    let Some(next) = lines.get(end) else { return Ok(()) };
    let known = property_key(&next.text).is_some()
        || is_footer(&next.text)
        || matches!(node_line::read(&next.text), Reading::Whole(_))
        || !next
            .text
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '(' | '.' | ':' | '\''));
    if !next.apart && !known {
        return Err(unknown_line(next));
    }
    Ok(())
}

fn node_keys(line: &Line, text: &str) -> Result<(Map<String, Value>, bool), PlanError> {
    let read = match node_line::read(text) {
        Reading::Whole(read) => read,
        Reading::Bare => NodeLine { label: text.trim(), ..NodeLine::default() },
        Reading::Broken => {
            return Err(malformed(
                line.number,
                "the figures of this node are not whole; was the line broken or cut off?",
            ));
        }
    };
    if !read.label.starts_with(char::is_alphabetic) {
        return Err(malformed(line.number, "an arrow without a node's name; was the line broken?"));
    }
    let mut keys = keys_of(read.label);
    keys.extend(read.figures);
    Ok((keys, read.decimals))
}

fn read_property(drafts: &mut Drafts, line: &Line) -> Result<(), PlanError> {
    if property_key(&line.text).is_none() && !is_target(&line.text) {
        return Err(unknown_line(line));
    }
    if is_condition(&line.text) && is_open(&line.text) {
        return Err(malformed(
            line.number,
            "a bracket or quote of this condition is not closed; was the line broken or cut off?",
        ));
    }
    let owner = drafts.owner_mut(line)?;
    let inset = owner.inset(line.column) > 0;
    let others_order = is_sort_key_of_grouping(owner.node_type(), &line.text);
    let open = owner.open();
    if let Some((number, rest)) = worker(&line.text) {
        property::read(rest, open.workers.entry(number).or_default());
    } else if inset && !open.workers.is_empty() {
        if let Some(mut last) = open.workers.last_entry() {
            property::read(&line.text, last.get_mut());
        }
    } else if !others_order {
        property::read(&line.text, &mut open.keys);
    }
    Ok(())
}

fn is_condition(text: &str) -> bool {
    property_key(text).is_some_and(|key| key.ends_with("Cond") || key.ends_with("Filter"))
}

/// `Worker 0:  actual time=…` or `Worker 0:  Sort Method: …`.
fn worker(text: &str) -> Option<(usize, &str)> {
    let (number, rest) = text.strip_prefix("Worker ")?.split_once(':')?;
    Some((number.parse().ok()?, rest.trim()))
}

/// Grouping sets that need another order name it; the aggregate itself does not sort.
fn is_sort_key_of_grouping(node_type: &str, text: &str) -> bool {
    text.starts_with("Sort Key:") && node_type == "Aggregate"
}

/// An executed plan ends in its times; logs leave them out.
fn notices(
    lines: &[Line],
    end: usize,
    below: &[Line],
    executed: bool,
    further: usize,
    document: &Map<String, Value>,
) -> Vec<String> {
    let mut notices = Vec::new();
    let root = lines.first();
    if root.is_some_and(|root| root.text.starts_with(ARROW)) {
        notices.push(
            "The text begins inside a plan: what stands above this node is not judged.".to_owned(),
        );
    }
    let last = below.last().or_else(|| lines.get(end - 1));
    // What a client prints behind the plan's last line is no part of it.
    let whole = below.iter().any(|line| summary::is_end(&line.text));
    let inside = last.filter(|last| further == 0 && !whole && is_unfinished(&last.text));
    let ended = ["Execution Time", "Total Runtime"].iter().any(|key| document.contains_key(*key));
    if let Some(last) = inside {
        notices.push(format!("The text ends inside line {}: it was cut off there.", last.number));
    } else if executed && !ended {
        notices.push(NO_EXECUTION_TIME.to_owned());
    }
    notices
}

/// A property without its value, or with a bracket, a quote or a list left open.
fn is_unfinished(text: &str) -> bool {
    let text = text.trim_end();
    let valueless = text.ends_with(':')
        || text.ends_with(": ")
        || property_key(text).is_none() && !text.ends_with(')');
    let time =
        ["Planning Time:", "Execution Time:", "Total runtime:"].iter().any(|k| text.starts_with(k));
    let node = text.starts_with(ARROW) || text.ends_with("loops=1)");
    !node && (valueless || is_open(text) || text.ends_with(',') || time && !text.ends_with("ms"))
}

fn unknown_line(line: &Line) -> PlanError {
    malformed(
        line.number,
        "it does not begin as a line of a plan does; was a line broken? \
         Paste the plan unchanged, or use EXPLAIN (…, FORMAT JSON)",
    )
}

fn no_node() -> PlanError {
    PlanError::NotAPlan(
        "no line of it names a plan node with its cost, such as `Seq Scan on t  (cost=0.00..1.00 rows=1 width=4)`"
            .to_owned(),
    )
}

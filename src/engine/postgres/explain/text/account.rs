//! Every part of a plan that the text holds must have been read: what stands outside the tree is
//! nobody's, and what a node lacks was lost on the way.

use super::super::paste::{Row, has_figures};
use super::draft::Draft;
use super::label::begins_label;
use super::lines::{Line, column};
use super::node_line::{self, Reading};
use super::root::ARROW;
use crate::plan::PlanError;

/// Nothing above the root may be a node's.
pub fn above(rows: &[Row]) -> Result<(), PlanError> {
    match rows.iter().find(|row| has_figures(&row.text)) {
        Some(row) => Err(malformed(
            row.number,
            "it holds the figures of a node but not the whole of its line; was the line broken?",
        )),
        None => Ok(()),
    }
}

/// How many of `lines`, which stand below a tree, begin a further plan, and the position of the first.
/// An arrow before any of them belongs to no tree.
pub fn further_plans<'a>(
    lines: impl Iterator<Item = &'a Line<'a>>,
    costs: bool,
) -> Result<(usize, Option<usize>), PlanError> {
    let (mut found, mut first) = (0, None);
    for (position, line) in lines.enumerate() {
        let arrow = line.text.starts_with(ARROW);
        let label = line.text.trim_start_matches(ARROW).trim_start();
        let node = if costs { has_figures(label) } else { begins_label(label) };
        if !node {
            continue;
        }
        let whole = !costs || matches!(node_line::read(label), Reading::Whole(_));
        if found == 0 && (arrow || !whole) {
            return Err(malformed(
                line.number,
                "this node stands outside the tree above it; was a line broken, or its indentation changed?",
            ));
        }
        if !arrow {
            found += 1;
            first = first.or(Some(position));
        }
    }
    Ok((found, first))
}

/// Lines of what a frame left behind it.
pub fn lines_of<'a>(rows: &'a [Row<'_>]) -> Vec<Line<'a>> {
    let filled = rows.iter().filter(|row| !row.is_blank());
    filled
        .map(|row| Line {
            number: row.number,
            column: column(&row.text),
            text: row.text.trim().into(),
            apart: false,
        })
        .collect()
}

/// The names that a distributed plan prints without figures of their own.
const WITHOUT_FIGURES: [&str; 5] = ["Task", "Map Task", "Merge Task", "MapMergeJob", "Distributed"];

/// All nodes of a plan are printed with the same options.
pub fn figures(drafts: &[Draft]) -> Result<(), PlanError> {
    let Some(root) = drafts.first() else { return Ok(()) };
    type Has = fn(&Draft) -> bool;
    let kinds: [(Has, &str); 2] =
        [(|draft| draft.estimated, "estimates"), (|draft| draft.executed, "actual figures")];
    let remote = drafts.iter().any(is_exempt);
    for (has, what) in kinds {
        let expected = has(root);
        let differs = |draft: &&Draft| has(draft) != expected;
        if let Some(draft) = drafts.iter().find(differs).filter(|_| !remote) {
            let (with, without) = if expected { ("has", "not") } else { ("lacks", "though not") };
            return Err(malformed(
                draft.line,
                &format!(
                    "the root {with} {what}, {without} this node; was a line broken or cut off?"
                ),
            ));
        }
    }
    Ok(())
}

fn is_exempt(draft: &Draft) -> bool {
    let label = draft.node_type();
    WITHOUT_FIGURES.iter().any(|name| label.starts_with(name))
}

pub fn malformed(line: usize, message: &str) -> PlanError {
    PlanError::Malformed { line, message: message.to_owned() }
}

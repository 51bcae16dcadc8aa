//! Where a plan begins among the lines of a text.

use super::super::paste::Row;
use super::label::{begins_label, is_label};
use super::lines::{column, is_announcement, property_key};
use super::node_line::{self, Reading};

pub const ARROW: &str = "->";

/// The first line with figures that only EXPLAIN prints; without any, the line above the first arrow,
/// or the first that is a node's name.
pub fn root_position(rows: &[Row]) -> Option<usize> {
    let with_figures = rows.iter().position(|row| is_node(&row.text));
    with_figures
        .or_else(|| above_an_arrow(rows))
        .or_else(|| rows.iter().position(|row| begins_label(row.text.trim_start())))
}

fn is_node(text: &str) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix(ARROW).unwrap_or(text);
    matches!(node_line::read(text), Reading::Whole(_))
}

/// Without costs: the nearest line that an arrow further right belongs to.
fn above_an_arrow(rows: &[Row]) -> Option<usize> {
    let is_arrow = |row: &Row| {
        let after = row.text.trim_start().strip_prefix("->  ");
        after.is_some_and(|label| is_label(label.trim_end()))
    };
    let arrow = rows.iter().position(is_arrow)?;
    let inside = column(&rows.get(arrow)?.text);
    let above = rows.get(..arrow)?.iter().rposition(|row| {
        let text = row.text.trim();
        let named = text.starts_with(|c: char| c.is_ascii_uppercase());
        named
            && column(&row.text) < inside
            && property_key(text).is_none()
            && !is_announcement(text)
    });
    above.map(|above| topmost(rows, above)).or(Some(arrow))
}

/// A change of several tables names them below itself, as if each were a node: the line further left is.
fn topmost(rows: &[Row], found: usize) -> usize {
    let mut root = found;
    for (position, row) in rows.iter().enumerate().take(found).rev() {
        if row.is_blank() {
            break;
        }
        let left = rows.get(root).is_some_and(|root| column(&row.text) < column(&root.text));
        if left && begins_label(row.text.trim_start()) {
            root = position;
        }
    }
    root
}

//! The line of a node: its label, its estimates and what it measured.

use serde_json::{Map, Value};

use super::super::paste::has_figures;
use super::label::is_label;

const NEVER: &str = "(never executed)";

/// What stands in brackets behind a label.
#[derive(Debug, Default)]
pub struct NodeLine<'a> {
    pub label: &'a str,
    pub figures: Map<String, Value>,
    /// Rows were printed with decimals, as servers from 18 on do.
    pub decimals: bool,
}

/// What brackets a line has.
pub enum Reading<'a> {
    /// None that EXPLAIN prints.
    Bare,
    Whole(NodeLine<'a>),
    /// Figures that are cut, doubled or without a name.
    Broken,
}

pub fn read(text: &str) -> Reading<'_> {
    let text = text.trim();
    if !has_figures(text) && !text.ends_with(NEVER) {
        return Reading::Bare;
    }
    with_figures(text)
        .or_else(|| with_figures(without_remark(text)?))
        .filter(|line| is_name(line.label))
        .map_or(Reading::Broken, Reading::Whole)
}

/// Not what a log or a list set in front of one.
fn is_name(label: &str) -> bool {
    if !label.starts_with(|c: char| c.is_uppercase()) || has_figures(label) {
        return false;
    }
    let foreign = |front: &str| !front.chars().all(|c| c.is_alphabetic() || c == ' ');
    let mut blanks = label.match_indices(' ').map(|(position, _)| label.split_at(position));
    is_label(label) || !blanks.any(|(front, rest)| foreign(front) && is_label(rest.trim_start()))
}

/// What an author wrote behind the figures: `…loops=1)  <-- slow`.
fn without_remark(text: &str) -> Option<&str> {
    let opening =
        ["(cost=", "(actual ", NEVER].iter().filter_map(|start| text.rfind(start)).max()?;
    let end = opening + text.get(opening..)?.find(')')? + 1;
    let remark = text.get(end..)?;
    // A quote that a clipboard left behind, of a pair or alone, is no remark at all.
    let quotes = remark.chars().all(|c| matches!(c, '"' | '\'' | '`'));
    let apart = quotes || remark.starts_with([' ', '\t', '<', '#', '*', '\u{2190}']);
    (apart && !remark.contains("->  ") && !remark.trim_start().starts_with('('))
        .then(|| &text[..end])
}

fn with_figures(text: &str) -> Option<NodeLine<'_>> {
    let mut line = NodeLine { label: text, ..NodeLine::default() };
    let measured = measured(&mut line);
    let estimated = estimated(&mut line);
    (measured || estimated).then_some(line)
}

fn measured(line: &mut NodeLine) -> bool {
    if let Some(label) = line.label.strip_suffix(NEVER) {
        line.label = label.trim_end();
        line.figures.insert("Actual Rows".to_owned(), 0.into());
        line.figures.insert("Actual Loops".to_owned(), 0.into());
        return true;
    }
    let Some((label, inner)) = last_bracket(line.label, "(actual ") else { return false };
    let Some((figures, decimals)) = actual_figures(inner) else { return false };
    line.label = label;
    line.figures.extend(figures);
    line.decimals = decimals;
    true
}

/// `time=0.010..0.020 rows=1 loops=1`, or the same without times. Also what a worker prints.
pub fn actual_figures(inner: &str) -> Option<(Map<String, Value>, bool)> {
    let mut figures = Map::new();
    let mut decimals = false;
    for word in inner.split_whitespace() {
        let (key, value) = word.split_once('=')?;
        match key {
            "time" => {
                let (startup, total) = value.split_once("..")?;
                insert(&mut figures, "Actual Startup Time", startup)?;
                insert(&mut figures, "Actual Total Time", total)?;
            }
            "rows" => {
                decimals = value.contains('.');
                insert(&mut figures, "Actual Rows", value)?;
            }
            "loops" => insert(&mut figures, "Actual Loops", value)?,
            _ => {}
        }
    }
    figures.contains_key("Actual Loops").then_some((figures, decimals))
}

fn estimated(line: &mut NodeLine) -> bool {
    let Some((label, inner)) = last_bracket(line.label, "(cost=") else { return false };
    let Some(figures) = estimate_figures(inner) else { return false };
    line.label = label;
    line.figures.extend(figures);
    true
}

/// `0.00..1.00 rows=1 width=4`.
fn estimate_figures(inner: &str) -> Option<Map<String, Value>> {
    let mut figures = Map::new();
    let mut words = inner.split_whitespace();
    let (startup, total) = words.next()?.split_once("..")?;
    insert(&mut figures, "Startup Cost", startup)?;
    insert(&mut figures, "Total Cost", total)?;
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "rows" => insert(&mut figures, "Plan Rows", value)?,
            "width" => insert(&mut figures, "Plan Width", value)?,
            _ => {}
        }
    }
    figures.contains_key("Plan Width").then_some(figures)
}

/// The bracket that ends `text`: what stands before it, and inside it after `opening`.
fn last_bracket<'a>(text: &'a str, opening: &str) -> Option<(&'a str, &'a str)> {
    let inner = text.strip_suffix(')')?;
    let start = inner.rfind(opening)?;
    Some((text[..start].trim_end(), &inner[start + opening.len()..]))
}

fn insert(figures: &mut Map<String, Value>, key: &str, text: &str) -> Option<()> {
    figures.insert(key.to_owned(), number(text)?);
    Some(())
}

/// A whole number stays one, so that the document reads like the server's own.
pub fn number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite())?;
    serde_json::Number::from_f64(number).map(Value::Number)
}

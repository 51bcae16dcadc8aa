//! Lines that a terminal, a mail or an author broke, put together again.

use super::openness::Openness;
use super::row::{Row, has_figures};
use crate::engine::postgres::explain::text::{is_summary, starts_a_line};

/// A terminal narrower than this shows no plan.
const NARROWEST: usize = 30;

/// Lines broken at a fixed width, in the middle of words: each that fills the width goes on in the next.
/// `None` where no line is followed by another at the full width.
pub fn unfolded<'a>(rows: &[Row<'a>]) -> Option<Vec<Row<'a>>> {
    let width = rows.iter().map(length).max().filter(|width| *width >= NARROWEST)?;
    let full = |row: &Row| length(row) == width;
    let broken =
        rows.windows(2).any(|pair| matches!(pair, [row, next] if full(row) && !next.is_blank()));
    if !broken {
        return None;
    }
    let mut whole: Vec<Row> = Vec::new();
    let mut goes_on = false;
    let mut brackets = Openness::default();
    for row in rows {
        match whole.last_mut().filter(|_| goes_on && !begins_anew(brackets, &row.text)) {
            Some(last) => last.text.to_mut().push_str(&row.text),
            None => {
                whole.push(row.clone());
                brackets = Openness::default();
            }
        }
        brackets.read(&row.text);
        goes_on = full(row);
    }
    Some(whole)
}

/// Figures that stand in one line with others, two blanks apart.
const BEHIND_OTHERS: [&str; 10] = [
    "Memory",
    "Disk",
    "Batches",
    "Memory Usage",
    "Disk Usage",
    "Misses",
    "Evictions",
    "Overflows",
    "Peak Memory",
    "Average Memory",
];

/// A line may fill the width by chance: what follows it then has an indentation and a key of its own.
fn begins_anew(line: Openness, next: &str) -> bool {
    let text = next.trim_start();
    let key = text.split(':').next().unwrap_or_default();
    let indented =
        next.len() - text.len() > 1 && starts_a_line(text) && !BEHIND_OTHERS.contains(&key);
    !line.is_open() && (indented || is_summary(text))
}

fn length(row: &Row) -> usize {
    row.text.chars().count()
}

/// Lines broken at blanks or by hand: what cannot begin a line of a plan belongs to the line before.
/// `None` where there is nothing of the kind.
pub fn rejoined<'a>(rows: &[Row<'a>]) -> Option<Vec<Row<'a>>> {
    let first = first_of_plan(rows)?;
    let width = terminal_width(rows.get(first..)?);
    let mut filled = false;
    let (before, plan) = rows.split_at(first);
    let mut whole: Vec<Row> = before.to_vec();
    let mut joints = 0;
    let mut brackets = Openness::default();
    for row in plan.iter().filter(|row| !row.is_blank()) {
        match whole.last_mut() {
            Some(last) if whole_began(last, first, plan) && continues(brackets, &row.text) => {
                join(last.text.to_mut(), &row.text, filled);
                joints += 1;
            }
            _ => {
                whole.push(row.clone());
                brackets = Openness::default();
            }
        }
        brackets.read(&row.text);
        filled = width == Some(length(row));
    }
    (joints > 0).then_some(whole)
}

/// The width that broken lines fill, where a terminal broke them: then a break may stand inside a word.
/// What is broken at blanks has lines of many lengths.
fn terminal_width(rows: &[Row]) -> Option<usize> {
    let width = rows.iter().map(length).max().filter(|width| *width >= NARROWEST)?;
    let broken = |pair: &&[Row]| matches!(pair, [row, next] if continues(Openness::of(&row.text), &next.text));
    let joints: Vec<&[Row]> = rows.windows(2).filter(broken).collect();
    let full = joints.iter().filter(|pair| pair.first().is_some_and(|row| length(row) == width));
    let full = full.count();
    (full > 1 && 2 * full >= joints.len()).then_some(width)
}

/// The line in front of the first figures may hold the node's name alone.
fn first_of_plan(rows: &[Row]) -> Option<usize> {
    let figures =
        rows.iter().position(|row| row.text.contains("(cost") || row.text.contains("(actual"))?;
    let alone = rows.get(figures)?.text.trim_start().starts_with('(');
    Some(if alone { figures.saturating_sub(1) } else { figures })
}

fn whole_began(last: &Row, first: usize, plan: &[Row]) -> bool {
    let number = plan.first().map_or(first, |row| row.number);
    last.number >= number
}

fn continues(line: Openness, next: &str) -> bool {
    let text = next.trim_start();
    if text.starts_with("(actual")
        || text.starts_with("(cost")
        || text.starts_with("(never executed)")
    {
        return true;
    }
    !starts_a_line(text) || (line.is_open() && !(text.starts_with("->") && has_figures(text)))
}

/// With the blank that the break took away, except inside a figure or a word of the figures.
fn join(line: &mut String, next: &str, filled: bool) {
    let (left, right) = (line.trim_end(), next.trim_start());
    let blank = line.len() > left.len() || next.len() > right.len();
    let glue = if !blank && (filled || breaks_a_figure(left, right)) { "" } else { " " };
    let glue = if starts_figures(right) { "  " } else { glue };
    line.truncate(left.len());
    line.push_str(glue);
    line.push_str(right);
}

fn starts_figures(text: &str) -> bool {
    ["(cost", "(actual", "(never"].iter().any(|start| text.starts_with(start))
}

/// The figures of a node are far shorter: what stands further left is not looked at.
const LONGEST_FIGURES: usize = 400;

fn breaks_a_figure(left: &str, right: &str) -> bool {
    let nearest = left.len().saturating_sub(LONGEST_FIGURES);
    let start = (nearest..left.len()).find(|at| left.is_char_boundary(*at)).unwrap_or(nearest);
    let left = &left[start..];
    let opened = left.rfind("(cost").max(left.rfind("(actual")).max(left.rfind("(ac"));
    let inside = opened.is_some_and(|start| !left[start..].contains(')'));
    let (Some(end), Some(start)) = (left.chars().last(), right.chars().next()) else {
        return false;
    };
    let complete =
        left.ends_with("(actual") || (end.is_ascii_digit() && start.is_ascii_alphabetic());
    inside && !complete
}

#[cfg(test)]
mod tests {
    use super::super::row::{joined, rows};
    use super::*;

    #[test]
    fn figures_of_the_next_line_go_behind_the_name() {
        let text = "Sort  (cost=1.00..2.00 rows=1 width=4)\n      (actual time=0.1..0.2 rows=1 loops=1)\n  Sort Key: a";
        assert_eq!(
            joined(&rejoined(&rows(text)).unwrap()),
            "Sort  (cost=1.00..2.00 rows=1 width=4)  (actual time=0.1..0.2 rows=1 loops=1)\n  Sort Key: a"
        );
    }

    #[test]
    fn a_number_broken_in_two_is_one_again() {
        let text =
            "Sort  (cost=1.00..2.00 ro\nws=1 width=4) (actual time=0.1.\n.0.2 rows=1\nloops=1)";
        assert_eq!(
            joined(&rejoined(&rows(text)).unwrap()),
            "Sort  (cost=1.00..2.00 rows=1 width=4) (actual time=0.1..0.2 rows=1 loops=1)"
        );
    }

    #[test]
    fn only_full_lines_go_on() {
        let text = format!("{}\nbb\n{}\ncc", "a".repeat(40), "c".repeat(39));
        let whole = unfolded(&rows(&text)).unwrap();
        assert_eq!(whole[0].text, format!("{}bb", "a".repeat(40)));
        assert_eq!(whole.len(), 3);
    }
}

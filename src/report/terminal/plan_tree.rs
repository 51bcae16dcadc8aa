//! A plan as an indented tree: self time and its share on the left, what happened below each node.

use super::Paint;
use crate::report::text::{one_line, shortened, wrapped};
use crate::report::view::{NodeRow, PlanView};

/// Columns of time, bar and share.
const FIGURES: usize = 26;
const BAR: usize = 8;
/// Nodes deeper than this are set in no further.
const DEEPEST: usize = 12;
/// From this share of the whole on, a node's conditions are shown, in percent.
const NOTABLE: f64 = 5.0;

pub fn plan_tree(view: &PlanView, width: usize, paint: Paint) -> String {
    let timed = view.rows.iter().any(|row| row.share.is_some());
    let mut text = String::new();
    if timed {
        text.push_str(&paint.dim(&format!("{:>9} {:BAR$} {:>6}", "self", "", "share")));
        text.push('\n');
    }
    for row in &view.rows {
        text.push_str(&node(row, timed, width, paint));
    }
    text
}

fn node(row: &NodeRow, timed: bool, width: usize, paint: Paint) -> String {
    let margin = if timed { FIGURES } else { 0 };
    let branch = branch(row.depth);
    let room = width.saturating_sub(margin + branch.chars().count()).max(24);
    let mut lines = wrapped(&title(row), room).into_iter();
    let first = lines.next().unwrap_or_default();
    let first = if row.never_executed { paint.dim(&first) } else { paint.bold(&first) };
    let mut text = match timed {
        true => format!("{} {}{first}\n", figures(row, paint), paint.dim(&branch)),
        false => format!("{}{first}\n", paint.dim(&branch)),
    };
    let indent = " ".repeat(margin + branch.chars().count());
    for line in lines {
        text.push_str(&format!("{indent}{}\n", paint.bold(&line)));
    }
    for (ink, remark) in remarks(row, timed, room) {
        text.extend(
            wrapped(&remark, room).iter().map(|line| format!("{indent}{}\n", ink(paint, line))),
        );
    }
    text
}

/// 25 columns; the 26th is the gap.
fn figures(row: &NodeRow, paint: Paint) -> String {
    let time = row.self_time.as_deref().filter(|_| !row.never_executed).unwrap_or("–");
    let share = row.share_text.as_deref().filter(|_| !row.never_executed).unwrap_or("");
    let bar = bar(row.share.unwrap_or(0.0));
    let bar = match row.share {
        Some(share) if share >= 50.0 => paint.bad(&bar),
        Some(share) if share >= 20.0 => paint.warn(&bar),
        _ => paint.good(&bar),
    };
    format!("{time:>9} {bar} {share:>6}")
}

/// A share in percent, in eighths of a cell.
fn bar(share: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 100.0) / 100.0 * (BAR * 8) as f64).round() as usize;
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    let bar = format!("{}{part}", "█".repeat(eighths / 8));
    format!("{bar:BAR$}")
}

fn branch(depth: usize) -> String {
    match depth {
        0 => String::new(),
        1..=DEEPEST => format!("{}└ ", "  ".repeat(depth - 1)),
        _ => format!("{}└ {depth} deep: ", "  ".repeat(DEEPEST - 1)),
    }
}

fn title(row: &NodeRow) -> String {
    let mut title = format!("#{} {}", row.id, row.label);
    if !row.target.is_empty() {
        title.push_str(&format!(" {}", row.target));
    }
    if !row.tags.is_empty() {
        title.push_str(&format!(" ({})", row.tags.join(", ")));
    }
    one_line(&title)
}

type Ink = fn(Paint, &str) -> String;

fn remarks(row: &NodeRow, timed: bool, room: usize) -> Vec<(Ink, String)> {
    let mut remarks: Vec<(Ink, String)> = Vec::new();
    if row.never_executed {
        remarks.push((Paint::dim, format!("never executed, {} rows", row.rows)));
        return remarks;
    }
    remarks.push((Paint::dim, counts(row)));
    let alarms = [&row.misestimate, &row.spill].into_iter().flatten();
    remarks.extend(alarms.map(|alarm| (Paint::warn as Ink, one_line(alarm))));
    if !timed || row.share.is_some_and(|share| share >= NOTABLE) {
        let conditions = row.details.iter().filter(|detail| detail.code && detail.name != "Output");
        remarks.extend(conditions.map(|detail| {
            let text = format!("{}: {}", detail.name, one_line(&detail.text));
            (Paint::code as Ink, shortened(&text, 2 * room))
        }));
    }
    remarks.retain(|(_, remark)| !remark.is_empty());
    remarks
}

fn counts(row: &NodeRow) -> String {
    let rows = (!row.rows.is_empty()).then(|| format!("rows {}", row.rows));
    let loops = row.loops.as_ref().map(|loops| format!("× {loops} loops"));
    let cost = row.details.iter().find(|detail| detail.name == "Planner cost");
    let cost = cost.filter(|_| row.share.is_none()).map(|cost| format!("cost {}", cost.text));
    let parts = [rows, loops, row.removed.clone(), cost];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_their_column_and_no_more() {
        for share in [0.0, 0.7, 12.5, 50.0, 99.9, 100.0, 250.0] {
            assert_eq!(bar(share).chars().count(), BAR, "{share}");
        }
        assert_eq!(bar(50.0), "████    ");
        assert_eq!(bar(100.0), "████████");
    }

    #[test]
    fn deep_nodes_say_how_deep_they_are() {
        assert_eq!(branch(1), "└ ");
        assert!(branch(40).trim_start().starts_with("└ 40 deep"));
    }
}

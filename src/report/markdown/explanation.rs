//! `planwise explain --format markdown`: the tree as preformatted text, the findings as sections.

use super::escape::{fence, prose, text};
use crate::report::explanation::Explanation;
use crate::report::terminal::{Paint, plan_tree};
use crate::report::view::{FindingView, PlanView};

/// Columns of the tree: what a ticket shows without scrolling.
const WIDTH: usize = 90;

pub fn explanation(explanation: &Explanation) -> String {
    let view = PlanView::of_plan(&explanation.plan, Some(&explanation.measurements));
    let times = view.times.as_deref().unwrap_or("not executed");
    let mut page = format!("# Plan: {}\n\n", text(times));
    page.push_str(&plain_fence(&plan_tree(&view, WIDTH, Paint::new(false))));
    for fact in view.facts.iter().chain(&explanation.notes) {
        page.push_str(&format!("- {}\n", text(fact)));
    }
    page.push_str("\n## Findings\n\n");
    if let Some(verdict) = &explanation.verdict {
        page.push_str(&format!("{}\n\n", text(verdict)));
    }
    page.extend(explanation.views().iter().map(finding));
    page.push_str(&unjudged(explanation));
    page
}

fn plain_fence(block: &str) -> String {
    fence(block).replacen("sql\n", "text\n", 1) + "\n\n"
}

fn finding(view: &FindingView) -> String {
    let mut section = format!("### {}\n\n", text(&view.title));
    let node = view.node.as_ref().map_or(String::new(), |node| format!(", {}", text(node)));
    section.push_str(&format!("{} ({}{node})\n\n", text(&view.gain), view.class));
    for paragraph in [&view.message, &view.why, &view.fix] {
        section.push_str(&format!("{}\n\n", prose(paragraph)));
    }
    for action in &view.actions {
        section.push_str(&format!("{}:\n\n{}\n\n", action.label, fence(&action.statement)));
    }
    section
}

fn unjudged(explanation: &Explanation) -> String {
    let mut section = String::new();
    if let Some(fuller) = &explanation.fuller {
        section.push_str("\n## What this plan does not tell\n\n");
        section.extend(fuller.missing.iter().map(|missing| format!("- {}\n", text(missing))));
        section.push_str(&format!("\nRun this instead:\n\n{}\n", fence(&fuller.statement)));
    }
    if !explanation.cannot_judge.is_empty() {
        section.push_str("\n## Rules that could not look\n\n");
        let entries = explanation.cannot_judge.iter();
        section.extend(
            entries.map(|entry| format!("- {}: {}\n", text(&entry.rule), text(&entry.reason))),
        );
    }
    section
}

//! What `planwise explain` prints.

use super::Paint;
use super::findings::paragraphs;
use super::plan_tree::plan_tree;
use crate::plan::{Evidence, Plan};
use crate::report::explanation::Explanation;
use crate::report::text::{one_line, visible, wrapped};
use crate::report::view::PlanView;

/// Reasons why rules are silent: this many are named one by one.
const RULES_NAMED: usize = 6;

pub fn explanation(explanation: &Explanation, width: usize, color: bool) -> String {
    let paint = Paint::new(color);
    let view = PlanView::of_plan(&explanation.plan, Some(&explanation.measurements));
    let mut text = heading(explanation, &view, width, paint);
    text.push_str(&plan_tree(&view, width, paint));
    text.push('\n');
    for fact in view.facts.iter().chain(&explanation.notes) {
        text.extend(wrapped(&one_line(fact), width).iter().map(|line| format!("{line}\n")));
    }
    text.push_str(&judgement(explanation, width, paint));
    text.push_str(&unjudged(explanation, width, paint));
    text
}

fn heading(explanation: &Explanation, view: &PlanView, width: usize, paint: Paint) -> String {
    let times = view.times.clone().unwrap_or_else(|| "no times".to_owned());
    let line = format!("{times} · {}", evidence(&explanation.plan));
    let lines = wrapped(&line, width);
    lines.iter().map(|line| format!("{}\n", paint.bold(line))).collect::<String>() + "\n"
}

fn evidence(plan: &Plan) -> &'static str {
    match plan.evidence {
        Evidence::A => "executed; times, blocks and workers known",
        Evidence::B => "executed and timed",
        Evidence::C => "executed without timing its nodes",
        Evidence::D => "estimated, not executed",
    }
}

fn judgement(explanation: &Explanation, width: usize, paint: Paint) -> String {
    let views = explanation.views();
    let mut text = String::new();
    if let Some(verdict) = &explanation.verdict {
        let lines = wrapped(&one_line(verdict), width);
        let painted = lines.iter().map(|line| match views.is_empty() {
            true => format!("{}\n", paint.good(line)),
            false => format!("{line}\n"),
        });
        text = format!("\n{}", painted.collect::<String>());
    }
    if !views.is_empty() {
        text.push_str(&format!("\n{}", paragraphs(&views, width, paint)));
    }
    text
}

fn unjudged(explanation: &Explanation, width: usize, paint: Paint) -> String {
    let mut text = String::new();
    if let Some(fuller) = &explanation.fuller {
        text.push_str(&format!("\n{}\n", paint.warn("What this plan does not tell")));
        for missing in &fuller.missing {
            bullet(&mut text, missing, width);
        }
        text.push_str("Run this instead:\n");
        text.extend(visible(&fuller.statement).lines().map(|l| format!("    {}\n", paint.code(l))));
    }
    let silent = &explanation.cannot_judge;
    if !silent.is_empty() {
        text.push_str(&format!("\n{}\n", paint.dim("Rules that could not look")));
        for entry in silent.iter().take(RULES_NAMED) {
            bullet(&mut text, &format!("{}: {}", entry.rule, entry.reason), width);
        }
        if let Some(rest) = silent.len().checked_sub(RULES_NAMED).filter(|rest| *rest > 0) {
            bullet(&mut text, &format!("and {rest} more (--format json names them)"), width);
        }
    }
    text
}

fn bullet(text: &mut String, line: &str, width: usize) {
    let lines = wrapped(&one_line(line), width.saturating_sub(4));
    text.push_str(&format!("  - {}\n", lines.join("\n    ")));
}

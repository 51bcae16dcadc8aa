//! A finding in words.

use serde::Serialize;

use crate::report::format;
use crate::rule::{Action, ActionKind, Finding, GainClass, Severity};
use crate::stats::Interval;

#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    pub anchor: String,
    pub rule: String,
    pub title: String,
    /// The title with the query and the table it is about.
    pub heading: String,
    /// `solved`, `open`, or nothing where no change was made.
    pub standing: Option<&'static str>,
    /// Kept changes that solved it.
    pub solved_by: Vec<String>,
    pub severity: &'static str,
    pub query: Option<String>,
    /// Link to the query's section.
    pub query_anchor: Option<String>,
    /// Queries that suffer where the cause is in none of them alone, with links to their sections.
    pub affected: Vec<(String, Option<String>)>,
    /// Link to the node of the plan that is shown, and which plan and node it is in words.
    pub node_anchor: Option<String>,
    pub node: Option<String>,
    pub subject: Option<String>,
    pub message: String,
    pub why: String,
    pub fix: String,
    pub verify: String,
    pub ignore_when: Option<String>,
    pub actions: Vec<ActionView>,
    pub gain: String,
    /// Line of the captured log where it is seen best.
    pub seen_at: Option<String>,
    /// It is about a habit of sessions, not about a plan.
    pub of_habit: bool,
    /// `measured`, `modelled`, `structural`.
    pub class: &'static str,
    pub evidence: &'static str,
    pub minor: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ActionView {
    pub label: &'static str,
    pub statement: String,
    pub undo: Option<String>,
    pub caution: Option<String>,
}

/// `findings` in words, where there is no page to link to.
pub fn finding_views(findings: &[Finding]) -> Vec<FindingView> {
    let findings = findings.iter().enumerate();
    findings.map(|(position, finding)| FindingView::of(finding, position, &|_| None)).collect()
}

impl FindingView {
    pub fn of(
        finding: &Finding,
        position: usize,
        anchors: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        FindingView {
            affected: finding.queries.iter().map(|id| (id.clone(), anchors(id))).collect(),
            anchor: format!("f{}", position + 1),
            rule: finding.rule.clone(),
            title: finding.title.clone(),
            heading: heading(finding),
            standing: finding.resolution.as_ref().map(|resolution| match resolution.solved {
                true => "solved",
                false => "open",
            }),
            solved_by: finding.resolution.iter().flat_map(|known| known.by.clone()).collect(),
            severity: severity(finding.severity),
            query: finding.query.clone(),
            query_anchor: finding.query.as_deref().and_then(anchors),
            node_anchor: node_anchor(finding, anchors),
            node: finding.node.map(|node| node_name(node.0, finding.plan)),
            subject: finding.subject.clone(),
            message: finding.message.clone(),
            why: finding.why.clone(),
            fix: finding.fix.clone(),
            verify: finding.verify.clone(),
            ignore_when: finding.ignore_when.clone(),
            actions: finding.actions.iter().map(action).collect(),
            gain: gain(finding),
            of_habit: finding.habit.is_some(),
            seen_at: finding.seen_at.as_ref().map(|seen| format!("{}:{}", seen.file, seen.line)),
            class: class(finding.gain.class),
            evidence: evidence(finding.evidence),
            minor: finding.minor,
        }
    }
}

/// `film-search: Texts searched: 2,913 (public.film)`: a list of titles alone would not say where.
fn heading(finding: &Finding) -> String {
    let title = &finding.title;
    let subject = finding.subject.as_ref().filter(|subject| !title.contains(subject.as_str()));
    match (&finding.query, subject) {
        (Some(query), Some(subject)) => format!("{query}: {title} ({subject})"),
        (Some(query), None) => format!("{query}: {title}"),
        (None, Some(subject)) => format!("{subject}: {title}"),
        (None, None) => title.clone(),
    }
}

/// Only the first plan of a query is drawn.
fn node_anchor(finding: &Finding, anchors: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let node = finding.node.filter(|_| finding.plan == 0)?;
    let query = anchors(finding.query.as_deref()?)?;
    Some(format!("{query}n{}", node.0))
}

fn node_name(node: usize, plan: usize) -> String {
    match plan {
        0 => format!("plan node {node}"),
        other => format!("node {node} of plan {}", other + 1),
    }
}

fn action(action: &Action) -> ActionView {
    ActionView {
        label: match action.kind {
            ActionKind::Index => "Create the index",
            ActionKind::DropIndex => "Drop the index",
            ActionKind::Setting => "Change the setting",
            ActionKind::Statistics => "Improve the statistics",
            ActionKind::Maintenance => "Maintain the table",
            ActionKind::Rewrite => "Rewrite the query",
        },
        statement: action.statement.clone(),
        undo: action.undo.clone(),
        caution: action.caution.clone(),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

pub fn class(class: GainClass) -> &'static str {
    match class {
        GainClass::Measured => "measured",
        GainClass::Modelled => "modelled",
        GainClass::Structural => "structural",
    }
}

fn gain(finding: &Finding) -> String {
    let scope = match (&finding.habit, &finding.query) {
        (Some(_), _) => "each time",
        (None, Some(_)) => "per execution",
        (None, None) => "per pass of the workload",
    };
    match finding.gain.saved_ms {
        Some(saved) if saved.high > 0.0 => {
            let daily =
                finding.saved_s_a_day.map(|day| Interval::new(day.low * 1e3, day.high * 1e3));
            let daily = daily.map(|ms| format!(", {} a day", format::millis_range(ms)));
            format!("saves {} {scope}{}", format::millis_range(saved), daily.unwrap_or_default())
        }
        _ => "size of the gain not quantified".to_owned(),
    }
}

fn evidence(evidence: crate::plan::Evidence) -> &'static str {
    use crate::plan::Evidence;
    match evidence {
        Evidence::A => "executed with timing, buffers, workers and settings",
        Evidence::B => "executed with timing",
        Evidence::C => "executed without timing of each node",
        Evidence::D => "estimates only, not executed",
    }
}

//! What changed between two plans of one statement: order, joins, scans and indexes, estimates, rows and time. Steps that
//! stayed as they were are folded, and numbers that differ from run to run are passed over.

use super::format;
use super::text::{shortened, visible};
use crate::compare::{
    NodeChange, PlanChanges, PlanDiffRow, PlanLine, PlanSide, PlanStep, StepFigures, plan_diff,
};
use crate::plan::{Measurements, Metrics, Node, Plan, measure, plan_shape};
use crate::stats::Interval;

/// A change of time by less than this factor, or of less than so many milliseconds, may be chance.
const NOTABLE: f64 = 1.5;
const NOTABLE_MS: f64 = 1.0;
/// Rows and estimates that differ by this factor.
const OFF: f64 = 2.0;
/// Changed steps that are listed: what fits on a screen.
const MOST: usize = 20;

struct Nodes<'p> {
    nodes: Vec<&'p Node>,
    measurements: Measurements,
}

impl<'p> Nodes<'p> {
    fn of(plan: &'p Plan) -> Self {
        let nodes = plan.visits().map(|(node, _)| node).collect();
        Nodes { nodes, measurements: measure(plan) }
    }

    fn figures(&self, index: usize, line: &PlanLine) -> Option<StepFigures> {
        let (node, metrics) = self.at(index)?;
        Some(StepFigures {
            depth: line.depth,
            text: line.text.clone(),
            self_ms: metrics.self_ms.map(Interval::mid),
            rows: metrics.rows_total.map(Interval::mid),
            estimated_rows: node.plan_rows,
            loops: metrics.loops,
        })
    }

    fn at(&self, index: usize) -> Option<(&'p Node, &Metrics)> {
        self.nodes.get(index).copied().zip(self.measurements.nodes.get(index))
    }
}

/// `names` are those of the two files.
pub fn plan_changes(before: &Plan, after: &Plan, names: [&str; 2]) -> PlanChanges {
    let (left, right) = (Nodes::of(before), Nodes::of(after));
    let rows = plan_diff(before, after).unwrap_or_else(|| alike(before));
    let (mut b, mut a) = (0, 0);
    let mut steps = Vec::new();
    let mut unchanged = 0;
    for row in &rows {
        let step = step(row, (&left, b), (&right, a));
        match step.change == NodeChange::Same && step.what.is_empty() {
            true => unchanged += 1,
            false => steps.push(step),
        }
        b += usize::from(row.before.is_some());
        a += usize::from(row.after.is_some());
    }
    let left_out = steps.len().saturating_sub(MOST);
    let summary = summary(&steps, before, after);
    let steps = costliest(steps);
    let side = |name: &str, plan: &Plan, nodes: &Nodes<'_>| PlanSide {
        name: name.to_owned(),
        execution_ms: plan.execution_ms.or(nodes.measurements.total_ms),
        planning_ms: plan.planning_ms,
        nodes: nodes.nodes.len(),
    };
    let (first, second) = (side(names[0], before, &left), side(names[1], after, &right));
    PlanChanges { before: first, after: second, summary, steps, unchanged, left_out }
}

/// Both plans have the same steps.
fn alike(plan: &Plan) -> Vec<PlanDiffRow> {
    let shape = plan_shape(plan);
    let lines = shape.lines().map(|text| {
        let bare = text.trim_start();
        let line = PlanLine { depth: (text.len() - bare.len()) / 2, text: bare.to_owned() };
        PlanDiffRow { change: NodeChange::Same, before: Some(line.clone()), after: Some(line) }
    });
    lines.collect()
}

fn step(row: &PlanDiffRow, left: (&Nodes<'_>, usize), right: (&Nodes<'_>, usize)) -> PlanStep {
    let before = row.before.as_ref().and_then(|line| left.0.figures(left.1, line));
    let after = row.after.as_ref().and_then(|line| right.0.figures(right.1, line));
    let what = match (left.0.at(left.1), right.0.at(right.1)) {
        (Some(one), Some(other)) if row.before.is_some() && row.after.is_some() => {
            differences(one.0, other.0, before.as_ref(), after.as_ref())
        }
        _ => Vec::new(),
    };
    PlanStep { change: row.change, before, after, what }
}

fn differences(
    before: &Node,
    after: &Node,
    left: Option<&StepFigures>,
    right: Option<&StepFigures>,
) -> Vec<String> {
    let mut what = Vec::new();
    let pair = |of: fn(&StepFigures) -> Option<f64>| Some((of(left?)?, of(right?)?));
    if let Some((one, other)) = pair(|f| f.self_ms)
        && (one - other).abs() >= NOTABLE_MS
        && ratio(one, other) >= NOTABLE
    {
        what.push(format!("time {} → {}", format::millis(one), format::millis(other)));
    }
    if let Some((one, other)) = pair(|f| f.rows)
        && ratio(one, other) >= OFF
    {
        what.push(format!("rows {} → {}", format::count(one), format::count(other)));
    }
    if let Some((one, other)) = pair(|f| f.estimated_rows)
        && ratio(one, other) >= OFF
    {
        what.push(format!("expected {} → {} rows", format::count(one), format::count(other)));
    }
    let spills = |node: &Node| {
        let sort = node.sort.as_ref().is_some_and(|sort| sort.on_disk);
        sort || node.hash.as_ref().and_then(|hash| hash.batches).is_some_and(|n| n > 1)
    };
    match (spills(before), spills(after)) {
        (true, false) => what.push("no longer on disk".to_owned()),
        (false, true) => what.push("now on disk".to_owned()),
        _ => {}
    }
    let conditions = [
        ("index condition", &before.index_cond, &after.index_cond),
        ("filter", &before.filter, &after.filter),
    ];
    for (name, one, other) in conditions.into_iter().filter(|(_, one, other)| one != other) {
        let text = |condition: &Option<String>| match condition {
            Some(text) => shortened(text, 40),
            None => "none".to_owned(),
        };
        what.push(format!("{name} {} → {}", text(one), text(other)));
    }
    what
}

fn ratio(one: f64, other: f64) -> f64 {
    let (small, large) = (one.min(other).max(0.0), one.max(other));
    // Nothing and next to nothing are alike.
    (large + 1.0) / (small + 1.0)
}

/// In the order of the plans those that take most, where there are too many.
fn costliest(steps: Vec<PlanStep>) -> Vec<PlanStep> {
    if steps.len() <= MOST {
        return steps;
    }
    let cost = |step: &PlanStep| {
        let of =
            |figures: &Option<StepFigures>| figures.as_ref().and_then(|f| f.self_ms).unwrap_or(0.0);
        of(&step.before).max(of(&step.after))
    };
    let mut ranked: Vec<f64> = steps.iter().map(cost).collect();
    ranked.sort_by(|a, b| b.total_cmp(a));
    let least = ranked[MOST - 1];
    steps.into_iter().filter(|step| cost(step) >= least).take(MOST).collect()
}

fn summary(steps: &[PlanStep], before: &Plan, after: &Plan) -> Vec<String> {
    let mut said = Vec::new();
    let indexes = |plan: &Plan| -> Vec<String> {
        let named = plan.visits().filter_map(|(node, _)| node.index.clone());
        let mut names: Vec<String> = named.collect();
        names.sort();
        names.dedup();
        names
    };
    let (old, new) = (indexes(before), indexes(after));
    for (word, from, to) in [("no longer used", &old, &new), ("used now", &new, &old)] {
        let names: Vec<&str> =
            from.iter().filter(|i| !to.contains(i)).map(String::as_str).collect();
        if !names.is_empty() {
            said.push(format!("Indexes {word}: {}", names.join(", ")));
        }
    }
    let settings = |plan: &Plan| {
        let mut all: Vec<String> =
            plan.settings.iter().map(|(k, v)| format!("{k} = {v}")).collect();
        all.sort();
        all
    };
    let (old, new) = (settings(before), settings(after));
    if old != new {
        let list = |all: Vec<String>| match all.is_empty() {
            true => "as built in".to_owned(),
            false => all.join(", "),
        };
        said.push(format!("Settings: {} → {}", list(old), list(new)));
    }
    let shape = steps.iter().any(|step| step.change != NodeChange::Same);
    let grown = steps.iter().any(|step| step.what.iter().any(|what| what.starts_with("rows ")));
    said.push(
        match (shape, grown) {
            (true, true) => "Another plan, over other numbers of rows.",
            (true, false) => "Another plan, over the same rows.",
            (false, true) => "The same plan, over other numbers of rows.",
            (false, false) => "The same plan, over the same rows.",
        }
        .to_owned(),
    );
    said
}

impl PlanChanges {
    /// For a terminal of `width` columns; the same inside Markdown.
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        let mut line = |written: String| {
            text.push_str(&shortened(&visible(&written), width));
            text.push('\n');
        };
        for (word, side) in [("Before", &self.before), ("After ", &self.after)] {
            let ms = |ms: Option<f64>| ms.map_or("not executed".to_owned(), format::millis);
            let nodes = format::counted(side.nodes, "node", "nodes");
            line(format!("{word}  {}: {}, {nodes}", side.name, ms(side.execution_ms)));
        }
        if let (Some(before), Some(after)) = (self.before.execution_ms, self.after.execution_ms)
            && before > 0.0
        {
            line(format!("        {}", format::speedup(after / before)));
        }
        self.summary.iter().for_each(|sentence| line(sentence.clone()));
        line(String::new());
        for step in &self.steps {
            match step.change {
                NodeChange::Same => {
                    let figures = step.after.as_ref();
                    let named = figures.map_or("", |f| f.text.as_str());
                    let indent = "  ".repeat(figures.map_or(0, |f| f.depth.min(12)));
                    line(format!("~ {indent}{named}: {}", step.what.join("; ")));
                }
                _ => {
                    step.before.iter().for_each(|figures| line(format!("- {}", figures.text())));
                    step.after.iter().for_each(|figures| line(format!("+ {}", figures.text())));
                }
            }
        }
        if self.left_out > 0 {
            line(format!("… and {} more steps that changed", self.left_out));
        }
        line(format!("{} unchanged", format::counted(self.unchanged, "step", "steps")));
        text
    }
}

impl StepFigures {
    fn text(&self) -> String {
        let indent = "  ".repeat(self.depth.min(12));
        let time = self.self_ms.map(format::millis);
        let rows =
            self.rows.or(self.estimated_rows).map(|rows| format!("{} rows", format::count(rows)));
        let figures: Vec<String> = [time, rows].into_iter().flatten().collect();
        format!("{indent}{} ({})", self.text, figures.join(", "))
    }
}

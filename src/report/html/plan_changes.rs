//! The page of two plans: what `planwise explain BEFORE AFTER --out` writes.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use super::engine;
use super::exporter::{SCRIPT, STYLE};
use super::policy::Policy;
use crate::compare::{NodeChange, PlanChanges, PlanSide, PlanStep, StepFigures};
use crate::report::format::{NOTHING, counted, millis};

#[derive(Serialize)]
struct SideRow {
    name: String,
    execution: String,
    planning: String,
    nodes: usize,
}

#[derive(Serialize)]
struct StepRow {
    change: &'static str,
    before: String,
    after: String,
    what: String,
}

pub fn plan_changes_page(changes: &PlanChanges) -> Result<String> {
    let times = [&changes.before, &changes.after].map(|side| told(side.execution_ms));
    let policy = Policy::for_inline(STYLE, SCRIPT);
    let steps: Vec<StepRow> = changes.steps.iter().map(step).collect();
    let sides = [side(&changes.before), side(&changes.after)];
    let context = context! {
        title => format!("{} before, {} after", times[0], times[1]),
        summary => Serde(&changes.summary), sides => Serde(&sides), steps => Serde(&steps),
        folded => folded(changes),
        policy => policy.to_string(), style => STYLE, script => SCRIPT,
    };
    let environment = engine::environment()?;
    let template = environment.get_template("plan_changes.html")?;
    template.render(context).context("cannot render plan_changes.html")
}

fn told(ms: Option<f64>) -> String {
    ms.map_or_else(|| NOTHING.to_owned(), millis)
}

fn side(side: &PlanSide) -> SideRow {
    SideRow {
        name: side.name.clone(),
        execution: told(side.execution_ms),
        planning: told(side.planning_ms),
        nodes: side.nodes,
    }
}

fn step(step: &PlanStep) -> StepRow {
    let text = |figures: &Option<StepFigures>| match figures {
        None => NOTHING.to_owned(),
        Some(figures) => match figures.self_ms {
            Some(ms) => format!("{} ({})", figures.text, millis(ms)),
            None => figures.text.clone(),
        },
    };
    StepRow {
        change: match step.change {
            NodeChange::Same => "figures",
            NodeChange::Changed => "changed",
            NodeChange::Removed => "gone",
            NodeChange::Added => "new",
        },
        before: text(&step.before),
        after: text(&step.after),
        what: step.what.join("; "),
    }
}

fn folded(changes: &PlanChanges) -> String {
    let unchanged = counted(changes.unchanged, "step is", "steps are");
    match changes.left_out {
        0 => format!("{unchanged} as before."),
        more => format!(
            "{unchanged} as before; {} of less weight left out.",
            counted(more, "changed step is", "changed steps are")
        ),
    }
}

//! The page of one plan: what `planwise explain --out` writes.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;

use super::engine;
use super::exporter::{SCRIPT, STYLE};
use super::policy::Policy;
use crate::report::explanation::Explanation;
use crate::report::format;
use crate::report::view::PlanView;

pub fn explanation_page(explanation: &Explanation) -> Result<String> {
    let plan = PlanView::of_plan(&explanation.plan, Some(&explanation.measurements));
    let findings = explanation.views();
    let times = plan.times.clone().unwrap_or_else(|| "estimated, not executed".to_owned());
    let found = format::counted(findings.len(), "finding", "findings");
    let silent: Vec<(String, String)> = explanation
        .cannot_judge
        .iter()
        .map(|entry| (entry.rule.clone(), entry.reason.clone()))
        .collect();
    let fuller = explanation.fuller.as_ref();
    let policy = Policy::for_inline(STYLE, SCRIPT);
    let context = context! {
        title => format!("{found} in a plan of {times}"),
        engine => explanation.engine.clone(),
        verdict => explanation.verdict.clone(),
        notes => explanation.notes.clone(),
        missing => fuller.map(|fuller| fuller.missing.clone()).unwrap_or_default(),
        fuller => fuller.map(|fuller| fuller.statement.clone()),
        findings => Serde(&findings), plan => Serde(&plan), silent,
        policy => policy.to_string(), style => STYLE, script => SCRIPT,
    };
    let environment = engine::environment()?;
    let template = environment.get_template("explain.html")?;
    template.render(context).context("cannot render explain.html")
}

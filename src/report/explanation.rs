//! One plan, judged on its own: what `planwise explain` shows.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::REPORT_FORMAT;
use super::view::{FindingView, WORTH_A_WORD_MS, unexplained};
use crate::engine::FullerExplain;
use crate::plan::{Evidence, Measurements, Plan};
use crate::rule::{CannotJudge, Finding};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    /// Name of the engine whose plan it is.
    pub engine: String,
    pub plan: Plan,
    pub measurements: Measurements,
    /// Best first.
    pub findings: Vec<Finding>,
    /// What the absence of findings means, or where time passes that no finding explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    /// Rules that had no say on this plan, and why.
    pub cannot_judge: Vec<CannotJudge>,
    /// What the plan leaves out, and how to get it.
    pub fuller: Option<FullerExplain>,
    /// Things a reader must know before trusting the numbers.
    pub notes: Vec<String>,
}

impl Explanation {
    /// What to say beside the findings, or in their place. "Nothing" is said only where it is true.
    pub fn verdict(
        plan: &Plan,
        measurements: &Measurements,
        findings: &[Finding],
        fuller: Option<&FullerExplain>,
    ) -> Option<String> {
        let heaviest = unexplained(plan, measurements, &findings.iter().collect::<Vec<_>>());
        let short = measurements.total_ms.is_some_and(|ms| ms < WORTH_A_WORD_MS);
        let sentence = match heaviest {
            Some(heaviest) => return Some(heaviest.sentence()),
            None if !findings.is_empty() => return None,
            None if plan.evidence == Evidence::D => {
                "Nothing found in the estimates: rules that need an execution could not look."
            }
            None if (fuller.is_some() || plan.evidence == Evidence::C) && !short => {
                "Nothing was found in what this plan tells; rules that need more could not look."
            }
            None => "Nothing worth changing was found in this plan.",
        };
        Some(sentence.to_owned())
    }

    /// The envelope's own fields.
    pub fn envelope() -> (u32, String) {
        (REPORT_FORMAT, env!("CARGO_PKG_VERSION").to_owned())
    }

    /// The findings in words, each with its place in the tree.
    pub(super) fn views(&self) -> Vec<FindingView> {
        let place = |finding: &Finding| match finding.node {
            Some(node) => format!("this plan, node #{}", node.0),
            None => "this plan".to_owned(),
        };
        let placed = |finding: &Finding| Finding { query: Some(place(finding)), ..finding.clone() };
        let findings = self.findings.iter().map(placed).enumerate();
        findings.map(|(position, found)| FindingView::of(&found, position, &|_| None)).collect()
    }

    pub fn json(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_json(&mut bytes)?;
        Ok(bytes)
    }

    /// Piece by piece: of a large plan the document takes more room than the plan.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

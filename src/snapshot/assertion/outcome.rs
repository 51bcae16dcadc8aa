//! What came of asserting.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// Raised when something that readers of the JSON go by changes its meaning.
pub const ASSERTIONS_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Assertions {
    pub format: u32,
    pub planwise: String,
    pub workload: String,
    pub source: AssertionSource,
    pub assertions: Vec<Assertion>,
    /// Queries that expect nothing.
    pub without: usize,
    /// What is not as on the source, and what is not as it was, as sentences.
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AssertionSource {
    pub database: String,
    pub version: String,
    pub planned_by: String,
    pub taken: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It holds, and would under statistics gathered anew.
    Holds,
    /// It holds by so little that it may not tomorrow.
    HoldsNarrowly,
    /// It does not hold, by so little that this says nothing.
    FailsNarrowly,
    Fails,
    /// There is no plan to hold it against.
    Unplanned,
}

#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Assertion {
    pub query: String,
    pub file: String,
    /// Of the expectation; that of the query where it was recorded.
    pub line: usize,
    pub expectation: String,
    pub standing: Standing,
    /// What the plan does, in words.
    pub found: String,
    pub margin: Margin,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How much would have to change for the answer to be another one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, JsonSchema)]
pub struct Margin {
    /// Estimated cost of the plan.
    pub cost: Option<f64>,
    /// Cost of the cheapest other plan by which the answer is another one.
    pub next_cost: Option<f64>,
    /// How that plan differs.
    pub next_plan: Option<String>,
    /// By which factor costs, or the figure that is bounded, are apart; at least 1. `None`: nothing was found that turns it.
    pub factor: Option<f64>,
    /// The tables' growth, as a factor, that turns the answer; `None`: none of those tried.
    pub growth: Option<f64>,
    /// Of so many trials with statistics as another sample would give them, how many turn the answer.
    pub samples: usize,
    pub turned: usize,
}

impl Assertions {
    pub fn count(&self, standing: Standing) -> usize {
        self.assertions.iter().filter(|one| one.standing == standing).count()
    }
}

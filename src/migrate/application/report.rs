//! What the application's queries said on both sides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::transactions::Outcome;

/// Version of the report's form.
pub const APPLICATION_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicationReport {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub source: String,
    pub target: String,
    pub queries: Vec<QueryCheck>,
    /// Statements that were executed in one transaction, undone on both sides.
    #[serde(default)]
    pub transactions: Vec<TransactionCheck>,
    pub smoke: Vec<SmokeResult>,
    pub interrupted: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryCheck {
    pub id: String,
    pub source_sql: String,
    /// As it was asked on the target; `None` where nobody translated it.
    pub target_sql: Option<String>,
    pub verdict: AnswerVerdict,
    /// One sentence.
    pub why: String,
    /// Rows of the first answer.
    pub rows: Option<u64>,
    /// The first rows that differ.
    pub examples: Vec<UnlikeRow>,
    pub times: Option<QueryTimes>,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerVerdict {
    Same,
    /// The same rows; only collation or the place of NULL orders them otherwise.
    OtherOrder,
    /// Both failed, in their own words.
    BothFail,
    /// Either answer may be right: a LIMIT without a total order, a value that varies.
    Undecidable,
    /// It changes data, or planwise does not run it.
    NotRun,
    Untranslated,
    Different,
}

/// Statements that depend on each other, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionCheck {
    pub name: String,
    pub statements: usize,
    /// Statements that both sides executed: it ends with the first that fails or answers otherwise.
    pub compared: usize,
    pub verdict: AnswerVerdict,
    /// One sentence.
    pub why: String,
    /// The first rows that differ.
    pub examples: Vec<UnlikeRow>,
}

impl TransactionCheck {
    pub fn of(name: &str, statements: usize, outcome: Outcome) -> TransactionCheck {
        let Outcome { verdict, why, examples, compared, .. } = outcome;
        TransactionCheck { name: name.to_owned(), statements, compared, verdict, why, examples }
    }
}

/// The row of each side, where it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnlikeRow {
    pub source: Option<Vec<Option<String>>>,
    pub target: Option<Vec<Option<String>>>,
}

/// Both sides executed in turn, milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueryTimes {
    pub source_ms: f64,
    pub target_ms: f64,
    /// Target to source, and the interval in which it lies (95 %); `None` with too few rounds.
    pub ratio: f64,
    pub ratio_low: Option<f64>,
    pub ratio_high: Option<f64>,
    pub rounds: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmokeResult {
    pub id: String,
    /// As the file says it: `rows > 0`.
    pub check: String,
    pub passed: bool,
    /// What was found.
    pub found: String,
}

impl ApplicationReport {
    pub fn count(&self, verdict: AnswerVerdict) -> usize {
        self.queries.iter().filter(|query| query.verdict == verdict).count()
    }

    pub fn transactions_that(&self, verdict: AnswerVerdict) -> usize {
        self.transactions.iter().filter(|transaction| transaction.verdict == verdict).count()
    }

    /// Something is wrong, as far as it could be told.
    pub fn failed(&self) -> bool {
        let different = AnswerVerdict::Different;
        self.count(different) + self.transactions_that(different) > 0
            || self.smoke.iter().any(|smoke| !smoke.passed)
    }

    /// Not all of it could be told.
    pub fn open(&self) -> bool {
        let none =
            !self.queries.is_empty() && self.queries.len() == self.count(AnswerVerdict::NotRun);
        let untranslated = AnswerVerdict::Untranslated;
        self.interrupted
            || none
            || self.count(untranslated) + self.transactions_that(untranslated) > 0
    }
}

impl AnswerVerdict {
    pub fn word(self) -> &'static str {
        match self {
            AnswerVerdict::Same => "same",
            AnswerVerdict::OtherOrder => "same rows, other order",
            AnswerVerdict::BothFail => "both fail",
            AnswerVerdict::Undecidable => "undecidable",
            AnswerVerdict::NotRun => "not run",
            AnswerVerdict::Untranslated => "not translated",
            AnswerVerdict::Different => "different",
        }
    }
}

//! What a comparison of two databases says.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::ServerInfo;
use crate::engine::migration::Form;

/// Version of the report's form.
pub const PARITY_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParityReport {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub started: Timestamp,
    pub finished: Timestamp,
    pub source: ParitySide,
    pub target: ParitySide,
    pub verdict: Verdict,
    /// Why it is not plainly "equal", as sentences.
    pub reasons: Vec<String>,
    pub schema: Vec<SchemaDifference>,
    pub tables: Vec<TableParity>,
    pub constraints: Vec<ConstraintFinding>,
    /// What was not looked at, as asked for.
    pub left_out: Vec<String>,
    /// What holds data and could not be compared, as sentences.
    #[serde(default)]
    pub uncompared: Vec<String>,
    /// Things a reader must know before trusting the verdict.
    pub notes: Vec<String>,
    pub interrupted: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ParitySide {
    pub server: ServerInfo,
    /// Somebody else wrote while it was read.
    pub written: bool,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Equal,
    /// Something could not be compared exactly, or was still changing.
    Inconclusive,
    Different,
}

/// How much a difference of the schema says.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// What a move between engines changes and every value survives.
    Note,
    Difference,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchemaDifference {
    /// Kind of difference: `missing-index`.
    pub id: String,
    pub weight: Weight,
    /// `schema.table`, or `schema.table.column`.
    pub object: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableParity {
    /// `schema.table` on each side.
    pub source: String,
    pub target: String,
    pub verdict: Verdict,
    pub source_rows: u64,
    pub target_rows: u64,
    /// How it was compared, as a sentence.
    pub method: String,
    pub key: Vec<String>,
    pub compared: Vec<ComparedColumn>,
    pub skipped: Vec<SkippedColumn>,
    pub chunks: u64,
    pub differing_chunks: u64,
    /// Rows that differ, all of them.
    pub differing_rows: u64,
    /// Rows that differed at first, and were equal, or changed again, when read once more.
    pub in_flight: u64,
    /// Of these, rows that were equal at the end.
    pub settled: u64,
    /// The first ones.
    pub differences: Vec<RowDifference>,
    pub seconds: f64,
    /// Read before, by the call that this one goes on from.
    pub resumed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedColumn {
    pub source: String,
    pub target: String,
    pub form: Form,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedColumn {
    pub column: String,
    pub why: String,
    /// Left out because the user said so.
    pub asked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// On the source only.
    Missing,
    /// On the target only.
    Extra,
    Changed,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RowDifference {
    pub kind: Difference,
    /// Column and value of the key; the whole row where there is none.
    pub row: Vec<(String, Option<String>)>,
    /// Columns that differ.
    pub columns: Vec<ColumnDifference>,
    /// What the row is found again by.
    #[serde(skip)]
    pub token: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnDifference {
    pub column: String,
    /// At most 200 characters; `None` is NULL.
    pub source: Option<String>,
    pub target: Option<String>,
    /// What kind of damage it looks like: `case`, `trailing blanks`.
    pub nature: Option<String>,
}

/// A constraint that does not hold, or does not say whether it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConstraintFinding {
    pub id: String,
    pub object: String,
    pub message: String,
    /// It is so on the source as well.
    pub on_source_too: bool,
}

impl ConstraintFinding {
    /// Nobody could look.
    pub fn is_open(&self) -> bool {
        self.id == "unchecked-foreign-key"
    }
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Equal => "equal",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Different => "different",
        }
    }
}

impl Difference {
    pub fn word(self) -> &'static str {
        match self {
            Difference::Missing => "missing on the target",
            Difference::Extra => "only on the target",
            Difference::Changed => "changed",
        }
    }
}

impl ParityReport {
    /// Rows read on both sides.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.source_rows + table.target_rows).sum()
    }

    pub fn differences_of_schema(&self) -> impl Iterator<Item = &SchemaDifference> {
        self.schema.iter().filter(|difference| difference.weight == Weight::Difference)
    }

    /// The verdict and its reasons, from everything that was found.
    pub fn conclude(&mut self) {
        let mut reasons = Vec::new();
        let mut verdict = Verdict::Equal;
        let mut say = |at_least: Verdict, reason: String| {
            verdict = verdict.max(at_least);
            reasons.push(reason);
        };
        let counted = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{count} {many}"),
        };
        let rows: u64 = self.tables.iter().map(|table| table.differing_rows).sum();
        if rows > 0 {
            let tables = self.tables.iter().filter(|table| table.differing_rows > 0).count() as u64;
            let (rows, tables) =
                (counted(rows, "row differs", "rows differ"), counted(tables, "table", "tables"));
            say(Verdict::Different, format!("{rows} in {tables}"));
        }
        let schema = self.schema.iter().filter(|d| d.weight == Weight::Difference).count() as u64;
        if schema > 0 {
            let what = counted(schema, "difference of the schema", "differences of the schema");
            say(Verdict::Different, what);
        }
        let constraints =
            self.constraints.iter().filter(|c| !c.on_source_too && !c.is_open()).count() as u64;
        if constraints > 0 {
            let what = counted(constraints, "constraint does not hold", "constraints do not hold");
            say(Verdict::Different, format!("{what}, or nobody looked whether they do"));
        }
        for finding in self.constraints.iter().filter(|finding| finding.is_open()) {
            say(Verdict::Inconclusive, format!("{}: {}", finding.object, finding.message));
        }
        let in_flight: u64 =
            self.tables.iter().map(|table| table.in_flight.saturating_sub(table.settled)).sum();
        if in_flight > 0 {
            let what = counted(in_flight, "row was still changing", "rows were still changing");
            say(Verdict::Inconclusive, format!("{what}: compare again while nobody writes"));
        }
        for what in &self.uncompared {
            say(Verdict::Inconclusive, what.clone());
        }
        for table in &self.tables {
            for skipped in table.skipped.iter().filter(|skipped| !skipped.asked) {
                let what = format!(
                    "{}.{} was not compared: {}",
                    table.source, skipped.column, skipped.why
                );
                say(Verdict::Inconclusive, what);
            }
        }
        if self.interrupted {
            say(
                Verdict::Inconclusive,
                "it was interrupted before everything was compared".to_owned(),
            );
        }
        (self.verdict, self.reasons) = (verdict, reasons);
    }
}

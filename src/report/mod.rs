//! Rendering. Nothing is computed here; see `Document` for all that a report may show.
//!
//! What `--out` receives (see `output`):
//!
//! | file | content |
//! | --- | --- |
//! | `run.json`, `run-after.json` | the [`crate::run::Run`] before and, where there is one, after the changes |
//! | `findings.json`, `advice.json`, `comparison.json` | the rest, each in an envelope with a version |
//! | `advice.sql` | the advice as statements, each with its reason and its undo |
//! | `report.html`, `report.md` | the same for people |
//! | `plans/` | the server's own plan documents |
//!
//! `run.json` is a run record and nothing else, so that it can be read back, compared and judged again.

pub mod format;

mod advice_sql;
pub mod assertions;
mod charts;
mod document;
pub mod explanation;
pub mod health;
mod html;
mod json;
pub mod machines;
pub mod markdown;
pub mod migration;
mod output;
pub mod plan_changes;
mod redact;
mod schema;
pub(crate) mod text;
mod trend;
mod verdict_words;
mod view;
pub mod workload;

pub mod terminal;

pub use document::{Document, Exporter};
pub use html::{explanation_page, history_page, plan_changes_page, workload_page};
pub use json::{AdviceFile, ComparisonFile, FindingsFile, REPORT_FORMAT, WholeReport};
pub use machines::Verdicts;
pub use output::{Written, write, write_atomically, write_comparison};
pub use redact::redacted;
pub use schema::schemas;
pub use trend::Trend;

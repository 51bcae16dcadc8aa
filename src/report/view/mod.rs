//! The report as text in its final wording and order, shared by HTML, Markdown and the terminal.
//! Layout and formatting happen here; every number comes from the document.

mod advice;
mod comparison;
mod detail;
mod environment;
mod finding;
mod headline;
mod layout;
mod left;
mod node;
mod node_details;
mod page;
mod plan;
mod plan_diff;
mod query;
mod spot;
mod statistics;
mod surroundings;
mod todo;
mod unexplained;

pub use advice::ChangeView;
pub use comparison::{ComparisonRow, ComparisonView};
pub use finding::{FindingView, finding_views};
pub use headline::Tone;
pub use node::NodeRow;
pub use page::Page;
pub use plan::PlanView;
pub use query::{LatencyView, PLANNED, QueryView};
pub use unexplained::{WORTH_A_WORD_MS, unexplained};

//! Do the application's own queries answer alike on both sides, and as fast?

mod answers;
mod check;
mod report;
mod smoke;
mod transactions;
mod translation_file;

pub use answers::{Unlike, unlike};
pub use check::{Sides, check_queries};
pub use report::{
    APPLICATION_FORMAT, AnswerVerdict, ApplicationReport, QueryCheck, QueryTimes, SmokeResult,
    TransactionCheck, UnlikeRow,
};
pub use smoke::{Expectation, SmokeCheck, run_smoke, smoke_checks};
pub use transactions::check_transactions;
pub use translation_file::{Translated, TranslationFile, translate_workload};

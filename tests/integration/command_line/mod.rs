//! The command line as somebody meets it who has not read the manual: words, failures, files, and what is said meanwhile.

mod explain_out;
mod explained_change;
mod failures;
mod machine;
mod said;
mod stale;

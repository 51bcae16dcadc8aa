//! What to change: index candidates, what-if, selection, drops, settings, and runnable statements.

mod access;
mod advice;
mod advisor;
mod assemble;
mod attach;
mod candidates;
mod drops;
mod existing;
mod naming;
mod selection;
mod settings;
mod sizes;
mod statistics;
mod survey;
mod thresholds;
mod what_if;

pub use advice::{
    Advice, DropAdvice, IndexAdvice, Outcome, SettingAdvice, StatisticsAdvice, WhatIfCost,
};
pub use advisor::{Request, advise};
pub use attach::attach;
pub use thresholds::Thresholds;
pub use what_if::{Built, Hypotheses, Trial, WhatIf};

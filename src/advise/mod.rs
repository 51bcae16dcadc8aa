//! What to change: index candidates, what-if, selection, drops, settings, and runnable statements.

mod access;
mod advice;
mod advisor;
mod assemble;
mod attach;
mod candidates;
mod cost_feedback;
mod drops;
mod expressions;
mod layout;
mod limited;
mod naming;
mod notes;
mod schedule;
mod selection;
mod setting_trial;
mod settings;
mod shares;
mod sizes;
mod spelling;
mod statistics;
mod survey;
mod thresholds;
mod what_if;
mod write_cost;

pub use advice::{
    Advice, DropAdvice, Effect, IndexAdvice, IndexEffect, Outcome, PlanStory, Rehearsal, Selection,
    SettingAdvice, Shortfall, ShortfallKind, StatisticsAdvice, WhatIfCost,
};
pub use advisor::{Request, advise, advise_with};
pub use attach::attach;
pub use cost_feedback::{CostFeedback, CostObservation, Use, Uses};
pub use layout::{Attempt, LayoutAdvice, LayoutKind, LayoutTrial, LayoutUse, answers, by_time};
pub use schedule::SearchPhase;
pub use selection::{Limits, Named, SizeModel};
pub use setting_trial::{SettingEffect, SettingEffectOnQuery, SettingTrial};
pub use thresholds::Thresholds;
pub use what_if::{Built, Hypotheses, StoodIn, Trial, WhatIf};

//! Rules: facts in code, judgement in data (`rules/*.toml`).

mod assemble;
mod definition;
mod facts;
mod finding;
mod gain;
mod gate;
mod ignoring;
mod judge;
mod judge_plan;
mod judgement;
mod kept;
mod ledger;
mod load;
mod nearest;
mod place;
mod promise;
mod score;
mod select;

pub use assemble::run_facts;
pub use definition::{
    ActionTemplate, Definition, Direction, Each, Param, Rule, Scope, severity_of,
};
pub use facts::{
    Documented, Kind as FactKind, UNKNOWN_FACT, everything as documented_facts, open_facts,
};
pub use finding::{
    Action, ActionKind, Finding, Gain, GainClass, LogPlace, Resolution, SettingChange, Severity,
};
pub use ignoring::{silence, unknown_ignores};
pub use judge::{judge, judge_habits, judge_plan, watch};
pub use judgement::{CannotJudge, Ignored, Judgement};
pub use kept::{JudgedPlans, KeptFinding, OfQuery, UnreadPlan, judge_captured, judge_kept};
pub use ledger::{
    Corpus, Followed, LEAST_CONFIRMED, Ledger, NotReplayed, Outcome as FollowedOutcome, Record,
    Trial,
};
pub use load::{
    EvaluationError, Expressions, HOLDS, Problem, Problems, RuleSet, built_in_texts, check,
    number_literals,
};
pub use select::fold;

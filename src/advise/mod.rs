//! What to change: index candidates, what-if, settings, and runnable statements.

mod advice;

pub use advice::{
    Advice, DropAdvice, IndexAdvice, Outcome, SettingAdvice, StatisticsAdvice, WhatIfCost,
};

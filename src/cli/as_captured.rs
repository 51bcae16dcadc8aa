//! `planwise run FILE.workload --as captured`: the pace of a replay.

use super::InputError;
use crate::engine::Access;
use crate::run::captured::{CapturedOptions, Pace};

/// How a workload is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RunAs {
    /// Every query in rounds
    Rounds,
    /// Sessions and transactions in their own order at their own times
    Captured,
}

/// What becomes of the time between two statements of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Think {
    Keep,
    Drop,
}

/// Options of a replay of what was captured.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Replay as captured")]
pub struct AsCapturedArgs {
    /// `rounds`: every query in turn; `captured`: sessions in their own order at their own times
    #[arg(
        long = "as",
        value_name = "HOW",
        value_enum,
        default_value = "rounds",
        hide_possible_values = true
    )]
    pub run_as: RunAs,
    /// So many times as fast as it was captured: 0.5, 10
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,
    /// Open loop: so many statements a second over --clients connections
    #[arg(long, value_name = "STATEMENTS", conflicts_with = "speed")]
    pub rate: Option<f64>,
    /// Closed loop: --clients connections send one statement after the other
    #[arg(long, conflicts_with_all = ["rate", "speed"])]
    pub closed: bool,
    /// `keep` or `drop` the time between two statements of a session
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "keep",
        hide_possible_values = true
    )]
    pub think: Think,
}

impl AsCapturedArgs {
    pub fn options(&self, clients: u32, access: Access) -> Result<CapturedOptions, InputError> {
        let positive = |value: f64, option: &str| match value.is_finite() && value > 0.0 {
            true => Ok(value),
            false => Err(InputError::new(format!("{option} {value}: give a number above 0"))),
        };
        let pace = match (self.rate, self.closed) {
            (Some(rate), _) => Pace::Rate(positive(rate, "--rate")?),
            (None, true) => Pace::Closed,
            (None, false) => Pace::Captured {
                speed: positive(self.speed, "--speed")?,
                think: self.think == Think::Keep,
            },
        };
        Ok(CapturedOptions { pace, clients: clients.max(1) as usize, access, most_failures: 100 })
    }
}

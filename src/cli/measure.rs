//! How long and how deep to measure.

use std::time::Duration;

use crate::run::{ExplainDepth, Length, RunOptions};

/// Options of every verb that replays a workload.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Measuring")]
pub struct MeasureArgs {
    /// Measured rounds; each runs every query once
    #[arg(long, value_name = "N", default_value = "10", allow_negative_numbers = true, value_parser = super::whole(1..=1_000_000))]
    pub rounds: u32,
    /// Measure for so many seconds instead of a number of rounds
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds, conflicts_with = "rounds")]
    pub duration: Option<Duration>,
    /// Rounds whose times are thrown away
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = super::whole(0..=1_000_000))]
    pub warmup: u32,
    /// Connections that run at the same time
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true, value_parser = super::whole(1..=1_000))]
    pub clients: u32,
    /// Collect plans with execution (analyze), estimates only (plan), or not at all (none)
    #[arg(long, value_name = "DEPTH", default_value = "analyze", value_enum)]
    pub explain: Depth,
    /// A query measured three times or more stops after so many seconds, so that one slow query does not hold up the rest
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = super::seconds)]
    pub query_budget: Duration,
    /// Order of the queries within a round
    #[arg(long, value_name = "N", default_value = "1")]
    pub seed: u64,
    /// A name for this run, e.g. a commit
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Depth {
    Analyze,
    Plan,
    None,
}

impl MeasureArgs {
    pub fn options(&self) -> RunOptions {
        RunOptions {
            length: self.duration.map_or(Length::Rounds(self.rounds), Length::Duration),
            warmup_rounds: self.warmup,
            clients: self.clients,
            explain: match self.explain {
                Depth::Analyze => ExplainDepth::Analyze,
                Depth::Plan => ExplainDepth::Plan,
                Depth::None => ExplainDepth::None,
            },
            query_budget: self.query_budget,
            seed: self.seed,
            label: self.label.clone(),
            ..RunOptions::default()
        }
    }
}

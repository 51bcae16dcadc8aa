//! What new indexes may take.

use std::time::Duration;

use crate::advise::{Limits, Named, SizeModel};

/// Options of every verb that proposes indexes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Indexes")]
pub struct LimitArgs {
    /// Choose the best set of indexes of this total size, e.g. 500MB, 2GB
    #[arg(long, value_name = "SIZE", value_parser = super::bytes)]
    pub budget: Option<u64>,
    /// Which size counts: our model of the built index, or what the server's hypothetical indexes claim
    #[arg(long, value_name = "MODEL", value_enum, default_value = "modelled")]
    pub budget_size: BudgetSize,
    /// Propose so many indexes at most
    #[arg(long, value_name = "N")]
    pub max_indexes: Option<usize>,
    /// Propose so many indexes on one table at most
    #[arg(long, value_name = "N")]
    pub max_per_table: Option<usize>,
    /// Writing a row of any one table may become dearer by so many per cent, e.g. 50
    #[arg(long, value_name = "PERCENT", value_parser = super::overhead)]
    pub max_write_overhead: Option<f64>,
    /// Each index must save so many per cent of the workload's cost, e.g. 1
    #[arg(long, value_name = "PERCENT", value_parser = super::percent)]
    pub min_gain: Option<f64>,
    /// An index that must be there, by name or as table(column, …); may be given several times
    #[arg(long, value_name = "INDEX", value_parser = Named::parse)]
    pub pin: Vec<Named>,
    /// An index that must not be proposed, by name or as table(leading column, …)
    #[arg(long, value_name = "INDEX", value_parser = Named::parse)]
    pub forbid: Vec<Named>,
    /// No query may become dearer by more than so many per cent
    #[arg(long, value_name = "PERCENT", value_parser = super::percent, default_value = "5")]
    pub tolerance: f64,
    /// End the search for a set after so many seconds, whatever it has found
    #[arg(long, value_name = "SECONDS", value_parser = super::seconds, default_value = "60")]
    pub search_time: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BudgetSize {
    Modelled,
    Hypothetical,
}

impl LimitArgs {
    pub fn limits(&self) -> Limits {
        Limits {
            budget: self.budget,
            size_model: match self.budget_size {
                BudgetSize::Modelled => SizeModel::Modelled,
                BudgetSize::Hypothetical => SizeModel::Hypothetical,
            },
            most_indexes: self.max_indexes,
            most_per_table: self.max_per_table,
            write_overhead: self.max_write_overhead,
            least_gain: self.min_gain,
            tolerance: self.tolerance,
            pinned: self.pin.clone(),
            forbidden: self.forbid.clone(),
            search_time: self.search_time,
        }
    }
}

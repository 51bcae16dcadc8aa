//! What new indexes may take.

use std::time::Duration;

use crate::advise::{Limits, Named, SizeModel};

/// Options of every verb that proposes indexes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Indexes")]
pub struct LimitArgs {
    /// Choose the best set of indexes of this total size, e.g. 500MB, 2GB
    #[arg(long, value_name = "SIZE", value_parser = super::size::bytes)]
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
    /// Writing a row of any one table may become dearer by this share, e.g. 50%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_write_overhead: Option<f64>,
    /// Each index must save this share of the workload's cost, e.g. 1%
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub min_gain: Option<f64>,
    /// An index that must be there, by name or as table(column, …); may be given several times
    #[arg(long, value_name = "INDEX", value_parser = Named::parse)]
    pub pin: Vec<Named>,
    /// An index that must not be proposed, by name or as table(leading column, …)
    #[arg(long, value_name = "INDEX", value_parser = Named::parse)]
    pub forbid: Vec<Named>,
    /// No query may become dearer by more than this share
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "5%")]
    pub tolerance: f64,
    /// End the search for a set after so many seconds, whatever it has found
    #[arg(long, value_name = "SECONDS", value_parser = super::target::seconds, default_value = "60")]
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

/// `5%` or `0.05`.
fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.trim().strip_suffix('%') {
        Some(number) => (number, 0.01),
        None => (text.trim(), 1.0),
    };
    match number.trim().parse::<f64>() {
        Ok(number) if (0.0..=1e6).contains(&number) => Ok(number * unit),
        _ => Err(format!("{text:?} is no share: write 5% or 0.05")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_percentages_or_fractions() {
        assert_eq!(share("5%"), Ok(0.05));
        assert_eq!(share(" 0.5 "), Ok(0.5));
        for wrong in ["", "-1%", "nan", "half"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}

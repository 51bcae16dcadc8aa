//! What the user says of the machine that a server runs on.

use crate::engine::Platform;
use crate::server::{Storage, Told};

/// For a server whose machine planwise cannot see, or may not have for itself.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The server's machine")]
pub struct HostArgs {
    /// Memory that the server may use: 64GB. Without it, this machine's (or its container's) where the server runs here
    #[arg(long, value_name = "SIZE", value_parser = super::bytes)]
    pub ram: Option<u64>,
    /// Processor cores that the server may use
    #[arg(long, value_name = "N", value_parser = cores)]
    pub cores: Option<f64>,
    /// What its data lies on: hdd, ssd, san or nvme
    #[arg(long, value_name = "KIND", value_enum, hide_possible_values = true)]
    pub storage: Option<Storage>,
    /// Who runs it: self, rds, cloudsql or azure. Without it, told from its settings
    #[arg(long, value_name = "WHO", value_enum, hide_possible_values = true)]
    pub platform: Option<Platform>,
}

impl HostArgs {
    pub fn told(&self) -> Told {
        Told {
            memory_bytes: self.ram,
            cores: self.cores,
            storage: self.storage,
            platform: self.platform,
            exact: false,
        }
    }
}

fn cores(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(cores) if (0.1..=4096.0).contains(&cores) => Ok(cores),
        _ => Err("write a number of cores from 0.1 to 4096".to_owned()),
    }
}

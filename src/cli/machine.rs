//! Outputs for machines, shared by the verbs that gate.

use std::path::PathBuf;

/// Each is one file, written beside the reports of `--out`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output for machines")]
pub struct MachineOutputs {
    /// JUnit XML: one test case for each query
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// GitHub annotations on standard error, and the job summary where GITHUB_STEP_SUMMARY names a file
    #[arg(long)]
    pub github: bool,
    /// GitLab code-quality report
    #[arg(long, value_name = "FILE")]
    pub gitlab: Option<PathBuf>,
    /// Metrics in the OpenMetrics text format
    #[arg(long, value_name = "FILE")]
    pub openmetrics: Option<PathBuf>,
    /// Markdown for a comment on a pull request: short, with the table folded
    #[arg(long, value_name = "FILE")]
    pub markdown_comment: Option<PathBuf>,
}

//! The tools that move data, and what has to be so before they can.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The phase that comes after rows were copied, where replication copies them.
pub const AFTER_COPY: &str = "indexes and constraints";

/// The phase that gathers the planner's statistics.
pub const STATISTICS: &str = "statistics";

/// A way to move a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// The engine's own dump, loaded into a server of the same kind.
    Dump,
    /// A loader from one engine into another.
    Loader,
    /// The engine's own replication of rows.
    Replication,
    /// A tool that changes a table while it is written to.
    OnlineChange,
}

/// What a rehearsal is made of, from where to where.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolPlan {
    pub route: Route,
    pub source_url: String,
    pub target_url: String,
    /// Connections that the tools may use.
    pub jobs: u32,
    /// A folder of our own for files.
    pub folder: PathBuf,
    /// Where the tools are, when not on the PATH.
    pub bin_dir: Option<PathBuf>,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolStep {
    /// `dump`, `data`, `indexes and constraints`, `statistics`.
    pub phase: &'static str,
    pub program: PathBuf,
    pub args: Vec<String>,
    /// Passwords go this way, never among the arguments.
    pub environment: Vec<(String, String)>,
    pub stdin: Option<PathBuf>,
    pub stdout: Option<PathBuf>,
    /// A file that the call needs, and its content.
    pub file: Option<(PathBuf, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PreconditionState {
    Met,
    Unmet,
    /// This login could not tell.
    Unknown,
}

/// Something that has to be so on the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Precondition {
    pub name: String,
    pub state: PreconditionState,
    /// What was found.
    pub evidence: String,
    /// A statement or setting that makes it so.
    pub remedy: Option<String>,
}

impl Precondition {
    pub fn new(name: &str, met: bool, evidence: impl Into<String>, remedy: &str) -> Precondition {
        Precondition {
            name: name.to_owned(),
            state: if met { PreconditionState::Met } else { PreconditionState::Unmet },
            evidence: evidence.into(),
            remedy: (!met && !remedy.is_empty()).then(|| remedy.to_owned()),
        }
    }
}

impl ToolStep {
    pub fn new(phase: &'static str, program: PathBuf, args: Vec<String>) -> ToolStep {
        ToolStep {
            phase,
            program,
            args,
            environment: Vec::new(),
            stdin: None,
            stdout: None,
            file: None,
        }
    }

    /// The command line for a runbook: quoted for a shell, without any password.
    pub fn shown(&self) -> String {
        let quoted = |text: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:@%+,".contains(c);
            match !text.is_empty() && text.chars().all(plain) {
                true => text.to_owned(),
                false => format!("'{}'", text.replace('\'', r"'\''")),
            }
        };
        let program = self.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut words = vec![quoted(&program)];
        words.extend(self.args.iter().map(|arg| quoted(arg)));
        if let Some(file) = &self.stdin {
            words.push(format!("< {}", quoted(&file.display().to_string())));
        }
        if let Some(file) = &self.stdout {
            words.push(format!("> {}", quoted(&file.display().to_string())));
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_and_hold_no_password() {
        let mut step = ToolStep::new(
            "dump",
            PathBuf::from("/usr/bin/tool"),
            vec!["--file".to_owned(), "it's here".to_owned()],
        );
        step.environment.push(("PASSWORD".to_owned(), "secret".to_owned()));
        assert_eq!(step.shown(), r"tool --file 'it'\''s here'");
    }
}

//! `planwise.toml`: what the nightly job measures, against what, and what it fails on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::config_error::{complaint, refused};
use super::tables::{
    BaselineKey, BaselineTable, FailOnKey, GateTable, HistoryTable, MeasureTable, OutputTable,
    SandboxKey, TargetTable,
};
use crate::bounded;
use crate::cli::{InputError, MachineOutputs, TargetArgs, WorkloadArgs, Writes};
use crate::compare::{AlternateOptions, Criteria, FailOn};
use crate::history::Choice;

/// Every key there is. Paths are relative to the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A .sql file, a captured .workload file, or a folder with workload.toml.
    #[serde(default)]
    pub workload: Option<PathBuf>,
    /// In its place: so many queries that took most time, by the target's own statistics of statements.
    #[serde(default)]
    pub from_db: Option<usize>,
    pub target: TargetTable,
    #[serde(default)]
    pub measure: MeasureTable,
    #[serde(default)]
    pub baseline: BaselineTable,
    #[serde(default)]
    pub gate: GateTable,
    #[serde(default)]
    pub history: HistoryTable,
    #[serde(default)]
    pub output: OutputTable,
    /// Findings that nobody wants: for the verbs that judge plans. The nightly job compares times.
    #[serde(default, rename = "ignore")]
    _ignore: Option<toml::Value>,
}

/// Letters, digits and underscores, as every shell can export it.
fn is_variable_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| plain(c) && !c.is_ascii_digit()) && name.chars().all(plain)
}

impl Config {
    /// Reads and checks the file; every path in the result can be used from here.
    pub fn read(path: &Path) -> Result<Config> {
        let text = bounded::read_text(path, bounded::SMALL).with_context(|| {
            format!("cannot read {}; docs/nightly.md shows how to write one", path.display())
        })?;
        let mut config: Config =
            toml::from_str(&text).map_err(|error| complaint(path, &text, &error))?;
        config.check(path, &text)?;
        config.resolve(path.parent().unwrap_or(Path::new(".")));
        Ok(config)
    }

    fn check(&self, path: &Path, text: &str) -> Result<()> {
        let refuse = |key: &str, why: &str| Err(refused(path, text, key, why).into());
        let sandbox = !matches!(self.target.sandbox, None | Some(SandboxKey::Wanted(false)));
        match (sandbox, &self.target.url_env) {
            (true, Some(_)) => return refuse("url_env", "and `sandbox` exclude each other"),
            // Never echoed: what stands there instead may be the URL itself, with its password.
            (false, Some(name)) if !is_variable_name(name) => {
                return refuse(
                    "url_env",
                    "is the name of an environment variable, never the URL itself",
                );
            }
            (false, None) => return refuse("target", "needs `url_env` or `sandbox`"),
            (false, _) if !self.target.load.is_empty() => {
                return refuse("load", "is for a sandbox only");
            }
            _ => {}
        }
        if self.workload.is_some() && self.from_db.is_some() {
            return refuse("from_db", "and `workload` exclude each other");
        }
        if self.from_db == Some(0) {
            return refuse("from_db", "is a number of queries, 1 or more");
        }
        if self.from_db.is_some() && sandbox {
            return refuse("from_db", "asks a server that runs already: give `url_env`");
        }
        if !(6..=1_000).contains(&self.measure.blocks) {
            return refuse("blocks", "must lie between 6 and 1000");
        }
        if !(0.1..=86_400.0).contains(&self.measure.seconds) {
            return refuse("seconds", "must lie between 0.1 and 86400");
        }
        if !(1..=20).contains(&self.baseline.nights) {
            return refuse("nights", "must lie between 1 and 20");
        }
        if !(0.0..=1_000.0).contains(&self.gate.tolerance) {
            return refuse("tolerance", "is per cent, 0 to 1000");
        }
        if !(0.0..=100.0).contains(&self.gate.least_share) {
            return refuse("least_share", "is per cent, 0 to 100");
        }
        if !self.gate.least_ms.is_finite() || self.gate.least_ms < 0.0 {
            return refuse("least_ms", "is a number of milliseconds, 0 or more");
        }
        let timeout = self.target.statement_timeout_s.unwrap_or(30.0);
        if !(0.001..=604_800.0).contains(&timeout) {
            return refuse("statement_timeout_s", "must lie between 0.001 and 604800");
        }
        Ok(())
    }

    fn resolve(&mut self, folder: &Path) {
        let output = &mut self.output;
        let files = [
            &mut output.junit,
            &mut output.gitlab,
            &mut output.openmetrics,
            &mut output.markdown_comment,
            &mut self.target.server_bin,
        ];
        let always = [&mut self.history.folder, &mut output.folder];
        let workload = self.workload.as_mut();
        let given =
            files.into_iter().flatten().chain(always).chain(workload).chain(&mut self.target.load);
        given.for_each(|path| *path = folder.join(&path));
    }

    /// The database, as the other verbs' options would name it.
    pub fn target(&self, path: &Path) -> Result<TargetArgs> {
        let table = &self.target;
        let db = table.url_env.as_ref().map(|name| {
            std::env::var(name).map_err(|_| {
                let path = path.display();
                InputError::new(format!(
                    "the environment variable {name}, which {path} names, is not set: put the database's URL there"
                ))
            })
        });
        Ok(TargetArgs {
            db: db.transpose()?,
            sandbox: match &table.sandbox {
                Some(SandboxKey::Engine(name)) => Some(name.clone()),
                Some(SandboxKey::Wanted(true)) => Some(String::new()),
                Some(SandboxKey::Wanted(false)) | None => None,
            },
            load: table.load.clone(),
            scale: table.scale,
            data_seed: table.data_seed,
            bin_dir: table.server_bin.clone(),
            settings: table.settings.clone().into_iter().collect(),
            writes: Writes::Refuse,
            allow_functions: (!table.allow_functions.is_empty())
                .then(|| table.allow_functions.clone()),
            statement_timeout: Duration::from_secs_f64(table.statement_timeout_s.unwrap_or(30.0)),
            lock_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(10),
        })
    }

    /// What is measured; `from_db` of the command line stands before what the file says.
    pub fn workload(&self, path: &Path, from_db: Option<usize>) -> Result<WorkloadArgs> {
        match (from_db.or(self.from_db), &self.workload) {
            (Some(top), _) => Ok(WorkloadArgs { workload: None, from_db: Some(top) }),
            (None, Some(file)) => Ok(WorkloadArgs::file(file.clone())),
            (None, None) => {
                let path = path.display();
                Err(InputError::new(format!(
                    "{path} says neither `workload` nor `from_db`: what is to be measured? Or give --from-db"
                ))
                .into())
            }
        }
    }

    pub fn criteria(&self) -> Criteria {
        Criteria {
            tolerance: self.gate.tolerance / 100.0,
            least_ms: self.gate.least_ms,
            least_share: self.gate.least_share / 100.0,
            ..Criteria::default()
        }
    }

    pub fn measuring(&self) -> AlternateOptions {
        AlternateOptions {
            blocks: self.measure.blocks,
            budget: Duration::from_secs_f64(self.measure.seconds),
            seed: self.measure.seed,
            criteria: self.criteria(),
            every_query: true,
            early: false,
        }
    }

    pub fn baseline(&self) -> Choice {
        match (&self.baseline.tag, self.baseline.kind) {
            (Some(tag), _) => Choice::Tag(tag.clone()),
            (None, BaselineKey::LastGood) => Choice::LastGood,
            (None, BaselineKey::Median) => Choice::MedianOf(self.baseline.nights),
        }
    }

    pub fn fail_on(&self) -> FailOn {
        match self.gate.fail_on {
            FailOnKey::Regression => FailOn::Regression,
            FailOnKey::Inconclusive => FailOn::Inconclusive,
            FailOnKey::Any => FailOn::Any,
        }
    }

    /// Files for machines: those of the command line instead of, or beside, the file's own.
    pub fn machines(&self, given: &MachineOutputs) -> MachineOutputs {
        let either = |given: &Option<PathBuf>, own: &Option<PathBuf>| given.clone().or(own.clone());
        let own = &self.output;
        MachineOutputs {
            junit: either(&given.junit, &own.junit),
            github: given.github || own.github,
            gitlab: either(&given.gitlab, &own.gitlab),
            openmetrics: either(&given.openmetrics, &own.openmetrics),
            markdown_comment: either(&given.markdown_comment, &own.markdown_comment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("planwise.toml");
        std::fs::write(&path, text).unwrap();
        let shown = path.display().to_string();
        Config::read(&path).map_err(|error| format!("{error:#}").replace(&shown, "planwise.toml"))
    }

    #[test]
    fn unknown_keys_are_refused_with_their_line() {
        let text = "workload = 'q.sql'\n[target]\nurl_env = 'X'\n[gate]\ntolerence = 5\n";
        let message = read(text).unwrap_err();
        assert!(
            message.starts_with("planwise.toml, line 5: unknown field `tolerence`"),
            "{message}"
        );
        let secret = "workload = 'q.sql'\n[target]\nurl = 'postgres://me:secret@h/d'\n";
        let message = read(secret).unwrap_err();
        assert!(message.contains("line 3: unknown field `url`"), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        let target = "workload = 'q.sql'\n[target]\nsandbox = true\n";
        for (more, said) in [
            ("url_env = 'X'", "line 4: `url_env` and `sandbox` exclude each other"),
            ("[measure]\nblocks = 2", "line 5: `blocks` must lie between 6 and 1000"),
            ("[gate]\nleast_share = 101", "line 5: `least_share` is per cent"),
            ("[baseline]\nuse = 'newest'", "line 5: unknown variant `newest`"),
        ] {
            let message = read(&format!("{target}{more}\n")).unwrap_err();
            assert!(message.contains(said), "{message}");
        }
        let none = read("workload = 'q.sql'\n[target]\n").unwrap_err();
        assert!(none.contains("needs `url_env` or `sandbox`"), "{none}");
    }

    #[test]
    fn paths_are_relative_to_the_file_and_defaults_are_careful() {
        let config =
            read("workload = 'q.sql'\n[target]\nsandbox = true\nload = ['a.sql']").unwrap();
        assert!(
            config.workload.as_ref().unwrap().is_absolute() && config.target.load[0].is_absolute()
        );
        assert!(config.history.folder.ends_with("planwise-history"));
        assert_eq!(config.baseline(), Choice::LastGood);
        assert_eq!(config.fail_on(), FailOn::Regression);
        assert!((config.criteria().tolerance - 0.2).abs() < 1e-12 && config.gate.confirm);
    }
}

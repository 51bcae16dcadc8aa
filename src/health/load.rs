//! The checks that planwise comes with, compiled.

use std::path::{Path, PathBuf};

use include_dir::{Dir, File as BuiltIn, include_dir};
use serde::Deserialize;

use super::check::{Check, File};
use crate::bounded;
use crate::rule::{Expressions, Problem, Problems};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/checks");

/// A figure of a healthy server as of an ailing one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vital {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub engines: Vec<String>,
    pub min: Option<[u32; 2]>,
    /// How it is shown. Template.
    pub shows: String,
    /// The same as a number for monitoring, in the unit that its id ends with. Expression.
    pub number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VitalFile {
    vital: Vec<Vital>,
}

/// Everything that is judged of a server.
#[derive(Debug, Clone)]
pub struct Checks {
    pub checks: Vec<Check>,
    pub vitals: Vec<Vital>,
    pub(super) expressions: Expressions,
}

impl Checks {
    /// What planwise comes with, and the files of `folders`. A check of a later file replaces an earlier one of the same
    /// id for its engines.
    ///
    /// # Errors
    /// Every mistake in the files.
    pub fn load(folders: &[PathBuf]) -> Result<Checks, Problems> {
        let mut problems = Vec::new();
        let mut loaded =
            Checks { checks: Vec::new(), vitals: Vec::new(), expressions: Expressions::default() };
        for file in files_below(&BUILT_IN) {
            let path = Path::new("checks").join(file.path());
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            loaded.add(&path, file.contents_utf8().unwrap_or_default(), &mut problems);
        }
        for folder in folders {
            match own_files(folder) {
                Ok(files) => {
                    files.iter().for_each(|(path, text)| loaded.add(path, text, &mut problems));
                }
                Err(problem) => problems.push(problem),
            }
        }
        match problems.is_empty() {
            true => Ok(loaded),
            false => Err(Problems(problems)),
        }
    }

    fn add(&mut self, path: &Path, text: &str, problems: &mut Vec<Problem>) {
        let wrong = |error: toml::de::Error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            Problem::new(path, before.lines().count().max(1), error.message().replace('\n', ", "))
        };
        if path.file_name().is_some_and(|name| name == "vitals.toml") {
            match toml::from_str::<VitalFile>(text) {
                Ok(file) => self.add_vitals(path, file.vital, problems),
                Err(error) => problems.push(wrong(error)),
            }
            return;
        }
        match toml::from_str::<File>(text) {
            Ok(file) => self.add_checks(path, file, problems),
            Err(error) => problems.push(wrong(error)),
        }
    }

    fn add_vitals(&mut self, path: &Path, vitals: Vec<Vital>, problems: &mut Vec<Problem>) {
        for vital in vitals {
            let name = vital.name();
            problems.extend(self.expressions.add(path, &name, &vital.shows, false).err());
            if let Some(number) = &vital.number {
                let name = format!("{name} number");
                problems.extend(self.expressions.add(path, &name, number, true).err());
            }
            self.vitals.push(vital);
        }
    }

    fn add_checks(&mut self, path: &Path, file: File, problems: &mut Vec<Problem>) {
        for mut check in file.check {
            if check.engines.is_empty() {
                check.engines.clone_from(&file.engines);
            }
            for (part, source, expression) in check.parts() {
                let name = format!("{} {part}", check.key());
                let added = match part == "when" {
                    true => self.expressions.add_condition(path, &name, source),
                    false => self.expressions.add(path, &name, source, expression),
                };
                problems.extend(added.err());
            }
            let replaced = |old: &Check| {
                old.id == check.id
                    && old.engines == check.engines
                    && (old.min, old.max) == (check.min, check.max)
            };
            self.checks.retain(|old| !replaced(old));
            self.checks.push(check);
        }
    }

    /// Those for this engine and version.
    pub fn holding<'c>(
        &'c self,
        engine: &'c str,
        version: [u32; 2],
    ) -> impl Iterator<Item = &'c Check> {
        self.checks.iter().filter(move |check| check.holds_for(engine, version))
    }
}

/// Every file of a folder and of the folders in it.
fn files_below(folder: &Dir<'static>) -> Vec<BuiltIn<'static>> {
    let deeper = folder.dirs().flat_map(files_below);
    folder.files().cloned().chain(deeper).collect()
}

/// The `.toml` files of a folder, by name.
fn own_files(folder: &Path) -> Result<Vec<(PathBuf, String)>, Problem> {
    let wrong = |error: std::io::Error| {
        Problem::of_whole(folder, format!("cannot read this folder of checks: {error}"))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        paths.push(entry.map_err(wrong)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let read = |path: PathBuf| match bounded::read_text(&path, bounded::SMALL) {
        Ok(text) => Ok((path, text)),
        Err(error) => Err(Problem::of_whole(&path, format!("cannot read these checks: {error}"))),
    };
    paths.into_iter().map(read).collect()
}

impl Check {
    /// Two engines may call the same trouble by one name.
    pub(super) fn key(&self) -> String {
        format!("{} {} {:?} {:?}", self.id, self.engines.join("+"), self.min, self.max)
    }
}

impl Vital {
    pub(super) fn name(&self) -> String {
        format!("vital {} {}", self.id, self.engines.join("+"))
    }

    pub fn holds_for(&self, engine: &str, version: [u32; 2]) -> bool {
        (self.engines.is_empty() || self.engines.iter().any(|name| name == engine))
            && self.min.is_none_or(|min| min <= version)
    }
}

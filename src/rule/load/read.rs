//! Rule files: the built-in ones, embedded in the program, and those of `--rules DIR`.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::problem::{Problem, line_of_offset};
use crate::bounded;
use crate::rule::definition::{Definition, Rule};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Name, text and origin of one file.
pub struct File {
    pub path: PathBuf,
    pub text: String,
    pub built_in: bool,
}

/// The texts of the rules that planwise comes with.
pub fn built_in_texts() -> Vec<&'static str> {
    BUILT_IN.files().filter(|f| is_rule(f.path())).filter_map(|f| f.contents_utf8()).collect()
}

pub fn built_in() -> Vec<File> {
    let mut files: Vec<File> = BUILT_IN
        .files()
        .filter(|f| is_rule(f.path()))
        .filter_map(|f| {
            let path = Path::new("rules").join(f.path());
            Some(File { path, text: f.contents_utf8()?.to_owned(), built_in: true })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The `.toml` files directly in `dir`, by name.
pub fn folder(dir: &Path) -> Result<Vec<File>, Problem> {
    let failed = |error: std::io::Error| {
        Problem::new(dir, 1, format!("cannot read this folder of rules: {error}"))
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_rule(&path) {
            paths.push(path);
        }
    }
    paths.sort();
    paths.into_iter().map(|path| file(&path)).collect()
}

fn file(path: &Path) -> Result<File, Problem> {
    let text = bounded::read_text(path, bounded::SMALL)
        .map_err(|error| Problem::new(path, 1, format!("cannot read this rule: {error}")))?;
    Ok(File { path: path.to_path_buf(), text, built_in: false })
}

fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

pub fn parse(file: File) -> Result<Rule, Problem> {
    match toml::from_str::<Definition>(&file.text) {
        Ok(definition) => {
            Ok(Rule { definition, file: file.path, built_in: file.built_in, text: file.text })
        }
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of_offset(&file.text, span.start));
            Err(Problem::new(&file.path, line, error.message().replace('\n', ", ")))
        }
    }
}

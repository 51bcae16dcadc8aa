//! Rule files: the built-in ones, embedded in the program, and those of `--rules DIR`.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::problem::{Problem, line_of_offset};
use crate::bounded;
use crate::rule::definition::{Definition, Rule};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules");

/// Folders inside each other that are looked through.
const DEEPEST: usize = 4;

/// Name, text and origin of one file.
pub struct File {
    pub path: PathBuf,
    pub text: String,
    pub built_in: bool,
}

/// The texts of the rules that planwise comes with.
pub fn built_in_texts() -> Vec<&'static str> {
    rules_in(&BUILT_IN).iter().filter_map(|f| f.contents_utf8()).collect()
}

pub fn built_in() -> Vec<File> {
    let mut files: Vec<File> = rules_in(&BUILT_IN)
        .into_iter()
        .filter_map(|f| {
            let path = Path::new("rules").join(f.path());
            Some(File { path, text: f.contents_utf8()?.to_owned(), built_in: true })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Of a folder and all folders in it.
fn rules_in(dir: &'static Dir<'static>) -> Vec<&'static include_dir::File<'static>> {
    let own = dir.files().filter(|file| is_rule(file.path()));
    own.chain(dir.dirs().flat_map(rules_in)).collect()
}

/// The `.toml` files in `dir` and the folders in it, by name.
pub fn folder(dir: &Path) -> Result<Vec<File>, Problem> {
    let failed = |error: std::io::Error| {
        Problem::of_whole(dir, format!("cannot read this folder of rules: {error}"))
    };
    let mut paths = Vec::new();
    let mut folders = vec![(dir.to_path_buf(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A link may lead round in a circle.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            match entry.path() {
                path if is_rule(&path) && !is_folder => paths.push(path),
                path if is_folder && depth < DEEPEST => folders.push((path, depth + 1)),
                _ => {}
            }
        }
    }
    paths.sort();
    paths.into_iter().map(|path| file(&path)).collect()
}

fn file(path: &Path) -> Result<File, Problem> {
    let text = bounded::read_text(path, bounded::SMALL)
        .map_err(|error| Problem::of_whole(path, format!("cannot read this rule: {error}")))?;
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

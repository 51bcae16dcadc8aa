//! `planwise explain --out`: which files, in which form.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cli::{FileError, InputError};
use crate::report::explanation::Explanation;
use crate::report::{explanation_page, markdown, terminal, write_atomically};

/// Columns of a text file.
const WIDTH: usize = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Html,
    Markdown,
    Json,
    Text,
}

/// Endings, the first of each form being the one that a folder's file gets.
const ENDINGS: [(&str, Form); 7] = [
    ("html", Form::Html),
    ("md", Form::Markdown),
    ("json", Form::Json),
    ("txt", Form::Text),
    ("htm", Form::Html),
    ("markdown", Form::Markdown),
    ("text", Form::Text),
];

/// What a folder gets: a terminal shows the text already.
const IN_A_FOLDER: [(&str, Form); 3] =
    [("explain.html", Form::Html), ("explain.md", Form::Markdown), ("explain.json", Form::Json)];

/// The files that `--out` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    files: Vec<(PathBuf, Form)>,
}

impl Written {
    /// A folder is one that is there, or a name without an ending.
    ///
    /// # Errors
    /// An ending that stands for no form, or a folder that cannot be written.
    pub fn named(out: &Path) -> Result<Written> {
        let ending =
            out.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let is_folder =
            out.is_dir() || ending.is_none() || out.as_os_str().to_string_lossy().ends_with('/');
        if is_folder {
            writable(out, out)?;
            let files = IN_A_FOLDER.iter().map(|(name, form)| (out.join(name), *form));
            return Ok(Written { files: files.collect() });
        }
        let known = ENDINGS.iter().find(|(known, _)| Some(*known) == ending.as_deref());
        let Some((_, form)) = known else {
            let message = format!(
                "--out {}: its ending stands for no form; use .html, .md, .json or .txt, or name a folder",
                out.display()
            );
            return Err(InputError::new(message).into());
        };
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        writable(folder.unwrap_or(Path::new(".")), out)?;
        Ok(Written { files: vec![(out.to_owned(), *form)] })
    }

    /// Writes every file, and returns their names.
    pub fn write(&self, explanation: &Explanation) -> Result<Vec<PathBuf>> {
        self.write_each(|form| {
            Ok(match form {
                Form::Html => explanation_page(explanation)?.into_bytes(),
                Form::Markdown => markdown::explanation(explanation).into_bytes(),
                Form::Json => explanation.json()?,
                Form::Text => terminal::explanation(explanation, WIDTH, false).into_bytes(),
            })
        })
    }

    /// As [`Written::write`], each file with what `content` makes for its form.
    pub fn write_each(&self, content: impl Fn(Form) -> Result<Vec<u8>>) -> Result<Vec<PathBuf>> {
        for (file, form) in &self.files {
            write_atomically(file, &content(*form)?)?;
        }
        Ok(self.files.iter().map(|(file, _)| file.clone()).collect())
    }
}

/// Made if it is not there; proved before the work, since a plan may come from a pipe only once.
fn writable(folder: &Path, out: &Path) -> Result<()> {
    let refused = |cause| {
        let out = out.display();
        FileError { message: format!("--out {out}: cannot write there; name another place"), cause }
    };
    std::fs::create_dir_all(folder).map_err(refused)?;
    tempfile::NamedTempFile::new_in(folder).map_err(refused)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_and_a_folder_gets_all() {
        let folder = tempfile::tempdir().unwrap();
        let names = |out: &str| {
            let written = Written::named(&folder.path().join(out)).unwrap();
            written
                .files
                .iter()
                .map(|(file, _)| file.file_name().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names("a.HTML"), ["a.HTML"]);
        assert_eq!(names("new/a.md"), ["a.md"]);
        assert_eq!(names("all"), ["explain.html", "explain.md", "explain.json"]);
        assert_eq!(names("v1.2/"), ["explain.html", "explain.md", "explain.json"]);
        let wrong = Written::named(&folder.path().join("a.pdf")).unwrap_err();
        assert!(wrong.to_string().contains(".html, .md, .json or .txt"), "{wrong}");
    }
}

//! Files to load: what they are, by name and by their first bytes, and reading them with progress.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;

use super::SandboxError;
use crate::bounded;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Script,
    Rows,
}

/// A file that can be loaded.
#[derive(Debug, Clone, Copy)]
pub struct SourceFile<'a> {
    path: &'a Path,
    pub content: Content,
    compressed: bool,
    pub bytes: u64,
}

/// First bytes of what cannot be loaded, and what to do instead.
const REFUSED: [(&[u8], &str); 5] = [
    (b"PGDMP", "it is a binary dump: have it written out as a plain .sql script first"),
    (b"PK\x03\x04", "it is a zip archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd: unpack it, or use gzip"),
    (b"\xfd7zXZ", "it is compressed with xz: unpack it, or use gzip"),
    (b"BZh", "it is compressed with bzip2: unpack it, or use gzip"),
];
const GZIP: &[u8] = b"\x1f\x8b";

impl<'a> SourceFile<'a> {
    pub fn open(path: &'a Path) -> Result<SourceFile<'a>, SandboxError> {
        let refuse = |reason: &str| unreadable(path, reason);
        let failed = |cause| SandboxError::File { path: path.to_owned(), cause };
        let data = std::fs::metadata(path).map_err(failed)?;
        if data.is_dir() {
            return Err(refuse("it is a folder: name the files in it, in the order to load them"));
        }
        let start = first_bytes(path).map_err(failed)?;
        if start.is_empty() {
            return Err(refuse("it is empty"));
        }
        if let Some((_, reason)) = REFUSED.iter().find(|(magic, _)| start.starts_with(magic)) {
            return Err(refuse(reason));
        }
        let content = content_by_name(path).ok_or_else(|| {
            refuse("only .sql and .csv files can be loaded, and both of them with .gz")
        })?;
        let compressed = start.starts_with(GZIP);
        Ok(SourceFile { path, content, compressed, bytes: data.len() })
    }

    /// Its text, unpacked. `progress` moves by the bytes of the file itself.
    pub fn reader(&self, progress: &ProgressBar) -> io::Result<Box<dyn BufRead + Send>> {
        let file = progress.wrap_read(bounded::open(self.path)?);
        Ok(match self.compressed {
            true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(file))),
            false => Box::new(BufReader::with_capacity(1 << 16, file)),
        })
    }

    /// The file's name without folders and extensions.
    pub fn stem(&self) -> String {
        bare_name(self.path).rsplit_once('.').map_or_else(String::new, |(stem, _)| stem.to_owned())
    }

    pub fn path(&self) -> &'a Path {
        self.path
    }
}

pub fn unreadable(path: &Path, reason: &str) -> SandboxError {
    SandboxError::Unreadable { path: path.to_owned(), reason: reason.to_owned() }
}

fn first_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    bounded::open(path)?.take(8).read_to_end(&mut start)?;
    Ok(start)
}

fn bare_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".gz").unwrap_or(&name).to_owned()
}

fn content_by_name(path: &Path) -> Option<Content> {
    let name = bare_name(path).to_ascii_lowercase();
    match name.rsplit_once('.')?.1 {
        "sql" => Some(Content::Script),
        "csv" => Some(Content::Rows),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn reason(name: &str, content: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        match SourceFile::open(&path) {
            Ok(file) => format!("{:?}", file.content),
            Err(SandboxError::Unreadable { reason, .. }) => reason,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn files_are_told_apart_by_name_and_first_bytes() {
        assert_eq!(reason("a.sql", b"SELECT 1"), "Script");
        assert_eq!(reason("a.SQL.gz", b"SELECT 1"), "Script");
        assert_eq!(reason("a.csv", b"x,y"), "Rows");
        assert_eq!(reason("a.sql", b""), "it is empty");
        assert!(reason("a.sql", b"PGDMP\x01").contains("plain .sql"));
        assert!(reason("a.csv", b"PK\x03\x04").contains("zip"));
        assert!(reason("a.parquet", b"PAR1").contains("only .sql and .csv"));
    }

    #[test]
    fn a_folder_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = SourceFile::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("it is a folder") && error.contains("name the files"), "{error}");
    }

    #[test]
    fn compressed_text_is_unpacked_whatever_its_name_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.data.csv");
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        std::fs::write(&path, packed.finish().unwrap()).unwrap();
        let file = SourceFile::open(&path).unwrap();
        let mut text = String::new();
        let progress = ProgressBar::hidden();
        file.reader(&progress).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a,b\n1,2\n");
        assert_eq!(progress.position(), file.bytes);
        assert_eq!(file.stem(), "film.data");
    }
}

//! What was named: files, folders, patterns, standard input, packed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::CaptureError;

/// A log to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    StandardInput,
    File(PathBuf),
}

impl Source {
    pub fn name(&self) -> String {
        match self {
            Source::StandardInput => "standard input".to_owned(),
            Source::File(path) => path.display().to_string(),
        }
    }

    /// Bytes on the disk, packed or not.
    pub fn bytes(&self) -> Option<u64> {
        match self {
            Source::StandardInput => None,
            Source::File(path) => std::fs::metadata(path).ok().map(|data| data.len()),
        }
    }
}

/// The files that `words` name, each once, in the order given; those of a folder or a pattern in order of their names.
pub fn expand(words: &[String]) -> Result<Vec<Source>, CaptureError> {
    let mut sources = Vec::new();
    for word in words {
        let path = Path::new(word);
        let found = match word.as_str() {
            "-" => vec![Source::StandardInput],
            _ if path.is_dir() => folder(path)?,
            _ if path.exists() => vec![Source::File(path.to_owned())],
            _ => pattern(word)?,
        };
        for source in found {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
    }
    Ok(sources)
}

fn pattern(word: &str) -> Result<Vec<Source>, CaptureError> {
    let no_match = || CaptureError::NoMatch(word.to_owned());
    // As in a shell: what is hidden is named by its point only.
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    let paths = glob::glob_with(word, options).map_err(|_| no_match())?;
    let mut files: Vec<PathBuf> = paths.flatten().filter(|path| path.is_file()).collect();
    files.sort();
    match files.is_empty() {
        true => Err(no_match()),
        false => Ok(files.into_iter().map(Source::File).collect()),
    }
}

/// Files directly in a folder that are not hidden. A database's own folder holds others beside its logs: those that are
/// no logs are found out by their content.
fn folder(path: &Path) -> Result<Vec<Source>, CaptureError> {
    let unreadable = |cause| CaptureError::Unreadable { name: path.display().to_string(), cause };
    let mut files = Vec::new();
    let mut others = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !file.is_file() || name.starts_with('.') {
            continue;
        }
        match looks_like_log(&name) {
            true => files.push(file),
            false => others.push(name),
        }
    }
    files.sort();
    others.sort();
    if files.is_empty() {
        let seen = match others.first() {
            Some(first) => {
                format!(" (it holds {} other files, the first is {first})", others.len())
            }
            None => " (it is empty)".to_owned(),
        };
        return Err(CaptureError::NoLogs { path: path.to_owned(), seen });
    }
    Ok(files.into_iter().map(Source::File).collect())
}

/// `postgresql-Mon.log`, `postgresql.log.1.gz`, `x.csv`, `x.json`, `mysql-slow.log-20240304.xz`, `messages`.
fn looks_like_log(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = [".log", ".csv", ".json", "slow", "syslog", "messages", "general", "postgresql"];
    words.iter().any(|word| lower.contains(word)) && !lower.ends_with(".workload")
}

/// The bytes of a source, unpacked. `packed` is told how many bytes of the file itself were read.
pub fn open(
    source: &Source,
    packed: impl FnMut(u64) + Send + 'static,
) -> Result<Box<dyn Read + Send>, CaptureError> {
    let name = source.name();
    let unreadable = |cause| CaptureError::Unreadable { name: name.clone(), cause };
    let raw: Box<dyn Read + Send> = match source {
        Source::StandardInput => Box::new(io::stdin()),
        Source::File(path) => Box::new(file(path).map_err(unreadable)?),
    };
    let counted = Counted { inner: raw, told: packed };
    let mut reader = BufReader::with_capacity(1 << 17, counted);
    let start = reader.fill_buf().map_err(unreadable)?;
    unpacked(start.to_vec(), reader).map_err(unreadable)
}

/// Pipes are read too: `zcat x | planwise capture /dev/stdin`, a shell's `<(…)`.
fn file(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    match file.metadata()?.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(file),
    }
}

/// By the first bytes, whatever the name says.
fn unpacked(
    start: Vec<u8>,
    reader: impl BufRead + Send + 'static,
) -> io::Result<Box<dyn Read + Send>> {
    Ok(match start.as_slice() {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(reader)?),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => {
            Box::new(bzip2::bufread::MultiBzDecoder::new(reader))
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(lzma_rust2::XzReader::new(reader, true)),
        [b'P', b'K', 3, 4, ..] => {
            let what =
                "it is a zip archive: unpack it first, or pack logs with gzip, zstd, bzip2 or xz";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let what = "it is UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        _ => Box::new(reader),
    })
}

struct Counted<R, F> {
    inner: R,
    told: F,
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        (self.told)(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_patterns_are_expanded() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.log", "a.log.gz", ".hidden.log", "PG_VERSION", "x.workload"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let name = folder.path().display().to_string();
        let names = |words: &[String]| {
            let found = expand(words).unwrap();
            found.iter().map(|source| source.name().replace(&name, "")).collect::<Vec<_>>()
        };
        assert_eq!(names(std::slice::from_ref(&name)), ["/a.log.gz", "/b.log"]);
        assert_eq!(
            names(&[format!("{name}/*.log"), format!("{name}/b.log"), "-".to_owned()]),
            ["/b.log", "standard input"]
        );
        let missing = expand(&[format!("{name}/nothing*")]).unwrap_err();
        assert!(missing.to_string().contains("no file matches"), "{missing}");
        let empty = tempfile::tempdir().unwrap();
        std::fs::write(empty.path().join("PG_VERSION"), "15").unwrap();
        let none = expand(&[empty.path().display().to_string()]).unwrap_err().to_string();
        assert!(
            none.contains("no file that looks like a log") && none.contains("PG_VERSION"),
            "{none}"
        );
    }
}

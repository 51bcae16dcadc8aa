//! Reading files that users name, without trusting their size: the whole content, or a reason.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Bytes of a settings, rule or service file; none that a person wrote is near it.
pub const SMALL: u64 = 4 << 20;

/// Bytes of a file that is held in memory whole: queries, changes to a schema, packed records.
pub const LARGE: u64 = 256 << 20;

/// A regular file, open for reading. Pipes and devices are refused: they may never end, and the
/// opening of a pipe alone may never return.
pub fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(nix::libc::O_NONBLOCK).open(path)?;
    let data = file.metadata()?;
    match (data.is_file(), data.is_dir()) {
        (true, _) => Ok(file),
        (_, true) => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is a pipe or a device, which may have no end: save it as a file first",
        )),
    }
}

/// The content of a regular file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than allowed, because a file may grow while it is read.
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MB", most >> 20),
        )),
        false => Ok(bytes),
    }
}

/// As [`read`], as text.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("it is not UTF-8 text (byte {place})"))
    })
}

/// UTF-16 that says so by its first two bytes, as some shells redirect output.
pub fn two_byte_text(content: &[u8]) -> Option<String> {
    let (mark, units) = content.split_at_checked(2)?;
    let unit: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = units.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    let text = String::from_utf16(&units).ok().filter(|text| !text.contains('\0'))?;
    rest.is_empty().then_some(text)
}

/// The longest line or statement of a script: servers take none longer.
pub const LONGEST_STATEMENT: u64 = 1 << 30;

/// Appends the next line with its line break to `line`, and returns its length: 0 at the end.
pub fn read_line(source: &mut dyn BufRead, line: &mut Vec<u8>, most: u64) -> io::Result<usize> {
    let length = source.take(most + 1).read_until(b'\n', line)?;
    match length as u64 > most {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the line is longer than {} MB, which no server takes", most >> 20),
        )),
        false => Ok(length),
    }
}

/// The reason why a statement of so many bytes, which has not ended yet, is read no further.
pub fn endless(bytes: usize) -> Option<io::Error> {
    (bytes as u64 > LONGEST_STATEMENT).then(|| {
        let most = LONGEST_STATEMENT >> 20;
        let why = format!("the statement is longer than {most} MB: is a quotation mark missing?");
        io::Error::new(io::ErrorKind::InvalidData, why)
    })
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    #[test]
    fn a_line_that_does_not_end_is_not_read_to_its_end() {
        let (mut line, mut endless) = (Vec::new(), BufReader::new(io::repeat(b'x')));
        assert!(read_line(&mut endless, &mut line, 100).is_err());
        assert!(line.len() <= 101);
        line.clear();
        assert_eq!(read_line(&mut &b"ab\ncd"[..], &mut line, 3).unwrap(), 3);
        assert_eq!(line, b"ab\n");
    }

    #[test]
    fn what_has_no_end_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        for path in [pipe.as_path(), Path::new("/dev/zero")] {
            let refusal = read(path, SMALL).unwrap_err();
            assert!(refusal.to_string().contains("pipe or a device"), "{refusal}");
        }
        assert_eq!(read(folder.path(), SMALL).unwrap_err().kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn a_file_may_be_as_large_as_allowed_and_no_larger() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "abc").unwrap();
        assert_eq!(read_text(&file, 3).unwrap(), "abc");
        assert_eq!(read(&file, 2).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}

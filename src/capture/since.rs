//! Going on where an earlier capture stopped: logs are told apart by how they begin, because rotation renames them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::xxh3_128;

use crate::trace::{Position, Summary};

/// Bytes of a log's beginning that it is known by.
const HEAD: usize = 1024;

/// What earlier captures have read, by the beginning of the log.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    known: Vec<Position>,
}

impl Positions {
    pub fn of(summary: &Summary) -> Positions {
        let known = summary.sources.iter().filter_map(|source| source.position.clone());
        Positions { known: known.collect() }
    }

    /// How far the log that begins with `start` was read.
    pub fn of_log(&self, start: &[u8]) -> Option<&Position> {
        let same = |position: &&Position| {
            let bytes = usize::try_from(position.head_bytes).unwrap_or(usize::MAX);
            start.len() >= bytes && bytes > 0 && head(&start[..bytes]) == position.head
        };
        self.known.iter().filter(same).max_by_key(|position| position.bytes)
    }
}

/// The position `bytes` into a log that begins with `start`.
pub fn position(start: &[u8], bytes: u64, lines: u64) -> Position {
    let length = start.len().min(HEAD).min(usize::try_from(bytes).unwrap_or(HEAD));
    Position { bytes, lines, head: head(&start[..length]), head_bytes: length as u64 }
}

fn head(start: &[u8]) -> String {
    format!("{:032x}", xxh3_128(start))
}

/// Reads on to `bytes`; a log that is packed cannot be entered in its middle.
pub fn skip(source: &mut dyn Read, bytes: u64) -> io::Result<u64> {
    io::copy(&mut source.take(bytes), &mut io::sink())
}

/// Keeps back a last line that has no end yet: its rest is read next time.
pub struct WholeLines<R> {
    inner: R,
    ready: Vec<u8>,
    at: usize,
    rest: Vec<u8>,
    ended: bool,
}

impl<R: Read> WholeLines<R> {
    pub fn new(inner: R) -> Self {
        WholeLines { inner, ready: Vec::new(), at: 0, rest: Vec::new(), ended: false }
    }
}

impl<R: Read> Read for WholeLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at >= self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            self.ready = std::mem::take(&mut self.rest);
            self.at = 0;
            let before = self.ready.len();
            self.ready.resize(before + (1 << 16), 0);
            let read = self.inner.read(&mut self.ready[before..])?;
            self.ready.truncate(before + read);
            self.ended = read == 0;
            let whole = memchr::memrchr(b'\n', &self.ready).map_or(0, |at| at + 1);
            self.rest = self.ready.split_off(whole);
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// Counts the bytes of the log itself, before they are unwrapped.
pub struct Counting<R> {
    pub inner: R,
    pub count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_log_is_known_by_its_beginning() {
        let summary = Summary {
            sources: vec![crate::trace::SourceInfo {
                position: Some(position(b"abc\ndef\n", 8, 2)),
                ..Default::default()
            }],
            ..Summary::default()
        };
        let positions = Positions::of(&summary);
        assert_eq!(positions.of_log(b"abc\ndef\nghi\n").map(|position| position.bytes), Some(8));
        assert_eq!(positions.of_log(b"abd\ndef\nghi\n"), None);
        assert_eq!(positions.of_log(b"abc"), None);
    }

    #[test]
    fn an_unfinished_line_is_left_for_later() {
        let mut read = Vec::new();
        WholeLines::new(&b"ab\ncd\nef"[..]).read_to_end(&mut read).unwrap();
        assert_eq!(read, b"ab\ncd\n");
    }
}

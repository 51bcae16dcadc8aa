//! Lines of a source, counted.

use std::io::BufRead;

use indicatif::ProgressBar;

use crate::bounded;
use crate::engine::LoadError;

pub struct Lines<'a> {
    source: &'a mut (dyn BufRead + Send),
    name: &'a str,
    progress: &'a ProgressBar,
    buffer: Vec<u8>,
    /// Of the line read last, 1-based.
    pub number: u64,
    pub bytes: u64,
    /// The end mark of COPY data was read; reset by the next COPY.
    pub ended: bool,
}

impl<'a> Lines<'a> {
    pub fn new(
        source: &'a mut (dyn BufRead + Send),
        name: &'a str,
        progress: &'a ProgressBar,
    ) -> Self {
        Lines { source, name, progress, buffer: Vec::new(), number: 0, bytes: 0, ended: false }
    }

    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The next line with its line break, or `None` at the end.
    pub fn next(&mut self) -> Result<Option<&[u8]>, LoadError> {
        self.buffer.clear();
        let most = bounded::LONGEST_STATEMENT;
        let length = bounded::read_line(self.source, &mut self.buffer, most)
            .map_err(|source| self.unreadable(self.number + 1, source))?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.bytes += length as u64;
        self.progress.inc(length as u64);
        Ok(Some(&self.buffer))
    }

    pub fn unreadable(&self, line: u64, source: std::io::Error) -> LoadError {
        LoadError::Read { name: self.name.to_owned(), line, source }
    }
}

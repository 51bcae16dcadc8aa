//! Unwraps while reading.

use std::io::{self, BufRead, BufReader, Read};

use super::Unwrap;
use crate::capture::pipeline::LONGEST;

/// Reads the server's lines of a wrapped log.
pub struct Unwrapped<R> {
    inner: BufReader<R>,
    unwrap: Box<dyn Unwrap>,
    ready: Vec<u8>,
    at: usize,
    line: Vec<u8>,
    ended: bool,
}

impl<R: Read> Unwrapped<R> {
    pub fn new(inner: R, unwrap: Box<dyn Unwrap>) -> Self {
        let inner = BufReader::with_capacity(1 << 16, inner);
        Unwrapped { inner, unwrap, ready: Vec::new(), at: 0, line: Vec::new(), ended: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.at = 0;
        while self.ready.len() < 1 << 16 && !self.ended {
            self.line.clear();
            let read =
                self.inner.by_ref().take(LONGEST as u64).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                self.unwrap.end(&mut self.ready);
                self.ended = true;
                break;
            }
            let bare = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
            let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
            // What is none of its kind is for the reader of the inner form to reject, and to count.
            if !self.unwrap.line(bare, &mut self.ready) && !bare.is_empty() {
                self.ready.extend_from_slice(bare);
                self.ready.push(b'\n');
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Unwrapped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.ready.len() && !self.ended {
            self.refill()?;
        }
        let length = buffer.len().min(self.ready.len() - self.at);
        buffer[..length].copy_from_slice(&self.ready[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

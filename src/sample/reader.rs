//! A table as a stream of bytes, made while it is read.

use std::io::{self, Read};
use std::sync::Arc;

use indicatif::ProgressBar;

use super::copy_text::CopyText;
use super::table::Table;
use super::world::World;

/// Rows are made this many bytes at a time.
const CHUNK: usize = 64 * 1024;

/// The rows of one table in bulk-loading text. Memory: one chunk.
pub struct TableReader {
    world: Arc<World>,
    table: Table,
    next: u64,
    end: u64,
    chunk: CopyText,
    read: usize,
    bar: ProgressBar,
}

impl TableReader {
    /// `bar` moves on by the table's steps.
    pub fn new(world: Arc<World>, table: Table, bar: ProgressBar) -> Self {
        let end = (table.steps)(&world);
        TableReader { world, table, next: 0, end, chunk: CopyText::default(), read: 0, bar }
    }

    fn fill(&mut self) {
        self.chunk.clear();
        self.read = 0;
        let before = self.next;
        while self.next < self.end && self.chunk.bytes().len() < CHUNK {
            (self.table.write)(&self.world, self.next, &mut self.chunk);
            self.next += 1;
        }
        self.bar.inc(self.next - before);
    }
}

impl Read for TableReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.bytes().len() {
            self.fill();
        }
        let rest = &self.chunk.bytes()[self.read..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

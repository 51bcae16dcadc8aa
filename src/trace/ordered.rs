//! Events in the order in which they started, in bounded memory: logs hold statements in the order in which they ended,
//! and several logs may stand in one file.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::frame::BlockEntry;
use super::{Event, Reader, TraceError};

/// Holds as many blocks at once as overlap in time.
pub struct Ordered<'r> {
    reader: &'r mut Reader,
    /// By the start of their first events, the next one last.
    blocks: Vec<BlockEntry>,
    /// Start, then the place in the file: of two at one time the one that was told first.
    waiting: BinaryHeap<Reverse<(i64, u64, u32)>>,
    held: std::collections::HashMap<(u64, u32), Event>,
}

impl<'r> Ordered<'r> {
    pub fn new(reader: &'r mut Reader) -> Self {
        let mut blocks = reader.blocks().to_vec();
        blocks.sort_by_key(|block| Reverse((block.first_us, block.offset)));
        let (waiting, held) = (BinaryHeap::new(), std::collections::HashMap::new());
        Ordered { reader, blocks, waiting, held }
    }

    /// The reader, for texts and sessions.
    pub fn reader(&self) -> &Reader {
        self.reader
    }

    pub fn next_event(&mut self) -> Result<Option<Event>, TraceError> {
        loop {
            let first = self.waiting.peek().map(|Reverse((at, ..))| *at);
            match (first, self.blocks.last()) {
                (None, None) => return Ok(None),
                (Some(at), Some(block)) if at < block.first_us => break,
                (Some(_), None) => break,
                _ => self.load()?,
            }
        }
        let Some(Reverse((_, offset, number))) = self.waiting.pop() else { return Ok(None) };
        Ok(self.held.remove(&(offset, number)))
    }

    fn load(&mut self) -> Result<(), TraceError> {
        let Some(block) = self.blocks.pop() else { return Ok(()) };
        for (number, event) in (0..).zip(self.reader.block(&block)?) {
            let start = event.start_us.unwrap_or(i64::MIN);
            self.waiting.push(Reverse((start, block.offset, number)));
            self.held.insert((block.offset, number), event);
        }
        Ok(())
    }
}

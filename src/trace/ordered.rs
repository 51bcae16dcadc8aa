//! Events in the order in which they started, in bounded memory: logs hold statements in the order in which they ended,
//! and several logs may stand in one file.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::frame::BlockEntry;
use super::{Event, Reader, TraceError};

/// Holds as many blocks at once as overlap in time.
pub struct Ordered<'r> {
    reader: &'r mut Reader,
    /// By the start of their first events, the next one last.
    blocks: Vec<BlockEntry>,
    /// Start, then the place in the file: of two at one time the one that was told first.
    waiting: BinaryHeap<Reverse<(i64, u64, u32)>>,
    held: HashMap<(u64, u32), Event>,
    /// The latest start of each session so far. A session sends one statement after the other: where the clock of its log is
    /// too coarse to tell them apart, what ran longer seems to have begun before what ran before it.
    latest: HashMap<u32, i64>,
}

impl<'r> Ordered<'r> {
    pub fn new(reader: &'r mut Reader) -> Self {
        let mut blocks = reader.blocks().to_vec();
        blocks.sort_by_key(|block| Reverse((block.first_us, block.offset)));
        let waiting = BinaryHeap::new();
        Ordered { reader, blocks, waiting, held: HashMap::new(), latest: HashMap::new() }
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
            let latest = self.latest.entry(event.session).or_insert(start);
            *latest = start.max(*latest);
            self.waiting.push(Reverse((*latest, block.offset, number)));
            self.held.insert((block.offset, number), event);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Session, Summary, Writer};

    #[test]
    fn a_session_keeps_its_order_where_the_clock_is_coarse() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.workload");
        let mut writer = Writer::create(&file).unwrap();
        let of = |key: &str| Session { key: key.to_owned(), ..Session::default() };
        let (one, other) = (writer.session(None, &of("1")), writer.session(None, &of("2")));
        // Ends were logged in whole milliseconds: the second statement of the first session took longer than the first.
        for (session, start_us) in [(one, 990), (one, 400), (other, 700), (one, 2000)] {
            let mut event =
                Event { session, start_us: Some(start_us), is_call: true, ..Event::default() };
            event.set_whole_text(format!("{session} {start_us}").as_bytes());
            writer.event(&event).unwrap();
        }
        writer.finish(&Summary::default()).unwrap();
        let mut reader = Reader::open(&file).unwrap();
        let mut ordered = Ordered::new(&mut reader);
        let mut seen = Vec::new();
        while let Some(event) = ordered.next_event().unwrap() {
            seen.push((event.session, event.start_us.unwrap()));
        }
        assert_eq!(seen, [(other, 700), (one, 990), (one, 400), (one, 2000)]);
    }
}

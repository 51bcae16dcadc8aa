//! Reading a `.workload` file: its digest at once, its events block by block.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::TraceError;
use super::codec::Cursor;
use super::event::{Event, Failure, Protocol, Session};
use super::frame::{self, BlockEntry, FORMAT, FrameKind, Index, MAGIC};
use super::skeleton::joined;
use super::summary::Summary;
use super::writer::{
    HAS_FAILURE, HAS_PREPARATION, HAS_ROWS, HAS_START, HAS_TOOK, HAS_VALUES, IS_EXTENDED,
    IS_NO_CALL, NAME_FILE, NAME_SESSION, NAME_SKELETON,
};

/// Both offsets and the magic bytes.
const TAIL_BYTES: u64 = 24;

/// Whether the file at `path` begins like one of ours.
pub fn is_workload_file(path: &Path) -> bool {
    let mut start = [0; 8];
    let read = crate::bounded::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && start == MAGIC
}

#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    pub summary: Summary,
    index: Index,
    pub sessions: Vec<Session>,
    skeletons: Vec<Vec<u8>>,
    pub files: Vec<String>,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Reader, TraceError> {
        let unreadable = |cause| TraceError::Unreadable { path: path.to_owned(), cause };
        let file = crate::bounded::open(path).map_err(unreadable)?;
        let mut reader = Reader {
            path: path.to_owned(),
            file: BufReader::with_capacity(1 << 16, file),
            summary: Summary::default(),
            index: Index::default(),
            sessions: Vec::new(),
            skeletons: vec![Vec::new()],
            files: Vec::new(),
        };
        let length = reader.check_start()?;
        let (summary, index) = reader.tail(length)?;
        reader.index = reader.json(index, FrameKind::Index)?;
        reader.summary = reader.json(summary, FrameKind::Summary)?;
        for at in reader.index.names.clone() {
            let content = reader.content(at, FrameKind::Names)?;
            reader.names(&content).ok_or_else(|| reader.damaged(at, "a name is cut off"))?;
        }
        Ok(reader)
    }

    fn check_start(&mut self) -> Result<u64, TraceError> {
        let path = self.path.clone();
        let mut start = [0; 12];
        let read = self.file.read_exact(&mut start);
        if read.is_err() || start[..8] != MAGIC {
            return Err(TraceError::NotOne { path });
        }
        let version = u32::from_le_bytes([start[8], start[9], start[10], start[11]]);
        if version != FORMAT {
            return Err(TraceError::Version { path, version, known: FORMAT });
        }
        let length = self.file.get_ref().metadata().map(|data| data.len());
        length.map_err(|cause| TraceError::Unreadable { path, cause })
    }

    fn tail(&mut self, length: u64) -> Result<(u64, u64), TraceError> {
        let cut_off = TraceError::CutOff { path: self.path.clone(), offset: length };
        let mut tail = [0; TAIL_BYTES as usize];
        let at = length.saturating_sub(TAIL_BYTES);
        let read =
            self.file.seek(SeekFrom::Start(at)).and_then(|_| self.file.read_exact(&mut tail));
        if read.is_err() || tail[16..] != MAGIC {
            return Err(cut_off);
        }
        let number = |at: usize| {
            let bytes: [u8; 8] = tail[at..at + 8].try_into().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        Ok((number(0), number(8)))
    }

    fn damaged(&self, offset: u64, what: &str) -> TraceError {
        TraceError::Damaged { path: self.path.clone(), offset, what: what.to_owned() }
    }

    fn failed(&self, offset: u64, error: &io::Error) -> TraceError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged(offset, "the file ends here"),
            _ => self.damaged(offset, &error.to_string()),
        }
    }

    fn content(&mut self, at: u64, kind: FrameKind) -> Result<Vec<u8>, TraceError> {
        let read = self.file.seek(SeekFrom::Start(at)).and_then(|_| {
            let head = frame::read_head(&mut self.file)?;
            match head.kind == kind {
                true => frame::read_content(&mut self.file, head),
                false => Err(frame::damaged("another piece was expected here")),
            }
        });
        read.map_err(|error| self.failed(at, &error))
    }

    fn json<T: serde::de::DeserializeOwned>(
        &mut self,
        at: u64,
        kind: FrameKind,
    ) -> Result<T, TraceError> {
        let content = self.content(at, kind)?;
        serde_json::from_slice(&content).map_err(|error| self.damaged(at, &error.to_string()))
    }

    fn names(&mut self, content: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(content);
        while !cursor.is_at_end() {
            match cursor.byte()? {
                NAME_SESSION => {
                    let number = usize::try_from(cursor.number()?).ok()?;
                    let mut text = || Some(String::from_utf8_lossy(cursor.bytes()?).into_owned());
                    let (key, database, user) = (text()?, text()?, text()?);
                    let (application, host) = (text()?, text()?);
                    let session = Session { key, database, user, application, host };
                    match number.cmp(&self.sessions.len()) {
                        std::cmp::Ordering::Less => self.sessions[number] = session,
                        std::cmp::Ordering::Equal => self.sessions.push(session),
                        std::cmp::Ordering::Greater => return None,
                    }
                }
                NAME_SKELETON => self.skeletons.push(cursor.bytes()?.to_vec()),
                NAME_FILE => self.files.push(String::from_utf8_lossy(cursor.bytes()?).into_owned()),
                _ => return None,
            }
        }
        Some(())
    }

    /// Whether it holds events, or a digest only.
    pub fn has_events(&self) -> bool {
        !self.index.blocks.is_empty()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn blocks(&self) -> &[BlockEntry] {
        &self.index.blocks
    }

    pub(super) fn block(&mut self, entry: &BlockEntry) -> Result<Vec<Event>, TraceError> {
        let content = self.content(entry.offset, FrameKind::Events)?;
        let mut cursor = Cursor::new(&content);
        let mut events = Vec::new();
        let (mut last_us, mut last_line) = (0, 0);
        while !cursor.is_at_end() {
            let event = event(&mut cursor, &mut last_us, &mut last_line);
            events.push(event.ok_or_else(|| self.damaged(entry.offset, "an event is cut off"))?);
        }
        Ok(events)
    }

    /// Calls `each` with one event after the other, in the order in which they were written, for as long as it says so.
    /// Of one session that is the order in which it sent them, however coarse the clock of its log is.
    pub fn each_event_while(
        &mut self,
        mut each: impl FnMut(&Reader, Event) -> bool,
    ) -> Result<(), TraceError> {
        for entry in self.index.blocks.clone() {
            for event in self.block(&entry)? {
                if !each(self, event) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Calls `each` with every event, in the order in which they were written.
    pub fn each_event(
        &mut self,
        mut each: impl FnMut(&Reader, Event) -> Result<(), TraceError>,
    ) -> Result<(), TraceError> {
        for entry in self.index.blocks.clone() {
            for event in self.block(&entry)? {
                each(self, event)?;
            }
        }
        Ok(())
    }

    /// The statement as it was sent.
    pub fn text(&self, event: &Event) -> Option<Vec<u8>> {
        let pieces = event.each_piece();
        match event.skeleton {
            0 => pieces.first().map(|text| text.to_vec()),
            number => joined(self.skeletons.get(number as usize)?, &pieces),
        }
    }

    pub fn skeleton(&self, number: u32) -> Option<&[u8]> {
        self.skeletons.get(number as usize).map(Vec::as_slice)
    }
}

fn event(cursor: &mut Cursor<'_>, last_us: &mut i64, last_line: &mut i64) -> Option<Event> {
    let flags = cursor.byte()?;
    let has = |bit: u8| flags & bit != 0;
    let mut event = Event {
        session: u32::try_from(cursor.number()?).ok()?,
        query: u32::try_from(cursor.number()?).ok()?,
        is_call: !has(IS_NO_CALL),
        protocol: if has(IS_EXTENDED) { Protocol::Extended } else { Protocol::Simple },
        ..Event::default()
    };
    if has(HAS_START) {
        *last_us = last_us.wrapping_add(cursor.signed()?);
        event.start_us = Some(*last_us);
    }
    if has(HAS_TOOK) {
        event.took_ns = Some(cursor.number()?);
    }
    if has(HAS_PREPARATION) {
        event.parse_ns = cursor.number()?;
        event.bind_ns = cursor.number()?;
    }
    event.file = u32::try_from(cursor.number()?).ok()?;
    *last_line = last_line.wrapping_add(cursor.signed()?);
    event.line = *last_line as u64;
    event.skeleton = u32::try_from(cursor.number()?).ok()?;
    let pieces = cursor.rest();
    let count = cursor.number()?;
    (0..count).try_for_each(|_| cursor.bytes().map(|_| ()))?;
    event.pieces = pieces[..pieces.len() - cursor.rest().len()].to_vec();
    if has(HAS_VALUES) {
        let values = cursor.rest();
        let count = cursor.number()?;
        for _ in 0..count {
            if cursor.clone().number()? == 0 {
                cursor.number()?;
            } else {
                cursor.bytes_of_one_less()?;
            }
        }
        event.values = values[..values.len() - cursor.rest().len()].to_vec();
    }
    if has(HAS_FAILURE) {
        let class = String::from_utf8_lossy(cursor.bytes()?).into_owned();
        let message = String::from_utf8_lossy(cursor.bytes()?).into_owned();
        event.failure = Some(Failure { class, message });
    }
    if has(HAS_ROWS) {
        event.rows = Some(cursor.number()?);
    }
    Some(event)
}

//! Writing a `.workload` file: in one pass, in bounded memory, whole or not there.

use std::collections::HashMap;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_128;

use super::TraceError;
use super::codec::{put, put_bytes, put_signed};
use super::event::{Event, Protocol, Session};
use super::frame::{BlockEntry, FORMAT, FrameKind, Index, MAGIC, Packer};
use super::sink::{Sink, Written};
use super::summary::Summary;

/// Bytes of events that are compressed together.
const BLOCK_BYTES: usize = 256 * 1024;
/// Skeletons that are stored once, and their bytes; further texts are stored whole.
const MOST_SKELETONS: usize = 1 << 16;
const MOST_SKELETON_BYTES: usize = 32 << 20;
const LEVEL: i32 = 1;

/// Bits of an event's first byte.
pub const HAS_START: u8 = 1;
pub const HAS_TOOK: u8 = 2;
pub const HAS_PREPARATION: u8 = 4;
pub const IS_EXTENDED: u8 = 8;
pub const IS_NO_CALL: u8 = 16;
pub const HAS_VALUES: u8 = 32;
pub const HAS_FAILURE: u8 = 64;
pub const HAS_ROWS: u8 = 128;

/// Kinds of names.
pub const NAME_SESSION: u8 = 1;
pub const NAME_SKELETON: u8 = 2;
pub const NAME_FILE: u8 = 3;

pub struct Writer {
    path: PathBuf,
    sink: Sink,
    names: Vec<u8>,
    block: Vec<u8>,
    entry: BlockEntry,
    last_us: i64,
    last_line: i64,
    skeletons: HashMap<u128, u32>,
    skeleton_bytes: usize,
    sessions: u32,
    files: u32,
}

impl Writer {
    /// Begins the file that will be called `path` once it is finished.
    pub fn create(path: &Path) -> Result<Writer, TraceError> {
        let unwritable = |cause| TraceError::Unwritable { path: path.to_owned(), cause };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
        let file = tempfile::Builder::new()
            .prefix(crate::durable::UNFINISHED)
            .permissions(mode)
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(unwritable)?;
        let begun = Packer::new(LEVEL).and_then(|packer| {
            let out = BufWriter::with_capacity(1 << 16, file);
            begin(Written { out, packer, offset: 0, index: Index::default() })
        });
        Ok(Writer {
            path: path.to_owned(),
            sink: begun.map_err(unwritable)?,
            names: Vec::new(),
            block: Vec::with_capacity(BLOCK_BYTES + 4096),
            entry: EMPTY,
            last_us: 0,
            last_line: 0,
            skeletons: HashMap::new(),
            skeleton_bytes: 0,
            sessions: 0,
            files: 0,
        })
    }

    fn unwritable(&self, cause: std::io::Error) -> TraceError {
        TraceError::Unwritable { path: self.path.clone(), cause }
    }

    /// A session's number. The same number may be told again, with more.
    pub fn session(&mut self, number: Option<u32>, session: &Session) -> u32 {
        let number = number.unwrap_or(self.sessions);
        self.sessions = self.sessions.max(number + 1);
        self.names.push(NAME_SESSION);
        put(&mut self.names, u64::from(number));
        for text in
            [&session.key, &session.database, &session.user, &session.application, &session.host]
        {
            put_bytes(&mut self.names, text.as_bytes());
        }
        number
    }

    pub fn file(&mut self, name: &str) -> u32 {
        self.names.push(NAME_FILE);
        put_bytes(&mut self.names, name.as_bytes());
        self.files += 1;
        self.files - 1
    }

    /// The number of a skeleton, which is 0 when no more of them are stored.
    pub fn skeleton(&mut self, skeleton: &[u8]) -> u32 {
        let hash = xxh3_128(skeleton);
        if let Some(known) = self.skeletons.get(&hash) {
            return *known;
        }
        if self.skeletons.len() >= MOST_SKELETONS
            || self.skeleton_bytes + skeleton.len() > MOST_SKELETON_BYTES
        {
            return 0;
        }
        self.skeleton_bytes += skeleton.len();
        let number = self.skeletons.len() as u32 + 1;
        self.skeletons.insert(hash, number);
        self.names.push(NAME_SKELETON);
        put_bytes(&mut self.names, skeleton);
        number
    }

    pub fn event(&mut self, event: &Event) -> Result<(), TraceError> {
        self.put_event(event);
        let at = event.start_us.unwrap_or(i64::MIN);
        self.entry.events += 1;
        self.entry.first_us = self.entry.first_us.min(at);
        self.entry.last_us = self.entry.last_us.max(at);
        match self.block.len() >= BLOCK_BYTES {
            true => self.end_block(),
            false => Ok(()),
        }
    }

    fn put_event(&mut self, event: &Event) {
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        let prepared = event.parse_ns + event.bind_ns > 0;
        let out = &mut self.block;
        out.push(
            flag(event.start_us.is_some(), HAS_START)
                | flag(event.took_ns.is_some(), HAS_TOOK)
                | flag(prepared, HAS_PREPARATION)
                | flag(event.protocol == Protocol::Extended, IS_EXTENDED)
                | flag(!event.is_call, IS_NO_CALL)
                | flag(!event.values.is_empty(), HAS_VALUES)
                | flag(event.failure.is_some(), HAS_FAILURE)
                | flag(event.rows.is_some(), HAS_ROWS),
        );
        put(out, u64::from(event.session));
        put(out, u64::from(event.query));
        if let Some(start) = event.start_us {
            put_signed(out, start.wrapping_sub(self.last_us));
            self.last_us = start;
        }
        if let Some(took) = event.took_ns {
            put(out, took);
        }
        if prepared {
            put(out, event.parse_ns);
            put(out, event.bind_ns);
        }
        put(out, u64::from(event.file));
        put_signed(out, (event.line as i64).wrapping_sub(self.last_line));
        self.last_line = event.line as i64;
        put(out, u64::from(event.skeleton));
        out.extend_from_slice(&event.pieces);
        if !event.values.is_empty() {
            out.extend_from_slice(&event.values);
        }
        if let Some(failure) = &event.failure {
            put_bytes(out, failure.class.as_bytes());
            put_bytes(out, failure.message.as_bytes());
        }
        if let Some(rows) = event.rows {
            put(out, rows);
        }
    }

    fn end_block(&mut self) -> Result<(), TraceError> {
        self.send_block().map_err(|cause| self.unwritable(cause))
    }

    fn send_block(&mut self) -> std::io::Result<()> {
        if !self.names.is_empty() {
            self.sink.names(std::mem::take(&mut self.names))?;
        }
        if self.entry.events == 0 {
            return Ok(());
        }
        let block = std::mem::take(&mut self.block);
        self.block = self.sink.events(block, self.entry)?;
        self.entry = EMPTY;
        (self.last_us, self.last_line) = (0, 0);
        Ok(())
    }

    /// Writes the digest and gives the file its name. Returns its length.
    pub fn finish(mut self, summary: &Summary) -> Result<u64, TraceError> {
        self.end_block()?;
        let path = self.path.clone();
        let unwritable = |cause| TraceError::Unwritable { path: path.clone(), cause };
        let mut written = self.sink.end().map_err(unwritable)?;
        end(&mut written, summary).map_err(unwritable)?;
        let file = written.out.into_inner().map_err(|error| unwritable(error.into_error()))?;
        file.as_file().sync_all().map_err(unwritable)?;
        file.persist(&path).map_err(|error| unwritable(error.error))?;
        Ok(written.offset)
    }
}

/// What stands before all events.
fn begin(mut written: Written) -> std::io::Result<Sink> {
    let mut start = MAGIC.to_vec();
    start.extend_from_slice(&FORMAT.to_le_bytes());
    written.raw(&start)?;
    let header = format!("{{\"planwise\":\"{}\"}}", env!("CARGO_PKG_VERSION"));
    written.frame(FrameKind::Header, header.as_bytes())?;
    Sink::start(written)
}

/// What stands behind them: the digest, the index, and where both are.
fn end(written: &mut Written, summary: &Summary) -> std::io::Result<()> {
    let json = serde_json::to_vec(summary)?;
    let at_summary = written.frame(FrameKind::Summary, &json)?;
    let index = serde_json::to_vec(&written.index)?;
    let at_index = written.frame(FrameKind::Index, &index)?;
    let mut tail = at_summary.to_le_bytes().to_vec();
    tail.extend_from_slice(&at_index.to_le_bytes());
    tail.extend_from_slice(&MAGIC);
    written.raw(&tail)
}

const EMPTY: BlockEntry =
    BlockEntry { offset: 0, events: 0, first_us: i64::MAX, last_us: i64::MIN };

//! One log through all cores: one thread reads blocks, several understand them, and they are put together in order.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::batch::{Batch, Span};
use super::block_format::BlockFormat;

/// Bytes of a block. Entries are small; a block that holds none that ends grows to [`LONGEST`].
const BLOCK: usize = 1 << 20;
/// A longer entry is passed over.
pub const LONGEST: usize = 24 << 20;

const TOO_LONG: &str = "an entry longer than 24 MB: passed over";

/// A block, or bytes that were passed over.
enum Piece {
    Block(Vec<u8>),
    Rejected { lines: u64, begins: Vec<u8> },
}

/// What became of the reading.
#[derive(Debug, Default)]
pub struct Reading {
    pub lines: u64,
    /// The file could not be read to its end: damaged packing, a device that fails.
    pub failure: Option<io::Error>,
}

/// Reads `source` to its end and calls `each` with every batch, in order, and the number of lines before it.
pub fn run<E>(
    format: &dyn BlockFormat,
    source: &mut (dyn Read + Send),
    workers: usize,
    mut each: impl FnMut(Batch, u64) -> Result<(), E>,
) -> Result<Reading, E> {
    let (work, todo) = sync_channel::<(Piece, SyncSender<Batch>)>(workers);
    let (ordered, answers) = sync_channel::<Receiver<Batch>>(workers * 2);
    let todo = Arc::new(Mutex::new(todo));
    thread::scope(|scope| {
        let reading = scope.spawn(move || read_blocks(format, source, &work, &ordered));
        for _ in 0..workers {
            let todo = Arc::clone(&todo);
            scope.spawn(move || understand(format, &todo));
        }
        drop(todo);
        let mut lines = 0;
        let mut outcome = Ok(());
        for answer in &answers {
            let Ok(batch) = answer.recv() else { continue };
            if outcome.is_ok() {
                let before = lines;
                lines += batch.lines;
                outcome = each(batch, before);
            }
            if outcome.is_err() {
                break;
            }
        }
        drop(answers);
        let failure = reading
            .join()
            .unwrap_or_else(|_| Some(io::Error::other("the reading thread ended unexpectedly")));
        outcome.map(|()| Reading { lines, failure })
    })
}

fn understand(format: &dyn BlockFormat, todo: &Mutex<Receiver<(Piece, SyncSender<Batch>)>>) {
    loop {
        let next = todo.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((piece, answer)) = next else { return };
        let batch = match piece {
            Piece::Block(bytes) => format.parse(bytes),
            Piece::Rejected { lines, begins } => {
                let span = Span::new(0, begins.len());
                let mut batch = Batch { bytes: begins, lines, ..Batch::default() };
                batch.reject(0, TOO_LONG, span);
                batch
            }
        };
        let _ = answer.send(batch);
    }
}

type Ordered = SyncSender<Receiver<Batch>>;

fn read_blocks(
    format: &dyn BlockFormat,
    source: &mut (dyn Read + Send),
    work: &SyncSender<(Piece, SyncSender<Batch>)>,
    ordered: &Ordered,
) -> Option<io::Error> {
    let send = |piece: Piece| {
        let (answer, batch) = sync_channel(1);
        // Nobody listens any more once the caller has failed.
        ordered.send(batch).is_ok() && work.send((piece, answer)).is_ok()
    };
    let mut buffer = Vec::with_capacity(BLOCK * 2);
    let mut wanted = BLOCK;
    loop {
        let read = fill(source, &mut buffer, wanted);
        let (ended, failure) = match read {
            Ok(()) => (buffer.len() < wanted, None),
            Err(error) => (true, Some(error)),
        };
        if ended {
            if !buffer.is_empty() {
                send(Piece::Block(buffer));
            }
            return failure;
        }
        match format.complete(&buffer) {
            0 if buffer.len() >= LONGEST => {
                match pass_over(format, source, &mut buffer) {
                    Ok(piece) => {
                        if !send(piece) {
                            return None;
                        }
                    }
                    Err(error) => return Some(error),
                }
                wanted = BLOCK;
            }
            0 => wanted = (wanted * 2).min(LONGEST),
            complete => {
                let rest = buffer[complete..].to_vec();
                buffer.truncate(complete);
                let block = std::mem::replace(&mut buffer, Vec::with_capacity(BLOCK * 2));
                buffer.extend_from_slice(&rest);
                if !send(Piece::Block(block)) {
                    return None;
                }
                wanted = BLOCK.max(buffer.len() * 2).min(LONGEST);
            }
        }
    }
}

/// Reads until `buffer` holds `wanted` bytes or the source ends.
fn fill(source: &mut dyn Read, buffer: &mut Vec<u8>, wanted: usize) -> io::Result<()> {
    let missing = wanted.saturating_sub(buffer.len()) as u64;
    source.take(missing).read_to_end(buffer).map(|_| ())
}

/// Drops what cannot be an entry, up to where the next one begins. Reads in small pieces: it may be gigabytes.
fn pass_over(
    format: &dyn BlockFormat,
    source: &mut dyn Read,
    buffer: &mut Vec<u8>,
) -> io::Result<Piece> {
    let begins = buffer[..buffer.len().min(80)].to_vec();
    let mut lines = 0;
    loop {
        // The last, unfinished line may be the beginning of the next entry.
        let last = memchr::memrchr(b'\n', buffer);
        let endless = last.is_some_and(|at| buffer.len() - at > BLOCK);
        let keep = last.filter(|_| !endless).unwrap_or(buffer.len());
        lines += memchr::memchr_iter(b'\n', &buffer[..keep]).count() as u64;
        buffer.drain(..keep);
        let before = buffer.len();
        fill(source, buffer, BLOCK.max(before + 1))?;
        let ended = buffer.len() == before;
        let start = next_start(format, buffer);
        if let Some(start) = start {
            lines += memchr::memchr_iter(b'\n', &buffer[..start]).count() as u64;
            buffer.drain(..start);
            return Ok(Piece::Rejected { lines, begins });
        }
        if ended {
            lines += u64::from(!buffer.is_empty());
            buffer.clear();
            return Ok(Piece::Rejected { lines, begins });
        }
    }
}

/// Where the first entry of `buffer` begins, tried line by line.
fn next_start(format: &dyn BlockFormat, buffer: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'\n', &buffer[from..]) {
        from += found + 1;
        let end = memchr::memchr(b'\n', &buffer[from..]).map(|at| from + at + 1)?;
        let line = &buffer[from..end];
        if format.begins_entry(line) {
            return Some(from);
        }
    }
    None
}

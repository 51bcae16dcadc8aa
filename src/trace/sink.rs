//! Compressing and writing frames on a thread of its own: whoever makes events need not wait for either.

use std::io::{self, BufWriter, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

use super::frame::{BlockEntry, FrameKind, Index, Packer};

/// Frames that may wait: of 256 kB each, so that memory stays small.
const WAITING: usize = 4;

enum Piece {
    Names(Vec<u8>),
    /// Its entry for the index, but for where it is.
    Events(Vec<u8>, BlockEntry),
}

/// What is written once no more pieces come.
pub struct Written {
    pub out: BufWriter<NamedTempFile>,
    pub packer: Packer,
    pub offset: u64,
    pub index: Index,
}

/// Takes pieces, in order.
pub struct Sink {
    pieces: Option<SyncSender<Piece>>,
    /// Emptied blocks, to be filled again.
    emptied: Receiver<Vec<u8>>,
    thread: Option<JoinHandle<io::Result<Written>>>,
}

impl Sink {
    pub fn start(written: Written) -> io::Result<Sink> {
        let (pieces, todo) = sync_channel(WAITING);
        let (give_back, emptied) = sync_channel(WAITING);
        let thread = std::thread::Builder::new().name("packing".to_owned());
        let thread = thread.spawn(move || work(written, &todo, &give_back))?;
        Ok(Sink { pieces: Some(pieces), emptied, thread: Some(thread) })
    }

    pub fn names(&mut self, content: Vec<u8>) -> io::Result<()> {
        self.send(Piece::Names(content))
    }

    /// Returns an empty block for the next events.
    pub fn events(&mut self, content: Vec<u8>, entry: BlockEntry) -> io::Result<Vec<u8>> {
        let capacity = content.capacity();
        self.send(Piece::Events(content, entry))?;
        Ok(self.emptied.try_recv().unwrap_or_else(|_| Vec::with_capacity(capacity)))
    }

    fn send(&mut self, piece: Piece) -> io::Result<()> {
        let sent = self.pieces.as_ref().is_some_and(|pieces| pieces.send(piece).is_ok());
        match sent {
            true => Ok(()),
            // The thread has ended, so it has failed: it says why.
            false => self.end().map(|_| ()).and(Err(io::Error::other("writing has ended"))),
        }
    }

    /// Waits until everything is written.
    pub fn end(&mut self) -> io::Result<Written> {
        drop(self.pieces.take());
        let ended = || io::Error::other("the writing thread ended unexpectedly");
        let thread = self.thread.take().ok_or_else(ended)?;
        thread.join().unwrap_or_else(|_| Err(ended()))
    }
}

fn work(
    mut written: Written,
    todo: &Receiver<Piece>,
    give_back: &SyncSender<Vec<u8>>,
) -> io::Result<Written> {
    for piece in todo {
        match piece {
            Piece::Names(content) => {
                let at = written.frame(FrameKind::Names, &content)?;
                written.index.names.push(at);
            }
            Piece::Events(mut content, mut entry) => {
                entry.offset = written.frame(FrameKind::Events, &content)?;
                written.index.blocks.push(entry);
                content.clear();
                let _ = give_back.try_send(content);
            }
        }
    }
    Ok(written)
}

impl Written {
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    /// Returns where the frame begins.
    pub fn frame(&mut self, kind: FrameKind, content: &[u8]) -> io::Result<u64> {
        let at = self.offset;
        self.offset += self.packer.write(&mut self.out, kind, content)?;
        Ok(at)
    }
}

/// An unfinished file is gone before its maker goes on.
impl Drop for Sink {
    fn drop(&mut self) {
        if self.thread.is_some() {
            let _ = self.end();
        }
    }
}

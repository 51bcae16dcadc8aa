//! Frames: the pieces a file is made of, each compressed on its own, so that a reader may go from one to the next.

use std::io::{self, Read, Write};

/// First bytes of the file, and last bytes of one that is complete.
pub const MAGIC: [u8; 8] = *b"PLANWLD\n";
/// Raised whenever an older reader would misunderstand.
pub const FORMAT: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameKind {
    /// JSON: planwise's version.
    Header = b'H' as isize,
    /// Sessions, skeletons and files that events name by number.
    Names = b'N' as isize,
    Events = b'E' as isize,
    /// JSON: the digest.
    Summary = b'S' as isize,
    /// Where the other frames are.
    Index = b'I' as isize,
}

impl FrameKind {
    fn of(byte: u8) -> Option<FrameKind> {
        [Self::Header, Self::Names, Self::Events, Self::Summary, Self::Index]
            .into_iter()
            .find(|kind| *kind as isize == isize::from(byte))
    }
}

/// Kind, three bytes of zero, length unpacked, length packed.
pub const HEAD_BYTES: usize = 12;
/// No frame is larger unpacked: a damaged length is not believed.
const LARGEST: u32 = 1 << 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHead {
    pub kind: FrameKind,
    pub unpacked: u32,
    pub packed: u32,
}

/// Compresses frames: its tables are large, and made once.
pub struct Packer(zstd::bulk::Compressor<'static>);

impl Packer {
    pub fn new(level: i32) -> io::Result<Packer> {
        let mut packer = zstd::bulk::Compressor::new(level)?;
        packer.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
        Ok(Packer(packer))
    }

    /// Compresses and writes; returns the bytes written.
    pub fn write(
        &mut self,
        out: &mut dyn Write,
        kind: FrameKind,
        content: &[u8],
    ) -> io::Result<u64> {
        let packed = self.0.compress(content)?;
        let mut head = [0; HEAD_BYTES];
        head[0] = kind as isize as u8;
        head[4..8].copy_from_slice(&length(content.len())?.to_le_bytes());
        head[8..12].copy_from_slice(&length(packed.len())?.to_le_bytes());
        out.write_all(&head)?;
        out.write_all(&packed)?;
        Ok((HEAD_BYTES + packed.len()) as u64)
    }
}

fn length(bytes: usize) -> io::Result<u32> {
    u32::try_from(bytes).ok().filter(|length| *length <= LARGEST).ok_or_else(|| {
        io::Error::new(io::ErrorKind::FileTooLarge, "more than 1 GB belongs together")
    })
}

pub fn read_head(source: &mut dyn Read) -> io::Result<FrameHead> {
    let mut head = [0; HEAD_BYTES];
    source.read_exact(&mut head)?;
    let number =
        |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let kind =
        FrameKind::of(head[0]).ok_or_else(|| damaged("no piece of such a file begins so"))?;
    let (unpacked, packed) = (number(4), number(8));
    match unpacked <= LARGEST && packed <= LARGEST {
        true => Ok(FrameHead { kind, unpacked, packed }),
        false => Err(damaged("a length is out of all bounds")),
    }
}

/// The content that follows `head`.
pub fn read_content(source: &mut dyn Read, head: FrameHead) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let read = source.take(u64::from(head.packed)).read_to_end(&mut packed)?;
    if read != head.packed as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let content = zstd::bulk::decompress(&packed, head.unpacked as usize)
        .map_err(|error| damaged(&format!("its checksum or compression is wrong ({error})")))?;
    match content.len() == head.unpacked as usize {
        true => Ok(content),
        false => Err(damaged("it unpacks to another length than it says")),
    }
}

pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Where one block of events is, and which times it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockEntry {
    pub offset: u64,
    pub events: u64,
    /// Least and greatest start in microseconds; events without a time count as the least.
    pub first_us: i64,
    pub last_us: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Index {
    pub names: Vec<u64>,
    pub blocks: Vec<BlockEntry>,
}

//! The seam between reading blocks in order and understanding them on any core.

use super::batch::Batch;

/// One format of logs. Stateless: what spans blocks is put together afterwards, in order.
pub trait BlockFormat: Send + Sync {
    /// How many of `bytes` are complete entries, given that they begin at the beginning of one; 0 when the first entry
    /// has not ended yet.
    fn complete(&self, bytes: &[u8]) -> usize;

    /// Whether an entry begins with `line`: where reading goes on behind what could not be read.
    fn begins_entry(&self, line: &[u8]) -> bool;

    fn parse(&self, bytes: Vec<u8>) -> Batch;
}

/// Behind the last line break.
pub fn complete_lines(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

/// Lines of `bytes`, without their line breaks: start, end.
pub fn lines(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut lines = Vec::with_capacity(bytes.len() / 64);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
        if start < bytes.len() {
            let bare = if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end };
            lines.push((start, bare));
        }
        start = end + 1;
    }
    lines
}

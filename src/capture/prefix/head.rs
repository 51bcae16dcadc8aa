//! What stands at the beginning of one line.

use crate::capture::batch::Level;
use crate::capture::postgres::LEVELS;

/// Byte ranges of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    pub time_us: Option<i64>,
    pub session: (usize, usize),
    pub process: (usize, usize),
    pub user: (usize, usize),
    pub database: (usize, usize),
    pub application: (usize, usize),
    pub host: (usize, usize),
    pub code: (usize, usize),
    pub level: Level,
    /// Where the message begins.
    pub message: usize,
}

/// The level that `text` begins with, and where its message begins.
pub fn severity(text: &[u8]) -> Option<(Level, usize)> {
    if text.starts_with(b"LOG:  ") {
        return Some((Level::Log, 6));
    }
    let first = *text.first()?;
    // No level begins otherwise, in any language.
    if !first.is_ascii_uppercase() && first < 0x80 {
        return None;
    }
    let known = LEVELS.iter().find(|(words, _)| text.starts_with(words.as_bytes()));
    if let Some((words, level)) = known {
        return Some((*level, words.len()));
    }
    // Some shippers squeeze blanks, and an empty message ends its line.
    LEVELS.iter().find_map(|(words, level)| {
        let bare = words.trim_end();
        let rest = text.strip_prefix(bare.as_bytes())?;
        match rest {
            [] => Some((*level, bare.len())),
            [b' ', next, ..] if *next != b' ' => Some((*level, bare.len() + 1)),
            [b' '] => Some((*level, bare.len() + 1)),
            _ => None,
        }
    })
}

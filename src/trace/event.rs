//! One statement of a session, as it was captured.

use serde::{Deserialize, Serialize};

use super::codec::{Cursor, put, put_bytes};

/// How a statement reached its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Protocol {
    /// As text, values and all.
    #[default]
    Simple,
    /// Prepared, and executed with values bound to it.
    Extended,
}

/// A connection, as far as its log tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Session {
    /// What the log calls it: a session's or a process's number.
    pub key: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub database: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub application: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub host: String,
}

/// How a statement failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The server's code where the log has it (`23505`, `1062`), else the beginning of its message.
    pub class: String,
    pub message: String,
}

/// Values bound to `$1`, `$2`, … in the server's text form; `None` is NULL. Bytes, because nobody promises an encoding.
pub type Values = Vec<Option<Vec<u8>>>;

/// Times are of the server's clock. `start_us` is when the statement began: logs tell when it ended, and the difference is
/// taken off on reading.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// Number of its session in the file.
    pub session: u32,
    /// Number of its query in the digest.
    pub query: u32,
    /// Microseconds since 1970; `None` where the log has no times.
    pub start_us: Option<i64>,
    /// Nanoseconds of the execution; `None` where the log has no duration for it.
    pub took_ns: Option<u64>,
    /// Nanoseconds of parsing and of binding, where they have lines of their own.
    pub parse_ns: u64,
    pub bind_ns: u64,
    pub protocol: Protocol,
    /// A call. What is none was prepared only, or ran inside of another statement.
    pub is_call: bool,
    /// Number of its skeleton; 0: `pieces` is one piece, the whole text.
    pub skeleton: u32,
    /// What stands in the skeleton's gaps, encoded: a count, then each piece with its length.
    pub pieces: Vec<u8>,
    /// Bound values, encoded: a count, then each as length + 1 and its bytes, 0 for NULL. Empty: none were bound.
    pub values: Vec<u8>,
    pub failure: Option<Failure>,
    /// Rows returned or changed.
    pub rows: Option<u64>,
    /// Number of the log file it stands in, and the line there.
    pub file: u32,
    pub line: u64,
}

impl Event {
    /// All of the server's time, nanoseconds.
    pub fn server_ns(&self) -> Option<u64> {
        match (self.took_ns, self.parse_ns + self.bind_ns) {
            (None, 0) => None,
            (took, rest) => Some(took.unwrap_or(0) + rest),
        }
    }

    pub fn bound(&self) -> Option<Values> {
        decode_values(&self.values)
    }

    /// Forgets everything but keeps its memory.
    pub fn clear(&mut self) {
        let (mut pieces, mut values) =
            (std::mem::take(&mut self.pieces), std::mem::take(&mut self.values));
        pieces.clear();
        values.clear();
        *self = Event { pieces, values, ..Event::default() };
    }
}

pub fn encode_values(values: &Values, out: &mut Vec<u8>) {
    put(out, values.len() as u64);
    for value in values {
        match value {
            None => put(out, 0),
            Some(bytes) => {
                put(out, bytes.len() as u64 + 1);
                out.extend_from_slice(bytes);
            }
        }
    }
}

fn decode_values(encoded: &[u8]) -> Option<Values> {
    let mut cursor = Cursor::new(encoded);
    let count = cursor.number()?;
    let mut values = Vec::new();
    for _ in 0..count {
        values.push(match cursor.clone().number()? {
            0 => {
                cursor.number();
                None
            }
            _ => Some(cursor.bytes_of_one_less()?.to_vec()),
        });
    }
    Some(values)
}

impl Event {
    /// Puts `values` in place of what was bound.
    pub fn bind(&mut self, values: &Values) {
        self.values.clear();
        encode_values(values, &mut self.values);
    }

    /// As [`Event::bind`], from where the values stand.
    pub fn bind_each<'v>(&mut self, values: impl ExactSizeIterator<Item = Option<&'v [u8]>>) {
        self.values.clear();
        put(&mut self.values, values.len() as u64);
        for value in values {
            match value {
                None => put(&mut self.values, 0),
                Some(bytes) => {
                    put(&mut self.values, bytes.len() as u64 + 1);
                    self.values.extend_from_slice(bytes);
                }
            }
        }
    }

    /// The whole text as the only piece.
    pub fn set_whole_text(&mut self, text: &[u8]) {
        self.skeleton = 0;
        self.pieces.clear();
        put(&mut self.pieces, 1);
        put_bytes(&mut self.pieces, text);
    }

    /// The pieces that stand in the skeleton's gaps.
    pub fn set_pieces<'p>(
        &mut self,
        skeleton: u32,
        pieces: impl ExactSizeIterator<Item = &'p [u8]>,
    ) {
        self.skeleton = skeleton;
        self.pieces.clear();
        put(&mut self.pieces, pieces.len() as u64);
        pieces.for_each(|piece| put_bytes(&mut self.pieces, piece));
    }

    /// Its text is its skeleton.
    pub fn has_no_pieces(&self) -> bool {
        self.pieces.first().is_none_or(|count| *count == 0)
    }

    pub fn each_piece(&self) -> Vec<&[u8]> {
        let mut cursor = Cursor::new(&self.pieces);
        let count = cursor.number().unwrap_or(0);
        (0..count).map_while(|_| cursor.bytes()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let values: Values =
            vec![None, Some(vec![]), Some(vec![0, 255, b'\'']), Some(b"x".to_vec())];
        let mut event = Event::default();
        assert_eq!(event.bound(), None);
        event.bind(&values);
        assert_eq!(event.bound(), Some(values));
    }

    #[test]
    fn the_server_spends_time_before_the_execution() {
        let mut event = Event { parse_ns: 5, ..Event::default() };
        assert_eq!(event.server_ns(), Some(5));
        event.took_ns = Some(10);
        event.bind_ns = 1;
        assert_eq!(event.server_ns(), Some(16));
        assert_eq!(Event::default().server_ns(), None);
    }
}

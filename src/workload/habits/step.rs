//! One statement of a session, as watchers see it.

use xxhash_rust::xxh3::Xxh3;

use super::profile::{Profile, Role};
use crate::trace::{Event, Protocol, Reader, VALUE};

pub struct Step<'a> {
    pub session: u32,
    pub query: u32,
    pub profile: &'a Profile,
    /// Microseconds since 1970. A log without times has 0 everywhere.
    pub start_us: i64,
    pub end_us: i64,
    pub took_ns: u64,
    /// Literals of the text and bound values, as they are written.
    pub values: Vec<Vec<u8>>,
    /// Equal for the same query with the same values.
    pub key: u64,
    pub failure: Option<&'a str>,
    pub rows: Option<u64>,
    /// Sent as text, values and all.
    pub is_text: bool,
    /// The log tells how long it took.
    pub is_timed: bool,
    pub event: &'a Event,
}

impl<'a> Step<'a> {
    pub fn of(event: &'a Event, profile: &'a Profile, reader: &Reader) -> Step<'a> {
        let values = values(event, reader);
        let took_ns = event.server_ns().unwrap_or(0);
        let start_us = event.start_us.unwrap_or(0);
        Step {
            session: event.session,
            query: event.query,
            profile,
            start_us,
            end_us: start_us + (took_ns / 1000) as i64,
            took_ns,
            key: key(event.query, &values),
            values,
            failure: event.failure.as_ref().map(|failure| failure.class.as_str()),
            rows: event.rows,
            is_text: event.protocol == Protocol::Simple,
            is_timed: event.took_ns.is_some(),
            event,
        }
    }

    pub fn is(&self, role: Role) -> bool {
        self.profile.role == role
    }
}

fn values(event: &Event, reader: &Reader) -> Vec<Vec<u8>> {
    let pieces = event.each_piece();
    let mut values: Vec<Vec<u8>> = match event.skeleton {
        0 => pieces.iter().map(|piece| piece.to_vec()).collect(),
        number => {
            // A gap is a value's or a comment's: what a comment says makes no other statement.
            let skeleton = reader.skeleton(number).unwrap_or_default();
            let gaps = skeleton.iter().filter(|byte| **byte <= crate::trace::COMMENT);
            let of_value = gaps.zip(&pieces).filter(|(gap, _)| **gap == VALUE);
            of_value.map(|(_, piece)| piece.to_vec()).collect()
        }
    };
    let bound = event.bound().unwrap_or_default();
    values.extend(bound.into_iter().map(Option::unwrap_or_default));
    values
}

fn key(query: u32, values: &[Vec<u8>]) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&query.to_le_bytes());
    for value in values {
        hash.update(&(value.len() as u64).to_le_bytes());
        hash.update(value);
    }
    hash.digest()
}

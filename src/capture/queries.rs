//! From a statement's text to its query: each skeleton is parsed once.

use std::collections::HashMap;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::batch::{Batch, Sql};
use super::collapse::{collapsed, readable, without_comments};
use super::hashing::BuildHashed;
use super::tags;
use crate::sql::{Dialect, StatementKind};
use crate::trace::{COMMENT, Event, QueryDigest, Writer, joined, taken_apart};

/// Skeletons that are remembered.
const MOST_KNOWN: usize = 1 << 17;
/// Queries that are counted one by one; further ones share one line, which says so.
const MOST_QUERIES: usize = 100_000;
/// Longer texts are not parsed.
const LONGEST_PARSED: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub query: u32,
    pub skeleton: u32,
}

/// What planwise knows of a query beside its digest.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traits {
    pub ends_transaction: bool,
    /// Its literals may be passwords: they are not kept.
    pub is_secret: bool,
}

pub struct Queries {
    dialect: &'static dyn Dialect,
    known: HashMap<u128, Known, BuildHashed>,
    forms: HashMap<u128, u32, BuildHashed>,
    fingerprints: HashMap<String, u32>,
    /// As [`Writer`] numbers them.
    skeletons: Vec<Vec<u8>>,
    /// Whether each of them has comments.
    commented: Vec<bool>,
    pub digests: Vec<QueryDigest>,
    pub traits: Vec<Traits>,
}

impl Queries {
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Queries {
            dialect,
            known: HashMap::default(),
            forms: HashMap::default(),
            fingerprints: HashMap::new(),
            skeletons: vec![Vec::new()],
            commented: vec![false],
            digests: Vec::new(),
            traits: Vec::new(),
        }
    }

    /// The query of `sql`, whose text goes into `event`.
    pub fn place(&mut self, batch: &Batch, sql: &Sql, event: &mut Event, writer: &mut Writer) {
        let known = self.query_of(batch, sql, writer);
        event.query = known.query;
        let secret = self.traits.get(known.query as usize).is_some_and(|traits| traits.is_secret);
        if known.skeleton == 0 || sql.whole {
            return match secret {
                true => {
                    event.set_whole_text(self.digests[known.query as usize].normalised.as_bytes())
                }
                false => event.set_whole_text(batch.get(sql.text)),
            };
        }
        let gaps = batch.gaps(sql);
        if secret {
            return event.set_pieces(known.skeleton, gaps.iter().map(|_| &b"'***'"[..]));
        }
        event.set_pieces(known.skeleton, gaps.iter().map(|gap| batch.get(gap.span)));
    }

    pub fn query_of(&mut self, batch: &Batch, sql: &Sql, writer: &mut Writer) -> Known {
        if let Some(known) = self.known.get(&sql.hash) {
            return *known;
        }
        let text = batch.get(sql.text);
        let mut skeleton = Vec::with_capacity(text.len());
        let base = sql.text.start;
        let gaps = batch.gaps(sql).iter().map(|gap| {
            ((gap.span.start - base) as usize, (gap.span.end - base) as usize, gap.comment)
        });
        taken_apart(text, gaps, &mut skeleton);
        let query = self.query(text, &skeleton);
        let number = if sql.whole { 0 } else { self.skeleton(skeleton, writer) };
        let known = Known { query, skeleton: number };
        if self.known.len() < MOST_KNOWN {
            self.known.insert(sql.hash, known);
        }
        known
    }

    fn skeleton(&mut self, skeleton: Vec<u8>, writer: &mut Writer) -> u32 {
        let number = writer.skeleton(&skeleton);
        if number as usize == self.skeletons.len() {
            self.commented.push(skeleton.contains(&COMMENT));
            self.skeletons.push(skeleton);
        }
        number
    }

    fn query(&mut self, text: &[u8], skeleton: &[u8]) -> u32 {
        let form = collapsed(skeleton);
        let hash = xxh3_128(&form);
        if let Some(query) = self.forms.get(&hash) {
            return *query;
        }
        let query = self.new_form(text, &form);
        if self.forms.len() < MOST_KNOWN {
            self.forms.insert(hash, query);
        }
        query
    }

    fn new_form(&mut self, text: &[u8], form: &[u8]) -> u32 {
        let text = String::from_utf8_lossy(text);
        let parsed = match text.len() > LONGEST_PARSED {
            true => Err("it is longer than 1 MB".to_owned()),
            false => self.dialect.shape(&text).map_err(|error| error.to_string()),
        };
        let (fingerprint, normalised, kind, unparsed) = match parsed {
            Ok(shape) => {
                let normalised = without_comments(&shape.normalised, self.dialect.lexis());
                (shape.fingerprint, normalised, shape.kind, None)
            }
            Err(message) => {
                // Not the text of the message: it may quote what the statement holds.
                let fingerprint = format!("{:016x}", xxh3_64(form));
                (fingerprint, readable(form), guessed_kind(form), Some(message))
            }
        };
        let shared =
            self.digests.len() >= MOST_QUERIES && !self.fingerprints.contains_key(&fingerprint);
        let (fingerprint, normalised) = match shared {
            true => (OTHERS.to_owned(), format!("(all queries but the first {MOST_QUERIES})")),
            false => (fingerprint, normalised),
        };
        let digest = QueryDigest { unparsed, ..QueryDigest::new(fingerprint, normalised, kind) };
        self.with_digest(digest)
    }

    /// The number of the query that `digest` is of, added where it is new.
    pub fn with_digest(&mut self, mut digest: QueryDigest) -> u32 {
        if is_secret(&digest) {
            digest.normalised = super::redact::without_literals(&digest.normalised, self.dialect);
        }
        if let Some(query) = self.fingerprints.get(&digest.fingerprint) {
            return *query;
        }
        let query = self.digests.len() as u32;
        self.fingerprints.insert(digest.fingerprint.clone(), query);
        let word: String =
            digest.normalised.chars().take_while(char::is_ascii_alphabetic).collect();
        let word = word.to_ascii_uppercase();
        self.traits.push(Traits {
            ends_transaction: matches!(word.as_str(), "COMMIT" | "END" | "ROLLBACK" | "ABORT")
                && !digest.normalised.to_ascii_uppercase().contains(" TO "),
            is_secret: is_secret(&digest),
        });
        self.digests.push(digest);
        query
    }

    /// The text of an event.
    pub fn text(&self, event: &Event) -> Vec<u8> {
        let pieces = event.each_piece();
        match event.skeleton {
            0 => pieces.first().map(|text| text.to_vec()).unwrap_or_default(),
            number => self
                .skeletons
                .get(number as usize)
                .and_then(|skeleton| joined(skeleton, &pieces))
                .unwrap_or_default(),
        }
    }

    /// Tags of the comments in an event's text.
    pub fn tags(&self, event: &Event) -> Vec<(String, String)> {
        let comments = event
            .each_piece()
            .into_iter()
            .filter(|piece| piece.starts_with(b"/*") || piece.starts_with(b"--"));
        comments.flat_map(tags::tags).filter(|(key, _)| !tags::is_unique(key)).collect()
    }

    /// Whether events of this skeleton can hold comments at all.
    pub fn has_comments(&self, skeleton: u32) -> bool {
        self.commented.get(skeleton as usize).copied().unwrap_or(false)
    }
}

/// `ALTER USER … PASSWORD '…'`, `… IDENTIFIED BY '…'`, `CREATE SUBSCRIPTION … CONNECTION '…'`.
fn is_secret(digest: &QueryDigest) -> bool {
    let steers = matches!(digest.kind, StatementKind::Ddl | StatementKind::Utility)
        || digest.unparsed.is_some();
    let text = digest.normalised.to_ascii_uppercase();
    steers
        && ["PASSWORD", "IDENTIFIED", "CONNECTION", "OPTIONS", "SECRET"]
            .iter()
            .any(|word| text.contains(word))
}

/// Fingerprint of queries that are counted together.
const OTHERS: &str = "ffffffffffffffff";

fn guessed_kind(form: &[u8]) -> StatementKind {
    let word: Vec<u8> = form.iter().copied().take_while(u8::is_ascii_alphabetic).collect();
    match word.to_ascii_uppercase().as_slice() {
        b"SELECT" | b"WITH" | b"VALUES" | b"TABLE" | b"SHOW" => StatementKind::Read,
        b"INSERT" | b"UPDATE" | b"DELETE" | b"MERGE" | b"REPLACE" | b"COPY" => StatementKind::Write,
        b"CREATE" | b"ALTER" | b"DROP" | b"TRUNCATE" => StatementKind::Ddl,
        _ => StatementKind::Utility,
    }
}

//! Reading one side's rows for comparison: checksums of many parts in one scan, and rows in an order that the other
//! side can follow.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::{DatabaseShape, ForeignKeyShape, Form, ValueKind};
use crate::engine::{DbError, TableName};

/// Values of one row as text; `None` is NULL.
pub type TextRow = Vec<Option<String>>;

/// The token of each row first, then its columns.
pub type RowStream<'a> = BoxStream<'a, Result<TextRow, DbError>>;

#[derive(Debug, Clone, PartialEq)]
pub struct ReaderOptions {
    pub connect_timeout: Duration,
    /// Zero: none.
    pub statement_timeout: Duration,
    pub lock_timeout: Duration,
    /// How moments that the source keeps without a zone were read when they got one: a name of the time zone database.
    pub zone: Option<String>,
}

/// A column, and the form in which it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadColumn {
    pub name: String,
    pub kind: ValueKind,
    pub form: Form,
    pub nullable: bool,
    /// The server keeps texts as UTF-8: they need no conversion.
    pub utf8: bool,
    /// Values may be so long that only their digest is compared.
    pub long: bool,
}

/// Longer values, in bytes, go into checksums by their digest: no server has to build a text of many megabytes, which
/// some give up on and call NULL.
pub const LONG_IN_CHECKSUM: u32 = 4_096;
/// Longer values, in bytes, are fetched as their beginning, their length and their digest.
pub const LONG_IN_ROW: u32 = 16_384;
/// Stands in such a value between its length and its digest.
pub const DIGEST_MARK: &str = " bytes, sha256 ";

/// What is read of one table. Columns and key stand in the same order on both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    pub table: TableName,
    pub columns: Vec<ReadColumn>,
    /// Positions in `columns`. Empty: there is no key, and a row is known by all of its values.
    pub key: Vec<usize>,
    /// The key is one whole number on both sides, by which rows are told apart.
    pub numbered: bool,
    /// A condition of the user's, in this side's own words.
    pub filter: Option<String>,
    /// The same on both sides.
    pub hashing: Hashing,
    /// Rows of tables that inherit from it are left to those.
    pub only: bool,
}

/// How checksums of rows are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hashing {
    /// SHA-256 over the values in their forms: the same on every engine.
    Canonical,
    /// The family's own, by the name that [`DataReader::own_hashings`] gives it.
    Own(&'static str),
}

/// How rows are put into buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buckets {
    /// By the column at this position of `columns`, a whole number: `(value - from) / step`.
    Range { column: usize, from: i64, step: i64 },
    /// By the hash of the key, or of the row where there is none: this many, a power of 16.
    Hashed { count: u32 },
}

/// Which rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    All,
    /// Values of the column at this position, both ends included.
    Range {
        column: usize,
        from: i64,
        to: i64,
    },
    /// Rows that fall into these buckets.
    Buckets {
        how: Buckets,
        numbers: Vec<i64>,
    },
    /// Rows with these tokens.
    Tokens(Vec<String>),
}

/// What one scan says of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BucketSum {
    pub bucket: i64,
    pub rows: u64,
    /// Sum of the rows' hashes.
    pub sum: i128,
    /// Rows with values that the form does not write in full: the bucket's rows have to be fetched.
    pub doubtful: u64,
}

/// How busy a server is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pressure {
    /// Statements that run now, beside planwise's own.
    pub running: u32,
    /// How far its replicas, or itself as one, are behind; `None` where nothing tells.
    pub lag_s: Option<f64>,
}

/// Rows without the row they refer to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Orphans {
    pub count: u64,
    /// The first few values that are missing in the parent.
    pub examples: Vec<String>,
}

/// One read-only connection to one side.
#[async_trait]
pub trait DataReader: Send {
    /// The schema; `schemas` empty means the usual ones.
    async fn shape(&mut self, schemas: &[String]) -> Result<DatabaseShape, DbError>;

    /// Ways of hashing rows that only servers of this family know, the best first.
    fn own_hashings(&self) -> Vec<&'static str>;

    /// A view of the data that stays as it is until [`DataReader::close_view`]. `shared` is what another connection of
    /// this side returned. Returns what others can share, where the engine can.
    async fn open_view(&mut self, shared: Option<&str>) -> Result<Option<String>, DbError>;

    async fn close_view(&mut self) -> Result<(), DbError>;

    /// Least and greatest value of a whole-number column; `None` where there is no row.
    async fn bounds(
        &mut self,
        slice: &Slice,
        column: usize,
    ) -> Result<Option<(i128, i128)>, DbError>;

    async fn checksums(
        &mut self,
        slice: &Slice,
        part: &Part,
        buckets: Buckets,
    ) -> Result<Vec<BucketSum>, DbError>;

    /// Rows of `part` in the order of their tokens: the key itself where it is one whole number, in the order of
    /// numbers; otherwise a hash in hexadecimal digits, in the order of bytes.
    async fn rows<'a>(
        &'a mut self,
        slice: &'a Slice,
        part: &'a Part,
    ) -> Result<RowStream<'a>, DbError>;

    /// Differs from an earlier one when somebody may have written meanwhile.
    async fn write_mark(&mut self) -> Result<String, DbError>;

    /// Differs from an earlier one when something may have been committed meanwhile.
    async fn commit_mark(&mut self) -> Result<String, DbError> {
        self.write_mark().await
    }

    async fn pressure(&mut self) -> Result<Pressure, DbError>;

    /// Rows of `table` whose `key` points nowhere.
    async fn orphans(
        &mut self,
        table: &TableName,
        key: &ForeignKeyShape,
    ) -> Result<Orphans, DbError>;

    /// Large objects outside of tables: how many, and a digest of all. `None` where the engine has none.
    async fn large_objects(&mut self) -> Result<Option<(u64, String)>, DbError> {
        Ok(None)
    }

    /// How a name is written in this engine's statements.
    fn quoted(&self, name: &str) -> String;
}

impl Slice {
    /// Rows are told apart by one whole number.
    pub fn numbered_key(&self) -> Option<usize> {
        match self.key[..] {
            [only] if self.numbered => Some(only),
            _ => None,
        }
    }
}

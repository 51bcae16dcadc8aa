//! What one block of a log holds, as spans into its bytes: made on any core, put together in order.

/// Bytes `start..end` of a [`Batch`]. Positions beyond the block's own bytes are in `extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A statement's text, its skeleton's hash, and where its literals and comments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sql {
    pub text: Span,
    pub hash: u128,
    /// Range of [`Batch::gaps`].
    pub gaps: (u32, u32),
    /// It holds a byte that skeletons use for themselves: it is stored whole.
    pub whole: bool,
}

/// A literal or a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    pub span: Span,
    pub comment: bool,
}

/// What a duration is the duration of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// The log does not say: of what came before it.
    Unsaid,
    Statement,
    Parse,
    Bind,
    Execute,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Message {
    /// `name`: of a prepared statement. With an empty `sql` only the time is told.
    Duration {
        ns: u64,
        of: Timed,
        name: Span,
        sql: Sql,
    },
    /// A statement that begins; its duration may come later.
    Statement {
        name: Span,
        sql: Sql,
        extended: bool,
    },
    /// A plan, and the statement that it is of.
    Plan {
        ns: Option<u64>,
        sql: Sql,
        plan: Span,
    },
    TemporaryFile {
        bytes: u64,
    },
    LockWait {
        ns: u64,
        acquired: bool,
    },
    /// `user`, `database` and `application` stand in the entry.
    Connected,
    Disconnected,
    Deadlock,
    Failure,
    #[default]
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    #[default]
    Log,
    /// The statement failed, or the session with it.
    Error,
    /// Said about the entry before it, not an entry of its own.
    Detail,
    Context,
    Statement,
    Hint,
    /// Continues nothing that is looked at.
    Remark,
}

/// Figures of a slow log's entry.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Slow {
    pub lock_ns: u64,
    pub rows_examined: Option<u64>,
    pub temporary_tables: u64,
    pub temporary_bytes: u64,
    /// The start in microseconds, as `SET timestamp` tells it.
    pub start_us: Option<i64>,
    /// `time_us` is exact and says its zone.
    pub exact_end: bool,
    /// Lines of `EXPLAIN`.
    pub plan: Span,
}

/// One entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Entry {
    /// Microseconds since 1970.
    pub time_us: Option<i64>,
    /// The session's number in the log, or its process's.
    pub session: Span,
    pub user: Span,
    pub database: Span,
    pub application: Span,
    pub host: Span,
    /// Five letters and digits, where the log has them.
    pub code: Span,
    pub level: Level,
    pub message: Message,
    /// The message itself, for errors.
    pub text: Span,
    /// The statement that an error or a remark is about.
    pub statement: Sql,
    /// Range of [`Batch::values`]: what was bound, where it is told.
    pub values: Option<(u32, u32)>,
    pub rows: Option<u64>,
    /// What slow logs tell beside: its place in [`Batch::slow`], from 1.
    pub slow: u32,
    /// From 0, within the block.
    pub line: u32,
}

/// A part of a block that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reject {
    pub line: u32,
    pub reason: &'static str,
    pub begins: Span,
    pub count: u32,
}

#[derive(Debug, Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    pub extra: Vec<u8>,
    pub entries: Vec<Entry>,
    pub gaps: Vec<Gap>,
    pub values: Vec<Option<Span>>,
    pub rejects: Vec<Reject>,
    /// Of entries of slow logs.
    pub slow: Vec<Slow>,
    pub lines: u64,
}

impl Batch {
    pub fn get(&self, span: Span) -> &[u8] {
        let (start, end) = (span.start as usize, span.end as usize);
        match start >= self.bytes.len() && !span.is_empty() {
            true => self.extra.get(start - self.bytes.len()..end - self.bytes.len()),
            false => self.bytes.get(start..end),
        }
        .unwrap_or_default()
    }

    /// Keeps text that does not stand in the block as it is meant.
    pub fn keep(&mut self, text: &[u8]) -> Span {
        let start = self.bytes.len() + self.extra.len();
        self.extra.extend_from_slice(text);
        Span::new(start, start + text.len())
    }

    pub fn reject(&mut self, line: u64, reason: &'static str, begins: Span) {
        let line = line as u32;
        if let Some(last) = self.rejects.last_mut()
            && last.reason == reason
        {
            last.count += 1;
            return;
        }
        self.rejects.push(Reject { line, reason, begins, count: 1 });
    }

    /// Reads the literals of `text`; see [`super::scan`].
    pub fn sql(&mut self, text: Span, lexis: &crate::sql::Lexis, scratch: &mut Vec<u8>) -> Sql {
        let first = self.gaps.len() as u32;
        let mut gaps = std::mem::take(&mut self.gaps);
        let (hash, whole) =
            super::scan::scan(self.get(text), text.start, lexis, &mut gaps, scratch);
        self.gaps = gaps;
        Sql { text, hash, gaps: (first, self.gaps.len() as u32), whole }
    }

    /// What a slow log tells of `entry`; all zero where it is of another log.
    pub fn slow_of(&self, entry: &Entry) -> Slow {
        let place = (entry.slow as usize).checked_sub(1);
        place.and_then(|place| self.slow.get(place)).copied().unwrap_or_default()
    }

    /// Adds an entry of a slow log.
    pub fn push_slow(&mut self, mut entry: Entry, slow: Slow) {
        self.slow.push(slow);
        entry.slow = self.slow.len() as u32;
        self.entries.push(entry);
    }

    pub fn gaps(&self, sql: &Sql) -> &[Gap] {
        self.gaps.get(sql.gaps.0 as usize..sql.gaps.1 as usize).unwrap_or_default()
    }
}

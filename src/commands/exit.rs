//! How a command ends: its exit status, and the one table from errors to it.

use std::io;

use crate::capture::CaptureError;
use crate::cli::{InputError, NothingYet};
use crate::ddl::ScriptError;
use crate::engine::{DbError, DbErrorKind, LoadError};
use crate::history::HistoryError;
use crate::rule::Problems;
use crate::run::RecordError;
use crate::sample::SampleError;
use crate::sandbox::SandboxError;
use crate::snapshot::SnapshotError;
use crate::trace::TraceError;
use crate::workload::WorkloadError;

/// Exit status of the process. Stable: scripts depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Fine = 0,
    /// Findings or regressions, where the caller asked to fail on them.
    Found = 1,
    /// Wrong usage or input.
    Usage = 2,
    /// The database could not be reached, or failed.
    Database = 3,
    /// No verdict, where the caller asked for certainty.
    Inconclusive = 4,
    /// The machine planwise runs on stood in the way.
    Machine = 5,
    /// planwise itself is wrong. The status of a Rust program that panics, so that both are one.
    Defect = 101,
    Interrupted = 130,
}

impl Exit {
    /// Every status and what it means, for the help and the manual page.
    pub const MEANINGS: [(Exit, &'static str); 8] = [
        (Exit::Fine, "fine"),
        (Exit::Found, "findings or regressions where asked to fail on them"),
        (Exit::Usage, "wrong usage or input"),
        (Exit::Database, "the database could not be reached or failed"),
        (Exit::Inconclusive, "inconclusive where asked for certainty, or not done as asked"),
        (
            Exit::Machine,
            "this machine stood in the way: disk full, no right to a file, too many open files",
        ),
        (Exit::Defect, "a defect of planwise"),
        (Exit::Interrupted, "interrupted"),
    ];

    /// The statuses as one paragraph.
    pub fn help() -> String {
        let meaning = |(exit, meaning): &(Exit, &str)| format!("{} {meaning}", *exit as u8);
        let all: Vec<String> = Self::MEANINGS.iter().map(meaning).collect();
        format!("Exit status: {}. Results so far are always saved.", all.join(", "))
    }
}

/// What is at the bottom of an error, as far as the exit status asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Words, names or the content of files that the user gave.
    Input,
    /// Named by the user and not usable as what it was named for: missing, a folder, not text.
    WrongFile,
    /// Rights, space, memory, open files: the same command is right on another machine.
    Machine,
    /// Programs that planwise needs are not installed.
    NotInstalled,
    /// A connection string, or what it points to, cannot be used.
    BadTarget,
    /// The server refused, failed or went away.
    Server,
    /// Nobody reads any more (`| head`).
    ClosedPipe,
    /// Ended by the user before there was anything to show.
    Interrupted,
    /// Nothing of the above: ours.
    Unknown,
}

/// The one table.
pub const STATUS: [(Cause, Exit); 9] = [
    (Cause::Input, Exit::Usage),
    (Cause::WrongFile, Exit::Usage),
    (Cause::Machine, Exit::Machine),
    (Cause::NotInstalled, Exit::Machine),
    (Cause::BadTarget, Exit::Usage),
    (Cause::Server, Exit::Database),
    (Cause::ClosedPipe, Exit::Fine),
    (Cause::Interrupted, Exit::Interrupted),
    (Cause::Unknown, Exit::Defect),
];

/// The status for an error that reached `main`.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    let cause = cause(error);
    STATUS.iter().find(|(known, _)| *known == cause).map_or(Exit::Defect, |(_, exit)| *exit)
}

/// Somebody downstream has read enough: not an error.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    cause(error) == Cause::ClosedPipe
}

/// The first error of the chain that says what is at fault. A file that the system refused says more than
/// the error around it, which only tells what it was wanted for.
pub fn cause(error: &anyhow::Error) -> Cause {
    let io = error.chain().find_map(io_below);
    if let Some(io) = io {
        return of_io(io);
    }
    error.chain().find_map(known).unwrap_or(Cause::Unknown)
}

/// The system's own refusal, which several error types hold without naming it as their source.
fn io_below<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e io::Error> {
    if let Some(io) = error.downcast_ref::<io::Error>() {
        return Some(io);
    }
    if let Some(WorkloadError::Unreadable { cause, .. }) = error.downcast_ref() {
        return Some(cause);
    }
    if let Some(RecordError::Unreadable { cause, .. }) = error.downcast_ref() {
        return Some(cause);
    }
    if let Some(TraceError::Unreadable { cause, .. } | TraceError::Unwritable { cause, .. }) =
        error.downcast_ref()
    {
        return Some(cause);
    }
    if let Some(CaptureError::Unreadable { cause, .. }) = error.downcast_ref() {
        return Some(cause);
    }
    if let Some(ScriptError::Unreadable { cause, .. }) = error.downcast_ref() {
        return Some(cause);
    }
    match error.downcast_ref::<HistoryError>() {
        Some(HistoryError::Io { cause, .. }) => return Some(cause),
        Some(HistoryError::Record(RecordError::Unreadable { cause, .. })) => return Some(cause),
        _ => {}
    }
    match error.downcast_ref::<SandboxError>() {
        Some(
            SandboxError::Directory { cause, .. }
            | SandboxError::Program { cause, .. }
            | SandboxError::File { cause, .. },
        ) => Some(cause),
        _ => None,
    }
}

/// By the system's own number first: one kind stands for several of them.
fn of_io(error: &io::Error) -> Cause {
    use io::ErrorKind as Kind;
    match (error.kind(), number(error)) {
        // A limit on the size of files, as opposed to our own limit on what is read.
        (_, Some(nix::libc::EFBIG)) => Cause::Machine,
        (Kind::BrokenPipe, _) => Cause::ClosedPipe,
        (
            Kind::NotFound
            | Kind::IsADirectory
            | Kind::NotADirectory
            | Kind::AlreadyExists
            | Kind::InvalidFilename
            | Kind::InvalidInput
            | Kind::InvalidData
            | Kind::UnexpectedEof
            | Kind::FileTooLarge,
            _,
        ) => Cause::WrongFile,
        _ => Cause::Machine,
    }
}

/// The system's own number, which libraries that add the file's name wrap up.
fn number(error: &io::Error) -> Option<i32> {
    let wrapped = || {
        let inner = error.get_ref()?;
        let below = inner.downcast_ref::<io::Error>().or_else(|| inner.source()?.downcast_ref());
        number(below?)
    };
    error.raw_os_error().or_else(wrapped)
}

fn known(error: &(dyn std::error::Error + 'static)) -> Option<Cause> {
    if let Some(error) = error.downcast_ref::<DbError>() {
        return Some(of_database(error.kind));
    }
    if let Some(error) = error.downcast_ref::<SandboxError>() {
        return of_sandbox(error);
    }
    if let Some(error) = error.downcast_ref::<LoadError>() {
        return of_load(error);
    }
    if let Some(error) = error.downcast_ref::<SampleError>() {
        return of_sample(error);
    }
    let input = error.is::<InputError>()
        || error.is::<WorkloadError>()
        || error.is::<RecordError>()
        || error.is::<ScriptError>()
        || error.is::<HistoryError>()
        || error.is::<Problems>()
        || error.is::<SnapshotError>()
        || error.is::<TraceError>()
        || error.is::<CaptureError>();
    let interrupted = matches!(error.downcast_ref(), Some(CaptureError::Interrupted));
    match error.is::<NothingYet>() || interrupted {
        true => Some(Cause::Interrupted),
        false => input.then_some(Cause::Input),
    }
}

fn of_database(kind: DbErrorKind) -> Cause {
    match kind {
        DbErrorKind::BadTarget => Cause::BadTarget,
        DbErrorKind::Local => Cause::Machine,
        _ => Cause::Server,
    }
}

/// `None` where a source further down the chain tells.
fn of_sandbox(error: &SandboxError) -> Option<Cause> {
    match error {
        // In the folder that was named: another name may be right.
        SandboxError::NotInstalled { place, .. } if !place.is_empty() => Some(Cause::Input),
        SandboxError::NotInstalled { .. } | SandboxError::NoAccount(_) => Some(Cause::NotInstalled),
        SandboxError::Start { log, reason, .. } => {
            let full = |text: &str| text.contains("No space left") || text.contains("Disk quota");
            Some(if full(log) || full(reason) { Cause::Machine } else { Cause::Server })
        }
        // What the user's file holds, even where the server is the one who says so.
        SandboxError::Rows { source, .. } if source.ends_session() => Some(Cause::Server),
        SandboxError::Unreadable { .. } | SandboxError::Rows { .. } => Some(Cause::Input),
        // With the system's own refusal, which was looked at before.
        SandboxError::Directory { .. }
        | SandboxError::Program { .. }
        | SandboxError::OpenFiles { .. }
        | SandboxError::File { .. } => Some(Cause::Machine),
        SandboxError::Database(_) | SandboxError::Script(_) => None,
    }
}

fn of_load(error: &LoadError) -> Option<Cause> {
    match error {
        LoadError::Read { .. } => None,
        LoadError::Statement { error, .. } if error.ends_session() => Some(Cause::Server),
        LoadError::Statement { .. } | LoadError::Refused { .. } | LoadError::Unfinished { .. } => {
            Some(Cause::Input)
        }
    }
}

fn of_sample(error: &SampleError) -> Option<Cause> {
    match error {
        SampleError::Schema(_) => Some(Cause::Unknown),
        SampleError::Database { .. } => None,
        _ => Some(Cause::Input),
    }
}

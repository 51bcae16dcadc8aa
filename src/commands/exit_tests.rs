//! The table of exit statuses, walked: an error of every kind that can reach `main`.

use std::collections::HashSet;
use std::io;

use anyhow::{Context as _, anyhow};

use super::exit::{Cause, Exit, STATUS, cause, exit_of};
use crate::cli::{FileError, InputError, NothingYet};
use crate::ddl::ScriptError;
use crate::engine::{DbError, DbErrorKind, LoadError};
use crate::history::HistoryError;
use crate::rule::Problems;
use crate::run::RecordError;
use crate::sample::SampleError;
use crate::sandbox::SandboxError;
use crate::workload::WorkloadError;

fn os(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// What the system says of files, and whose fault it is.
const NUMBERS: [(i32, Cause); 15] = [
    (nix::libc::ENOENT, Cause::WrongFile),
    (nix::libc::ENOTDIR, Cause::WrongFile),
    (nix::libc::EISDIR, Cause::WrongFile),
    (nix::libc::EEXIST, Cause::WrongFile),
    (nix::libc::ENAMETOOLONG, Cause::WrongFile),
    (nix::libc::EPIPE, Cause::ClosedPipe),
    (nix::libc::EACCES, Cause::Machine),
    (nix::libc::EPERM, Cause::Machine),
    (nix::libc::ENOSPC, Cause::Machine),
    (nix::libc::EDQUOT, Cause::Machine),
    (nix::libc::EFBIG, Cause::Machine),
    (nix::libc::EROFS, Cause::Machine),
    (nix::libc::EMFILE, Cause::Machine),
    (nix::libc::ENFILE, Cause::Machine),
    (nix::libc::EIO, Cause::Machine),
];

/// As a library wraps it that adds the file's name.
fn tempfile_like(number: i32) -> io::Error {
    #[derive(Debug, thiserror::Error)]
    #[error("{0} at path \"x\"")]
    struct Named(#[source] io::Error);
    let error = os(number);
    io::Error::new(error.kind(), Named(error))
}

fn file_errors(number: i32) -> Vec<anyhow::Error> {
    let path = || std::path::PathBuf::from("x");
    let unreadable = || RecordError::Unreadable { path: path(), cause: os(number) };
    vec![
        os(number).into(),
        tempfile_like(number).into(),
        Err::<(), _>(os(number)).context("cannot write out/run.json").unwrap_err(),
        FileError { message: "--out x".to_owned(), cause: os(number) }.into(),
        WorkloadError::Unreadable { path: path(), cause: os(number) }.into(),
        ScriptError::Unreadable { path: path(), cause: os(number) }.into(),
        unreadable().into(),
        HistoryError::Io { verb: "read", path: path(), cause: os(number) }.into(),
        HistoryError::Record(unreadable()).into(),
        SandboxError::Directory { path: path(), cause: os(number) }.into(),
        SandboxError::Program { program: "cp".to_owned(), cause: os(number) }.into(),
        SandboxError::File { path: path(), cause: os(number) }.into(),
        SandboxError::Script(LoadError::Read { name: "x".to_owned(), line: 1, source: os(number) })
            .into(),
    ]
}

#[test]
fn the_system_is_believed_whatever_the_file_was_wanted_for() {
    for (number, expected) in NUMBERS {
        for error in file_errors(number) {
            assert_eq!(cause(&error), expected, "{number}: {error:#}");
        }
    }
}

fn errors() -> Vec<(anyhow::Error, Cause)> {
    let path = || std::path::PathBuf::from("x");
    let text = || "x".to_owned();
    let refused = |kind| DbError::new(kind, "no");
    let start = |log: &str| SandboxError::Start {
        engine: "x",
        reason: "it ended".to_owned(),
        log: log.to_owned(),
    };
    let statement =
        |error| LoadError::Statement { name: text(), line: 1, statement: text(), error };
    let not_installed = |place: &str| SandboxError::NotInstalled {
        engine: "x",
        place: place.to_owned(),
        package: "x",
    };
    let mut all: Vec<(anyhow::Error, Cause)> = vec![
        (InputError::new("x").into(), Cause::Input),
        (WorkloadError::Missing { path: path() }.into(), Cause::Input),
        (ScriptError::Empty { path: path() }.into(), Cause::Input),
        (RecordError::NoRecord { path: path(), message: text() }.into(), Cause::Input),
        (HistoryError::Missing { path: path() }.into(), Cause::Input),
        (Problems(Vec::new()).into(), Cause::Input),
        (SampleError::BadScale(1e9).into(), Cause::Input),
        (SampleError::Schema(text()).into(), Cause::Unknown),
        (not_installed("").into(), Cause::NotInstalled),
        (not_installed(" in /opt/x").into(), Cause::Input),
        (SandboxError::NoAccount("x").into(), Cause::NotInstalled),
        (SandboxError::OpenFiles { allowed: 12, needed: 128 }.into(), Cause::Machine),
        (start("FATAL: could not start").into(), Cause::Server),
        (start("could not write: No space left on device").into(), Cause::Machine),
        (SandboxError::Unreadable { path: path(), reason: text() }.into(), Cause::Input),
        (
            SandboxError::Rows { path: path(), source: refused(DbErrorKind::Statement) }.into(),
            Cause::Input,
        ),
        (SandboxError::Script(statement(refused(DbErrorKind::Syntax))).into(), Cause::Input),
        (
            SandboxError::Script(statement(refused(DbErrorKind::ConnectionLost))).into(),
            Cause::Server,
        ),
        (SandboxError::Database(refused(DbErrorKind::Statement)).into(), Cause::Server),
        (
            SampleError::Database { what: text(), error: refused(DbErrorKind::ConnectionLost) }
                .into(),
            Cause::Server,
        ),
        (NothingYet.into(), Cause::Interrupted),
        (anyhow!("what nobody has thought of"), Cause::Unknown),
    ];
    all.extend(KINDS.map(|(kind, cause)| (refused(kind).into(), cause)));
    all
}

const KINDS: [(DbErrorKind, Cause); 12] = [
    (DbErrorKind::Unreachable, Cause::Server),
    (DbErrorKind::Authentication, Cause::Server),
    (DbErrorKind::Permission, Cause::Server),
    (DbErrorKind::Syntax, Cause::Server),
    (DbErrorKind::Timeout, Cause::Server),
    (DbErrorKind::ReadOnly, Cause::Server),
    (DbErrorKind::Refused, Cause::Server),
    (DbErrorKind::ConnectionLost, Cause::Server),
    (DbErrorKind::Unsupported, Cause::Server),
    (DbErrorKind::Statement, Cause::Server),
    (DbErrorKind::BadTarget, Cause::BadTarget),
    (DbErrorKind::Local, Cause::Machine),
];

#[test]
fn every_row_of_the_table_is_met_and_gives_its_status() {
    let system = NUMBERS.iter().map(|(number, cause)| (anyhow::Error::from(os(*number)), *cause));
    let mut met = HashSet::new();
    for (error, expected) in errors().into_iter().chain(system) {
        let found = cause(&error);
        assert_eq!(found, expected, "{error:#}");
        let row = STATUS.iter().position(|(cause, _)| *cause == found).expect("a row");
        assert_eq!(exit_of(&error), STATUS[row].1, "{error:#}");
        assert_eq!(exit_of(&error.context("while doing something")), STATUS[row].1);
        met.insert(row);
    }
    assert_eq!(met.len(), STATUS.len(), "rows that nothing leads to: {STATUS:?}, met {met:?}");
}

#[test]
fn a_full_disk_a_defect_and_a_missing_right_are_no_wrong_usage() {
    let full: anyhow::Error = os(nix::libc::ENOSPC).into();
    let right: anyhow::Error = os(nix::libc::EACCES).into();
    assert_eq!((exit_of(&full), exit_of(&right)), (Exit::Machine, Exit::Machine));
    assert_eq!(exit_of(&anyhow!("?")), Exit::Defect);
}

#[test]
fn every_status_is_explained_once() {
    let help = Exit::help();
    let numbers: HashSet<u8> = Exit::MEANINGS.iter().map(|(exit, _)| *exit as u8).collect();
    assert_eq!(numbers.len(), Exit::MEANINGS.len());
    for (_, exit) in STATUS {
        assert!(numbers.contains(&(exit as u8)), "{exit:?} is not in the help");
        assert!(help.contains(&format!("{} ", exit as u8)), "{help}");
    }
}

//! Why a statement is not sent, and what the user can do about it.

use super::lookup::Function;
use crate::engine::{DbError, DbErrorKind};

/// By which way a statement comes to what it calls: `the view v`. `None`: directly.
pub type Way = Option<String>;

fn refused(way: &Way, what: &str) -> DbError {
    let way = way.as_ref().map_or(String::new(), |way| format!(", by way of {way}"));
    DbError::new(DbErrorKind::Refused, format!("not run: it {what}{way}"))
}

fn allowing(error: DbError, function: &str, otherwise: &str) -> DbError {
    error.with_remedy(format!(
        "{otherwise}; --allow-functions={function} runs it all the same, and what it changes then stays"
    ))
}

/// A function of the user's that may do anything.
pub fn volatile(function: &Function, way: &Way) -> DbError {
    let name = function.shown();
    let what = format!(
        "calls {name}, a volatile function of this database, and not all that such a function can do is undone"
    );
    allowing(refused(way, &what), &name, "declare it STABLE if it only reads")
}

/// A function known to reach out of the transaction.
pub fn reaches_out(function: &Function, way: &Way) -> DbError {
    let name = function.shown();
    let what = format!("calls {name}, whose effects a transaction does not hold");
    allowing(refused(way, &what), &name, "leave it out")
}

/// A function whose effects end with the transaction, where none is allowed.
pub fn writes(function: &Function, way: &Way) -> DbError {
    let name = function.shown();
    refused(way, &format!("calls {name}, which writes")).with_remedy(format!(
        "--writes rollback measures it and undoes it; --allow-functions={name} runs it as it is"
    ))
}

/// A function whose code does not tell what it calls.
pub fn opaque(function: &Function, why: &str, way: &Way) -> DbError {
    let name = function.shown();
    let what = format!("calls {name}, {why}, so what it calls cannot be seen");
    allowing(refused(way, &what), &name, "leave it out")
}

/// SQL that is put together while it runs.
pub fn dynamic(way: &Way) -> DbError {
    let what = "runs SQL text that it puts together itself, so what it calls cannot be seen";
    let error = refused(way, what);
    match way.as_ref().and_then(|way| way.strip_prefix("the function ")) {
        Some(function) => allowing(error, function, "leave it out"),
        None => error.with_remedy(
            "leave it out, or use --writes commit=DATABASE on a database you can lose",
        ),
    }
}

/// A statement that reaches out by its own grammar: `what` is a clause after "it".
pub fn outside(what: &str, way: &Way) -> DbError {
    let error = refused(way, &format!("{what}, which no transaction undoes"));
    match way.as_ref().and_then(|way| way.strip_prefix("the function ")) {
        Some(function) => allowing(error, function, "leave it out"),
        None => error.with_remedy("leave it out"),
    }
}

/// A foreign table that starts a program.
pub fn program(table: &str, way: &Way) -> DbError {
    refused(way, &format!("reads {table}, which starts a program on the server"))
        .with_remedy("leave it out")
}

/// The server reads strings in another way than planwise's parser.
pub fn backslashes() -> DbError {
    refused(&None, "holds a backslash, and this server's standard_conforming_strings is off, so planwise cannot tell where its strings end")
        .with_remedy("--set standard_conforming_strings=on, or write the string as E'…'")
}

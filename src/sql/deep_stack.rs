//! Running a recursive parser so that no text can take the process down.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::SyntaxError;

/// Address space only: pages are taken as the recursion reaches them.
const DEEP_STACK: usize = 512 << 20;

/// A shorter text cannot nest deeply enough to overflow an ordinary thread's stack.
const SHALLOW_BYTES: usize = 400;

/// Runs `work` on a stack that the deepest tree `text` can hold will not exhaust.
pub fn with_stack_for<T: Send>(
    text: &str,
    work: impl FnOnce() -> Result<T, SyntaxError> + Send,
) -> Result<T, SyntaxError> {
    let outcome = if text.len() <= SHALLOW_BYTES {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| ())
    } else {
        on_own_thread(work)
    };
    outcome.unwrap_or_else(|()| {
        Err(SyntaxError {
            message: "the statement is too complex for the parser".to_owned(),
            offset: None,
        })
    })
}

fn on_own_thread<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, ()> {
    thread::scope(|scope| {
        let spawned = thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(scope, work);
        spawned.map_err(|_| ())?.join().map_err(|_| ())
    })
}

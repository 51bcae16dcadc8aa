//! What a statement calls, looked up before it is sent: files, locks and tables without transactions are not held by
//! a transaction.

mod executable;
mod lookup;
mod screen;
mod words;

pub use screen::Screen;

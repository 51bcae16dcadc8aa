//! Moving a database: what there is, whether everything arrived, whether the application's queries answer alike, how
//! long it takes, and what to do in which order. Knows engines only by what they say of themselves.

pub mod application;
pub mod inventory;
pub mod parity;
pub mod rehearsal;
pub mod runbook;

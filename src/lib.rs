//! planwise finds out why a database is slow, proposes what to change, and proves that the change helped.
//!
//! Data flows one way: capture → workload → run → rule → advise → compare → tune → report → commands.
//! `docs/architecture.md` lists every room; each knows only those before it, and only [`engine`] and [`capture`]
//! know which database they talk to.

pub mod advise;
pub mod bounded;
pub mod capture;
pub mod cli;
pub mod commands;
pub mod compare;
pub mod ddl;
pub mod durable;
pub mod engine;
pub mod health;
pub mod history;
pub mod interrupt;
pub mod migrate;
pub mod plan;
pub mod printable;
pub mod progress;
pub mod report;
pub mod rule;
pub mod run;
pub mod sample;
pub mod sandbox;
pub mod server;
pub mod serving;
pub mod snapshot;
pub mod sql;
pub mod stats;
pub mod trace;
pub mod tune;
pub mod workload;

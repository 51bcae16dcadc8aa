//! Advice against a real server.

mod drops;
mod outputs;
mod probes;
mod shop;
mod sizes;

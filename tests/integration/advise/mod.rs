//! Advice against a real server.

mod command;
mod drops;
mod outputs;
mod probes;
mod rental;
mod shop;
mod sizes;

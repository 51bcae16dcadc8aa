//! Advice against a real server.

mod command;
mod compared;
mod drops;
mod experience;
mod limits;
mod loaded;
mod mysql;
mod outputs;
mod probes;
mod rental;
mod rights;
mod shop;
mod sizes;
mod turned;

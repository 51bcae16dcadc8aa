//! Advice against a real server.

mod command;
mod compared;
mod cost_feedback;
mod drops;
mod hashed;
mod layout;
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

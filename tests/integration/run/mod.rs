//! `planwise run` against a real server: what it records, and what it does when things go wrong.

mod bad_input;
mod ending;
pub mod shop;
mod silent;
mod writes;

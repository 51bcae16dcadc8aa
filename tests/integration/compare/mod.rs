//! `planwise compare`: the program on records and on real servers.

mod measured;
mod records;
mod refused;
mod shop;

//! The sample data: a chain of DVD-rental stores, the same to the last byte for the same seed and scale.
//!
//! A row is a function of (seed, table, row number) alone, so tables can be written in any order, in
//! pieces, by any number of threads, and one table can look into another (a payment into its rental).

mod calendar;
mod catalogue;
mod choice;
mod copy_text;
mod draw;
mod embedded;
mod error;
mod load;
mod people;
mod places;
mod promotions;
mod reader;
mod rentals;
mod schema;
mod score;
mod sizes;
mod spec;
mod table;
mod vocabulary;
mod web;
mod world;

pub use embedded::unpack;
pub use error::SampleError;
pub use load::{Loaded, load};
pub use reader::TableReader;
pub use score::{Score, score};
pub use sizes::Sizes;
pub use spec::SampleSpec;
pub use table::{Table, tables};
pub use world::World;

/// The one generator there is, as `[data]` names it.
pub const GENERATOR: &str = "rental";

#[cfg(test)]
mod tests;

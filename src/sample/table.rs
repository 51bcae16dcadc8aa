//! The tables, each with a function that writes one of its rows.

use super::copy_text::CopyText;
use super::sizes::{PROMOTIONS, SENDS, STAFF, STORES, VOUCHERS};
use super::world::World;
use super::{catalogue, people, places, promotions, rentals, web};

/// A table of the sample data.
#[derive(Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    /// How often `write` is called, with 0, 1, …
    pub steps: fn(&World) -> u64,
    /// Writes the rows of one step: one row for most tables, any number for some.
    pub write: fn(&World, u64, &mut CopyText),
}

/// All tables, those that take longest to load first.
pub fn tables() -> [Table; 19] {
    let table = |name, steps, write| Table { name, steps, write };
    [
        table("event_log", |w| w.sizes.events, web::event),
        table("rental", |w| w.sizes.rentals, rentals::rental),
        table("payment", |w| w.sizes.rentals, rentals::payments),
        table("review", |w| w.sizes.reviews, web::review),
        table("film", |w| w.sizes.films, catalogue::film),
        table("customer", |w| w.sizes.customers, people::customer),
        table("address", |w| w.sizes.customers + STORES, places::address),
        table("inventory", |w| w.sizes.copies, catalogue::copy),
        table("film_actor", |w| w.sizes.films, catalogue::cast),
        table("film_category", |w| w.sizes.films, catalogue::film_categories),
        table("promotion_send", |_| SENDS, promotions::send),
        table("actor", |w| w.sizes.actors, people::actor),
        table("voucher", |_| VOUCHERS, promotions::voucher),
        table("promotion", |_| PROMOTIONS, promotions::promotion),
        table("category", |w| w.words.categories.len() as u64, catalogue::category),
        table("country", |w| w.countries.len() as u64, places::country),
        table("city", |w| w.words.cities.len() as u64, places::city),
        table("store", |_| STORES, people::store),
        table("staff", |_| STAFF, people::staff),
    ]
}

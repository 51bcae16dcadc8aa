//! Stores, their staff, their customers; and actors.

use super::calendar::{DAY, Day, Moment};
use super::copy_text::CopyText;
use super::sizes::STORES;
use super::world::{World, stream};

pub fn store(world: &World, row: u64, out: &mut CopyText) {
    let city = &world.words.cities[row as usize];
    out.plain(row + 1).text(&format!("{} Rentals", city.name)).plain(row + 1);
    out.plain(Day(-4_000 + 170 * row as i64)).end_row();
}

/// Employees take turns: number `n` works in store `n` modulo the number of stores.
pub fn staff(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::STAFF, row);
    let first = draw.pick(&world.words.first_names);
    let last = draw.pick(&world.words.last_names);
    out.plain(row + 1).plain(row % STORES + 1).text(first).text(last);
    out.text(&format!("{}.{}@rentals.example", first.to_lowercase(), row + 1));
    out.plain(if draw.chance(900) { 't' } else { 'f' }).end_row();
}

pub fn actor(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::PEOPLE, row);
    let first = draw.pick(&world.words.first_names);
    out.plain(row + 1).text(first).text(draw.pick(&world.words.last_names)).end_row();
}

/// Index of the city; the address and the profile of a customer agree on it.
pub fn city_of_customer(world: &World, customer: u64) -> usize {
    world.city_of_customer.draw(&mut world.draw(stream::PEOPLE, customer | 1 << 40))
}

/// Mail providers, the common ones several times.
const PROVIDERS: [&str; 8] = [
    "mail.example",
    "mail.example",
    "mail.example",
    "post.example",
    "post.example",
    "inbox.example",
    "letters.example",
    "work.example",
];

pub fn customer(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::CUSTOMER, row);
    let city = &world.words.cities[city_of_customer(world, row)];
    let first = draw.pick(&world.words.first_names);
    let last = draw.pick(&world.words.last_names);
    // People type their address as they please.
    let name = if draw.chance(300) { first.to_owned() } else { first.to_lowercase() };
    let email = format!("{name}.{last}.{}@{}", row + 1, draw.pick(&PROVIDERS));
    let birthday = draw.chance(640).then(|| Day(-i64::from(draw.between(6_600, 31_000))));
    let consents = if draw.chance(350) { 't' } else { 'f' };
    let joined =
        Moment(-i64::from(draw.between(0, 1_800)) * DAY + i64::from(draw.between(0, 86_399)));
    out.plain(row + 1).plain(u64::from(draw.between(0, STORES as u32 - 1)) + 1);
    out.text(first).text(last).text(&email).plain(super::places::first_customer_address() + row);
    out.text(city.name).text(city.country).text(city.time_zone).text(city.language);
    out.plain_or_null(birthday).plain(consents).plain(joined).end_row();
}

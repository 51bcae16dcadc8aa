//! Countries, cities, addresses.

use super::copy_text::CopyText;
use super::people::city_of_customer;
use super::sizes::STORES;
use super::world::{World, stream};

pub fn country(world: &World, row: u64, out: &mut CopyText) {
    let country = &world.countries[row as usize];
    out.plain(row + 1).text(country.country).text(country.iso2).text(country.region).end_row();
}

pub fn city(world: &World, row: u64, out: &mut CopyText) {
    let city = &world.words.cities[row as usize];
    let country = world.countries.iter().position(|known| known.country == city.country);
    let country = country.expect("the countries are those of the cities");
    out.plain(row + 1).text(city.name).plain(country + 1).text(city.time_zone).end_row();
}

/// The stores' addresses first, then one for each customer.
pub fn address(world: &World, row: u64, out: &mut CopyText) {
    let city = match row.checked_sub(STORES) {
        Some(customer) => city_of_customer(world, customer),
        None => row as usize,
    };
    let mut draw = world.draw(stream::ADDRESS, row);
    let street = format!("{} {} Street", draw.between(1, 240), draw.pick(&world.words.streets));
    let phone =
        draw.chance(820).then(|| format!("+{}", draw.between(1_000_000_000, 4_000_000_000)));
    out.plain(row + 1).text(&street).plain(city + 1);
    out.plain(10_000 + city as u32 * 1_000 + draw.between(0, 999));
    out.text_or_null(phone.as_deref()).end_row();
}

/// Id of the first customer's address.
pub fn first_customer_address() -> u64 {
    STORES + 1
}

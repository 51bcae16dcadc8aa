//! What customers leave behind: reviews, and the events of shop, app and television box.

use super::calendar::{DAY, HOUR, NOW};
use super::copy_text::CopyText;
use super::draw::Draw;
use super::rentals::Rental;
use super::world::{World, stream};

/// A review of a film by somebody who rented it, some days later.
pub fn review(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::REVIEW, row);
    let rental = Rental::of(world, reviewed_rental(world, row));
    let wait = i64::from(draw.between(1, 6)) * DAY + i64::from(draw.between(0, 23)) * HOUR;
    let created_at = rental.rented_at.plus(wait).min(NOW);
    let stars = [1, 2, 3, 3, 4, 4, 4, 5, 5, 5][draw.between(0, 9) as usize];
    out.plain(row + 1).plain(world.film_of(rental.copy) + 1).plain(rental.customer + 1);
    out.plain(stars).text(&body(world, &mut draw));
    out.plain_or_null(draw.chance(450).then(|| helpful_votes(&mut draw)));
    out.plain(created_at).end_row();
}

/// Reviews are spread evenly over the rentals, in their order.
fn reviewed_rental(world: &World, row: u64) -> u64 {
    let (rentals, reviews) = (world.sizes.rentals, world.sizes.reviews);
    (row * rentals / reviews).min(rentals - 1)
}

fn body(world: &World, draw: &mut Draw) -> String {
    let words = &world.words;
    let mut parts = vec![draw.pick(&words.review_openings)];
    parts.extend((0..draw.between(2, 5)).map(|_| draw.pick(&words.review_middles)));
    if draw.chance(3) {
        parts.push(draw.pick(&words.review_rarities));
    }
    parts.push(draw.pick(&words.review_closings));
    parts.join(" ")
}

fn helpful_votes(draw: &mut Draw) -> u32 {
    let share = draw.unit();
    (share * share * share * 120.0) as u32
}

pub fn event(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::EVENT, row);
    let kind = match draw.between(0, 99) {
        0..55 => "view",
        55..73 => "search",
        73..85 => "trailer",
        85..93 => "basket",
        93..99 => "login",
        _ => "error",
    };
    let known = kind == "login" || draw.chance(800);
    let customer = known.then(|| world.customer(&mut draw) + 1);
    out.plain(row + 1).plain(world.event_clock.at(row, world.sizes.events));
    out.plain_or_null(customer).text(kind).text(&payload(world, kind, &mut draw)).end_row();
}

const DEVICES: [&str; 8] = ["web", "web", "web", "phone", "phone", "phone", "tablet", "tv"];

fn payload(world: &World, kind: &str, draw: &mut Draw) -> String {
    let (device, minor) = (draw.pick(&DEVICES), draw.between(0, 19));
    let mut text =
        format!("{{\"device\":\"{device}\",\"app\":\"4.{minor}\",\"ms\":{}", draw.between(3, 900));
    match kind {
        "search" => {
            let query = draw.pick(&world.words.title_things);
            text.push_str(&format!(",\"query\":\"{query}\",\"hits\":{}", draw.between(0, 60)));
        }
        "error" => text.push_str(&format!(",\"code\":{}", 500 + draw.between(0, 4))),
        "login" => {}
        _ => {
            let film = draw.between(1, world.sizes.films as u32);
            text.push_str(&format!(",\"film\":{film}"));
        }
    }
    if draw.chance(120) {
        let campaign = world.campaign.draw(draw);
        text.push_str(&format!(",\"campaign\":\"c{campaign:02}\""));
    }
    text.push('}');
    text
}

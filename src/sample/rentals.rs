//! Rentals and what was paid for them.

use super::calendar::{DAY, HOUR, Moment, NOW};
use super::catalogue::cents;
use super::copy_text::CopyText;
use super::draw::Draw;
use super::sizes::{STAFF, STORES};
use super::world::{World, stream};

/// One rental, by its number from 0.
pub struct Rental {
    pub rented_at: Moment,
    pub due_at: Moment,
    pub returned_at: Option<Moment>,
    pub status: Status,
    pub copy: u64,
    pub customer: u64,
    pub store: u64,
    pub staff: u64,
    channel: &'static str,
    note: Option<&'static str>,
    updated_at: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Returned,
    Open,
    Lost,
    Cancelled,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Returned => "returned",
            Status::Open => "open",
            Status::Lost => "lost",
            Status::Cancelled => "cancelled",
        }
    }
}

const CHANNELS: [&str; 6] = ["store", "store", "store", "web", "web", "app"];
const NOTES: [&str; 4] = [
    "case damaged",
    "customer called to extend the rental",
    "disc cleaned on return",
    "returned at another store",
];

impl Rental {
    pub fn of(world: &World, row: u64) -> Rental {
        let mut draw = world.draw(stream::RENTAL, row);
        let rented_at = world.rental_clock.at(row, world.sizes.rentals);
        let customer = world.customer(&mut draw);
        let copy = u64::from(draw.between(0, world.sizes.copies as u32 - 1));
        let film = &world.films[world.film_of(copy) as usize];
        let store = world.store_of(copy);
        let due_at = rented_at.plus(i64::from(film.rental_days) * DAY);
        let (status, returned_at) = fate(&mut draw, rented_at, due_at);
        let updated_at = returned_at.unwrap_or(rented_at).plus(i64::from(draw.between(0, 600)));
        Rental {
            rented_at,
            due_at,
            returned_at,
            status,
            copy,
            customer,
            store,
            staff: store + STORES * u64::from(draw.between(0, (STAFF / STORES) as u32 - 1)),
            channel: draw.pick(&CHANNELS),
            note: draw.chance(70).then(|| draw.pick(&NOTES)),
            updated_at: updated_at.min(NOW),
        }
    }
}

/// Most come back before they are due; some late; whatever would come back after the books end is still open.
fn fate(draw: &mut Draw, rented_at: Moment, due_at: Moment) -> (Status, Option<Moment>) {
    match draw.between(0, 999) {
        0..6 => return (Status::Lost, None),
        6..12 => return (Status::Cancelled, None),
        _ => {}
    }
    let returned_at = if draw.chance(100) {
        let late = if draw.chance(40) { draw.between(15, 60) } else { draw.between(0, 9) };
        due_at.plus(i64::from(late) * DAY + i64::from(draw.between(1, 20)) * HOUR)
    } else {
        let latest = due_at.0 - rented_at.0;
        rented_at.plus(HOUR + (draw.unit() * (latest - HOUR) as f64) as i64)
    };
    if returned_at >= NOW { (Status::Open, None) } else { (Status::Returned, Some(returned_at)) }
}

pub fn rental(world: &World, row: u64, out: &mut CopyText) {
    let rental = Rental::of(world, row);
    out.plain(row + 1).plain(rental.rented_at).plain(rental.copy + 1).plain(rental.customer + 1);
    out.plain(rental.staff + 1).plain(rental.store + 1).plain(rental.due_at);
    out.plain_or_null(rental.returned_at).text(rental.status.name()).text(rental.channel);
    out.text_or_null(rental.note).plain(rental.updated_at).end_row();
}

/// What one rental brought in: the price at once, and a fee when it came back late.
pub fn payments(world: &World, row: u64, out: &mut CopyText) {
    let rental = Rental::of(world, row);
    if rental.status == Status::Cancelled {
        return;
    }
    let mut draw = world.draw(stream::PAYMENT, row);
    let rate = world.films[world.film_of(rental.copy) as usize].rate;
    let paid_at = rental.rented_at.plus(i64::from(draw.between(0, 900)));
    payment(&mut draw, row, 0, &rental, rate, paid_at.min(NOW), out);
    let late = rental.returned_at.map_or(0, |back| (back.0 - rental.due_at.0).max(0) / DAY);
    if let (1.., Some(back)) = (late, rental.returned_at) {
        payment(&mut draw, row, 1, &rental, (late as u32 * 100).min(5_000), back, out);
    }
}

/// Multiplier and modulus without a common divisor: every payment has a receipt number of its own.
const RECEIPT_STEP: u64 = 2_654_435_761;
const RECEIPTS: u64 = 9_000_000_000;

fn payment(
    draw: &mut Draw,
    row: u64,
    second: u64,
    rental: &Rental,
    amount: u32,
    paid_at: Moment,
    out: &mut CopyText,
) {
    let id = 2 * row + second + 1;
    let reference =
        1_000_000_000 + (u128::from(id) * u128::from(RECEIPT_STEP) % u128::from(RECEIPTS)) as u64;
    let method = match draw.between(0, 99) {
        0..68 => "card",
        68..90 => "wallet",
        90..98 => "cash",
        _ => "voucher",
    };
    out.plain(id).plain(row + 1).plain(rental.customer + 1).plain(rental.staff + 1);
    out.plain(cents(amount)).text(method).plain(reference).plain(paid_at).end_row();
}

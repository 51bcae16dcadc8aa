//! Vouchers, promotions, and who was sent them.

use super::calendar::{DAY, DAYS, Day, HOUR, Moment};
use super::copy_text::CopyText;
use super::sizes::{PROMOTIONS, SENDS, VOUCHERS};
use super::world::{World, stream};

pub fn voucher(_: &World, row: u64, out: &mut CopyText) {
    let until = (!row.is_multiple_of(4)).then(|| Day(DAYS + row as i64 % 90));
    out.plain(row + 1).text(&code(row)).plain(5 + row % 6 * 5).plain_or_null(until).end_row();
}

fn code(voucher: u64) -> String {
    format!("V{:04}", voucher + 1)
}

/// One every four weeks.
pub fn promotion(world: &World, row: u64, out: &mut CopyText) {
    let season = ["Spring", "Summer", "Autumn", "Winter"][row as usize % 4];
    let thing = world.words.title_things[row as usize % world.words.title_things.len()];
    out.plain(row + 1).text(&format!("{season} {thing}")).plain(Day(start_day(row))).end_row();
}

fn start_day(promotion: u64) -> i64 {
    20 + 28 * promotion as i64
}

/// Sends are written promotion by promotion.
pub fn send(world: &World, row: u64, out: &mut CopyText) {
    let mut draw = world.draw(stream::SEND, row);
    let promotion = row * PROMOTIONS / SENDS;
    let customer = u64::from(draw.between(0, world.sizes.customers as u32 - 1));
    let sent_at = Moment(start_day(promotion) * DAY + 6 * HOUR + i64::from(draw.between(0, 3_599)));
    let opened_at = draw.chance(310).then(|| sent_at.plus(i64::from(draw.between(60, 400_000))));
    out.plain(row + 1).plain(promotion + 1).plain(customer + 1);
    out.text(&code(u64::from(draw.between(0, VOUCHERS as u32 - 1)))).plain(sent_at);
    out.plain_or_null(opened_at).end_row();
}

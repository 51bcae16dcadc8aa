//! Who is credited with what.

use std::time::Duration;

use planwise::advise::{Advice, Outcome, ShortfallKind};
use planwise::workload;

use super::prove::proven;
use super::shop::{Shop, reason};

const PARTS: &str = "
    CREATE TABLE part (id int PRIMARY KEY, bin int, lot int, note text);
    INSERT INTO part SELECT g, g % 4000, g % 4001, repeat('p', 60) FROM generate_series(1, 120000) g;
    VACUUM ANALYZE part";

async fn shop_with(queries: &str) -> Option<Shop> {
    let mut shop = Shop::open().await?;
    shop.command_as_owner(PARTS).await;
    let file = shop.script_file(queries);
    shop.workload = workload::read(&file, shop.target.engine.dialect()).unwrap();
    Some(shop)
}

/// The planner takes another index for each, and either one does for both.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_missed_when_it_is_left_out_is_dropped() {
    let queries = "-- name: bin\nSELECT note FROM part WHERE bin = 77;
         -- name: both\nSELECT note FROM part WHERE bin = 78 AND lot < 3000;";
    let Some(shop) = shop_with(queries).await else { return };
    let script = shop.script(
        "CREATE INDEX part_bin ON part (bin); CREATE INDEX part_bin_lot ON part (bin, lot);",
    );
    let (proven, _) = proven(&shop, Advice::default(), Some(&script)).await;
    let outcomes: Vec<&Outcome> = proven.advice.indexes.iter().map(|i| &i.outcome).collect();
    let kept = outcomes.iter().filter(|o| matches!(o, Outcome::Kept { ratio } if *ratio < 0.5));
    assert_eq!(kept.count(), 1, "{outcomes:?}");
    let dropped = outcomes.iter().find(|o| matches!(o, Outcome::Dropped { .. })).unwrap();
    let reason = reason(dropped);
    assert!(reason == "no plan uses it" || reason.starts_with("left out once more"), "{reason}");
    let comparison = proven.comparison.unwrap();
    assert!(comparison.queries.iter().all(|q| q.ratio.is_some_and(|ratio| ratio < 0.5)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_indexes_save_together_is_claimed_by_one_of_them() {
    let queries = "-- name: either\nSELECT note FROM part WHERE bin = 77 OR lot = 77;";
    let Some(shop) = shop_with(queries).await else { return };
    let script =
        shop.script("CREATE INDEX part_bin ON part (bin); CREATE INDEX part_lot ON part (lot);");
    let (proven, _) = proven(&shop, Advice::default(), Some(&script)).await;
    let [bin, lot] = proven.advice.indexes.as_slice() else { panic!("{:?}", proven.advice) };
    assert!(matches!(bin.outcome, Outcome::Kept { .. }), "{bin:?}");
    assert!(matches!(lot.outcome, Outcome::Kept { .. }), "{lot:?}");
    let claims = [bin, lot].map(|index| index.saved_ms);
    assert_eq!(claims.iter().flatten().count(), 1, "{claims:?}");
    let comparison = proven.comparison.unwrap();
    let before = comparison.query("either").unwrap().before.as_ref().unwrap();
    let most = before.latency.max_ms;
    assert!(claims.iter().flatten().all(|saved| saved.high <= most), "{claims:?} of {most}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_there_was_no_time_for_is_said_to_be_unproven() {
    let Some(mut shop) = Shop::open().await else { return };
    let script = shop.script("CREATE INDEX orders_customer ON orders (customer)");
    shop.options.time = Some(Duration::from_millis(1));
    let (proven, _) = proven(&shop, Advice::default(), Some(&script)).await;
    assert!(
        proven.advice.indexes.iter().all(|index| !matches!(index.outcome, Outcome::Kept { .. }))
    );
    let [shortfall] = proven.advice.shortfalls.as_slice() else { panic!("{:?}", proven.advice) };
    assert_eq!(shortfall.kind, ShortfallKind::NotProven);
    assert!(shortfall.message.contains("--time"), "{}", shortfall.message);
}

/// What was measured once is not measured again.
#[tokio::test(flavor = "multi_thread")]
async fn a_tuning_goes_on_where_another_ended() {
    let Some(mut shop) = Shop::open().await else { return };
    let script = shop.script("CREATE INDEX orders_customer ON orders (customer)");
    let (first, url) = proven(&shop, Advice::default(), Some(&script)).await;
    super::prove::drop_database(&shop, &url).await;
    shop.options.known = first.evidence.clone();
    let (second, _) = proven(&shop, Advice::default(), Some(&script)).await;
    let of = |proven: &planwise::tune::Proven| {
        let comparison = proven.comparison.as_ref().unwrap();
        comparison.query("of-customer").unwrap().before.clone()
    };
    let [a, b] = [&first, &second].map(of);
    assert_eq!(a.unwrap().block_levels_ms, b.unwrap().block_levels_ms);
    assert!(matches!(second.advice.indexes[0].outcome, Outcome::Kept { .. }));
}

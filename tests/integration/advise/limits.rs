//! One set for the whole workload, within what the user allows.

use std::time::Duration;

use planwise::advise::{Advice, Limits, Named, SizeModel};

use super::shop::{Asked, Shop};

const WORKLOAD: &str = "\
    -- name: by-customer\n-- weight: 10\nSELECT * FROM orders WHERE customer_id = 4711;\n\
    -- name: newest-of-customer\nSELECT * FROM orders WHERE customer_id = 7 ORDER BY placed_at DESC LIMIT 1;\n\
    -- name: hostile\nSELECT \"Order\" FROM \"select; --\" WHERE \"a\"\"b\" = 4711;\n\
    -- name: placed\nSELECT count(*) FROM orders WHERE placed_at > '2024-06-01' AND placed_at < '2024-06-03';\n\
    -- name: product\nSELECT price FROM product WHERE name = 'product 4711';\n";

const PLENTY: u64 = 1 << 30;

fn limits() -> Limits {
    Limits { budget: Some(PLENTY), ..Limits::default() }
}

async fn advised(shop: &Shop, limits: Limits) -> Advice {
    let workload = shop.workload(WORKLOAD);
    shop.advise_within(&workload, Asked::Target, limits).await
}

fn share_left(advice: &Advice) -> f64 {
    advice.workload_cost_after.unwrap() / advice.workload_cost_before.unwrap()
}

fn ddl(advice: &Advice) -> Vec<&str> {
    advice.indexes.iter().map(|index| index.ddl.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_hold_and_more_money_never_buys_less() {
    let Some(shop) = Shop::open().await else { return };
    let mut left = 1.0 + 1e-9;
    for budget in [64 << 10, 4 << 20, 16 << 20, PLENTY] {
        for size_model in [SizeModel::Modelled, SizeModel::Hypothetical] {
            let advice =
                advised(&shop, Limits { budget: Some(budget), size_model, ..limits() }).await;
            let selection = advice.selection.as_ref().unwrap();
            assert!(selection.size_bytes <= budget, "{selection:?}");
            let sizes = advice.indexes.iter().map(|index| match size_model {
                SizeModel::Modelled => index.size_bytes.unwrap(),
                SizeModel::Hypothetical => index.hypothetical_bytes.unwrap(),
            });
            assert_eq!(sizes.sum::<u64>(), selection.size_bytes);
            let after = advice.workload_cost_after.unwrap();
            let bound = selection.lower_bound.unwrap();
            assert!(bound <= after * 1.000_001 && bound > 0.0, "{bound} {after}");
            if size_model == SizeModel::Modelled {
                assert!(share_left(&advice) <= left, "{budget}: {}", share_left(&advice));
                left = share_left(&advice) + 1e-9;
            }
        }
    }
    assert!(left < 0.1, "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_workload_gets_the_same_set() {
    let Some(shop) = Shop::open().await else { return };
    let (first, second) = (advised(&shop, limits()).await, advised(&shop, limits()).await);
    assert_eq!(ddl(&first), ddl(&second));
    assert_eq!(first.selection, second.selection);
    assert!(!first.indexes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_indexes_and_their_upkeep_are_limited() {
    let Some(shop) = Shop::open().await else { return };
    let one = advised(&shop, Limits { most_indexes: Some(1), ..Limits::default() }).await;
    assert_eq!(one.indexes.len(), 1);
    assert_eq!(one.indexes[0].columns[0], "customer_id", "the weightiest query comes first");
    let per_table = advised(&shop, Limits { most_per_table: Some(1), ..limits() }).await;
    assert_eq!(per_table.indexes.iter().filter(|index| index.table == "orders").count(), 1);
    let cheap = advised(&shop, Limits { write_overhead: Some(0.0), ..limits() }).await;
    assert!(cheap.indexes.is_empty(), "every index makes writing dearer: {:?}", ddl(&cheap));
    let worthy = advised(&shop, Limits { least_gain: Some(0.4), ..Limits::default() }).await;
    assert!((1..=2).contains(&worthy.indexes.len()), "{:?}", ddl(&worthy));
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_leave_room_change_nothing() {
    let Some(shop) = Shop::open().await else { return };
    let unlimited = advised(&shop, Limits::default()).await;
    let roomy = Limits { most_indexes: Some(100), most_per_table: Some(50), ..Limits::default() };
    let roomy = advised(&shop, roomy).await;
    assert_eq!(ddl(&unlimited), ddl(&roomy));
    assert_eq!(unlimited.workload_cost_after, roomy.workload_cost_after);
    assert!(roomy.selection.is_some() && !roomy.phases.is_empty());
    // With space granted it may be spent, never to a loss.
    let granted = advised(&shop, limits()).await;
    assert!(share_left(&granted) <= share_left(&unlimited) * 1.000_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_index_says_what_would_be_missed_without_it_and_the_most_missed_comes_first() {
    let Some(shop) = Shop::open().await else { return };
    let advice = advised(&shop, Limits::default()).await;
    let absences: Vec<f64> = advice.indexes.iter().filter_map(|i| i.absence_cost).collect();
    assert_eq!(absences.len(), advice.indexes.len());
    assert!(absences.iter().all(|cost| *cost > 0.0) && absences.is_sorted_by(|a, b| a >= b));
    let saved = advice.workload_cost_before.unwrap() - advice.workload_cost_after.unwrap();
    assert!(absences[0] <= saved * 1.000_001, "{absences:?} of {saved}");
    let without = Limits {
        forbidden: vec![Named::Index(advice.indexes[0].name.clone())],
        ..Limits::default()
    };
    let without = advised(&shop, without).await;
    let rise = without.workload_cost_after.unwrap() - advice.workload_cost_after.unwrap();
    assert!(rise > 0.0 && rise <= absences[0] * 1.000_001, "another may stand in: {rise}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_users_own_wishes_count() {
    let Some(shop) = Shop::open().await else { return };
    let forbidden = vec![Named::parse("orders(customer_id)").unwrap()];
    for base in [limits(), Limits::default()] {
        let without = advised(&shop, Limits { forbidden: forbidden.clone(), ..base }).await;
        assert!(without.indexes.iter().all(|index| index.columns[0] != "customer_id"));
        assert!(!without.indexes.is_empty());
    }
    let pinned = vec![
        Named::parse("orders(placed_at, customer_id)").unwrap(),
        Named::parse("orders(no_such_column)").unwrap(),
    ];
    let with = advised(&shop, Limits { pinned, ..limits() }).await;
    assert!(with.indexes.iter().any(|index| index.columns == ["placed_at", "customer_id"]));
    assert!(with.notes.iter().any(|note| note.contains("no_such_column")), "{:?}", with.notes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_without_time_keeps_the_limits_and_says_so() {
    let Some(shop) = Shop::open().await else { return };
    let budget = 4 << 20;
    let hurried = Limits { budget: Some(budget), search_time: Duration::ZERO, ..limits() };
    let advice = advised(&shop, hurried).await;
    let selection = advice.selection.as_ref().unwrap();
    assert!(selection.cut_short && selection.size_bytes <= budget, "{selection:?}");
    assert!(share_left(&advice) <= 1.0);
    assert!(advice.notes.iter().any(|note| note.contains("--search-time")), "{:?}", advice.notes);
}

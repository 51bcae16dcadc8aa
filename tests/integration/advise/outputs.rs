//! What leaves advice: statements that run, nothing left behind, the same twice.

use planwise::advise::Advice;
use planwise::interrupt::Interrupt;
use planwise::rule::GainClass;

use super::shop::{Asked, Shop};

const WORKLOAD: &str = "\
    -- name: hostile\nSELECT \"Order\" FROM \"select; --\" WHERE \"a\"\"b\" = 4711;\n\
    -- name: by-customer\nSELECT * FROM orders WHERE customer_id = 4711;\n\
    -- name: newest-of-customer\nSELECT * FROM orders WHERE customer_id = 7 ORDER BY placed_at DESC LIMIT 1;\n\
    -- name: contains\nSELECT id FROM product WHERE attributes @> '{\"maker\": \"m77\"}';\n\
    -- name: infix\nSELECT id FROM product WHERE name LIKE '%4f1b2%';\n";

/// Everything but the time it took.
fn comparable(advice: &Advice) -> String {
    let mut advice = advice.clone();
    advice.search_seconds = 0.0;
    advice.phases.iter_mut().for_each(|phase| phase.seconds = 0.0);
    advice.indexes.iter_mut().for_each(|index| index.build_seconds = None);
    serde_json::to_string(&advice).unwrap()
}

async fn index_names(shop: &Shop) -> Vec<Option<String>> {
    shop.values("SELECT indexrelid::regclass::text FROM pg_index ORDER BY 1").await
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_run_as_they_are_and_nothing_is_left_behind() {
    let Some(shop) = Shop::open().await else { return };
    let before = index_names(&shop).await;
    let workload = shop.workload(WORKLOAD);
    let advice = shop.advise(&workload, Asked::Copy).await;
    assert_eq!(before, index_names(&shop).await, "trial indexes are taken away");
    assert_eq!(comparable(&advice), comparable(&shop.advise(&workload, Asked::Copy).await));
    // One index serves both queries by customer, the longer of the two.
    let shared = advice.indexes.iter().find(|index| index.table == "orders").unwrap();
    assert_eq!(shared.columns, ["customer_id", "placed_at"]);
    assert_eq!(shared.queries.len(), 2, "{shared:?}");
    assert_eq!(advice.indexes.iter().filter(|index| index.table == "orders").count(), 1);
    assert!(advice.workload_cost_after.unwrap() < advice.workload_cost_before.unwrap() / 10.0);
    let inverted = advice.indexes.iter().find(|index| index.columns == ["attributes"]).unwrap();
    assert!(inverted.size_bytes.unwrap() > 8192 && inverted.build_seconds.is_some());

    for index in &advice.indexes {
        for statement in index.requires.iter().chain([&index.ddl]) {
            shop.command(statement).await;
        }
    }
    assert_eq!(index_names(&shop).await.len(), before.len() + advice.indexes.len());
    for index in &advice.indexes {
        shop.command(&index.undo).await;
    }
    assert_eq!(before, index_names(&shop).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_copy_only_certain_ones_are_proposed_unpriced() {
    let Some(shop) = Shop::open().await else { return };
    let workload = shop.workload(WORKLOAD);
    let advice = shop.advise(&workload, Asked::Target).await;
    let inverted = advice.indexes.iter().find(|index| index.columns == ["attributes"]).unwrap();
    assert_eq!(inverted.class, GainClass::Structural);
    assert!(inverted.costs.is_empty() && inverted.why.contains("Not priced"));
    let ordered = advice.indexes.iter().find(|index| index.table == "orders").unwrap();
    assert_eq!(ordered.class, GainClass::Modelled);

    let alone = shop.advise(&workload, Asked::Nobody).await;
    assert!(alone.notes.iter().any(|note| note.contains("not priced")), "{:?}", alone.notes);
    assert!(alone.indexes.iter().all(|index| index.class == GainClass::Structural));
    assert!(alone.indexes.iter().any(|index| index.table == "select; --"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_the_search_and_leaves_nothing() {
    let Some(shop) = Shop::open().await else { return };
    let before = index_names(&shop).await;
    let interrupt = Interrupt::new();
    interrupt.set();
    let advice = shop.advise_until(&shop.workload(WORKLOAD), Asked::Copy, interrupt).await;
    assert!(advice.notes.iter().any(|note| note.starts_with("Interrupted")));
    assert_eq!(before, index_names(&shop).await);
}

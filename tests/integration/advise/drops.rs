//! Indexes that may go, and those that must not.

use planwise::workload::Workload;

use super::shop::{Asked, Shop};

const WORKLOAD: &str = "-- name: by-status\nSELECT id FROM orders WHERE status = 'failed' LIMIT 5;\n\
    -- name: by-city\nSELECT id FROM customer WHERE city = 'city 7' AND country = 'DE';\n";

const INDEXES: &[&str] = &[
    "CREATE INDEX twin_a ON orders (status)",
    "CREATE INDEX twin_b ON orders (status)",
    "CREATE INDEX short ON customer (city)",
    "CREATE INDEX long ON customer (city, country)",
    "CREATE INDEX idle ON event (kind)",
    "CREATE UNIQUE INDEX only_one ON product (name)",
    "CREATE UNIQUE INDEX sku_twin ON product (sku)",
    "CREATE UNIQUE INDEX some_skus ON product (sku) WHERE price > 5",
    "CREATE UNIQUE INDEX sku_and_more ON product (sku, name)",
    "CREATE INDEX other_direction ON product (name DESC, price)",
    "CREATE INDEX other_class ON product (name text_pattern_ops)",
    "CREATE INDEX of_some ON customer (city) WHERE active",
    "CREATE INDEX \"drop; me\" ON \"select; --\" (\"Order\", id)",
    "CREATE INDEX checks_category ON product (category_id)",
];

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_prefixes_and_idle_ones_go_and_nothing_else() {
    let Some(shop) = Shop::open().await else { return };
    for ddl in INDEXES {
        shop.command(ddl).await;
    }
    let workload = Workload { complete: true, ..shop.workload(WORKLOAD) };
    let advice = shop.advise(&workload, Asked::Target).await;
    let named = |name: &str| advice.drops.iter().find(|drop| drop.index == name);
    let twins = [named("twin_a"), named("twin_b")].iter().flatten().count();
    assert_eq!(twins, 1, "exactly one of two equal ones goes: {:?}", advice.drops);
    assert!(named("short").unwrap().why.contains("the beginning of long"));
    assert!(named("idle").unwrap().why.contains("declared to be complete"));
    let hostile = named("drop; me").unwrap();
    assert_eq!(hostile.ddl, "DROP INDEX CONCURRENTLY IF EXISTS public.\"drop; me\";");
    assert!(named("sku_twin").unwrap().why.contains("the same as product_sku_key"));
    for kept in [
        "only_one",
        "some_skus",
        "sku_and_more",
        "long",
        "checks_category",
        "orders_pkey",
        "product_sku_key",
    ] {
        assert!(named(kept).is_none(), "{kept} must stay: {:?}", named(kept));
    }
    for drop in &advice.drops {
        shop.command(&drop.ddl).await;
        shop.command(&drop.undo).await;
    }
}

/// A database that was just loaded has seen nobody but us: that nothing used an index says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_evidence_only_what_another_index_does_goes() {
    let Some(shop) = Shop::open().await else { return };
    for ddl in INDEXES {
        shop.command(ddl).await;
    }
    let advice = shop.advise(&shop.workload(WORKLOAD), Asked::Target).await;
    let mut dropped: Vec<&str> = advice.drops.iter().map(|drop| drop.index.as_str()).collect();
    dropped.retain(|name| !name.starts_with("twin_"));
    dropped.sort();
    assert_eq!(dropped, ["short", "sku_twin"], "{:?}", advice.drops);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_index_is_named_and_dropped() {
    let Some(shop) = Shop::open().await else { return };
    shop.command("CREATE INDEX broken ON orders (customer_id)").await;
    shop.command("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken'::regclass")
        .await;
    let workload = shop.workload("-- name: q\nSELECT * FROM orders WHERE customer_id = 5;\n");
    let advice = shop.advise(&workload, Asked::Target).await;
    assert!(advice.indexes.is_empty(), "it exists already: {:?}", advice.indexes);
    assert!(advice.notes.iter().any(|note| note.contains("broken")), "{:?}", advice.notes);
    assert!(advice.drops.iter().any(|drop| drop.index == "broken" && drop.why.contains("invalid")));
}

//! Conditions between columns of the same row: an index of those rows alone.

use std::collections::BTreeSet;

use planwise::advise::{Advice, Limits, SizeModel};

use super::shop::{Asked, Shop};

const SHIPMENTS: &str = "
    CREATE TABLE shipment (
        id int PRIMARY KEY, order_id int NOT NULL, carrier text NOT NULL, sent date NOT NULL,
        \"Promised\" date NOT NULL, delivered date NOT NULL, seen timestamptz NOT NULL, note text NOT NULL);
    INSERT INTO shipment
    SELECT i, (i::bigint * 7907 % 300000 + 1)::int, 'carrier ' || i % 7, date '2024-01-01' + i % 365,
           date '2024-01-04' + i % 365, date '2024-01-01' + i % 365 + CASE WHEN i % 20 = 0 THEN 9 ELSE 2 END,
           timestamptz '2024-01-01 00:00+00' + i % 365 * interval '1 day', repeat('parcel ' || i || ' ', 8)
    FROM generate_series(1, 200000) i;
    VACUUM ANALYZE shipment";

const LATE: &str = "\
    -- name: late\nSELECT count(*), max(o.total) FROM orders o, shipment s WHERE o.id = s.order_id \
        AND s.\"Promised\" < s.delivered AND s.carrier IN ('carrier 1', 'carrier 5') \
        AND s.delivered >= '2024-03-01' AND s.delivered < '2024-05-01';\n\
    -- name: later\nSELECT count(*), max(o.total) FROM orders o JOIN shipment s ON o.id = s.order_id \
        WHERE s.delivered > s.\"Promised\" AND s.carrier IN ('carrier 2') \
        AND s.delivered >= '2024-05-01' AND s.delivered < '2024-07-01';\n";

async fn shop() -> Option<Shop> {
    let shop = Shop::open().await?;
    for statement in SHIPMENTS.split(';') {
        shop.command(statement).await;
    }
    Some(shop)
}

async fn advised(shop: &Shop, queries: &str, budget: u64) -> Advice {
    let limits =
        Limits { budget: Some(budget), size_model: SizeModel::Modelled, ..Limits::default() };
    shop.advise_within(&shop.workload(queries), Asked::Target, limits).await
}

/// The planner's cost of the workload once the advice has really been followed.
async fn cost_with(shop: &Shop, queries: &str, advice: &Advice) -> f64 {
    for index in &advice.indexes {
        shop.command(&index.ddl).await;
    }
    let run = shop.run(&shop.workload(queries)).await;
    let plans = run.queries.iter().flat_map(|query| &query.plans);
    plans.map(|record| record.plan.root.total_cost.unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_the_rows_that_meet_it_serves_every_spelling() {
    let Some(shop) = shop().await else { return };
    let advice = advised(&shop, LATE, 4 << 20).await;
    let [index] = advice.indexes.as_slice() else { panic!("{:?}", advice.indexes) };
    assert_eq!(index.predicate.as_deref(), Some("(\"Promised\" < delivered)"));
    let served: BTreeSet<&str> = index.queries.iter().map(String::as_str).collect();
    assert_eq!(served, BTreeSet::from(["late", "later"]));
    assert!(!index.include.iter().chain(&index.columns).any(|column| column == "Promised"));

    let promised = advice.workload_cost_after.unwrap();
    assert!(promised < 0.8 * advice.workload_cost_before.unwrap(), "{promised}");
    let real = cost_with(&shop, LATE, &advice).await;
    // What stands in for it while nothing is built is larger, and may be read in parallel.
    assert!(real <= promised * 1.25, "promised {promised}, {real} once it was built");
    let run = shop.run(&shop.workload(LATE)).await;
    for query in &run.queries {
        let nodes = query.plans[0].plan.walk();
        let used = nodes.iter().find(|(node, _)| node.index.as_deref() == Some(&index.name));
        assert_eq!(used.map(|(node, _)| node.label.as_str()), Some("Index Only Scan"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_promised_nothing_where_the_table_is_also_read_without_the_condition() {
    let Some(shop) = shop().await else { return };
    let twice = "-- name: twice\nSELECT count(*) FROM shipment a, shipment b WHERE a.order_id = b.order_id \
        AND a.\"Promised\" < a.delivered AND a.carrier = 'carrier 3' AND a.delivered = '2024-03-01';\n";
    let advice = advised(&shop, twice, 1 << 30).await;
    let promised = advice.workload_cost_after.unwrap();
    let real = cost_with(&shop, twice, &advice).await;
    assert!(real <= promised * 1.5, "promised {promised}, {real} once it was built");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_whose_comparison_no_index_may_depend_on_are_left_alone() {
    let Some(shop) = shop().await else { return };
    let queries = LATE.replace("s.\"Promised\"", "s.seen");
    let advice = advised(&shop, &queries, 4 << 20).await;
    assert!(advice.indexes.iter().all(|index| index.predicate.is_none()), "{:?}", advice.indexes);
}

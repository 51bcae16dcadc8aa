//! Partial and expression indexes of tables that stand anywhere in a FROM, asked of a planner that only believes in
//! those of the first one.

use planwise::advise::Advice;

use super::shop::{Asked, Shop};

const EXPRESSION: &str = "SELECT o.total, c.city FROM customer c JOIN orders o ON c.id = o.customer_id \
                          WHERE lower(o.tracking) = 'tc4ca'";
const PARTIAL: &str = "SELECT c.email, j.total FROM customer c LEFT JOIN flag ON name = city, orders j \
                       WHERE c.id = j.customer_id AND j.status = 'failed' AND j.total > 995";
/// Both at once: a planner believes in one at a time.
const BOTH: &str = "SELECT o.total FROM customer c JOIN orders o ON c.id = o.customer_id \
                    WHERE lower(o.tracking) = 'tc4ca' AND lower(c.email) = 'user7@example7.org'";

async fn advised(shop: &Shop, query: &str) -> Advice {
    shop.advise(&shop.workload(&format!("-- name: q\n{query};\n")), Asked::Target).await
}

/// The planner's cost once the advice has really been followed, with the statistics that the target has now.
async fn cost_with(shop: &Shop, query: &str, advice: &Advice) -> f64 {
    for index in &advice.indexes {
        shop.command(&index.ddl).await;
    }
    let run = shop.run(&shop.workload(&format!("{query};"))).await;
    run.queries[0].plans[0].plan.root.total_cost.unwrap()
}

fn definitions(advice: &Advice) -> Vec<String> {
    advice.indexes.iter().map(|index| index.ddl.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_from_makes_no_difference() {
    let Some(shop) = Shop::open().await else { return };
    let turned = "FROM orders o JOIN customer c ON";
    let same = [
        (EXPRESSION, EXPRESSION.replace("FROM customer c JOIN orders o ON", turned), "lower("),
        (
            PARTIAL,
            PARTIAL.replace(
                "customer c LEFT JOIN flag ON name = city, orders j",
                "orders j, customer c LEFT JOIN flag ON name = city",
            ),
            "status = 'failed'",
        ),
    ];
    for (query, other, part) in same {
        let (advice, other) = (advised(&shop, query).await, advised(&shop, &other).await);
        assert_eq!(definitions(&advice), definitions(&other));
        let [index] = advice.indexes.as_slice() else { panic!("{query}: {:?}", advice.indexes) };
        assert!(index.table == "orders" && index.ddl.contains(part), "{}", index.ddl);
        let promised = index.cost_after.unwrap();
        assert_eq!(index.cost_after, other.indexes[0].cost_after);
        let real = cost_with(&shop, query, &advice).await;
        assert!(
            (real / promised - 1.0).abs() < 0.1,
            "promised {promised}, {real} once it was built"
        );
        shop.command(&index.undo).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tables_at_least_one_is_served() {
    let Some(shop) = Shop::open().await else { return };
    let advice = advised(&shop, BOTH).await;
    assert!(!advice.indexes.is_empty());
    let promised = advice.workload_cost_after.unwrap();
    let real = cost_with(&shop, BOTH, &advice).await;
    assert!(real <= promised * 1.1, "promised {promised}, {real} once it was built");
}

//! Subqueries that are hashed: what an index saves there is told with the doubt that the planner's cost deserves.

use super::shop::{Asked, Shop};

const BESIDE_AN_OR: &str = "SELECT c.email FROM customer c WHERE c.id < 60
    AND (NOT c.active OR EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 900))";
const JOINED: &str = "SELECT c.email FROM customer c WHERE c.id < 60
    AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.total > 900)";

#[tokio::test(flavor = "multi_thread")]
async fn a_cost_that_is_not_the_plans_own_is_said() {
    let Some(shop) = Shop::open().await else { return };
    for (query, is_hashed) in [(BESIDE_AN_OR, true), (JOINED, false)] {
        let workload = shop.workload(&format!("-- name: beside\n{query};"));
        let advice = shop.advise(&workload, Asked::Target).await;
        assert!(!advice.indexes.is_empty(), "{advice:#?}");
        let said = advice
            .notes
            .iter()
            .any(|note| note.contains("beside has a subquery that is read once"));
        assert_eq!(said, is_hashed, "{query}: {:#?}", advice.notes);
    }
}

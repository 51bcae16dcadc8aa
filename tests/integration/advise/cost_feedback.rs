//! What was built and measured counts for more than what planners and models say.

use std::collections::BTreeSet;

use planwise::advise::{Advice, CostFeedback, CostObservation, Limits, Use};
use planwise::engine::IndexDefinition;

use super::shop::Shop;

const WORKLOAD: &str = "\
    -- name: by-customer\nSELECT * FROM orders WHERE customer_id = 4711;\n\
    -- name: product\nSELECT price FROM product WHERE name = 'product 4711';\n";

const BUDGET: u64 = 1 << 30;

fn limits() -> Limits {
    Limits { budget: Some(BUDGET), ..Limits::default() }
}

fn definitions(advice: &Advice) -> Vec<&IndexDefinition> {
    advice.indexes.iter().filter_map(|index| index.definition.as_ref()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_what_was_built_counts_against_the_budget() {
    let Some(shop) = Shop::open().await else { return };
    let workload = shop.workload(WORKLOAD);
    let modelled = shop.advise_knowing(&workload, limits(), CostFeedback::default()).await;
    let built = (*definitions(&modelled)[0]).clone();

    let sized = |bytes: u64| CostFeedback {
        sizes: [(built.clone(), bytes)].into(),
        ..CostFeedback::default()
    };
    let larger = modelled.indexes[0].size_bytes.unwrap() * 3;
    let fits = shop.advise_knowing(&workload, limits(), sized(larger)).await;
    let index = fits.indexes.iter().find(|index| index.definition.as_ref() == Some(&built));
    assert_eq!(index.unwrap().size_bytes, Some(larger));
    assert!(fits.selection.unwrap().size_bytes > larger);

    let too_large = shop.advise_knowing(&workload, limits(), sized(BUDGET + 1)).await;
    assert!(!definitions(&too_large).contains(&&built), "{:?}", definitions(&too_large));
    assert!(!too_large.indexes.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_the_clock_has_seen_slow_a_query_down_is_not_proposed_for_it() {
    let Some(shop) = Shop::open().await else { return };
    let workload = shop.workload(WORKLOAD);
    let promised = shop.advise_knowing(&workload, limits(), CostFeedback::default()).await;
    let index = promised.indexes.iter().find(|index| index.queries == ["by-customer"]).unwrap();
    let definition = index.definition.clone().unwrap();

    shop.command(&index.ddl).await;
    let run = shop.run(&workload).await;
    let plan = run.query("by-customer").unwrap().plans[0].plan.clone();
    shop.command(&index.undo).await;
    let cost = plan.root.total_cost.unwrap();
    let uses = Use::all(&[plan], |name| (name == index.name).then_some(&definition));
    assert_eq!(uses.len(), 1, "the planner keeps its promise");

    for (ratio, proposed) in [(1e-6, true), (1.5, false)] {
        let used = BTreeSet::from([definition.clone()]);
        let (query, present, uses) = ("by-customer".to_owned(), used.clone(), uses.clone());
        let observation = CostObservation { query, present, used, uses, cost, ratio };
        let cost_feedback =
            CostFeedback { observations: vec![observation], ..CostFeedback::default() };
        let advice = shop.advise_knowing(&workload, limits(), cost_feedback).await;
        let found = definitions(&advice);
        assert_eq!(found.contains(&&definition), proposed, "{ratio}: {found:?}");
        assert_eq!(advice.selection.unwrap().lower_bound, None, "nothing follows for other sets");
    }
}

//! How often each query is executed, so that all of them together fit the time there is.

use std::time::Duration;

/// Six blocks of one sign are the fewest that can convince (p = 0.031).
pub const FEWEST_BLOCKS: u32 = 6;

/// A block of a fast query is repeated until it has lasted about this long: single executions of a
/// tenth of a millisecond are mostly the scheduler's noise.
const FULL_BLOCK: Duration = Duration::from_millis(8);
const MOST_PAIRS: u32 = 20;
const MOST_EVEN_PAIRS: u32 = 60;

/// `blocks` blocks of `pairs` executions on each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    pub blocks: u32,
    pub pairs: u32,
}

impl Allocation {
    fn executions(self) -> u32 {
        self.blocks * self.pairs
    }

    /// Takes part in block `block` of `all`, its own blocks being spread over the whole time.
    pub fn joins(self, block: u32, all: u32) -> bool {
        let due = |upto: u32| u64::from(upto) * u64::from(self.blocks) / u64::from(all.max(1));
        due(block + 1) > due(block)
    }
}

/// What one query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryCost {
    /// Of one execution on both sides together.
    pub cost: Duration,
    /// Its plan changed: a verdict is wanted. The others are looked at as far as there is time.
    pub expected_to_change: bool,
}

/// Blocks of one sign that still convince when `queries` are tested together: half the significance
/// for each further doubling.
pub fn convincing_blocks(queries: usize) -> u32 {
    let needed = (2.0 * queries.max(1) as f64 / 0.05).log2().ceil();
    (needed as u32).max(FEWEST_BLOCKS)
}

/// An allocation for each query. Queries that are expected to change get as many blocks as it takes to
/// convince, even if that is more than `budget`: fewer would measure nothing. The others get one.
/// What is left goes to more blocks, then to more executions a block, cheapest queries first.
pub fn allocations(query_costs: &[QueryCost], blocks: u32, budget: Duration) -> Vec<Allocation> {
    let changing = query_costs.iter().filter(|query_cost| query_cost.expected_to_change).count();
    let convincing = convincing_blocks(changing);
    let blocks = blocks.max(convincing);
    let first = |query_cost: &QueryCost| match query_cost.expected_to_change {
        true => Allocation { blocks: convincing, pairs: 1 },
        false => Allocation { blocks: 1, pairs: 1 },
    };
    let mut allocations: Vec<Allocation> = query_costs.iter().map(first).collect();
    let mut left = budget.saturating_sub(total(query_costs, &allocations));
    let mut cheapest_first: Vec<usize> = (0..query_costs.len()).collect();
    cheapest_first.sort_by_key(|&query| query_costs[query].cost);
    let steps: [(bool, &dyn Fn(Duration) -> Allocation); 5] = [
        (true, &|_| Allocation { blocks, pairs: 1 }),
        (true, &|_| Allocation { blocks, pairs: 2 }),
        (false, &|_| Allocation { blocks: FEWEST_BLOCKS, pairs: 1 }),
        (true, &|cost| Allocation { blocks, pairs: full_pairs(cost) }),
        (false, &|cost| Allocation { blocks, pairs: full_pairs(cost) }),
    ];
    for (changing, wanted) in steps {
        for &query in &cheapest_first {
            let query_cost = query_costs[query];
            if query_cost.expected_to_change != changing {
                continue;
            }
            let wanted = wanted(query_cost.cost);
            let more = wanted.executions().saturating_sub(allocations[query].executions());
            let price = query_cost.cost * more;
            if price <= left {
                left -= price;
                allocations[query] = wanted;
            }
        }
    }
    allocations
}

/// An allocation for each query where any of them may have changed: as many blocks as `blocks` says (or as it
/// takes to convince, if that is more), each filled with executions: the more there are, the less it
/// matters who else is busy. A query's time grows with the root of its cost, between equal time and equal numbers.
pub fn even_allocations(
    query_costs: &[QueryCost],
    blocks: u32,
    budget: Duration,
) -> Vec<Allocation> {
    let blocks = blocks.max(convincing_blocks(query_costs.len()));
    let seconds = |query: usize| query_costs[query].cost.as_secs_f64().max(1e-6);
    let mut left = budget.as_secs_f64() / f64::from(blocks);
    let mut slowest_first: Vec<usize> = (0..query_costs.len()).collect();
    slowest_first.sort_by_key(|&query| std::cmp::Reverse(query_costs[query].cost));
    let mut roots: f64 = (0..query_costs.len()).map(|query| seconds(query).sqrt()).sum();
    let mut allocations = vec![Allocation { blocks, pairs: 1 }; query_costs.len()];
    for query in slowest_first {
        let cost = seconds(query);
        // What a slow query takes beyond its part is missing for the others, and what it leaves over is theirs.
        let part = left * cost.sqrt() / roots;
        roots -= cost.sqrt();
        let fitting = ((part / cost) as u32).clamp(1, MOST_EVEN_PAIRS);
        let pairs = if fitting > 1 { fitting / 2 * 2 } else { 1 };
        allocations[query].pairs = pairs;
        left = (left - cost * f64::from(pairs)).max(0.0);
    }
    allocations
}

/// The time that all of it takes.
pub fn total(query_costs: &[QueryCost], allocations: &[Allocation]) -> Duration {
    query_costs
        .iter()
        .zip(allocations)
        .map(|(query_cost, allocation)| query_cost.cost * allocation.executions())
        .sum()
}

fn full_pairs(cost: Duration) -> u32 {
    let pairs = FULL_BLOCK.as_nanos() / cost.as_nanos().max(1);
    let even = (pairs as u32).clamp(2, MOST_PAIRS) / 2 * 2;
    even.max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query_costs(milliseconds: &[u64], expected_to_change: bool) -> Vec<QueryCost> {
        let cost = |m: &u64| Duration::from_millis(*m);
        milliseconds.iter().map(|m| QueryCost { cost: cost(m), expected_to_change }).collect()
    }

    #[test]
    fn fast_queries_get_all_and_slow_ones_what_convinces() {
        let allocations =
            allocations(&query_costs(&[1, 10, 2_000], true), 16, Duration::from_secs(20));
        assert_eq!(allocations[0], Allocation { blocks: 16, pairs: 8 });
        assert_eq!(allocations[1], Allocation { blocks: 16, pairs: 2 });
        assert_eq!(allocations[2], Allocation { blocks: 7, pairs: 1 });
    }

    #[test]
    fn every_query_gets_its_blocks_and_what_fits_where_any_may_change() {
        let pairs = |milliseconds: &[u64], seconds| {
            let allocations = even_allocations(
                &query_costs(milliseconds, true),
                16,
                Duration::from_secs(seconds),
            );
            assert!(allocations.iter().all(|allocation| allocation.blocks == 16));
            allocations.iter().map(|allocation| allocation.pairs).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&[10, 100, 1_000], 1), [1, 1, 1]);
        assert_eq!(pairs(&[10, 90], 17), [34, 8]);
        assert!(pairs(&[], 16).is_empty());
    }

    #[test]
    fn what_is_not_expected_to_change_comes_last() {
        let mut both = query_costs(&[100, 100], true);
        both[1].expected_to_change = false;
        let allocations = allocations(&both, 16, Duration::from_secs(2));
        assert_eq!(allocations[0], Allocation { blocks: 16, pairs: 1 });
        assert_eq!(allocations[1], Allocation { blocks: 1, pairs: 1 });
    }

    #[test]
    fn more_queries_need_more_blocks() {
        assert_eq!([1, 2, 35, 200].map(convincing_blocks), [6, 7, 11, 13]);
        let allocations = allocations(&query_costs(&[5_000], true), 16, Duration::ZERO);
        assert_eq!(allocations, [Allocation { blocks: 6, pairs: 1 }]);
    }

    proptest! {
        #[test]
        fn the_budget_is_kept_beyond_what_convinces(
            costs in prop::collection::vec(0u64..3_000, 0..40), blocks in 6u32..30, budget in 0u64..60
        ) {
            let (query_costs, budget) = (query_costs(&costs, true), Duration::from_secs(budget));
            let allocations = allocations(&query_costs, blocks, budget);
            let least = Allocation { blocks: convincing_blocks(costs.len()), pairs: 1 };
            let fewest = vec![least; costs.len()];
            prop_assert!(total(&query_costs, &allocations) <= budget.max(total(&query_costs, &fewest)));
        }

        #[test]
        fn every_block_of_a_pace_happens_once(own in 1u32..30, more in 0u32..30) {
            let allocation = Allocation { blocks: own, pairs: 1 };
            let all = own + more;
            prop_assert_eq!((0..all).filter(|block| allocation.joins(*block, all)).count() as u32, own);
        }
    }
}

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
pub struct Pace {
    pub blocks: u32,
    pub pairs: u32,
}

impl Pace {
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
pub struct Demand {
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

/// A pace for each query. Queries that are expected to change get as many blocks as it takes to
/// convince, even if that is more than `budget`: fewer would measure nothing. The others get one.
/// What is left goes to more blocks, then to more executions a block, cheapest queries first.
pub fn paces(demands: &[Demand], blocks: u32, budget: Duration) -> Vec<Pace> {
    let changing = demands.iter().filter(|demand| demand.expected_to_change).count();
    let convincing = convincing_blocks(changing);
    let blocks = blocks.max(convincing);
    let first = |demand: &Demand| match demand.expected_to_change {
        true => Pace { blocks: convincing, pairs: 1 },
        false => Pace { blocks: 1, pairs: 1 },
    };
    let mut paces: Vec<Pace> = demands.iter().map(first).collect();
    let mut left = budget.saturating_sub(total(demands, &paces));
    let mut cheapest_first: Vec<usize> = (0..demands.len()).collect();
    cheapest_first.sort_by_key(|&query| demands[query].cost);
    let steps: [(bool, &dyn Fn(Duration) -> Pace); 5] = [
        (true, &|_| Pace { blocks, pairs: 1 }),
        (true, &|_| Pace { blocks, pairs: 2 }),
        (false, &|_| Pace { blocks: FEWEST_BLOCKS, pairs: 1 }),
        (true, &|cost| Pace { blocks, pairs: full_pairs(cost) }),
        (false, &|cost| Pace { blocks, pairs: full_pairs(cost) }),
    ];
    for (changing, wanted) in steps {
        for &query in &cheapest_first {
            let demand = demands[query];
            if demand.expected_to_change != changing {
                continue;
            }
            let wanted = wanted(demand.cost);
            let more = wanted.executions().saturating_sub(paces[query].executions());
            let price = demand.cost * more;
            if price <= left {
                left -= price;
                paces[query] = wanted;
            }
        }
    }
    paces
}

/// A pace for each query where any of them may have changed: as many blocks as `blocks` says (or as it
/// takes to convince, if that is more), each filled with executions: the more there are, the less it
/// matters who else is busy. A query's time grows with the root of its cost, between equal time and equal numbers.
pub fn even_paces(demands: &[Demand], blocks: u32, budget: Duration) -> Vec<Pace> {
    let blocks = blocks.max(convincing_blocks(demands.len()));
    let seconds = |query: usize| demands[query].cost.as_secs_f64().max(1e-6);
    let mut left = budget.as_secs_f64() / f64::from(blocks);
    let mut slowest_first: Vec<usize> = (0..demands.len()).collect();
    slowest_first.sort_by_key(|&query| std::cmp::Reverse(demands[query].cost));
    let mut roots: f64 = (0..demands.len()).map(|query| seconds(query).sqrt()).sum();
    let mut paces = vec![Pace { blocks, pairs: 1 }; demands.len()];
    for query in slowest_first {
        let cost = seconds(query);
        // What a slow query takes beyond its part is missing for the others, and what it leaves over is theirs.
        let part = left * cost.sqrt() / roots;
        roots -= cost.sqrt();
        let fitting = ((part / cost) as u32).clamp(1, MOST_EVEN_PAIRS);
        let pairs = if fitting > 1 { fitting / 2 * 2 } else { 1 };
        paces[query].pairs = pairs;
        left = (left - cost * f64::from(pairs)).max(0.0);
    }
    paces
}

/// The time that all of it takes.
pub fn total(demands: &[Demand], paces: &[Pace]) -> Duration {
    demands.iter().zip(paces).map(|(demand, pace)| demand.cost * pace.executions()).sum()
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

    fn demands(milliseconds: &[u64], expected_to_change: bool) -> Vec<Demand> {
        let cost = |m: &u64| Duration::from_millis(*m);
        milliseconds.iter().map(|m| Demand { cost: cost(m), expected_to_change }).collect()
    }

    #[test]
    fn fast_queries_get_all_and_slow_ones_what_convinces() {
        let paces = paces(&demands(&[1, 10, 2_000], true), 16, Duration::from_secs(20));
        assert_eq!(paces[0], Pace { blocks: 16, pairs: 8 });
        assert_eq!(paces[1], Pace { blocks: 16, pairs: 2 });
        assert_eq!(paces[2], Pace { blocks: 7, pairs: 1 });
    }

    #[test]
    fn every_query_gets_its_blocks_and_what_fits_where_any_may_change() {
        let pairs = |milliseconds: &[u64], seconds| {
            let paces = even_paces(&demands(milliseconds, true), 16, Duration::from_secs(seconds));
            assert!(paces.iter().all(|pace| pace.blocks == 16));
            paces.iter().map(|pace| pace.pairs).collect::<Vec<_>>()
        };
        assert_eq!(pairs(&[10, 100, 1_000], 1), [1, 1, 1]);
        assert_eq!(pairs(&[10, 90], 17), [34, 8]);
        assert!(pairs(&[], 16).is_empty());
    }

    #[test]
    fn what_is_not_expected_to_change_comes_last() {
        let mut both = demands(&[100, 100], true);
        both[1].expected_to_change = false;
        let paces = paces(&both, 16, Duration::from_secs(2));
        assert_eq!(paces[0], Pace { blocks: 16, pairs: 1 });
        assert_eq!(paces[1], Pace { blocks: 1, pairs: 1 });
    }

    #[test]
    fn more_queries_need_more_blocks() {
        assert_eq!([1, 2, 35, 200].map(convincing_blocks), [6, 7, 11, 13]);
        let paces = paces(&demands(&[5_000], true), 16, Duration::ZERO);
        assert_eq!(paces, [Pace { blocks: 6, pairs: 1 }]);
    }

    proptest! {
        #[test]
        fn the_budget_is_kept_beyond_what_convinces(
            costs in prop::collection::vec(0u64..3_000, 0..40), blocks in 6u32..30, budget in 0u64..60
        ) {
            let (demands, budget) = (demands(&costs, true), Duration::from_secs(budget));
            let paces = paces(&demands, blocks, budget);
            let least = Pace { blocks: convincing_blocks(costs.len()), pairs: 1 };
            let fewest = vec![least; costs.len()];
            prop_assert!(total(&demands, &paces) <= budget.max(total(&demands, &fewest)));
        }

        #[test]
        fn every_block_of_a_pace_happens_once(own in 1u32..30, more in 0u32..30) {
            let pace = Pace { blocks: own, pairs: 1 };
            let all = own + more;
            prop_assert_eq!((0..all).filter(|block| pace.joins(*block, all)).count() as u32, own);
        }
    }
}

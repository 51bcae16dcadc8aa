//! How often each query is executed, so that all of them together fit the time there is.

use std::time::Duration;

/// Six blocks of one sign are the fewest that can convince (p = 0.031).
pub const FEWEST_BLOCKS: u32 = 6;

/// A block of a fast query is repeated until it has lasted about this long: single executions of a
/// tenth of a millisecond are mostly the scheduler's noise.
const FULL_BLOCK: Duration = Duration::from_millis(8);
const MOST_PAIRS: u32 = 20;

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

/// A pace for each query. `costs` holds the time of one execution on both sides together.
///
/// Everybody gets the fewest blocks, even if that takes longer than `budget`: fewer would measure
/// nothing. What is left goes to more blocks, then to more executions a block, cheapest queries first.
pub fn paces(costs: &[Duration], blocks: u32, budget: Duration) -> Vec<Pace> {
    let blocks = blocks.max(FEWEST_BLOCKS);
    let mut paces = vec![Pace { blocks: FEWEST_BLOCKS, pairs: 1 }; costs.len()];
    let mut left = budget.saturating_sub(total(costs, &paces));
    let mut cheapest_first: Vec<usize> = (0..costs.len()).collect();
    cheapest_first.sort_by_key(|&query| costs[query]);
    let steps: [fn(Duration) -> u32; 3] = [|_| 1, |_| 2, full_pairs];
    for pairs in steps {
        for &query in &cheapest_first {
            let wanted = Pace { blocks, pairs: pairs(costs[query]) };
            let more = wanted.executions().saturating_sub(paces[query].executions());
            let price = costs[query] * more;
            if price <= left {
                left -= price;
                paces[query] = wanted;
            }
        }
    }
    paces
}

/// The time that all of it takes.
pub fn total(costs: &[Duration], paces: &[Pace]) -> Duration {
    costs.iter().zip(paces).map(|(cost, pace)| *cost * pace.executions()).sum()
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

    fn ms(milliseconds: &[u64]) -> Vec<Duration> {
        milliseconds.iter().map(|m| Duration::from_millis(*m)).collect()
    }

    #[test]
    fn fast_queries_get_all_and_slow_ones_what_is_left() {
        let paces = paces(&ms(&[1, 10, 2_000]), 16, Duration::from_secs(20));
        assert_eq!(paces[0], Pace { blocks: 16, pairs: 8 });
        assert_eq!(paces[1], Pace { blocks: 16, pairs: 2 });
        assert_eq!(paces[2], Pace { blocks: 6, pairs: 1 });
    }

    #[test]
    fn no_budget_still_gives_the_fewest_blocks() {
        assert_eq!(paces(&ms(&[5_000]), 16, Duration::ZERO), [Pace { blocks: 6, pairs: 1 }]);
    }

    proptest! {
        #[test]
        fn the_budget_is_kept_beyond_the_fewest_blocks(
            costs in prop::collection::vec(0u64..3_000, 0..40), blocks in 6u32..30, budget in 0u64..60
        ) {
            let (costs, budget) = (ms(&costs), Duration::from_secs(budget));
            let paces = paces(&costs, blocks, budget);
            let fewest = vec![Pace { blocks: FEWEST_BLOCKS, pairs: 1 }; costs.len()];
            prop_assert!(total(&costs, &paces) <= budget.max(total(&costs, &fewest)));
        }

        #[test]
        fn every_block_of_a_pace_happens_once(own in 1u32..30, more in 0u32..30) {
            let pace = Pace { blocks: own, pairs: 1 };
            let all = own + more;
            prop_assert_eq!((0..all).filter(|block| pace.joins(*block, all)).count() as u32, own);
        }
    }
}

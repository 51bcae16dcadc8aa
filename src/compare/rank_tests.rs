//! The test that fits how the samples were taken.

use super::Method;
use super::block::Block;
use super::samples::Samples;
use crate::stats::{Paired, rank_sum, signed_rank};

/// Over logarithms, so that the result is about ratios. Blocks that alternated are pairs; rounds of two runs are not.
/// `None` where a side has none.
pub fn test(method: Method, samples: &Samples) -> Option<Paired> {
    let logs = |blocks: &[f64]| blocks.iter().map(|ms| ms.ln()).collect::<Vec<f64>>();
    match (&samples.failure, method) {
        (Some(_), _) => None,
        (None, Method::Alternating) => {
            signed_rank(&samples.blocks().into_iter().map(Block::log_ratio).collect::<Vec<f64>>())
        }
        (None, Method::Sequential) => {
            rank_sum(&logs(&samples.before.blocks), &logs(&samples.after.blocks))
        }
    }
}

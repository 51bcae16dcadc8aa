//! Random numbers that depend on the row and on nothing else.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random numbers of one row.
pub struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// `stream` tells tables apart.
    pub fn new(seed: u64, stream: u64, row: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&stream.to_le_bytes());
        key[16..24].copy_from_slice(&row.to_le_bytes());
        Draw { rng: ChaCha8Rng::from_seed(key) }
    }

    /// From `low` up to and including `high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        self.rng.random_range(low..=high)
    }

    /// True in `per_mille` of a thousand draws.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        self.rng.random_range(0..1000) < per_mille
    }

    /// From 0 up to, but not including, 1.
    pub fn unit(&mut self) -> f64 {
        self.rng.random()
    }

    /// One of `items`, all equally likely. `items` is never empty: it is vocabulary of ours.
    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.rng.random_range(0..items.len())]
    }
}

/// Mixes a small number into one that looks random; a bijection, so that no two inputs meet.
/// Source: the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
pub fn scramble(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_streams_differ_and_repeat() {
        let first = |seed, stream, row| Draw::new(seed, stream, row).between(0, u32::MAX);
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        assert_ne!(first(1, 2, 3), first(1, 2, 4));
        assert_ne!(first(1, 2, 3), first(1, 3, 3));
        assert_ne!(first(1, 2, 3), first(2, 2, 3));
    }
}

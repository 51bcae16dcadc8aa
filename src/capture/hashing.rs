//! Cheap hashing for the two tables that every statement is looked up in.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// For keys that are good hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64_with_seed(bytes, self.0);
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

pub type BuildHashed = std::hash::BuildHasherDefault<Hashed>;

/// For short keys of bytes that a log tells: with a seed of its own each time, so that no log can be made slow to read.
#[derive(Debug, Clone, Copy)]
pub struct Seeded(u64);

impl Default for Seeded {
    fn default() -> Self {
        Seeded(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seeded {
    type Hasher = Short;

    fn build_hasher(&self) -> Short {
        Short(self.0)
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Short(u64);

impl Hasher for Short {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64_with_seed(bytes, self.0);
    }

    /// The length before the bytes: they are all there is of a key.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_hash_alike_and_others_do_not() {
        let seeded = Seeded::default();
        let of = |key: &[u8]| seeded.hash_one(key.to_vec());
        assert_eq!(of(b"65e59e30.1f"), of(b"65e59e30.1f"));
        assert_ne!(of(b"65e59e30.1f"), of(b"65e59e30.20"));
        assert_ne!(seeded.hash_one(b"a".to_vec()), Seeded::default().hash_one(b"a".to_vec()));
        assert_eq!(BuildHashed::default().hash_one(7u128 << 64 | 9), 9);
    }
}

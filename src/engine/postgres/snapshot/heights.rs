//! How many levels a B-tree has above its leaves: read from its first page, or modelled.

use crate::engine::InvertedFacts;

/// Where the meta page keeps what matters here: behind the page's header of 24 bytes.
/// Source: `BTMetaPageData` in the server's nbtree.h.
const MAGIC: u32 = 0x0005_3162;

/// From the first bytes of an index file, in hexadecimal. `None` where they do not say, e.g. because the page has not
/// reached the disk since the index was built.
pub fn of_head(hex: &str) -> Option<u32> {
    let word = |at: usize| {
        let digits = hex.get(at * 2..at * 2 + 8)?;
        let bytes = (0..4).map(|n| u8::from_str_radix(digits.get(n * 2..n * 2 + 2)?, 16).ok());
        let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let (magic, fast_root, fast_level) = (word(24)?, word(40)?, word(44)?);
    (magic == MAGIC && fast_root != 0 && fast_level < 32).then_some(fast_level)
}

/// What the first page of an inverted index counts. Source: `GinMetaPageData` in the server's ginblock.h.
pub fn of_inverted(hex: &str) -> Option<InvertedFacts> {
    let word = |at: usize| {
        let digits = hex.get(at * 2..at * 2 + 8)?;
        u32::from_str_radix(digits, 16).ok().map(u32::swap_bytes)
    };
    let facts = InvertedFacts {
        waiting_pages: word(36)?,
        all_pages: word(48)?,
        word_pages: word(52)?,
        list_pages: word(56)?,
        words: u64::from(word(64)?) | u64::from(word(68)?) << 32,
    };
    // Of a page that has not reached the disk nothing is known.
    (facts.all_pages > 0 && word(72)? <= 2).then_some(facts)
}

/// Inner pages are built to this share: `BTREE_NONLEAF_FILLFACTOR`.
const INNER_FILL: f64 = 0.7;
const USABLE: f64 = 8192.0 - 24.0 - 16.0;

/// Levels above the leaves of an index of `blocks` blocks whose keys have `key_bytes` on average.
pub fn modelled(blocks: u64, key_bytes: f64) -> u32 {
    if blocks <= 2 {
        return 0;
    }
    // Header of an entry and its line pointer; data are aligned to eight bytes.
    let entry = 8.0 + (key_bytes / 8.0).ceil().max(1.0) * 8.0 + 4.0;
    let fan_out = (USABLE * INNER_FILL / entry).floor().max(2.0);
    let mut pages = (blocks - 1) as f64;
    let mut levels = 0;
    while pages > 1.0 {
        pages = (pages / fan_out).ceil();
        levels += 1;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_high_the_tree_is() {
        let head = |root: &str, level: &str| {
            let page = "00".repeat(24) + "62310500" + "04000000" + root + level + root + level;
            of_head(&page)
        };
        assert_eq!(head("9c010000", "02000000"), Some(2));
        assert_eq!(head("00000000", "00000000"), None);
        assert_eq!(of_head("00"), None);
        assert_eq!(of_head(&"00".repeat(72)), None);
    }

    /// Seen on a server: a million bigint keys in 2,745 blocks, a million integers in 896.
    #[test]
    fn the_model_gives_the_levels_that_were_seen() {
        assert_eq!(modelled(2745, 8.0), 2);
        assert_eq!(modelled(896, 4.0), 2);
        assert_eq!(modelled(200, 8.0), 1);
        assert_eq!(modelled(2, 8.0), 0);
        assert_eq!(modelled(1, 8.0), 0);
    }
}

//! Pages of a B-tree that has levels and no entries: a search goes down to an empty leaf and finds nothing.
//!
//! Layouts: `PageHeaderData` (bufpage.h), `BTMetaPageData` and `BTPageOpaqueData` (nbtree.h), `IndexTupleData` (itup.h).

pub const PAGE: usize = 8192;
const HEADER: usize = 24;
/// What a B-tree page keeps at its end.
const SPECIAL: usize = PAGE - 16;
const LAYOUT_VERSION: u16 = PAGE as u16 | 4;
const MAGIC: u32 = 0x0005_3162;

const IS_LEAF: u16 = 1;
const IS_ROOT: u16 = 2;
const IS_META: u16 = 8;

/// Meta page, root, one page a level, and a leaf: an empty one, or `leaf`, which was the root of another tree. `meta` is
/// that of an index that the server made: it knows what this version and this operator class want there.
pub fn tree(meta: &[u8], height: u32, leaf: Option<Vec<u8>>) -> Vec<u8> {
    let mut pages = meta[..PAGE].to_vec();
    put32(&mut pages, HEADER, MAGIC);
    // Root and level, then those where a search begins.
    for (at, value) in [(32, 1), (36, height), (40, 1), (44, height)] {
        put32(&mut pages, at, value);
    }
    put16(&mut pages, SPECIAL + 12, IS_META);
    for level in (0..=height).rev() {
        let own = height - level + 1;
        pages.extend(node(level, own + 1, level == height));
    }
    if let Some(mut leaf) = leaf {
        put16(&mut leaf, SPECIAL + 12, IS_LEAF | if height == 0 { IS_ROOT } else { 0 });
        let place = pages.len() - PAGE;
        pages[place..].copy_from_slice(&leaf);
    }
    pages
}

/// Of a visibility map: rows of the first block are seen by everybody.
pub fn first_block_visible() -> Vec<u8> {
    let mut page = vec![0; PAGE];
    for (at, value) in [(12, HEADER), (14, PAGE), (16, PAGE)] {
        put16(&mut page, at, value as u16);
    }
    put16(&mut page, 18, LAYOUT_VERSION);
    page[HEADER] = 1;
    page
}

/// A page whose only entry, smaller than any value, leads to block `child`; without one on the lowest level.
fn node(level: u32, child: u32, is_root: bool) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    let (mut lower, mut upper) = (HEADER, SPECIAL);
    if level > 0 {
        upper -= 8;
        lower += 4;
        let tuple = [(child >> 16) as u16, child as u16, 0, 0x2000 | 8];
        for (n, word) in tuple.into_iter().enumerate() {
            put16(&mut page, upper + 2 * n, word);
        }
        // Offset, "in use", length.
        put32(&mut page, HEADER, upper as u32 | 1 << 15 | 8 << 17);
    }
    for (at, value) in [(12, lower), (14, upper), (16, SPECIAL)] {
        put16(&mut page, at, value as u16);
    }
    put16(&mut page, 18, LAYOUT_VERSION);
    put32(&mut page, SPECIAL + 8, level);
    let leaf = if level == 0 { IS_LEAF } else { 0 };
    put16(&mut page, SPECIAL + 12, leaf | if is_root { IS_ROOT } else { 0 });
    page
}

pub fn put32(page: &mut [u8], at: usize, value: u32) {
    page[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put16(page: &mut [u8], at: usize, value: u16) {
    page[at..at + 2].copy_from_slice(&value.to_le_bytes());
}

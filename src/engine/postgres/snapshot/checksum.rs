//! The checksum of a page, for clusters that have them (by default from version 18).
//!
//! Source: `pg_checksum_page` in the server's checksum_impl.h: 32 FNV-1a sums side by side, with the high bits mixed in.

const LANES: usize = 32;
const PRIME: u32 = 16_777_619;

const OFFSETS: [u32; LANES] = [
    0x5B1F_36E9,
    0xB852_5960,
    0x02AB_50AA,
    0x1DE6_6D2A,
    0x79FF_467A,
    0x9BB9_F8A3,
    0x217E_7CD2,
    0x83E1_3D2C,
    0xF8D4_474F,
    0xE39E_B970,
    0x42C6_AE16,
    0x9932_16FA,
    0x7B09_3B5D,
    0x98DA_FF3C,
    0xF718_902A,
    0x0B1C_9CDB,
    0xE58F_764B,
    0x1876_36BC,
    0x5D7B_3BB1,
    0xE73D_E7DE,
    0x92BE_C979,
    0xCCA6_C0B2,
    0x304A_0979,
    0x85AA_43D4,
    0x7831_25BB,
    0x6CA8_EAA2,
    0xE407_EAC6,
    0x4B5C_FC3E,
    0x9FBF_8C76,
    0x15CA_20BE,
    0xF2CA_9FD3,
    0x959B_D756,
];

/// Of the header: where the checksum itself is, which counts as zero.
const PLACE: usize = 8;

fn mix(sum: u32, value: u32) -> u32 {
    let mixed = sum ^ value;
    mixed.wrapping_mul(PRIME) ^ (mixed >> 17)
}

fn checksum(page: &[u8], block: u32) -> u16 {
    let mut sums = OFFSETS;
    for row in page.chunks_exact(LANES * 4) {
        for (sum, word) in sums.iter_mut().zip(row.chunks_exact(4)) {
            *sum = mix(*sum, u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
    }
    for _ in 0..2 {
        sums.iter_mut().for_each(|sum| *sum = mix(*sum, 0));
    }
    let whole = sums.iter().fold(0, |all, sum| all ^ sum) ^ block;
    (whole % 65_535 + 1) as u16
}

/// Writes the checksum of block number `block` into its page.
pub fn stamp(page: &mut [u8], block: u32) {
    page[PLACE..PLACE + 2].fill(0);
    let sum = checksum(page, block).to_le_bytes();
    page[PLACE..PLACE + 2].copy_from_slice(&sum);
}

/// Whether the cluster that this page is from keeps checksums.
pub fn is_kept(page: &[u8]) -> bool {
    page.get(PLACE..PLACE + 2).is_some_and(|sum| sum != [0, 0])
}

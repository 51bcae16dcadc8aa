//! Figures as another look of the storage engine at its pages might have found them, or for tables that have grown.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::restore::{known, patient};
use crate::engine::mysql::session::MysqlSession;
use crate::engine::{DbError, PlannerState, Restored, StorageFacts};

/// Pages that are looked at for each index, by default.
const LOOKED_AT: u64 = 20;
/// What repeated ANALYZE was seen to spread by, as a share.
const SPREAD: f64 = 0.2;
const ROWS_SPREAD: f64 = 0.02;

/// By chance of `seed`; as they are without one.
pub async fn resample(state: &PlannerState, url: &str, seed: Option<u64>) -> Result<(), DbError> {
    let mut chance = seed.map(ChaCha8Rng::seed_from_u64);
    let mut other = state.clone();
    if let Some(chance) = &mut chance {
        other.storage.iter_mut().for_each(|part| another(part, chance));
    }
    write(&other, url).await
}

/// Rows and pages by `factor`; statistics beside the storage engine stay as they were gathered.
pub async fn scale(state: &PlannerState, url: &str, factor: f64) -> Result<(), DbError> {
    let mut other = state.clone();
    for part in &mut other.storage {
        let by = |value: u64| (value as f64 * factor).round() as u64;
        // Values that occur once a few rows go on coming; of the others all have been seen.
        let grows = |distinct: u64| distinct.saturating_mul(10) >= part.rows;
        for (_, figure, value) in &mut part.figures {
            if !figure.starts_with("n_diff") || grows(*value) {
                *value = by(*value);
            }
        }
        part.rows = by(part.rows);
        part.blocks = by(part.blocks);
        part.other_blocks = by(part.other_blocks);
    }
    write(&other, url).await
}

async fn write(state: &PlannerState, url: &str) -> Result<(), DbError> {
    let mut superuser = MysqlSession::connect(url, &patient()).await?;
    // What is refused was refused when the database was made, and said then.
    known(&mut superuser, state, &state.database.name, &mut Restored::default()).await
}

/// An index of few pages is seen whole.
fn another(part: &mut StorageFacts, chance: &mut ChaCha8Rng) {
    let small = |figures: &[(String, String, u64)], index: &str| {
        figures.iter().any(|(name, figure, pages)| {
            name == index && figure == "n_leaf_pages" && *pages <= LOOKED_AT
        })
    };
    let whole = part.figures.clone();
    let mut spread = |value: u64, by: f64, most: u64| {
        let factor = (by * normal(chance)).exp();
        ((value as f64 * factor).round() as u64).clamp(1.min(value), most.max(1))
    };
    if part.blocks > LOOKED_AT {
        part.rows = spread(part.rows, ROWS_SPREAD, u64::MAX);
    }
    let rows = part.rows;
    for (index, figure, value) in &mut part.figures {
        if figure.starts_with("n_diff") && !small(&whole, index) {
            *value = spread(*value, SPREAD, rows);
        }
    }
}

/// By the method of Box and Muller.
fn normal(chance: &mut ChaCha8Rng) -> f64 {
    let (one, other): (f64, f64) = (chance.random_range(1e-12..1.0), chance.random());
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_index_is_seen_whole_and_a_large_one_never_has_more_values_than_rows() {
        let figure = |index: &str, name: &str, value| (index.to_owned(), name.to_owned(), value);
        let part = StorageFacts {
            name: "t".to_owned(),
            rows: 1_000_000,
            blocks: 3_000,
            other_blocks: 2_000,
            figures: vec![
                figure("small", "n_leaf_pages", 3),
                figure("small", "n_diff_pfx01", 7),
                figure("large", "n_leaf_pages", 900),
                figure("large", "n_diff_pfx01", 990_000),
            ],
        };
        let mut moved = 0;
        for seed in 0..50 {
            let mut other = part.clone();
            another(&mut other, &mut ChaCha8Rng::seed_from_u64(seed));
            assert_eq!(other.figures[1], part.figures[1]);
            assert!(other.figures[3].2 <= other.rows);
            moved += usize::from(other.figures[3].2 != part.figures[3].2);
        }
        assert!(moved > 40);
    }
}

//! How much of everything.

/// Rows of the tables whose size depends on the scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub customers: u64,
    pub films: u64,
    pub actors: u64,
    pub copies: u64,
    pub rentals: u64,
    pub reviews: u64,
    pub events: u64,
}

pub const STORES: u64 = 12;
pub const STAFF: u64 = 60;
pub const VOUCHERS: u64 = 300;
pub const PROMOTIONS: u64 = 25;
/// Promotions go to a fixed circle of customers, however large the business grows.
pub const SENDS: u64 = 5_000;

impl Sizes {
    /// Business grows with the scale; the catalogue of films grows with its square root, as a
    /// chain twice as large does not stock twice as many titles.
    pub fn of(scale: f64) -> Self {
        let linear = |at_one: f64, least: f64| (at_one * scale).round().max(least) as u64;
        let root = |at_one: f64, least: f64| (at_one * scale.sqrt()).round().max(least) as u64;
        let films = root(6_000.0, 200.0);
        Sizes {
            customers: linear(120_000.0, 1_500.0),
            films,
            actors: root(1_500.0, 100.0),
            copies: linear(60_000.0, 0.0).max(films),
            rentals: linear(1_000_000.0, 1_000.0),
            reviews: linear(160_000.0, 500.0),
            events: linear(1_000_000.0, 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::spec::SMALLEST;

    #[test]
    fn scale_one_is_a_million_rentals() {
        let sizes = Sizes::of(1.0);
        assert_eq!(sizes.rentals, 1_000_000);
        assert_eq!(sizes.films, 6_000);
    }

    #[test]
    fn every_film_has_a_copy_at_the_smallest_scale() {
        let sizes = Sizes::of(SMALLEST);
        assert!(sizes.copies >= sizes.films);
        assert_eq!(sizes.films, 200);
    }
}

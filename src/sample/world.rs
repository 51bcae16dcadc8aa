//! What rows have in common: who the regular customers are, which copies there are of which film.

use super::SampleSpec;
use super::calendar::{Clock, DAYS};
use super::catalogue::{FilmFacts, film_facts};
use super::choice::{Weighted, shuffled};
use super::draw::{Draw, scramble};
use super::sizes::{STORES, Sizes};
use super::vocabulary::{City, Vocabulary};

/// Everything that a row may depend on. About a megabyte at scale 1.
pub struct World {
    pub seed: u64,
    pub sizes: Sizes,
    pub words: Vocabulary,
    pub countries: Vec<City>,
    pub city_of_customer: Weighted,
    pub category_of_film: Weighted,
    pub campaign: Weighted,
    /// By film number, from 0.
    pub films: Vec<FilmFacts>,
    /// Film number by copy number, both from 0.
    film_of_copy: Vec<u32>,
    customer_ranks: Weighted,
    customer_by_rank: Vec<u32>,
    pub rental_clock: Clock,
    pub event_clock: Clock,
}

/// Streams of random numbers: one per table, and some for what tables share.
pub mod stream {
    pub const PEOPLE: u64 = 1;
    pub const FILM: u64 = 2;
    pub const FILM_TEXT: u64 = 3;
    pub const CAST: u64 = 4;
    pub const COPY: u64 = 5;
    pub const RENTAL: u64 = 6;
    pub const PAYMENT: u64 = 7;
    pub const REVIEW: u64 = 8;
    pub const EVENT: u64 = 9;
    pub const SEND: u64 = 10;
    pub const ADDRESS: u64 = 11;
    pub const CUSTOMER: u64 = 12;
    pub const STAFF: u64 = 13;
    pub const CUSTOMER_RANKS: u64 = 14;
    pub const FILM_RANKS: u64 = 15;
}

const CUSTOMER_SKEW: f64 = 0.7;
const FILM_SKEW: f64 = 0.8;
const CITY_SKEW: f64 = 0.7;
pub const CAMPAIGNS: u64 = 60;
const EVENT_DAYS: i64 = 180;

impl World {
    pub fn new(spec: &SampleSpec) -> Self {
        let sizes = Sizes::of(spec.scale);
        let words = Vocabulary::load();
        let category_of_film = Weighted::new(words.categories.iter().map(|c| c.weight));
        let films = (0..sizes.films)
            .map(|film| film_facts(spec.seed, film, &words, &category_of_film))
            .collect();
        World {
            seed: spec.seed,
            sizes,
            countries: words.countries(),
            city_of_customer: Weighted::zipf(words.cities.len() as u64, CITY_SKEW),
            words,
            category_of_film,
            campaign: Weighted::zipf(CAMPAIGNS, 0.8),
            films,
            film_of_copy: film_of_copy(spec.seed, sizes),
            customer_ranks: Weighted::zipf(sizes.customers, CUSTOMER_SKEW),
            customer_by_rank: shuffled(
                sizes.customers,
                &mut Draw::new(spec.seed, stream::CUSTOMER_RANKS, 0),
            ),
            rental_clock: Clock::over_last(DAYS),
            event_clock: Clock::over_last(EVENT_DAYS),
        }
    }

    pub fn draw(&self, stream: u64, row: u64) -> Draw {
        Draw::new(self.seed, stream, row)
    }

    /// Number of a customer, from 0; a few of them come again and again.
    pub fn customer(&self, draw: &mut Draw) -> u64 {
        u64::from(self.customer_by_rank[self.customer_ranks.draw(draw)])
    }

    pub fn film_of(&self, copy: u64) -> u64 {
        u64::from(self.film_of_copy[copy as usize])
    }

    /// Number of the store that owns a copy, from 0.
    pub fn store_of(&self, copy: u64) -> u64 {
        // The smaller of two numbers: the first stores are the larger ones.
        let mixed = scramble(copy ^ self.seed.rotate_left(32));
        (mixed % STORES).min((mixed >> 32) % STORES)
    }
}

/// Popular films have more copies; each film has one at least, and its copies stand together.
fn film_of_copy(seed: u64, sizes: Sizes) -> Vec<u32> {
    let by_rank = shuffled(sizes.films, &mut Draw::new(seed, stream::FILM_RANKS, 0));
    let popularity = Weighted::zipf(sizes.films, FILM_SKEW);
    let mut copies = vec![1u64; sizes.films as usize];
    let spare = sizes.copies - sizes.films;
    for copy in 0..spare {
        let rank = popularity.draw(&mut Draw::new(seed, stream::COPY, copy));
        copies[by_rank[rank] as usize] += 1;
    }
    let repeated = copies.iter().enumerate();
    repeated.flat_map(|(film, &count)| (0..count).map(move |_| film as u32)).collect()
}

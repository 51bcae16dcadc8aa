//! What the data promises: the same bytes, references that lead somewhere, skew.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::{Arc, LazyLock};

use indicatif::ProgressBar;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::copy_text::CopyText;
use super::*;

fn world(scale: f64, seed: u64) -> Arc<World> {
    Arc::new(World::new(&SampleSpec { generator: GENERATOR.into(), scale, seed }))
}

fn text(world: &Arc<World>, table: Table) -> String {
    let mut text = String::new();
    let mut reader = TableReader::new(world.clone(), table, ProgressBar::hidden());
    reader.read_to_string(&mut text).unwrap();
    text
}

type Rows = Vec<Vec<String>>;

static SMALL: LazyLock<HashMap<&'static str, Rows>> = LazyLock::new(|| {
    let world = world(0.01, 1);
    let rows = |table| {
        let text = text(&world, table);
        text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
    };
    tables().into_iter().map(|table| (table.name, rows(table))).collect()
});

fn column(table: &str, index: usize) -> impl Iterator<Item = &'static str> + use<> {
    SMALL[table].iter().map(move |row| row[index].as_str())
}

/// A change of any byte changes what all measurements of the sample stand for: it must be meant.
#[test]
fn the_bytes_are_those_of_every_other_machine() {
    let world = world(0.01, 1);
    let digests = tables().map(|table| {
        let digest = Sha256::digest(text(&world, table));
        let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("{} {hex}", table.name)
    });
    insta::assert_snapshot!(digests.join("\n"));
}

#[test]
fn another_seed_is_another_business_of_the_same_size() {
    let (one, two) = (world(0.001, 1), world(0.001, 2));
    let rentals = tables().into_iter().find(|table| table.name == "rental").unwrap();
    let (one, two) = (text(&one, rentals), text(&two, rentals));
    assert_ne!(one, two);
    assert_eq!(one.lines().count(), two.lines().count());
}

#[test]
fn ids_are_unique_and_references_lead_somewhere() {
    for (table, key, references) in [
        ("city", 0, vec![(2, "country")]),
        ("address", 0, vec![(2, "city")]),
        ("store", 0, vec![(2, "address")]),
        ("staff", 0, vec![(1, "store")]),
        ("customer", 0, vec![(1, "store"), (5, "address")]),
        ("inventory", 0, vec![(1, "film"), (2, "store")]),
        ("rental", 0, vec![(2, "inventory"), (3, "customer"), (4, "staff"), (5, "store")]),
        ("payment", 0, vec![(1, "rental"), (2, "customer"), (3, "staff")]),
        ("review", 0, vec![(1, "film"), (2, "customer")]),
        ("event_log", 0, vec![(2, "customer")]),
        ("promotion_send", 0, vec![(1, "promotion"), (2, "customer")]),
    ] {
        let keys: HashSet<&str> = column(table, key).collect();
        assert_eq!(keys.len(), SMALL[table].len(), "{table}");
        for (index, referenced) in references {
            let ids: HashSet<&str> = column(referenced, 0).collect();
            let lost = column(table, index).find(|id| *id != "\\N" && !ids.contains(id));
            assert_eq!(lost, None, "{table}.{index} → {referenced}");
        }
    }
}

#[test]
fn pairs_are_unique_and_known() {
    for (table, left, right) in
        [("film_category", "film", "category"), ("film_actor", "actor", "film")]
    {
        let pairs: HashSet<&Vec<String>> = SMALL[table].iter().collect();
        assert_eq!(pairs.len(), SMALL[table].len());
        for (index, referenced) in [(0, left), (1, right)] {
            let ids: HashSet<&str> = column(referenced, 0).collect();
            assert!(column(table, index).all(|id| ids.contains(id)), "{table} → {referenced}");
        }
    }
    let receipts: HashSet<&str> = column("payment", 6).collect();
    assert_eq!(receipts.len(), SMALL["payment"].len());
}

/// Share of the rows that the most frequent `top` values of a column make up.
fn concentration(table: &str, index: usize, top: usize) -> f64 {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for value in column(table, index) {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts.iter().take(top).sum::<usize>() as f64 / SMALL[table].len() as f64
}

#[test]
fn a_tenth_of_the_customers_rent_a_third_of_the_films() {
    let share = concentration("rental", 3, SMALL["customer"].len() / 10);
    assert!((0.3..0.7).contains(&share), "{share}");
    let evenly_random = concentration("review", 3, 1);
    assert!(evenly_random < 0.4, "{evenly_random}");
}

#[test]
fn one_status_is_98_percent() {
    let returned = column("rental", 8).filter(|status| *status == "returned").count() as f64;
    let share = returned / SMALL["rental"].len() as f64;
    assert!((0.975..0.99).contains(&share), "{share}");
}

#[test]
fn time_runs_with_the_row_numbers() {
    for (table, index) in [("rental", 1), ("event_log", 1)] {
        let times: Vec<&str> = column(table, index).collect();
        assert!(times.is_sorted(), "{table}");
    }
}

#[test]
fn open_rentals_are_the_recent_ones_and_have_no_return() {
    for row in &SMALL["rental"] {
        let open = row[8] == "open";
        assert_eq!(row[7] != "\\N", row[8] == "returned", "{row:?}");
        assert!(!open || row[1].as_str() > "2025-09", "{row:?}");
    }
}

#[test]
fn country_time_zone_and_language_follow_from_the_city() {
    let mut seen: HashMap<&str, [&str; 3]> = HashMap::new();
    for row in &SMALL["customer"] {
        let rest = [row[7].as_str(), row[8].as_str(), row[9].as_str()];
        assert_eq!(*seen.entry(row[6].as_str()).or_insert(rest), rest);
    }
    assert!(seen.len() > 60);
}

#[test]
fn there_are_nulls_and_payloads_are_json() {
    let missing = |table: &str, index| column(table, index).filter(|v| *v == "\\N").count();
    assert!(missing("customer", 10) > 300 && missing("event_log", 2) > 1_000);
    assert!(missing("rental", 10) > 9_000);
    for payload in column("event_log", 4).chain(column("film", 11)) {
        let parsed: serde_json::Value = serde_json::from_str(payload).unwrap();
        assert!(parsed.is_object());
    }
}

#[test]
fn rare_phrases_are_rare_and_there() {
    let rarities = super::vocabulary::Vocabulary::load().review_rarities;
    let mentions = |body: &&str| rarities.iter().any(|rarity| body.contains(rarity));
    let found = column("review", 4).filter(mentions).count();
    assert!((1..=16).contains(&found), "{found} of {}", SMALL["review"].len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However a table is cut into reads, and wherever one begins, a row has the same bytes.
    #[test]
    fn a_row_depends_on_its_number_alone(which in 0usize..19, row in 0u64..2_000, size in 1usize..5_000) {
        let world = world(0.001, 3);
        let table = tables()[which];
        let row = row % (table.steps)(&world);
        let mut alone = CopyText::default();
        (table.write)(&world, row, &mut alone);
        let mut before = CopyText::default();
        for earlier in 0..row {
            (table.write)(&world, earlier, &mut before);
        }
        let mut reader = TableReader::new(world, table, ProgressBar::hidden());
        let mut read = Vec::new();
        let mut buffer = vec![0; size];
        while read.len() < before.bytes().len() + alone.bytes().len() {
            let length = reader.read(&mut buffer).unwrap();
            prop_assert!(length > 0);
            read.extend_from_slice(&buffer[..length]);
        }
        let start = before.bytes().len();
        prop_assert_eq!(&read[start..start + alone.bytes().len()], alone.bytes());
    }
}

//! Snapshots with values that somebody changed at random: they are refused, or used as far as they go, and never end the
//! command.
//!
//! A few by default; `PLANWISE_MUTATIONS=200 cargo test --test integration snapshot::mutated -- --nocapture` tries more, and
//! `PLANWISE_FUZZ_SEED` chooses others.

use std::io::Write;

use planwise::progress::Progress;
use planwise::snapshot::{Job, Planners, Replica, Snapshot};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::stand::{database, queries, snapshot};
use crate::parts;

const TABLES: &str = "
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE t (id int PRIMARY KEY, a int, b text, c numeric, s state, w tsvector, x int[]) ;
INSERT INTO t SELECT n, n % 7, 'b' || n % 90, n * 1.5, CASE WHEN n % 3 = 0 THEN 'new' ELSE 'done' END::state,
    to_tsvector('simple', 'a w' || n % 9), ARRAY[n % 5, n % 11] FROM generate_series(1, 5000) n;
CREATE INDEX t_a ON t (a, b); CREATE INDEX t_w ON t USING gin (w); CREATE INDEX t_b ON t USING brin (c);
CREATE INDEX t_lower ON t (lower(b)) WHERE a > 3;
CREATE STATISTICS t_s (ndistinct, dependencies, mcv) ON a, b FROM t;
CREATE TABLE p (id int, d date) PARTITION BY RANGE (d);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO p SELECT n, '2024-01-01'::date + n % 300 FROM generate_series(1, 3000) n;
CREATE VIEW v AS SELECT * FROM t WHERE a = 1;
";

const QUERIES: &str = "
SELECT * FROM t WHERE a = 3 AND b = 'b3';
SELECT * FROM t WHERE lower(b) = 'x' AND a > 5;
SELECT * FROM t WHERE w @@ 'w3'::tsquery AND x @> '{1}';
SELECT s, count(*) FROM t JOIN p USING (id) WHERE d > '2024-06-01' GROUP BY s;
SELECT * FROM v WHERE c < 100;
";

fn odd(chance: &mut ChaCha8Rng) -> Value {
    let all = [
        Value::Null,
        json!(-1),
        json!(0),
        json!(1e300),
        json!(u64::MAX),
        json!(9_007_199_254_740_993_u64),
        json!(4_294_967_296_u64),
        json!(""),
        json!("'; DROP TABLE t; --"),
        json!("{1,2,NULL,\"x"),
        json!("{{1},{2}}"),
        json!("\u{0}\u{202e}\\"),
        json!("x".repeat(70_000)),
        json!([]),
        json!({}),
        json!(true),
        json!("pg_catalog.int4"),
        json!("t"),
    ];
    all.choose(chance).unwrap().clone()
}

/// Walks down by chance and changes what it comes to.
fn change(value: &mut Value, chance: &mut ChaCha8Rng) {
    let stop = chance.random_range(0..12) == 0;
    match value {
        Value::Object(map) if !map.is_empty() && !stop => {
            let keys: Vec<String> = map.keys().cloned().collect();
            let key = keys.choose(chance).unwrap();
            if chance.random_range(0..20) == 0 {
                map.remove(key);
            } else {
                change(map.get_mut(key).unwrap(), chance);
            }
        }
        Value::Array(list) if !list.is_empty() && !stop => {
            let at = chance.random_range(0..list.len());
            match chance.random_range(0..20) {
                0 => drop(list.remove(at)),
                1 => list.push(list[at].clone()),
                2 => list.truncate(at),
                _ => change(&mut list[at], chance),
            }
        }
        // A value of the same kind is read, and has to be dealt with later.
        Value::Number(number) if chance.random_bool(0.9) => {
            *value = match number.as_u64() {
                Some(whole) => {
                    json!([0, 1, whole.saturating_mul(3), 4_294_967_297][chance.random_range(0..4)])
                }
                None => json!([0.0, -1.0, 1e300, -1e300, 0.5][chance.random_range(0..5)]),
            };
        }
        Value::String(text) if chance.random_bool(0.4) => {
            let texts = [
                "",
                "'; DROP TABLE t; --",
                "{1,2,NULL,\"x",
                "{{1},{2}}",
                "\u{202e}\\",
                "t",
                "pg_catalog.int4",
                "\"",
                "x",
            ];
            *text = (*texts.choose(chance).unwrap()).to_owned();
        }
        Value::String(text) if chance.random_bool(0.8) && !text.is_empty() => {
            let letters: Vec<char> = text.chars().collect();
            let at = chance.random_range(0..letters.len());
            *value = json!(letters[..at].iter().collect::<String>());
        }
        value => *value = odd(chance),
    }
}

fn packed(value: &Value) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(value.to_string().as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_snapshot_ends_the_command() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "plain", TABLES).await;
    let whole = serde_json::to_value(snapshot(&sandbox).await).unwrap();
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (first, trials) = (number("PLANWISE_FUZZ_SEED", 1) * 1000, number("PLANWISE_MUTATIONS", 6));
    let workload = queries(QUERIES);
    let params = Vec::new();
    let jobs: Vec<Job<'_>> =
        workload.queries.iter().map(|query| Job { query, params: &params }).collect();
    let (mut refused, mut failed, mut planned, mut unplanned) = (0, 0, 0, 0);
    for seed in first..first + trials {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut other = whole.clone();
        for _ in 0..chance.random_range(1..12) {
            let parts =
                ["relations", "indexes", "columns", "extended", "objects", "settings", "database"];
            change(&mut other["state"][*parts.choose(&mut chance).unwrap()], &mut chance);
        }
        let Ok(other) = Snapshot::parse(&packed(&other)) else {
            refused += 1;
            continue;
        };
        let replica = match Replica::start(&other, None, Progress::hidden()).await {
            Ok(replica) => replica,
            Err(error) => {
                failed += 1;
                println!("{seed}: {error:#}");
                continue;
            }
        };
        let Ok(mut planners) = Planners::open(&replica, &[]).await else {
            panic!("{seed}: the replica takes no connections");
        };
        for plan in planners.plan(&jobs).await {
            match plan {
                Ok(_) => planned += 1,
                Err(error) => {
                    assert!(!error.ends_session(), "{seed}: {error}");
                    unplanned += 1;
                }
            }
        }
    }
    println!(
        "{trials} snapshots: {refused} refused, {failed} without a replica; {planned} plans, {unplanned} queries without"
    );
    assert!(refused < trials as usize);
}

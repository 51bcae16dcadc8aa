//! Statistics as another ANALYZE might have found them.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::steps::{Step, carry_out};
use super::types::Numbers;
use super::{figures, identifier, statistics};
use crate::engine::postgres::sandbox_rights::OWNER;
use crate::engine::postgres::session::PostgresSession;
use crate::engine::postgres::session::query;
use crate::engine::{Access, ColumnFacts, DbError, PlannerState, SessionOptions};

/// Rows that ANALYZE looks at for each of its targets, of which there are 100 by default.
const SAMPLED_A_TARGET: f64 = 300.0;

fn sample(state: &PlannerState) -> f64 {
    let target = state.settings.iter().find(|setting| setting.name == "default_statistics_target");
    target.and_then(|target| target.value.parse().ok()).unwrap_or(100.0) * SAMPLED_A_TARGET
}

pub async fn resample(state: &PlannerState, url: &str, seed: Option<u64>) -> Result<(), DbError> {
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        lock_timeout: Duration::ZERO,
        ..SessionOptions::default()
    };
    let session = PostgresSession::connect(url, &options).await?;
    let client = session.client();
    let major = query::value(client, "SHOW server_version_num").await?.unwrap_or_default();
    let major = major.parse::<u32>().unwrap_or(0) / 10_000;
    query::run(
        client,
        "SET allow_system_table_mods = on; SET search_path = ''; SET client_min_messages = error",
    )
    .await?;
    if major >= figures::RESTORES_STATISTICS {
        // Reading a value may run a check of the owner's.
        query::run(client, &format!("SET SESSION AUTHORIZATION {OWNER}")).await?;
    }
    let numbers = Numbers::read_of(client, state).await?;
    let mut steps = Vec::new();
    for (n, facts) in state.columns.iter().enumerate() {
        let relation = numbers.relation(&facts.schema, &facts.relation);
        let Some(relation) = relation else { continue };
        let Some(attribute) = numbers.attribute(relation.oid, &facts.column) else { continue };
        let rows = rows_of(state, facts);
        let facts = match seed {
            Some(seed) => {
                let seed = seed.wrapping_mul(1_000_003).wrapping_add(n as u64);
                another(facts, rows, sample(state), seed)
            }
            None => facts.clone(),
        };
        let statement = match major >= figures::RESTORES_STATISTICS {
            true => statistics::restore_call(&facts),
            false => statistics::replace(relation.oid, attribute, &facts, &numbers),
        };
        steps.push(Step::new(identifier(&facts.column), statement));
    }
    // What was refused when the database was made is refused again.
    carry_out(client, steps).await.map(|_| ())
}

fn rows_of(state: &PlannerState, facts: &ColumnFacts) -> f64 {
    let named = |schema: &str, name: &str| schema == facts.schema && name == facts.relation;
    let table = state.relations.iter().find(|r| named(&r.schema, &r.name)).map(|r| r.known_rows);
    let index = || state.indexes.iter().find(|i| named(&i.schema, &i.name)).map(|i| i.known_rows);
    table.or_else(index).unwrap_or(0.0)
}

/// Nothing changes where the sample is the whole table. The spread of a share is that of a sample's; counts of distinct
/// values that were extrapolated spread by a fifth, which is what repeated ANALYZE shows on tables of a few million rows.
fn another(facts: &ColumnFacts, rows: f64, sample: f64, seed: u64) -> ColumnFacts {
    let mut facts = facts.clone();
    if rows <= sample {
        return facts;
    }
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let left_out = (1.0 - sample / rows).max(0.0);
    let mut share = |share: f64| {
        let spread = (share * (1.0 - share) / sample * left_out).max(0.0).sqrt();
        (share + spread * normal(&mut chance)).clamp(share * 0.25, 1.0)
    };
    if let Some(shares) = &mut facts.common_shares {
        shares.iter_mut().for_each(|one| *one = share(*one));
        let sum: f64 = shares.iter().sum();
        if sum > 1.0 {
            shares.iter_mut().for_each(|one| *one /= sum);
        }
        // The server expects the most common one first, and the values stay with their shares: their order may not change.
        for n in 1..shares.len() {
            shares[n] = shares[n].min(shares[n - 1]);
        }
    }
    if facts.null_fraction > 0.0 {
        facts.null_fraction = share(facts.null_fraction);
    }
    let extrapolated = facts.distinct < 0.0 || facts.bounds.is_some();
    if extrapolated && facts.distinct != -1.0 {
        let factor = (0.2 * normal(&mut chance)).exp();
        facts.distinct = (facts.distinct * factor).max(-1.0);
    }
    if let Some(correlation) = &mut facts.correlation {
        *correlation = (*correlation + 0.01 * normal(&mut chance)).clamp(-1.0, 1.0);
    }
    facts
}

/// By the method of Box and Muller.
fn normal(chance: &mut ChaCha8Rng) -> f64 {
    let (one, other): (f64, f64) = (chance.random_range(1e-12..1.0), chance.random());
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ColumnFacts {
        ColumnFacts {
            distinct: -0.2,
            null_fraction: 0.1,
            common_values: Some("{a,b}".to_owned()),
            common_shares: Some(vec![0.3, 0.2999]),
            correlation: Some(0.999),
            ..ColumnFacts::default()
        }
    }

    #[test]
    fn a_small_table_is_seen_whole() {
        assert_eq!(another(&facts(), 20_000.0, 3e4, 1), facts());
    }

    #[test]
    fn what_comes_out_is_what_a_server_could_have_found() {
        for seed in 0..200 {
            let other = another(&facts(), 1e6, 3e4, seed);
            let shares = other.common_shares.unwrap();
            assert!(shares[0] >= shares[1] && shares[1] > 0.28 && shares[0] < 0.32, "{shares:?}");
            assert!((-1.0..0.0).contains(&other.distinct) && other.correlation.unwrap() <= 1.0);
        }
        assert_ne!(another(&facts(), 1e6, 3e4, 1), another(&facts(), 1e6, 3e4, 2));
    }
}

//! In which order a client runs things.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::workload::Workload;

/// What is run as a whole: a query on its own, or a session in its own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Index into the workload's queries.
    Query(usize),
    /// Index into the workload's sessions.
    Session(usize),
}

/// One round: every session once, and every query that is in no session.
pub(super) fn units(workload: &Workload) -> Vec<Unit> {
    let in_session = |id: &str| {
        workload.sessions.iter().any(|session| session.steps.iter().any(|step| step.query == id))
    };
    let alone = workload.queries.iter().enumerate().filter(|(_, q)| !in_session(&q.id));
    let sessions = (0..workload.sessions.len()).map(Unit::Session);
    alone.map(|(index, _)| Unit::Query(index)).chain(sessions).collect()
}

/// Shuffles a round, differently for each client and round, the same for the same seed: neighbours
/// share caches, so a fixed order would favour some queries.
pub(super) fn shuffle(units: &mut [Unit], seed: u64, client: u32, round: u32) {
    let stream = (u64::from(client) << 32) | u64::from(round);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    units.shuffle(&mut random);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::scripted::{query, workload};
    use crate::sql::StatementKind;
    use crate::workload::{Session, Step};

    #[test]
    fn queries_of_a_session_do_not_run_alone_as_well() {
        let mut workload = workload(vec![
            query("list", StatementKind::Read),
            query("detail", StatementKind::Read),
            query("other", StatementKind::Read),
        ]);
        let step = |query: &str, times| Step { query: query.to_owned(), times };
        workload.sessions = vec![Session {
            name: "page".to_owned(),
            steps: vec![step("list", 1), step("detail", 5)],
        }];
        assert_eq!(units(&workload), vec![Unit::Query(2), Unit::Session(0)]);
    }

    #[test]
    fn shuffling_is_repeatable_and_differs_by_round() {
        let round = |client, round| {
            let mut units: Vec<Unit> = (0..20).map(Unit::Query).collect();
            shuffle(&mut units, 7, client, round);
            units
        };
        assert_eq!(round(0, 1), round(0, 1));
        assert_ne!(round(0, 1), round(0, 2));
        assert_ne!(round(0, 1), round(1, 1));
    }
}

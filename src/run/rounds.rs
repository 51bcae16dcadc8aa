//! The median of each round. Executions within a round are correlated, so the round is the unit of analysis.

use std::time::Duration;

use crate::stats::median;

/// Rounds kept; when there are as many, neighbours are joined, and each later one spans twice as much.
const MOST: usize = 48;

/// Milliseconds throughout.
#[derive(Debug, Clone)]
pub(super) struct Rounds {
    current: Vec<f64>,
    /// Medians of the rounds that the next kept one will span.
    pending: Vec<f64>,
    span: usize,
    closed: Vec<f64>,
    /// What other clients measured in the same rounds.
    others: Vec<Vec<f64>>,
}

impl Default for Rounds {
    fn default() -> Self {
        let (current, pending, closed) = Default::default();
        Rounds { current, pending, span: 1, closed, others: Vec::new() }
    }
}

impl Rounds {
    pub fn add(&mut self, elapsed: Duration) {
        self.current.push(elapsed.as_secs_f64() * 1e3);
    }

    /// A round without an execution of this query leaves nothing.
    pub fn close(&mut self) {
        let round = std::mem::take(&mut self.current);
        self.pending.extend(median(round));
        if self.pending.len() >= self.span {
            self.closed.extend(median(std::mem::take(&mut self.pending)));
        }
        if self.closed.len() >= MOST {
            self.closed = self.closed.chunks(2).filter_map(|pair| median(pair.to_vec())).collect();
            self.span *= 2;
        }
    }

    /// Another client's rounds of the same query.
    pub fn absorb(&mut self, other: Rounds) {
        self.others.push(other.closed);
        self.others.extend(other.others);
    }

    /// Over all clients. Clients are not in step to the last round; rounds that not all have are left out.
    pub fn medians_ms(&self) -> Vec<f64> {
        let clients: Vec<&Vec<f64>> =
            [&self.closed].into_iter().chain(&self.others).filter(|c| !c.is_empty()).collect();
        let common = clients.iter().map(|client| client.len()).min().unwrap_or(0);
        (0..common)
            .filter_map(|round| median(clients.iter().map(|client| client[round]).collect()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(count: u64) -> Rounds {
        let mut rounds = Rounds::default();
        for round in 0..count {
            rounds.add(Duration::from_millis(round));
            rounds.close();
        }
        rounds
    }

    #[test]
    fn each_round_is_one_figure_however_often_it_ran() {
        let mut rounds = Rounds::default();
        [1, 9, 2].into_iter().for_each(|ms| rounds.add(Duration::from_millis(ms)));
        rounds.close();
        rounds.close();
        rounds.add(Duration::from_millis(4));
        rounds.close();
        assert_eq!(rounds.medians_ms(), [2.0, 4.0]);
    }

    #[test]
    fn a_long_run_keeps_few_that_span_all_of_it() {
        assert_eq!(rounds(30).medians_ms().len(), 30);
        let long = rounds(100_000).medians_ms();
        assert!((24..48).contains(&long.len()), "{}", long.len());
        assert!(long[0] < 5_000.0 && *long.last().unwrap() > 90_000.0, "{long:?}");
        assert!(long.is_sorted());
    }

    #[test]
    fn clients_count_together() {
        let mut sum = Rounds::default();
        sum.absorb(rounds(3));
        sum.absorb(rounds(2));
        assert_eq!(sum.medians_ms(), [0.0, 1.0]);
    }
}

//! The time that a tuning may take, as an interrupt that comes by itself.

use std::time::{Duration, Instant};

use crate::interrupt::Interrupt;

/// Where nobody says how long: this at most, or so many passes of the workload if they take less, but not less than a small
/// workload's search and proof take on a busy machine.
const LONGEST: Duration = Duration::from_secs(600);
const PASSES: f64 = 20.0;
const SHORTEST: Duration = Duration::from_secs(300);

/// Share of that time which is there for the proof, however long the run and the search before it took.
const FOR_PROOF: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    began: Instant,
    limit: Duration,
}

impl TimeLimit {
    /// `given` binds as it is; otherwise the length of a pass decides.
    pub fn new(began: Instant, given: Option<Duration>, pass_ms: f64) -> TimeLimit {
        let passes = Duration::from_secs_f64((pass_ms * PASSES / 1e3).clamp(0.0, 1e6));
        let usual = passes.clamp(SHORTEST, LONGEST);
        let with_proof = began.elapsed() + usual.mul_f64(FOR_PROOF);
        TimeLimit { began, limit: given.unwrap_or(usual.max(with_proof)) }
    }

    pub fn limit(&self) -> Duration {
        self.limit
    }

    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }

    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Set when the time is over, and when `user` is.
    pub fn or(&self, user: &Interrupt) -> Interrupt {
        let both = Interrupt::new();
        if user.is_set() || self.is_over() {
            both.set();
            return both;
        }
        let (left, user, set) = (self.left(), user.clone(), both.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = user.wait() => {}
                () = tokio::time::sleep(left) => {}
            }
            set.set();
        });
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_binds_and_otherwise_the_workload_decides() {
        let limit = |given, pass_ms| TimeLimit::new(Instant::now(), given, pass_ms).limit();
        assert_eq!(limit(Some(Duration::from_secs(3)), 40_000.0), Duration::from_secs(3));
        assert_eq!(limit(None, 40_000.0), LONGEST);
        assert_eq!(limit(None, 20_000.0), Duration::from_secs(400));
        assert_eq!(limit(None, 1.0), SHORTEST);
    }

    #[test]
    fn a_long_search_leaves_time_for_the_proof_unless_the_time_was_given() {
        let long_ago = Instant::now().checked_sub(LONGEST);
        let Some(began) = long_ago else { return };
        assert!(TimeLimit::new(began, None, 1.0).left() > SHORTEST.mul_f64(FOR_PROOF * 0.9));
        assert!(TimeLimit::new(began, Some(LONGEST), 1.0).is_over());
    }

    #[tokio::test]
    async fn it_interrupts_when_it_is_over_and_when_the_user_does() {
        let user = Interrupt::new();
        let none_left = TimeLimit::new(Instant::now(), Some(Duration::ZERO), 0.0);
        assert!(none_left.or(&user).is_set());
        let little = TimeLimit::new(Instant::now(), Some(Duration::from_millis(5)), 0.0);
        little.or(&user).wait().await;
        let long = TimeLimit::new(Instant::now(), None, 0.0).or(&user);
        assert!(!long.is_set() && !user.is_set());
        user.set();
        long.wait().await;
    }
}

//! The time that a tuning may take, as an interrupt that comes by itself.

use std::time::{Duration, Instant};

use crate::interrupt::Interrupt;

/// Where nobody says how long, exploring and proof have this at most, or so many passes of the workload if they take less, but
/// not less than a small workload's proof takes on a busy machine. Run, search and copy before it take what they take: where they
/// counted, a workload of 20 s had its copy made, its indexes built, and no time left to measure one of them.
const LONGEST: Duration = Duration::from_secs(600);
const PASSES: f64 = 20.0;
const SHORTEST: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    began: Instant,
    limit: Duration,
}

impl TimeLimit {
    /// `given` binds as it is; otherwise the length of a pass decides.
    pub fn new(began: Instant, given: Option<Duration>, pass_ms: f64) -> TimeLimit {
        let passes = Duration::from_secs_f64((pass_ms * PASSES / 1e3).clamp(0.0, 1e6));
        let usual = began.elapsed() + passes.clamp(SHORTEST, LONGEST);
        TimeLimit { began, limit: given.unwrap_or(usual) }
    }

    pub fn limit(&self) -> Duration {
        self.limit
    }

    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }

    /// The same, over so much earlier.
    pub fn but_for(&self, kept: Duration) -> TimeLimit {
        TimeLimit { limit: self.limit.saturating_sub(kept), ..*self }
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
        let limit = |given, pass_ms| {
            TimeLimit::new(Instant::now(), given, pass_ms).limit().as_secs_f64().floor()
        };
        assert_eq!(limit(Some(Duration::from_secs(3)), 40_000.0), 3.0);
        assert_eq!(limit(None, 40_000.0), 600.0);
        assert_eq!(limit(None, 20_000.0), 400.0);
        assert_eq!(limit(None, 1.0), 300.0);
    }

    #[test]
    fn a_long_search_leaves_time_for_the_proof_unless_the_time_was_given() {
        let long_ago = Instant::now().checked_sub(LONGEST);
        let Some(began) = long_ago else { return };
        assert!(TimeLimit::new(began, None, 1.0).left() > SHORTEST.mul_f64(0.9));
        assert!(TimeLimit::new(began, Some(LONGEST), 1.0).is_over());
    }

    #[test]
    fn what_is_kept_for_later_is_over_earlier() {
        let whole = TimeLimit::new(Instant::now(), Some(Duration::from_secs(100)), 0.0);
        let part = whole.but_for(Duration::from_secs(40));
        assert_eq!(part.limit(), Duration::from_secs(60));
        assert!(whole.but_for(Duration::from_secs(200)).is_over() && !whole.is_over());
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

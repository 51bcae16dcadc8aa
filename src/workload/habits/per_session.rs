//! State for each session, of bounded size: a log may hold millions of sessions, of which few are open at once.

use std::collections::HashMap;

/// Sessions that are followed at once.
const MOST: usize = 20_000;

#[derive(Debug)]
pub struct PerSession<T> {
    states: HashMap<u32, (i64, T)>,
}

impl<T> Default for PerSession<T> {
    fn default() -> Self {
        PerSession { states: HashMap::new() }
    }
}

impl<T: Default> PerSession<T> {
    /// The session's state, and those that had to make room for it: of sessions that were silent longest.
    pub fn of(&mut self, session: u32, now_us: i64) -> (&mut T, Vec<(u32, T)>) {
        let full = self.states.len() >= MOST && !self.states.contains_key(&session);
        let left = if full { self.make_room() } else { Vec::new() };
        let state = self.states.entry(session).or_default();
        state.0 = now_us;
        (&mut state.1, left)
    }

    fn make_room(&mut self) -> Vec<(u32, T)> {
        let mut ages: Vec<i64> = self.states.values().map(|(last, _)| *last).collect();
        let middle = ages.len() / 2;
        let (_, median, _) = ages.select_nth_unstable(middle);
        let median = *median;
        let mut old: Vec<u32> = self
            .states
            .iter()
            .filter(|(_, state)| state.0 <= median)
            .map(|(key, _)| *key)
            .collect();
        old.sort_unstable();
        old.into_iter()
            .filter_map(|key| self.states.remove(&key).map(|state| (key, state.1)))
            .collect()
    }

    /// All that is left, in the order of their numbers.
    pub fn into_rest(self) -> Vec<(u32, T)> {
        let mut rest: Vec<(u32, T)> =
            self.states.into_iter().map(|(session, state)| (session, state.1)).collect();
        rest.sort_by_key(|(session, _)| *session);
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_silent_make_room_and_nobody_is_lost() {
        let mut states: PerSession<u32> = PerSession::default();
        let mut left = 0;
        for session in 0..MOST as u32 * 2 {
            let (state, made_room) = states.of(session, i64::from(session));
            *state += 1;
            left += made_room.len();
            assert!(made_room.iter().all(|(old, _)| *old < session));
        }
        let rest = states.into_rest();
        assert!(rest.len() <= MOST);
        assert_eq!(left + rest.len(), MOST * 2);
    }
}

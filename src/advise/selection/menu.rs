//! What the planner has said about one query, and what follows from it without asking again.

use std::collections::HashMap;

use super::configuration::Configuration;

/// One answer: under `shown` the planner chose a plan that needs no more than `used`.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub shown: Configuration,
    pub used: Configuration,
    pub cost: f64,
}

/// Costs of one query. A planner takes the cheapest plan it knows, so more indexes never make a
/// query dearer, and a plan stays the best one as long as all it uses is there. (INUM and CoPhy rest on the
/// same observation.) Hence one answer prices every set between what it used and what was shown.
#[derive(Debug, Clone, Default)]
pub struct Menu {
    /// Candidates that can make a difference to this query.
    pub relevant: Configuration,
    /// Those of them that sets are told apart by.
    useful: Configuration,
    offers: Vec<Offer>,
    /// Sets that were asked about, or derived once.
    known: HashMap<Configuration, usize>,
}

impl Menu {
    pub fn new(relevant: Configuration) -> Self {
        Menu { useful: relevant.clone(), relevant, ..Menu::default() }
    }

    /// The part of `set` that makes a difference to this query, as far as is known.
    pub fn key(&self, set: &Configuration) -> Configuration {
        set.intersection(&self.useful)
    }

    pub fn add(&mut self, offer: Offer) {
        self.known.insert(offer.shown.clone(), self.offers.len());
        self.offers.push(offer);
    }

    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// Leaves aside candidates that no plan has used so far, but for `keep`: a search need not ask about each
    /// set with them anew.
    pub fn narrow(&mut self, keep: &Configuration) {
        let used = self.offers.iter().fold(keep.clone(), |all, offer| all.union(&offer.used));
        self.useful = self.relevant.intersection(&used);
    }

    /// Takes them all in again: what no plan has used yet might still be used beside others.
    pub fn widen(&mut self) {
        self.useful = self.relevant.clone();
    }

    /// What the planner would say, where that is certain. `key` is from [`Menu::key`].
    pub fn exact(&self, key: &Configuration) -> Option<&Offer> {
        if let Some(at) = self.known.get(key) {
            return self.offers.get(*at);
        }
        self.offers.iter().find(|offer| offer.used.is_subset(key) && key.is_subset(&offer.shown))
    }

    /// The query costs at most this much: some plan that is known is possible.
    pub fn high(&self, key: &Configuration) -> f64 {
        let possible = self.offers.iter().filter(|offer| offer.used.is_subset(key));
        possible.map(|offer| offer.cost).fold(f64::INFINITY, f64::min)
    }

    /// The query costs at least this much: with more indexes it costs no less.
    pub fn low(&self, key: &Configuration) -> f64 {
        let wider = self.offers.iter().filter(|offer| key.is_subset(&offer.shown));
        wider.map(|offer| offer.cost).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[usize]) -> Configuration {
        members.iter().copied().collect()
    }

    #[test]
    fn an_answer_prices_all_sets_between_used_and_shown() {
        let mut menu = Menu::new(set(&[0, 1, 2]));
        menu.add(Offer { shown: set(&[]), used: set(&[]), cost: 100.0 });
        menu.add(Offer { shown: set(&[0, 1, 2]), used: set(&[1]), cost: 10.0 });
        assert_eq!(menu.exact(&set(&[1, 2])).map(|offer| offer.cost), Some(10.0));
        assert_eq!(menu.exact(&set(&[0])), None);
        assert_eq!((menu.low(&set(&[0])), menu.high(&set(&[0]))), (10.0, 100.0));
        assert_eq!(menu.key(&set(&[1, 9])), set(&[1]));
    }
}

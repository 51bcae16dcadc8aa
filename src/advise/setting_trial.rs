//! What trying one setting on its own came to.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trial on a copy: blocks of the whole workload, without and with the setting in turn, everything else as it stands
/// after the tuning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum SettingTrial {
    Measured(SettingEffect),
    NotTried {
        /// A sentence without its full stop.
        because: String,
    },
}

/// What the workload takes with a setting, as a share of what it takes without: below 1 is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingEffect {
    /// Geometric mean over the pairs of blocks.
    pub ratio: f64,
    /// Ends of its 95 % interval.
    pub low: f64,
    pub high: f64,
    pub pairs: u32,
    /// The server was restarted before every block.
    pub restarted: bool,
    /// Queries that differed in the same direction in every pair, the heaviest first.
    pub queries: Vec<SettingEffectOnQuery>,
    /// Queries that failed in a block, and so are in none of these figures.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingEffectOnQuery {
    pub query: String,
    pub ratio: f64,
}

/// Queries that are named of one trial.
const NAMED: usize = 3;

impl SettingTrial {
    /// As a clause, without its full stop.
    pub fn words(&self) -> String {
        match self {
            SettingTrial::Measured(effect) => format!("tried: {}", effect.words()),
            SettingTrial::NotTried { because } => format!("not tried: {because}"),
        }
    }
}

/// Less than that is not worth a change, however sure it is.
const WORTHWHILE: f64 = 0.97;

impl SettingEffect {
    /// For certain, and by enough.
    pub fn helps(&self) -> bool {
        self.high < 1.0 && self.ratio <= WORTHWHILE
    }

    /// It may help, and it may not.
    pub fn is_open(&self) -> bool {
        !self.helps() && self.low < WORTHWHILE
    }

    pub fn words(&self) -> String {
        let each = if self.restarted { ", the server restarted before each" } else { "" };
        let mut words = format!(
            "the workload takes {:.2} times as long with it (95 % interval {:.2} to {:.2}; {} pairs of blocks{each})",
            self.ratio, self.low, self.high, self.pairs
        );
        if self.is_open() {
            words.push_str(", which leaves open whether it helps");
        }
        for (word, faster) in [("faster", true), ("slower", false)] {
            let those = self.queries.iter().filter(|query| (query.ratio < 1.0) == faster);
            let named: Vec<String> = those
                .take(NAMED)
                .map(|query| format!("{} ({:.2})", query.query, query.ratio))
                .collect();
            if !named.is_empty() {
                let _ = write!(words, "; {word}: {}", named.join(", "));
            }
        }
        if !self.left_out.is_empty() {
            let _ = write!(words, "; without {}, which failed", self.left_out.join(", "));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_told_with_its_interval_and_the_queries_that_it_moved() {
        let moved = |query: &str, ratio| SettingEffectOnQuery { query: query.to_owned(), ratio };
        let effect = SettingEffect {
            ratio: 0.914,
            low: 0.88,
            high: 0.949,
            pairs: 4,
            restarted: true,
            queries: vec![moved("heavy", 0.5), moved("light", 1.25)],
            left_out: vec!["broken".to_owned()],
        };
        assert_eq!(
            SettingTrial::Measured(effect).words(),
            "tried: the workload takes 0.91 times as long with it (95 % interval 0.88 to 0.95; 4 pairs of blocks, the \
             server restarted before each); faster: heavy (0.50); slower: light (1.25); without broken, which failed"
        );
        let unsure = SettingEffect {
            ratio: 1.01,
            low: 0.8,
            high: 1.27,
            pairs: 4,
            restarted: false,
            queries: Vec::new(),
            left_out: Vec::new(),
        };
        assert!(
            unsure.words().ends_with("which leaves open whether it helps"),
            "{}",
            unsure.words()
        );
        let without = SettingEffect { low: 0.99, high: 1.03, ..unsure };
        assert!(!without.is_open() && !without.helps(), "{without:?}");
        let because = "the time was over".to_owned();
        assert_eq!(SettingTrial::NotTried { because }.words(), "not tried: the time was over");
    }
}

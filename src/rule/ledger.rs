//! What came of following the rules on real databases: `rules/ledger.json`, made by `cargo bench --bench precision`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::stats::Interval;

/// Below this share of confirmed remedies a rule stays in preview.
pub const LEAST_CONFIRMED: f64 = 0.8;
/// Fewer remedies than this tell no share.
const LEAST_TRIALS: usize = 3;
/// A confirmed remedy leaves at most this much of the query's time.
const MOST_LEFT: f64 = 0.95;

static MEASURED: LazyLock<Ledger> = LazyLock::new(|| {
    // A test reads the file with errors; a program that was built has passed it.
    serde_json::from_str(MEASURED_TEXT).unwrap_or_default()
});
const MEASURED_TEXT: &str = include_str!("../../rules/ledger.json");

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub corpora: Vec<Corpus>,
    /// By rule; a rule that never fired on these databases is not in it.
    pub rules: BTreeMap<String, Record>,
}

/// A database with its workload, as it was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corpus {
    pub name: String,
    /// Engine and version.
    pub server: String,
    /// Day, `2026-11-29`.
    pub measured: String,
    pub queries: usize,
}

/// Every finding of one rule.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(pub Vec<Followed>);

/// A finding, and what became of following it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Followed {
    pub corpus: String,
    /// Those that it should help.
    pub queries: Vec<String>,
    /// It promised time; otherwise it only says what is wrong (an estimate, say).
    pub promised: bool,
    #[serde(flatten)]
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The remedy was carried out on a copy, and the queries measured without and with it in turn.
    Measured(Trial),
    /// No clock tells whether it is right.
    NotReplayed(NotReplayed),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What was carried out.
    pub remedy: String,
    /// Time with the remedy / without; `None`: nothing changed that could be measured.
    pub ratio: Option<f64>,
    /// 95 % interval of the ratio.
    pub interval: Option<Interval>,
}

/// Why a finding's remedy was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotReplayed {
    /// It is about no query of the workload, so that none can get faster.
    NoQuery,
    /// Its remedy is in words, for a person to carry out.
    InWords,
    /// The remedy was refused by the server, or the query could not be measured with it.
    Failed,
}

impl Trial {
    /// At least 5 % faster, and certainly faster at all.
    pub fn is_confirmed(&self) -> bool {
        let faster = self.ratio.is_some_and(|ratio| ratio <= MOST_LEFT);
        faster && self.interval.is_some_and(|interval| interval.high < 1.0)
    }
}

impl Record {
    pub fn fired(&self) -> usize {
        self.0.len()
    }

    /// Trials of findings that promised time, and how many of them were confirmed.
    pub fn promises(&self) -> (usize, usize) {
        self.counted(true)
    }

    /// The same of findings that promised none.
    pub fn others(&self) -> (usize, usize) {
        self.counted(false)
    }

    fn counted(&self, promised: bool) -> (usize, usize) {
        let trials = || {
            self.0.iter().filter(move |one| one.promised == promised).filter_map(|one| {
                match &one.outcome {
                    Outcome::Measured(trial) => Some(trial),
                    Outcome::NotReplayed(_) => None,
                }
            })
        };
        (trials().count(), trials().filter(|trial| trial.is_confirmed()).count())
    }

    /// The findings that no clock tells of, by reason.
    pub fn not_replayed(&self) -> BTreeMap<NotReplayed, usize> {
        let mut counts = BTreeMap::new();
        for one in &self.0 {
            if let Outcome::NotReplayed(reason) = one.outcome {
                *counts.entry(reason).or_default() += 1;
            }
        }
        counts
    }

    /// Too few of its promises were kept. A rule that promises nothing keeps what it promises.
    pub fn is_preview(&self) -> bool {
        let (tried, confirmed) = self.promises();
        tried >= LEAST_TRIALS && (confirmed as f64) < LEAST_CONFIRMED * tried as f64
    }
}

impl Ledger {
    /// The one that planwise comes with.
    pub fn measured() -> &'static Ledger {
        &MEASURED
    }

    pub fn record(&self, rule: &str) -> Option<&Record> {
        self.rules.get(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(ratio: f64, interval: [f64; 2]) -> Trial {
        Trial {
            remedy: "CREATE INDEX ON t (a);".to_owned(),
            ratio: Some(ratio),
            interval: Some(Interval::new(interval[0], interval[1])),
        }
    }

    fn followed(promised: bool, outcome: Outcome) -> Followed {
        let (corpus, queries) = ("shop".to_owned(), vec!["q".to_owned()]);
        Followed { corpus, queries, promised, outcome }
    }

    #[test]
    fn the_file_that_comes_with_planwise_reads_and_its_entries_are_of_its_databases() {
        let ledger: Ledger = serde_json::from_str(MEASURED_TEXT).expect("rules/ledger.json");
        assert_eq!(&ledger, Ledger::measured());
        assert!(ledger.corpora.len() >= 6, "{:?}", ledger.corpora);
        assert!(!ledger.rules.is_empty());
        for (rule, record) in &ledger.rules {
            assert!(record.fired() > 0, "{rule}");
            for one in &record.0 {
                let known = ledger.corpora.iter().any(|corpus| corpus.name == one.corpus);
                let whole = match &one.outcome {
                    Outcome::Measured(trial) => !one.queries.is_empty() && !trial.remedy.is_empty(),
                    Outcome::NotReplayed(_) => true,
                };
                assert!(known && whole, "{rule}: {one:?}");
            }
        }
    }

    #[test]
    fn five_percent_and_certainty_make_a_confirmation() {
        assert!(trial(0.94, [0.9, 0.97]).is_confirmed());
        assert!(!trial(0.96, [0.95, 0.97]).is_confirmed(), "too little");
        assert!(!trial(0.7, [0.3, 1.2]).is_confirmed(), "perhaps none at all");
        assert!(!Trial { ratio: None, interval: None, ..trial(0.1, [0.1, 0.1]) }.is_confirmed());
    }

    #[test]
    fn only_broken_promises_make_a_preview_and_only_from_three_on() {
        let kept = followed(true, Outcome::Measured(trial(0.1, [0.05, 0.2])));
        let broken = followed(true, Outcome::Measured(trial(1.0, [0.9, 1.1])));
        let none_made = followed(false, Outcome::Measured(trial(1.0, [0.9, 1.1])));
        let in_words = followed(true, Outcome::NotReplayed(NotReplayed::InWords));
        let of = |parts: &[(&Followed, usize)]| {
            let all = parts.iter().flat_map(|(one, times)| vec![(*one).clone(); *times]);
            Record(all.collect())
        };
        assert!(!of(&[(&broken, 2)]).is_preview(), "too few to tell");
        assert!(of(&[(&kept, 2), (&broken, 1)]).is_preview());
        assert!(!of(&[(&kept, 4), (&broken, 1)]).is_preview());
        assert!(!of(&[(&none_made, 9), (&in_words, 9)]).is_preview());
        let record = of(&[(&kept, 2), (&broken, 1), (&none_made, 4), (&in_words, 5)]);
        assert_eq!((record.fired(), record.promises(), record.others()), (12, (3, 2), (4, 0)));
        assert_eq!(record.not_replayed(), BTreeMap::from([(NotReplayed::InWords, 5)]));
    }

    #[test]
    fn an_entry_reads_as_it_was_written() {
        for outcome in
            [Outcome::Measured(trial(0.5, [0.4, 0.6])), Outcome::NotReplayed(NotReplayed::NoQuery)]
        {
            let entry = followed(true, outcome);
            let text = serde_json::to_string(&entry).expect("JSON");
            assert_eq!(serde_json::from_str::<Followed>(&text).expect(&text), entry);
        }
    }
}

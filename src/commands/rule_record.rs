//! What the ledger of remedies says of a rule, for those who list and read rules.

use serde_json::{Value, json};

use crate::report::format::counted;
use crate::rule::{Corpus, LEAST_CONFIRMED, Ledger, NotReplayed, Record, Rule};

/// Below a list with notes.
pub const LEGEND: &str = "In brackets: how many remedies, carried out on a copy of the project's databases, made \
                          their query at least 5 % faster. Rules in preview speak only with --preview.";

/// What was measured of a rule that planwise comes with; of a site's own nothing is known.
pub fn of(rule: &Rule) -> Option<&'static Record> {
    Ledger::measured().record(rule.id()).filter(|_| rule.built_in)
}

/// For the page of one rule.
pub fn told(rule: &Rule) -> String {
    sentences(of(rule), &Ledger::measured().corpora).join(" ")
}

/// A word or two behind a rule's summary; nothing where the rule never fired.
pub fn note(record: Option<&Record>) -> String {
    let Some(record) = record.filter(|record| record.fired() > 0) else { return String::new() };
    let (tried, confirmed) = record.promises();
    let (others, helped) = record.others();
    match (tried, others) {
        (0, 0) => format!(" [fired {}, not replayable]", record.fired()),
        (0, others) => format!(" [promises no time; helped {helped} of {others}]"),
        _ if record.is_preview() => format!(" [preview: confirmed {confirmed} of {tried}]"),
        _ => format!(" [confirmed {confirmed} of {tried}]"),
    }
}

/// The same for programs; `null` where the rule never fired.
pub fn value(record: Option<&Record>) -> Value {
    let Some(record) = record else { return Value::Null };
    let ((tried, confirmed), (others, helped)) = (record.promises(), record.others());
    json!({
        "fired": record.fired(),
        "tried": tried,
        "confirmed": confirmed,
        "tried_without_promise": others,
        "helped_without_promise": helped,
        "not_replayed": record.not_replayed(),
    })
}

fn sentences(record: Option<&Record>, corpora: &[Corpus]) -> Vec<String> {
    let names: Vec<&str> = corpora.iter().map(|corpus| corpus.name.as_str()).collect();
    let names = names.join(", ");
    let Some(record) = record.filter(|record| record.fired() > 0) else {
        return vec![format!("It never fired there: {names}.")];
    };
    let mut told =
        vec![format!("It fired {} there: {names}.", counted(record.fired(), "time", "times"))];
    let (tried, confirmed) = record.promises();
    if tried > 0 {
        told.push(format!(
            "Of {} that promised time, followed on a copy, {confirmed} made the query at least 5 % faster.",
            counted(tried, "finding", "findings")
        ));
    }
    let (others, helped) = record.others();
    if others > 0 {
        told.push(format!(
            "{} promised none; followed all the same, {helped} made the query faster.",
            counted(others, "finding", "findings")
        ));
    }
    told.extend(
        record.not_replayed().into_iter().map(|(reason, count)| not_replayed(reason, count)),
    );
    if record.is_preview() {
        told.push(format!(
            "Fewer than {:.0} % were confirmed: it is in preview and speaks only with --preview.",
            LEAST_CONFIRMED * 100.0
        ));
    }
    told
}

fn not_replayed(reason: NotReplayed, count: usize) -> String {
    let findings = counted(count, "finding", "findings");
    match reason {
        NotReplayed::NoQuery => {
            format!("{findings} could not be replayed: about no query of the workload.")
        }
        NotReplayed::InWords => {
            format!(
                "{findings} could not be replayed: the remedy is in words, for a person to carry out."
            )
        }
        NotReplayed::Failed => {
            format!(
                "{findings} could not be replayed: the remedy was refused, or the query could not be measured."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Followed, FollowedOutcome, Trial};
    use crate::stats::Interval;

    fn followed(promised: bool, outcome: FollowedOutcome) -> Followed {
        let (corpus, queries) = ("shop".to_owned(), vec!["q".to_owned()]);
        Followed { corpus, queries, promised, outcome }
    }

    fn measured(promised: bool, ratio: f64) -> Followed {
        let interval = Some(Interval::new(ratio - 0.1, ratio + 0.1));
        let trial = Trial { remedy: "ANALYZE t;".to_owned(), ratio: Some(ratio), interval };
        followed(promised, FollowedOutcome::Measured(trial))
    }

    fn record(promised: bool, confirmed: usize, tried: usize) -> Record {
        let ratio = |nth| if nth < confirmed { 0.5 } else { 1.0 };
        Record((0..tried).map(|nth| measured(promised, ratio(nth))).collect())
    }

    #[test]
    fn a_note_says_what_was_confirmed_and_what_could_not_be() {
        assert_eq!(note(None), "");
        assert_eq!(note(Some(&Record::default())), "");
        assert_eq!(note(Some(&record(true, 4, 5))), " [confirmed 4 of 5]");
        assert_eq!(note(Some(&record(true, 1, 5))), " [preview: confirmed 1 of 5]");
        assert_eq!(note(Some(&record(false, 1, 5))), " [promises no time; helped 1 of 5]");
        let in_words = followed(true, FollowedOutcome::NotReplayed(NotReplayed::InWords));
        let structural = Record(vec![in_words; 3]);
        assert_eq!(note(Some(&structural)), " [fired 3, not replayable]");
        assert!(sentences(Some(&structural), &[]).last().is_some_and(|s| s.contains("in words")));
        assert_eq!(value(Some(&structural))["not_replayed"]["in-words"], 3);
    }

    #[test]
    fn the_page_says_why_a_rule_is_silent() {
        let told = sentences(Some(&record(true, 1, 5)), &[]);
        assert!(
            told.iter().any(|s| s.contains("Of 5 findings") && s.contains("1 made")),
            "{told:?}"
        );
        assert!(told.last().is_some_and(|s| s.contains("--preview")), "{told:?}");
        assert!(!sentences(Some(&record(true, 5, 5)), &[]).concat().contains("--preview"));
    }
}

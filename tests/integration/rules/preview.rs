//! Rules whose remedies were confirmed too seldom: off by default, spoken of where they are asked for.

use planwise::rule::{Followed, FollowedOutcome, Ledger, Record, RuleSet, Trial, unknown_ignores};
use planwise::stats::Interval;

use super::case::{Case, cases_of};

const RULE: &str = "sort-spill";

/// So many findings of one rule that promised time, and how many of them kept the promise.
fn ledger(tried: usize, confirmed: usize) -> Ledger {
    let followed = |nth: usize| {
        let ratio = if nth < confirmed { 0.4 } else { 1.0 };
        let interval = Some(Interval::new(ratio - 0.05, ratio + 0.05));
        let remedy = "SET work_mem = '64MB';".to_owned();
        Followed {
            corpus: "shop".to_owned(),
            queries: vec!["q".to_owned()],
            promised: true,
            outcome: FollowedOutcome::Measured(Trial { remedy, ratio: Some(ratio), interval }),
        }
    };
    let record = Record((0..tried).map(followed).collect());
    Ledger { rules: [(RULE.to_owned(), record)].into(), ..Ledger::default() }
}

fn built_in() -> RuleSet {
    RuleSet::load(&[]).unwrap_or_else(|problems| panic!("{problems}"))
}

fn firing() -> Case {
    let firing = cases_of(RULE).into_iter().find(|(name, _)| name.starts_with("fires"));
    firing.expect("a case that fires").1
}

fn speaks(rules: &RuleSet) -> bool {
    firing().judgement(rules).findings.iter().any(|finding| finding.rule == RULE)
}

#[test]
fn a_rule_below_four_in_five_is_off_by_default_and_on_where_it_is_asked_for() {
    let doubted = built_in().with_ledger(&ledger(5, 3));
    assert!(doubted.is_preview(doubted.rule(RULE).expect("known by name")));
    assert!(!speaks(&doubted.clone().speaking(false)), "off by default");
    assert!(speaks(&doubted.clone().speaking(true)), "--preview");
    // Who ignores it is not told that there is no such rule.
    let quiet = doubted.speaking(false);
    assert_eq!(unknown_ignores([(1, RULE)].into_iter(), &quiet), []);
}

#[test]
fn a_rule_of_four_in_five_and_one_of_too_few_trials_speak() {
    for (tried, confirmed) in [(5, 4), (2, 0), (0, 0)] {
        let rules = built_in().with_ledger(&ledger(tried, confirmed)).speaking(false);
        assert!(speaks(&rules), "{confirmed} of {tried}");
    }
}

/// What a site has written itself it wants to hear.
#[test]
fn a_rule_that_replaces_a_built_in_one_is_never_in_preview() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/sort-spill.toml");
    std::fs::copy(own, folder.path().join("sort-spill.toml")).expect("copied");
    let rules = RuleSet::load(&[folder.path().to_owned()]).unwrap_or_else(|p| panic!("{p}"));
    assert!(speaks(&rules.with_ledger(&ledger(5, 0)).speaking(false)));
}

/// What stands in the list is what the ledger holds.
#[test]
fn the_list_shows_the_ledger() {
    let output =
        crate::program::planwise().args(["rules", "list", "--format", "json"]).output().unwrap();
    let rows: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("one document");
    let text = crate::program::planwise().args(["rules", "list"]).output().unwrap();
    let text = crate::program::stdout(&text);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let ledger = Ledger::measured();
    assert!(rows.iter().any(|row| row["ledger"]["tried"].as_u64() > Some(0)));
    for row in rows {
        let id = row["id"].as_str().expect("an id");
        let Some(record) = ledger.record(id) else {
            assert!(row["ledger"].is_null() && row["preview"] == false, "{row}");
            continue;
        };
        let (tried, confirmed) = record.promises();
        assert_eq!(row["ledger"]["fired"], record.fired(), "{id}");
        assert_eq!(
            (&row["ledger"]["tried"], &row["ledger"]["confirmed"]),
            (&tried.into(), &confirmed.into())
        );
        assert_eq!(row["preview"], record.is_preview(), "{id}");
        if tried > 0 {
            assert!(words.contains(&format!("confirmed {confirmed} of {tried}]")), "{id}\n{text}");
        }
    }
}

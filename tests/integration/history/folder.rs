//! Storing, finding, pruning.

use std::fs;
use std::time::Duration;

use planwise::history::{Choice, History, Mark, Outcome, choose};
use planwise::run::{RUN_FORMAT, Status};
use tempfile::TempDir;

use super::{old_run, run};

fn good() -> Mark {
    Mark { outcome: Outcome::Good, ..Mark::default() }
}

fn files(folder: &TempDir, part: &str) -> Vec<std::path::PathBuf> {
    let listed = fs::read_dir(folder.path().join(part)).unwrap();
    listed.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn an_older_record_is_read_with_defaults_for_what_it_lacks() {
    let run = old_run();
    assert!(run.queries.iter().all(|query| query.status == Status::Measured));
    assert!(run.queries.iter().all(|query| query.rounds_ms.is_empty()));
    assert_eq!(run.commit, None);
    assert_eq!(run.label.as_deref(), Some("v0"));
    assert!(!run.queries[0].plans.is_empty());
}

#[test]
fn a_newer_record_is_refused_and_the_others_are_used() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    history.store(&run("old", 0), &good()).unwrap();
    let mut newer = run("newer", 1);
    newer.format = RUN_FORMAT + 1;
    newer.planwise = "9.9.9".to_owned();
    history.store(&newer, &good()).unwrap();
    let (kept, troubles) = history.list().unwrap();
    assert_eq!(kept.len(), 1);
    assert!(troubles[0].contains("written by planwise 9.9.9 in format"), "{troubles:?}");
    assert!(troubles[0].ends_with("update planwise"), "{troubles:?}");
    fs::write(folder.path().join("layout"), "7\n").unwrap();
    let refused = History::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("has layout 7") && refused.ends_with("update planwise"), "{refused}");
}

#[test]
fn what_was_stored_comes_back_and_the_same_run_is_one_record() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    let id = history.store(&run("a", 0), &good()).unwrap();
    assert_eq!(history.store(&run("a", 0), &good()).unwrap(), id);
    assert_eq!(history.load(&id).unwrap(), run("a", 0));
    assert_eq!(files(&folder, "records").len(), 1);
    assert_eq!(history.find("a").unwrap().entry.id, id);
    assert_eq!(history.find(&id[..8]).unwrap().entry.id, id);
    assert!(history.find("b").unwrap_err().to_string().contains("no run in the history"));
}

#[test]
fn the_index_is_made_anew_from_the_records() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    for day in 0..3 {
        history.store(&run(&format!("run {day}"), day), &good()).unwrap();
    }
    let listed = history.list().unwrap();
    for damage in ["", "{\"form\": 1, \"entries\": ", "[]"] {
        fs::write(folder.path().join("index.json"), damage).unwrap();
        assert_eq!(history.list().unwrap(), listed);
    }
    fs::remove_file(folder.path().join("index.json")).unwrap();
    assert_eq!(history.list().unwrap(), listed);
    let labels: Vec<_> = listed.0.iter().map(|kept| kept.entry.name()).collect();
    assert_eq!(labels, ["run 0", "run 1", "run 2"]);
}

#[test]
fn a_damaged_record_is_named_and_the_rest_is_used() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    let id = history.store(&run("a", 0), &good()).unwrap();
    history.store(&run("b", 1), &good()).unwrap();
    let path = folder.path().join("records").join(format!("{id}.json.gz"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(history.load(&id).unwrap_err().to_string().contains("it is damaged"));
    fs::remove_file(folder.path().join("index.json")).unwrap();
    let (kept, troubles) = history.list().unwrap();
    assert_eq!((kept.len(), troubles.len()), (1, 1));
    assert_eq!(kept[0].entry.name(), "b");
}

#[test]
fn pruning_spares_the_tagged_and_the_last_good_one() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    let today = (jiff::Timestamp::now().as_second() - old_run().started.as_second()) / 86_400;
    let tagged = Mark { tags: vec!["release".to_owned()], ..good() };
    history.store(&run("tagged", today - 90), &tagged).unwrap();
    history.store(&run("old", today - 80), &good()).unwrap();
    history.store(&run("last good", today - 70), &good()).unwrap();
    history.store(&run("bad", today - 60), &Mark::default()).unwrap();
    history.store(&run("young", today - 1), &Mark::default()).unwrap();
    let month = Duration::from_secs(30 * 86_400);
    assert_eq!(history.prune(month, true).unwrap().removed.len(), 2);
    let pruned = history.prune(month, false).unwrap();
    let gone: Vec<_> = pruned.removed.iter().map(|kept| kept.entry.name()).collect();
    assert_eq!((gone, pruned.spared), (vec!["old".to_owned(), "bad".to_owned()], 2));
    let (left, _) = history.list().unwrap();
    let names: Vec<_> = left.iter().map(|kept| kept.entry.name()).collect();
    assert_eq!(names, ["tagged", "last good", "young"]);
    assert_eq!(files(&folder, "marks").len(), 3);
}

#[test]
fn the_baseline_is_the_last_good_run_a_tag_or_several_nights() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    let tonight = run("tonight", 9);
    assert_eq!(choose(&history, &Choice::LastGood, &tonight).unwrap(), None);
    for (day, ms) in [(0, 10.0), (1, 20.0), (2, 30.0)] {
        let mut night = run(&format!("night {day}"), day);
        night.queries[0].rounds_ms = vec![ms; 20];
        history.store(&night, &good()).unwrap();
    }
    history.store(&run("bad", 3), &Mark::default()).unwrap();
    let last = choose(&history, &Choice::LastGood, &tonight).unwrap().unwrap();
    assert_eq!(last.run.label.as_deref(), Some("night 2"));
    let named = Choice::Tag("night 0".to_owned());
    let named = choose(&history, &named, &tonight).unwrap().unwrap();
    assert_eq!(named.run.queries[0].rounds_ms, [10.0; 20]);
    let several = choose(&history, &Choice::MedianOf(3), &tonight).unwrap().unwrap();
    let rounds = &several.run.queries[0].rounds_ms;
    assert!(rounds.len() <= 47 && rounds.contains(&10.0) && rounds.contains(&30.0), "{rounds:?}");
    let mut other = tonight.clone();
    other.workload.name = "another".to_owned();
    assert_eq!(choose(&history, &Choice::LastGood, &other).unwrap(), None);
}

#[test]
fn a_damaged_mark_is_no_silent_pass() {
    let folder = TempDir::new().unwrap();
    let history = History::create(folder.path()).unwrap();
    history.store(&run("first", 1), &good()).unwrap();
    let id = history.store(&run("second", 2), &good()).unwrap();
    let mark = folder.path().join("marks").join(format!("{id}.json"));
    fs::write(&mark, "{\"outcome\": \"go").unwrap();
    let tonight = run("third", 3);
    let refused = choose(&history, &Choice::LastGood, &tonight).unwrap_err().to_string();
    assert!(refused.contains(&format!("history mark {id}")), "{refused}");
    let (all, troubles) = history.list().unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(troubles, [refused]);
    history.change_mark(&id, |mark| mark.outcome = Outcome::Good).unwrap();
    let chosen = choose(&history, &Choice::LastGood, &tonight).unwrap().unwrap();
    assert_eq!(chosen.made_of[0].entry.id, id);
}

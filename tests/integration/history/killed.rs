//! Killed at any moment, the history opens; two at once do not corrupt it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use planwise::history::{History, Mark};
use tempfile::TempDir;

use super::run;

const FOLDER: &str = "PLANWISE_TEST_HISTORY";
const WRITER: &str = "PLANWISE_TEST_WRITER";

/// Not a test: what the others start as a process of its own, to be killed.
#[test]
#[ignore = "a child of the tests below"]
fn stores_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let writer = std::env::var(WRITER).unwrap();
    let history = History::create(Path::new(&folder)).unwrap();
    let most = if writer.starts_with("one of two") { 15 } else { i64::MAX };
    for number in 0..most {
        history.store(&run(&format!("{writer} {number}"), number % 9), &Mark::default()).unwrap();
    }
}

fn writer(folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "history::killed::stores_until_it_is_killed"])
        .env(FOLDER, folder)
        .env(WRITER, name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_at_any_moment_it_still_opens() {
    let folder = TempDir::new().unwrap();
    History::create(folder.path()).unwrap();
    let mut before = 0;
    for attempt in 0..30u64 {
        let mut child = writer(folder.path(), &format!("attempt {attempt}"));
        std::thread::sleep(Duration::from_millis(30 + attempt * 13 % 97));
        child.kill().unwrap();
        child.wait().unwrap();
        let history = History::open(folder.path()).unwrap();
        let (kept, troubles) = history.list().unwrap();
        assert_eq!(troubles, Vec::<String>::new());
        assert!(kept.len() >= before, "{} records after {before}", kept.len());
        before = kept.len();
    }
    let history = History::open(folder.path()).unwrap();
    let (kept, _) = history.list().unwrap();
    assert!(kept.len() >= 10, "only {} records: nothing was killed while storing", kept.len());
    for kept in kept {
        history.load(&kept.entry.id).unwrap();
    }
    history.store(&run("after all", 1), &Mark::default()).unwrap();
    for part in ["", "records", "marks"] {
        let listed = std::fs::read_dir(folder.path().join(part)).unwrap();
        let names = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let left: Vec<String> = names.filter(|name| name.starts_with(".unfinished-")).collect();
        assert_eq!(left, Vec::<String>::new(), "swept by the next writer");
    }
}

#[test]
fn two_at_once_lose_nothing() {
    let folder = TempDir::new().unwrap();
    let children = ["one of two: a", "one of two: b"].map(|name| writer(folder.path(), name));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let history = History::open(folder.path()).unwrap();
    let (kept, troubles) = history.list().unwrap();
    assert_eq!((kept.len(), troubles.len()), (30, 0));
    let index = std::fs::read_to_string(folder.path().join("index.json")).unwrap();
    assert_eq!(index.matches("one of two").count(), 30, "the index has them all");
}

//! `planwise capture` and `planwise workload`, on logs of real servers and on hostile ones.

mod habits;
mod hostile;
mod live;
mod logs;
mod plans;
mod replay;
mod slow;
mod verbs;
mod wrapped;

use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::program::{assert_status, planwise, stdout};

/// Captures `sources` into `target` and returns the digest as `workload show` prints it.
#[track_caller]
pub fn captured(sources: &[&Path], target: &Path, options: &[&str]) -> Value {
    assert_status(&capture(sources, target, options), 0);
    shown(target)
}

pub fn capture(sources: &[&Path], target: &Path, options: &[&str]) -> Output {
    planwise().arg("capture").args(sources).args(options).arg("-o").arg(target).output().unwrap()
}

#[track_caller]
pub fn shown(workload: &Path) -> Value {
    let output =
        planwise().args(["workload", "show", "--format", "json"]).arg(workload).output().unwrap();
    assert_status(&output, 0);
    serde_json::from_str(&stdout(&output)).unwrap()
}

/// The query whose normalised text holds `part`.
#[track_caller]
pub fn query<'d>(digest: &'d Value, part: &str) -> &'d Value {
    let queries = digest["queries"].as_array().unwrap();
    let found = queries.iter().find(|query| query["query"].as_str().unwrap().contains(part));
    found.unwrap_or_else(|| panic!("no query with {part} in {digest:#}"))
}

//! A query that got slower for good, as the verb shows it.

use planwise::history::{History, Mark};
use planwise::stats::Latency;

use super::run;
use crate::program::{Desk, assert_says, assert_status, planwise, stdout};

/// Around `ms`, a little different each night.
fn latency(ms: f64, night: i64) -> Latency {
    let mut histogram = planwise::stats::Histogram::default();
    let nudge = 1.0 + (night * 7 % 5) as f64 / 200.0;
    for n in 0..20 {
        let spread = 1.0 + f64::from(n) / 1e3;
        histogram.record(std::time::Duration::from_secs_f64(ms * nudge * spread / 1e3));
    }
    Latency::of(&histogram).unwrap()
}

#[test]
fn the_commit_of_a_change_is_named_on_the_terminal_and_on_the_page() {
    let desk = Desk::new();
    let history = History::create(&desk.path("history")).unwrap();
    for night in 0..14 {
        let mut run = run(&format!("night-{night}"), night);
        run.commit = Some(format!("{night:02}c0ffee{night:032}"));
        run.queries[0].latency = Some(latency(if night < 9 { 4.0 } else { 6.0 }, night));
        run.queries[1].latency = Some(latency(2.0, night));
        history.store(&run, &Mark::default()).unwrap();
    }
    let verb = |args: &[&str]| {
        let mut command = planwise();
        command.arg("history").args(args).arg("--history").arg(desk.path("history"));
        let output = command.output().unwrap();
        assert_status(&output, 0);
        stdout(&output)
    };
    let shown = verb(&["show"]);
    assert_says(&shown, &["1.5× slower since", "(night-9, commit 09c0ffee0000)", "14 runs", "█"]);
    assert_eq!(shown.matches("since").count(), 1, "only one query changed:\n{shown}");
    let page = desk.path("trends.html");
    verb(&["html", "-o", page.to_str().unwrap()]);
    let page = std::fs::read_to_string(page).unwrap();
    assert_says(&page, &["1 of 2 queries changed over 14 runs", "night-9, commit 09c0ffee0000"]);
    verb(&["mark", "night-3", "--outcome", "good", "--tag", "release"]);
    assert_says(&verb(&["list"]), &["night-3", "good", "release"]);
}

//! Settings tried one by one: after a restart where they need one, on sessions where not, and the same again.

use std::time::Duration;

use planwise::advise::{Advice, SettingAdvice, SettingTrial};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::Target;
use planwise::sample::{self, SampleSpec};
use planwise::sandbox::SandboxOptions;
use planwise::tune::{SettingTrials, try_settings};
use planwise::workload;
use serde_json::Value;

use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, read_json};

const QUERIES: &str = "
-- name: titles-by-rentals
SELECT f.title, count(*) FROM rental r JOIN inventory i USING (inventory_id, store_id) JOIN film f USING (film_id)
GROUP BY f.title ORDER BY count(*) DESC LIMIT 10;
-- name: latest-by-customer
SELECT customer_id, rental_id, rented_at FROM rental ORDER BY customer_id, rented_at DESC, rental_id;
-- name: days
SELECT rented_at::date, count(*) FROM rental GROUP BY 1 ORDER BY 1;";

fn settings(desk: &Desk) -> Vec<Value> {
    read_json(&desk.out().join("advice.json"))["settings"].as_array().unwrap().clone()
}

/// Ratio and interval of the setting's trial.
fn measured(settings: &[Value], name: &str) -> (f64, f64, f64) {
    let setting = settings.iter().find(|one| one["name"] == name);
    let setting = setting.unwrap_or_else(|| panic!("{name} was not proposed: {settings:#?}"));
    assert_eq!(setting["trial"]["state"], "measured", "{setting:#}");
    let figure = |key: &str| setting["trial"][key].as_f64().unwrap();
    (figure("ratio"), figure("low"), figure("high"))
}

/// The rental sample on a server with too little of everything.
#[tokio::test(flavor = "multi_thread")]
async fn settings_are_tried_alone_and_two_trials_agree() {
    let small =
        [("shared_buffers", "1MB"), ("work_mem", "64kB"), ("max_parallel_workers_per_gather", "0")];
    let small = small.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let options = SandboxOptions { settings: small.to_vec(), ..SandboxOptions::default() };
    let Some(sandbox) = parts::sandbox("postgres", options).await else { return };
    let spec = SampleSpec { generator: sample::GENERATOR.to_owned(), scale: 0.04, seed: 1 };
    let url = sandbox.owner_url(sandbox.database());
    sample::load(sandbox.engine(), &url, &spec, Progress::hidden()).await.unwrap();

    let mut trials = Vec::new();
    for _ in 0..2 {
        let desk = Desk::new();
        let workload = desk.write("rental.sql", QUERIES);
        let output = planwise()
            .args(["tune", "--rounds", "3", "--compare-time", "30", "--ram", "8GB", "--db", &url])
            .arg("--out")
            .arg(desk.out())
            .arg(workload)
            .output()
            .unwrap();
        assert_status(&output, 0);
        let tried = settings(&desk);
        let buffers = tried.iter().find(|one| one["name"] == "shared_buffers").unwrap();
        assert_eq!(buffers["trial"]["restarted"], true, "{buffers:#}");
        assert!(
            ["kept", "dropped", "proposed"]
                .contains(&buffers["outcome"]["state"].as_str().unwrap())
        );
        let memory = tried.iter().find(|one| one["name"] == "work_mem").unwrap();
        assert_eq!(memory["trial"]["restarted"], false, "{memory:#}");
        let page = std::fs::read_to_string(desk.out().join("report.html")).unwrap();
        assert_says(&page, &["the server restarted before each", "95 % interval"]);
        // The page of health says the same of a setting that the tuning tried.
        let health = read_json(&desk.out().join("health.json"));
        let of_health = health["settings"].as_array().unwrap();
        for setting in of_health.iter().filter(|one| {
            tried.iter().any(|t| t["name"] == one["name"] && t["trial"]["state"] == "measured")
        }) {
            assert!(setting["trial"].as_str().unwrap().starts_with("tried: "), "{setting:#}");
        }
        let sql = std::fs::read_to_string(desk.out().join("advice.sql")).unwrap();
        assert_says(&sql, &["Alone, tried"]);
        trials.push((measured(&tried, "shared_buffers"), measured(&tried, "work_mem")));
        eprintln!("{:?}", trials.last());
    }
    // Of two trials of the same thing, one in six has its middle outside the other's 95 % interval; one in 170 of them are apart.
    let agree = |(_, a_low, a_high): (f64, f64, f64), (_, b_low, b_high): (f64, f64, f64)| {
        a_low <= b_high && b_low <= a_high
    };
    assert!(agree(trials[0].0, trials[1].0), "shared_buffers: {trials:?}");
    assert!(agree(trials[0].1, trials[1].1), "work_mem: {trials:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_for_which_there_is_no_time_or_no_copy_says_so() {
    let small = vec![("shared_buffers".to_owned(), "1MB".to_owned())];
    let options = SandboxOptions { settings: small, ..SandboxOptions::default() };
    let Some(sandbox) = parts::sandbox("postgres", options).await else { return };
    let spec = SampleSpec { generator: sample::GENERATOR.to_owned(), scale: 0.01, seed: 1 };
    let url = sandbox.owner_url(sandbox.database());
    sample::load(sandbox.engine(), &url, &spec, Progress::hidden()).await.unwrap();
    for (more, because) in [
        (["--compare-time", "0.2"], "of --compare-time were left"),
        (["--copy-limit", "1MB"], "there was no copy of the database to try it on"),
    ] {
        let desk = Desk::new();
        let workload = desk.write("rental.sql", QUERIES);
        let mut command = planwise();
        command.args(["tune", "--rounds", "2", "--ram", "8GB", "--db", &url]).args(more);
        command.arg("--out").arg(desk.out()).arg(workload).output().unwrap();
        let tried = settings(&desk);
        let buffers = tried.iter().find(|one| one["name"] == "shared_buffers").unwrap();
        assert_eq!(buffers["trial"]["state"], "not-tried", "{buffers:#}");
        assert_says(buffers["trial"]["because"].as_str().unwrap(), &[because]);
        let page = std::fs::read_to_string(desk.out().join("report.html")).unwrap();
        assert_says(&page, &["not tried:"]);
    }
}

/// What no session may have and is known to show in a replay is tried by restarts, and the server is as before then.
#[tokio::test(flavor = "multi_thread")]
async fn a_setting_of_the_whole_server_is_tried_by_restarts_on_mariadb() {
    let Some(mut sandbox) = parts::mariadb().await else { return };
    let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut owner = sandbox.connect(&writing).await.unwrap();
    for statement in [
        "CREATE DATABASE shop",
        "CREATE TABLE shop.digit (d int PRIMARY KEY)",
        "INSERT INTO shop.digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
    ] {
        owner.command(statement).await.unwrap();
    }
    drop(owner);
    let desk = Desk::new();
    let file = desk.write(
        "digits.sql",
        "-- name: digits\nSELECT count(*) FROM digit a, digit b, digit c, digit d, digit e WHERE a.d + b.d + c.d + d.d = e.d;",
    );
    let engine = sandbox.engine();
    let workload = workload::read(&file, engine.dialect()).unwrap();
    let target = Target { engine, url: sandbox.url("shop"), options: SessionOptions::default() };
    let of_server = |name: &str, to: &str, shows| SettingAdvice {
        name: name.to_owned(),
        to: to.to_owned(),
        restart_shows: shows,
        ..SettingAdvice::default()
    };
    let mut advice = Advice {
        settings: vec![
            of_server("innodb_buffer_pool_size", "67108864", true),
            of_server("max_connections", "77", false),
        ],
        ..Advice::default()
    };
    let trials = SettingTrials {
        sandbox: &mut sandbox,
        changed: &target,
        restarted: &target,
        workload: &workload,
        time: Duration::from_secs(120),
        interrupt: &Interrupt::new(),
        progress: Progress::hidden(),
    };
    try_settings(trials, &mut advice).await;
    let Some(SettingTrial::Measured(effect)) = &advice.settings[0].trial else {
        panic!("{:#?}", advice.settings)
    };
    assert!(effect.restarted && effect.low <= effect.ratio && effect.ratio <= effect.high);
    let Some(SettingTrial::NotTried { because }) = &advice.settings[1].trial else {
        panic!("{:#?}", advice.settings)
    };
    assert_says(because, &["no session may have its own"]);
    let mut session = target.connect().await.unwrap();
    let now = session.query_text("SELECT @@innodb_buffer_pool_size").await.unwrap();
    assert_eq!(now, [Some("134217728".to_owned())], "as it was before");
}

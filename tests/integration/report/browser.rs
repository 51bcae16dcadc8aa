//! The HTML report in a real browser: nothing runs, nothing is asked from the network, all is readable.

use std::path::Path;
use std::process::{Command, Output};

use planwise::report::{Document, write};
use serde_json::Value;
use tempfile::TempDir;

use super::hostile::{EMOJI, SCRIPT};
use super::{hostile, sample, volume};
use crate::parts;

struct Visit {
    folder: TempDir,
    output: Output,
}

impl Visit {
    /// Opens the report of `document`, runs its script, and dumps the page as the browser holds it.
    fn of(document: &Document, browser: &Path) -> Visit {
        let folder = TempDir::new().unwrap();
        write(document, folder.path()).unwrap();
        Visit::of_folder(folder, browser)
    }

    fn of_folder(folder: TempDir, browser: &Path) -> Visit {
        let page = format!("file://{}", folder.path().join("report.html").display());
        let output = Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args(["--disable-sync", "--disable-extensions", "--disable-default-apps"])
            .arg(
                "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
            )
            .args([
                "--enable-logging=stderr",
                "--log-level=0",
                "--dump-dom",
                "--virtual-time-budget=3000",
            ])
            .arg(format!("--log-net-log={}", folder.path().join("net.json").display()))
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(page)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Visit { folder, output }
    }

    fn page(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    fn console(&self) -> Vec<String> {
        let log = String::from_utf8_lossy(&self.output.stderr).into_owned();
        log.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect()
    }

    /// Addresses that the page asked for. What the browser asks for itself has no origin.
    fn requests(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("net.json")).unwrap();
        let log: Value = serde_json::from_str(&text).unwrap();
        let events = log["events"].as_array().unwrap().iter().map(|event| &event["params"]);
        let of_page =
            events.filter(|p| p["initiator"].as_str().is_some_and(|i| i != "not an origin"));
        let addresses = of_page.filter_map(|p| p["url"].as_str().map(str::to_owned));
        addresses.filter(|a| !a.starts_with("file:") && !a.starts_with("data:")).collect()
    }
}

#[test]
fn a_page_that_asks_for_the_network_would_be_noticed() {
    let Some(browser) = parts::chromium() else { return };
    let folder = TempDir::new().unwrap();
    let page =
        "<!doctype html><img src=http://127.0.0.1:9/leak.png><script>console.error('x')</script>";
    std::fs::write(folder.path().join("report.html"), page).unwrap();
    let visit = Visit::of_folder(folder, &browser);
    assert_eq!(visit.requests(), ["http://127.0.0.1:9/leak.png"]);
    assert!(!visit.console().is_empty());
}

#[test]
fn a_report_opens_without_error_and_without_network() {
    let Some(browser) = parts::chromium() else { return };
    let visit = Visit::of(&sample::tuned(), &browser);
    assert_eq!(visit.console(), Vec::<String>::new());
    assert_eq!(visit.requests(), Vec::<String>::new());
    let page = visit.page();
    assert!(page.contains("Workload 3.4× faster (3.1–3.8×) after 3 changes"), "headline");
    assert!(page.contains("class=\"copy\""), "the script ran and made buttons");
    assert!(page.contains("aria-label=\"Median time before and after of 5 queries"), "chart");
    assert!(page.contains("Seq Scan"), "plan");
    for node in ["q1n0", "q4n1"] {
        let (link, place) = (format!("href=\"#{node}\""), format!("id=\"{node}\""));
        assert!(page.contains(&link) && page.contains(&place), "findings lead to their nodes");
    }
}

#[test]
fn hostile_text_is_text() {
    let Some(browser) = parts::chromium() else { return };
    let visit = Visit::of(&hostile::document(), &browser);
    assert_eq!(visit.console(), Vec::<String>::new());
    assert_eq!(visit.requests(), Vec::<String>::new());
    let page = visit.page();
    assert_eq!(page.matches("<script>").count(), 1, "only our own script");
    assert!(!page.contains("<img"), "no element was made of text");
    assert!(page.contains(&SCRIPT.replace('<', "&lt;").replace('>', "&gt;")));
    assert!(page.contains(EMOJI));
    assert!(page.contains("data-char=\"U+202E\""), "direction marks are named");
    let bare = page.replace("<span class=\"mark\" data-char=\"U+202E\">\u{202e}</span>", "");
    assert!(!bare.contains('\u{202e}'), "none turns the text around it");
    assert!(page.contains("END-OF-LITERAL"), "long text is folded, not cut");
}

#[test]
fn a_large_report_renders_at_once() {
    let Some(browser) = parts::chromium() else { return };
    let visit = Visit::of(&volume::large(), &browser);
    assert_eq!(visit.console(), Vec::<String>::new());
    assert_eq!(visit.page().matches("class=\"query\"").count(), 200);
}

/// Generously: the machine is shared with other tests. `make bench` is for times.
#[test]
fn five_thousand_compared_queries_open_and_can_be_filtered() {
    let Some(browser) = parts::chromium() else { return };
    let folder = TempDir::new().unwrap();
    planwise::report::write_comparison(&volume::compared(), folder.path(), false).unwrap();
    let begun = std::time::Instant::now();
    let visit = Visit::of_folder(folder, &browser);
    let taken = begun.elapsed();
    println!("5,000 compared queries: chromium with start and end took {taken:.1?}");
    assert!(taken.as_secs() < 120, "{taken:?}");
    assert_eq!(visit.console(), Vec::<String>::new());
    let page = visit.page();
    assert_eq!(page.matches("data-verdict=").count(), 5_000);
    assert!(page.contains("<option value=\"slower\">slower (100)</option>"), "filter by verdict");
    assert!(page.contains("Filter queries") && page.contains("Without a verdict"));
}

//! A large workload still makes a page that opens at once.

use planwise::compare::Verdict;
use planwise::report::{Document, write, write_comparison};
use tempfile::TempDir;

use super::sample;

const QUERIES: usize = 200;

pub fn large() -> Document {
    let mut document = sample::tuned();
    for run in std::iter::once(&mut document.run).chain(&mut document.after) {
        let models = run.queries[..5].to_vec();
        let copy = |n: usize| {
            let mut query = models[n % models.len()].clone();
            query.id = format!("query {n:03}");
            query
        };
        run.queries = (0..QUERIES).map(copy).collect();
    }
    document.measurements = sample::measurements(&document.run);
    document.measurements_after = document.after.as_ref().map(sample::measurements).unwrap();
    document
}

#[test]
fn two_hundred_queries_make_less_than_ten_megabytes_at_once() {
    let document = large();
    let folder = TempDir::new().unwrap();
    let begun = processor_seconds();
    write(&document, folder.path()).unwrap();
    let taken = processor_seconds() - begun;
    let size = std::fs::metadata(folder.path().join("report.html")).unwrap().len();
    println!(
        "200 queries: report.html has {size} bytes; all files took {taken:.2} s of processor time"
    );
    assert!(size < 10 << 20, "{size} bytes");
    // An unoptimised build takes several times as long as the program that is shipped.
    assert!(taken < 10.0, "{taken} s");
}

const COMPARED: usize = 5_000;

/// Two runs of 5,000 queries, compared: some slower, some faster, some without a verdict.
pub fn compared() -> Document {
    let mut document = sample::tuned();
    for run in std::iter::once(&mut document.run).chain(&mut document.after) {
        let models = run.queries[..5].to_vec();
        let copy = |n: usize| {
            let mut query = models[n % models.len()].clone();
            query.id = format!("query {n:04}");
            query
        };
        run.queries = (0..COMPARED).map(copy).collect();
    }
    let after = document.after.as_ref().unwrap();
    let mut comparison = planwise::compare::records(&document.run, after, &Default::default());
    for (n, query) in comparison.queries.iter_mut().enumerate() {
        query.verdict = match n % 50 {
            0 => Verdict::Regressed,
            1..6 => Verdict::Improved,
            6..16 => Verdict::Inconclusive,
            _ => Verdict::Unchanged,
        };
    }
    document.comparison = Some(comparison);
    document.findings.clear();
    document.advice = Default::default();
    document.measurements = sample::measurements(&document.run);
    document.measurements_after = sample::measurements(after);
    document
}

#[test]
fn five_thousand_compared_queries_make_less_than_ten_megabytes() {
    let document = compared();
    let folder = TempDir::new().unwrap();
    write_comparison(&document, folder.path(), false).unwrap();
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    println!("{COMPARED} compared queries: report.html has {} bytes", html.len());
    assert!(html.len() < 10 << 20, "{} bytes", html.len());
    assert_eq!(html.matches("<tr data-verdict=").count(), COMPARED);
    assert_eq!(html.matches("<details class=\"query\"").count(), 300);
}

/// Of this thread only: the machine is shared with other tests.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split_whitespace().collect();
    let ticks: f64 = fields[12..14].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

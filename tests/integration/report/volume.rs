//! A large workload still makes a page that opens at once.

use planwise::report::{Document, write};
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

/// Of this thread only: the machine is shared with other tests.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split_whitespace().collect();
    let ticks: f64 = fields[12..14].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

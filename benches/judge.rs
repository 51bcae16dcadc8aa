//! How long all rules take over many plans: 10,000 plans of 30 nodes, on one core. Parsing is not counted, deriving is.
//!
//! `PLANWISE_BENCH_PLANS=N` takes another number. The most it may take is 5 s.

use std::fmt::Write as _;
use std::time::Instant;

use planwise::engine;
use planwise::plan::{Plan, measure};
use planwise::rule::{RuleSet, judge_plan};

const PLANS: usize = 10_000;
const MOST_S: f64 = 5.0;
const KINDS: usize = 200;

/// A node with what a server prints with ANALYZE, BUFFERS.
fn node(kind: &str, own: &str, ms: f64, rows: usize, removed: usize, below: &str) -> String {
    let mut text = format!(
        "{{\"Node Type\":\"{kind}\",\"Startup Cost\":1.0,\"Total Cost\":{:.2},\"Plan Rows\":{},\"Plan Width\":44,\
         \"Actual Startup Time\":0.1,\"Actual Total Time\":{ms:.3},\"Actual Rows\":{rows},\"Actual Loops\":1,\
         \"Shared Hit Blocks\":{},\"Shared Read Blocks\":{}",
        ms * 100.0,
        rows / 7 + 1,
        rows / 3 + 9,
        removed / 50
    );
    if removed > 0 {
        let _ = write!(text, ",\"Rows Removed by Filter\":{removed}");
    }
    if !own.is_empty() {
        let _ = write!(text, ",{own}");
    }
    if !below.is_empty() {
        let _ = write!(text, ",\"Plans\":[{below}]");
    }
    text + "}"
}

fn scan(n: usize, at: usize) -> String {
    let filter = match (n + at) % 5 {
        0 => "((status = 'open'::text) AND (placed > '2024-01-01'::date))".to_owned(),
        1 => format!("(lower(email) = 'user{n}@example.com'::text)"),
        2 => format!("((a = {n}) OR (b = {at}))"),
        3 => format!("(note ~~ '%word{at}%'::text)"),
        _ => "(id = ANY ('{1,2,3,4,5,6,7,8}'::integer[]))".to_owned(),
    };
    let own = format!(
        "\"Parent Relationship\":\"Outer\",\"Relation Name\":\"t{at}\",\"Alias\":\"t{at}\",\"Filter\":\"{filter}\""
    );
    let rows = 1000 + n * 37 % 5000 + at;
    node("Seq Scan", &own, 4.0 + (n % 7) as f64, rows, rows * (n % 40), "")
}

fn index_scan(n: usize, at: usize) -> String {
    let own = format!(
        "\"Parent Relationship\":\"Inner\",\"Relation Name\":\"u{at}\",\"Alias\":\"u{at}\",\"Index Name\":\"u{at}_pkey\",\
         \"Index Cond\":\"(id = t{at}.u_id)\",\"Filter\":\"(NOT deleted)\""
    );
    node("Index Scan", &own, 0.02 * (n % 90) as f64, 1 + n % 900, n % 3 * 700, "")
}

/// Six joins of two scans each, joined with each other, grouped, sorted and cut: 31 nodes.
fn plan(n: usize) -> String {
    let mut tree = String::new();
    let mut ms = 20.0;
    for at in 0..6 {
        ms += 12.0 + (n * (at + 3) % 11) as f64;
        let pair = format!("{},{}", scan(n, at), index_scan(n, at));
        let own = "\"Parent Relationship\":\"Outer\",\"Join Type\":\"Inner\"";
        let joined = node("Nested Loop", own, 9.0 + (n % 9) as f64, 900 + n % 700, 0, &pair);
        tree = match tree.is_empty() {
            true => joined,
            false => {
                let hash = node(
                    "Hash",
                    "\"Parent Relationship\":\"Inner\",\"Hash Batches\":1,\"Peak Memory Usage\":90",
                    ms - 1.0,
                    900,
                    0,
                    &joined,
                );
                let own = format!(
                    "\"Parent Relationship\":\"Outer\",\"Join Type\":\"Left\",\"Hash Cond\":\"(t{at}.a = t0.b)\""
                );
                node("Hash Join", &own, ms, 1500 + n % 999, 0, &format!("{tree},{hash}"))
            }
        };
    }
    let grouped = node(
        "Aggregate",
        "\"Parent Relationship\":\"Outer\",\"Strategy\":\"Hashed\",\"Group Key\":[\"t0.a\"]",
        ms + 5.0,
        800,
        0,
        &tree,
    );
    let sorted = node(
        "Sort",
        "\"Parent Relationship\":\"Outer\",\"Sort Key\":[\"t0.a\"],\"Sort Method\":\"external merge\",\
         \"Sort Space Used\":9000,\"Sort Space Type\":\"Disk\"",
        ms + 30.0,
        800,
        0,
        &grouped,
    );
    let limit = node("Limit", "", ms + 30.1, 50, 0, &sorted);
    format!("[{{\"Plan\":{limit},\"Planning Time\":1.2,\"Execution Time\":{:.3}}}]", ms + 31.0)
}

fn main() {
    // Criterion's arguments are passed to every bench.
    let wanted = std::env::var("PLANWISE_BENCH_PLANS").ok().and_then(|text| text.parse().ok());
    let wanted: usize = wanted.unwrap_or(PLANS);
    let postgres = engine::by_name("postgres").expect("an engine");
    let plans: Vec<Plan> =
        (0..KINDS).map(|n| postgres.parse_plan(&plan(n)).expect("a plan")).collect();
    let nodes = plans[0].walk().len();
    let rules = RuleSet::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let started = Instant::now();
    let mut findings = 0;
    for n in 0..wanted {
        let plan = &plans[n % KINDS];
        let measurements = measure(plan);
        findings += judge_plan(plan, &measurements, None, &rules, postgres).findings.len();
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "judge: {wanted} plans of {nodes} nodes, {} rules: {seconds:.2} s, {:.0} µs a plan, {findings} findings; at most {MOST_S} s for {PLANS}",
        rules.rules().len(),
        seconds * 1e6 / wanted as f64,
    );
}

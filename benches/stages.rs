//! What each stage costs on its own: splitting, fingerprints, plan parsing, the start of the program.

use std::hint::black_box;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use planwise::engine;
use planwise::plan::measure;
use planwise::sql::split;

/// A plan with joins, sub-plans and workers, captured from a real server.
const PLAN: &str = include_str!("../tests/fixtures/plans/postgres-15/parallel-hash-join.json");

/// A script of `count` statements like those of an application.
fn script(count: usize) -> String {
    let statement = |i: usize| {
        format!(
            "-- name: q{i}\nSELECT c.id, c.name FROM customer c JOIN orders o ON o.customer_id = c.id\n\
             WHERE c.email = 'user{i}@example.com' AND o.total > {i} ORDER BY o.placed DESC LIMIT 20;\n"
        )
    };
    (0..count).map(statement).collect()
}

fn text(criterion: &mut Criterion) {
    let script = script(1_000);
    let dialect = engine::all()[0].dialect();
    let mut group = criterion.benchmark_group("text");
    group.throughput(Throughput::Bytes(script.len() as u64));
    group.bench_function("split 1,000 statements", |b| {
        b.iter(|| split(black_box(&script), &dialect.lexis()).unwrap())
    });
    group.throughput(Throughput::Elements(1));
    let statement = "SELECT a, b FROM t WHERE a = 1 AND b IN (1, 2, 3) ORDER BY c LIMIT 10";
    group.bench_function("shape of one statement", |b| {
        b.iter(|| dialect.shape(black_box(statement)).unwrap())
    });
    group.finish();
}

fn plans(criterion: &mut Criterion) {
    let engine = engine::all()[0];
    let plan = engine.parse_plan(PLAN).unwrap();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Bytes(PLAN.len() as u64));
    group.bench_function("parse", |b| b.iter(|| engine.parse_plan(black_box(PLAN)).unwrap()));
    group.bench_function("measure", |b| b.iter(|| measure(black_box(&plan))));
    group.finish();
}

fn program(criterion: &mut Criterion) {
    criterion.bench_function("planwise --version", |b| {
        b.iter(|| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_planwise"));
            command.arg("--version").stdout(Stdio::null()).status().unwrap()
        })
    });
}

criterion_group!(benches, text, plans, program);
criterion_main!(benches);

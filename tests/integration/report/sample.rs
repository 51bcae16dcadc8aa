//! A document as a real run gives it: captured plans, measured by the measurement layer, in a
//! story of seven queries of which one failed, one timed out and one was refused.

use std::time::Duration;

use indexmap::IndexMap;
use planwise::advise::{
    Advice, DropAdvice, IndexAdvice, Outcome, SettingAdvice, StatisticsAdvice, WhatIfCost,
};
use planwise::compare::{Comparison, Method, QueryComparison, Side, Verdict};
use planwise::engine::{
    Access, Catalog, Column, Counters, DbError, DbErrorKind, Index, IndexKey, ServerInfo, Setting,
    Table, TableActivity, TableStatistics,
};
use planwise::plan::{Evidence, Measurements, NodeId, measure};
use planwise::report::Document;
use planwise::rule::{Action, ActionKind, Finding, Gain, GainClass, Severity};
use planwise::run::{
    Environment, ErrorCount, PlanRecord, QueryRun, RUN_FORMAT, Run, RunSettings, Status,
    WorkloadInfo,
};
use planwise::sql::StatementKind;
use planwise::stats::{Histogram, Interval, Latency};

/// Before and after a tuning, with everything a report can show.
pub fn tuned() -> Document {
    let before = run(false);
    let after = run(true);
    Document {
        measurements: measurements(&before),
        health: None,
        measurements_after: measurements(&after),
        comparison: Some(comparison(&before, &after)),
        findings: findings(),
        advice: advice(),
        run: before,
        after: Some(after),
        redact: false,
    }
}

/// A run without an after.
pub fn judged() -> Document {
    let mut document = tuned();
    document.after = None;
    document.comparison = None;
    document.measurements_after.clear();
    document.advice.indexes.iter_mut().for_each(|i| i.outcome = Outcome::Proposed);
    document
}

/// A run in which nothing was found.
pub fn faultless() -> Document {
    let mut document = judged();
    document.findings.clear();
    document.advice = Advice::default();
    document
}

pub fn measurements(run: &Run) -> IndexMap<String, Measurements> {
    let first = |q: &QueryRun| q.plans.first().map(|p| (q.id.clone(), measure(&p.plan)));
    run.queries.iter().filter_map(first).collect()
}

/// A plan as a server of version 15 printed it.
pub fn captured(name: &str) -> PlanRecord {
    let path =
        format!("{}/tests/fixtures/plans/postgres-15/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let engine = planwise::engine::by_name("postgres").unwrap();
    let plan = engine.parse_plan(&text).unwrap_or_else(|e| panic!("{path}: {e}"));
    let raw = serde_json::from_str(&text).unwrap();
    PlanRecord { params: Vec::new(), plan, raw, file: None }
}

/// Executions around `median` milliseconds with a tail, always the same ones.
pub fn latency(median: f64, spread: f64, count: u64) -> Latency {
    let mut histogram = Histogram::default();
    for n in 0..count {
        let wave = ((n * 7919 % 1000) as f64 / 1000.0 - 0.5) * spread;
        let tail = if n % 23 == 7 { 1.0 + 3.0 * spread } else { 1.0 };
        histogram.record(Duration::from_secs_f64(median * (1.0 + wave) * tail / 1000.0));
    }
    Latency::of(&histogram).unwrap()
}

pub fn query(id: &str, sql: &str) -> QueryRun {
    let dialect = planwise::engine::by_name("postgres").unwrap().dialect();
    QueryRun {
        id: id.to_owned(),
        sql: sql.to_owned(),
        file: Some("shop.sql".to_owned()),
        line: 1,
        kind: StatementKind::Read,
        shape: dialect.shape(sql).ok(),
        weight: 1.0,
        settings: Vec::new(),
        params: Vec::new(),
        status: Status::Measured,
        first_ms: None,
        latency: None,
        rows: None,
        rounds_ms: Vec::new(),
        errors: Vec::new(),
        plans: Vec::new(),
        explain_note: None,
        ignores: Vec::new(),
    }
}

struct Story {
    id: &'static str,
    sql: &'static str,
    weight: f64,
    plans: [&'static str; 2],
    medians: [f64; 2],
    spread: f64,
}

const STORIES: [Story; 5] = [
    Story {
        id: "rentals of a customer, newest first",
        sql: "SELECT r.id, r.rented_at, f.title\nFROM rental r JOIN film f ON f.id = r.film_id\nWHERE r.customer_id = $1\nORDER BY r.rented_at DESC\nLIMIT 20",
        weight: 40.0,
        plans: ["seq-scan", "index-scan"],
        medians: [61.2, 0.41],
        spread: 0.2,
    },
    Story {
        id: "revenue by store and month",
        sql: "SELECT s.id, date_trunc('month', p.paid_at), sum(p.amount)\nFROM payment p JOIN staff t ON t.id = p.staff_id JOIN store s ON s.id = t.store_id\nGROUP BY 1, 2",
        weight: 1.0,
        plans: ["hash-join-batches", "parallel-hash-join"],
        medians: [412.0, 389.0],
        spread: 0.1,
    },
    Story {
        id: "overdue",
        sql: "SELECT count(*) FROM rental WHERE status = 'overdue' AND due_at < now()",
        weight: 12.0,
        plans: ["nested-loop-many", "index-only-scan"],
        medians: [18.4, 2.2],
        spread: 0.5,
    },
    Story {
        id: "top films",
        sql: "SELECT film_id, count(*) FROM rental GROUP BY film_id ORDER BY 2 DESC LIMIT 20",
        weight: 3.0,
        plans: ["sort-spill", "sort-spill"],
        medians: [95.0, 97.5],
        spread: 0.15,
    },
    Story {
        id: "customer_by_email",
        sql: "SELECT * FROM customer WHERE lower(email) = lower($1)",
        weight: 25.0,
        plans: ["never-executed", "memoize"],
        medians: [3.1, 3.9],
        spread: 0.3,
    },
];

fn measured(story: &Story, side: usize) -> QueryRun {
    let mut record = query(story.id, story.sql);
    record.weight = story.weight;
    record.first_ms = Some(story.medians[side] * 4.2);
    record.latency = Some(latency(story.medians[side], story.spread, 200));
    record.rows = Some(20.0);
    record.plans = vec![captured(story.plans[side])];
    record
}

fn unmeasured() -> [QueryRun; 3] {
    let mut failed = query("typo", "SELECT titel FROM film WHERE rating = 'PG-13'");
    let error = DbError {
        kind: DbErrorKind::Syntax,
        message: "column \"titel\" does not exist".to_owned(),
        sqlstate: Some("42703".to_owned()),
        detail: None,
        remedy: Some("check the spelling on line 41".to_owned()),
        position: Some(8),
    };
    failed.status = Status::Failed { error: error.clone() };
    failed.errors = vec![ErrorCount { error, count: 3 }];
    let mut slow = query("all pairs", "SELECT count(*) FROM rental a, rental b");
    slow.status = Status::TimedOut { after_ms: 30_000.0 };
    let mut write = query("return a film", "UPDATE rental SET returned_at = now() WHERE id = $1");
    write.kind = StatementKind::Write;
    write.status = Status::Refused {
        reason: "it changes data: run with --writes rollback to measure it and undo it".to_owned(),
    };
    [failed, slow, write]
}

fn run(after: bool) -> Run {
    let mut queries: Vec<QueryRun> =
        STORIES.iter().map(|story| measured(story, usize::from(after))).collect();
    queries.extend(unmeasured());
    Run {
        format: RUN_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        label: None,
        commit: None,
        started: "2026-03-04T05:06:07Z".parse().unwrap(),
        finished: "2026-03-04T05:07:49Z".parse().unwrap(),
        interrupted: false,
        lost: None,
        workload: WorkloadInfo {
            name: "rental".to_owned(),
            source: "workloads/rental".to_owned(),
            digest: "00".repeat(32),
            complete: false,
            observed_s: None,
            ignores: Vec::new(),
        },
        server: server(),
        environment: environment(),
        options: options(),
        settings: settings(),
        counters: Counters::default(),
        catalog: catalog(),
        queries,
        sessions: Vec::new(),
        habits: Vec::new(),
        notes: vec!["Every table was analysed before the run.".to_owned()],
    }
}

fn server() -> ServerInfo {
    ServerInfo {
        engine: "postgres".to_owned(),
        version: "15.18 (Debian 15.18-0+deb12u1)".to_owned(),
        version_number: [15, 18],
        database: "rental".to_owned(),
        user: "planwise".to_owned(),
        address: "/tmp/planwise-sandbox".to_owned(),
        encrypted: false,
        replica: false,
        database_bytes: Some(460_000_000),
        max_connections: Some(100),
    }
}

fn environment() -> Environment {
    Environment {
        os: "Linux 6.1".to_owned(),
        cpu: "AMD EPYC 7763".to_owned(),
        cores: 2,
        memory_bytes: 8 << 30,
        load_before: 0.12,
        load_after: 1.4,
        server_is_local: true,
    }
}

fn options() -> RunSettings {
    RunSettings {
        rounds: Some(200),
        duration_s: None,
        warmup_rounds: 3,
        clients: 1,
        access: Access::ReadOnly,
        statement_timeout_ms: 30_000.0,
        explain: "analyze".to_owned(),
    }
}

fn settings() -> Vec<Setting> {
    let setting = |name: &str, value: &str, default: &str| Setting {
        name: name.to_owned(),
        value: value.to_owned(),
        number: None,
        unit: None,
        default: Some(default.to_owned()),
        source: if value == default { "default" } else { "configuration file" }.to_owned(),
        needs_restart: name == "shared_buffers",
    };
    vec![
        setting("shared_buffers", "128MB", "128MB"),
        setting("work_mem", "1MB", "4MB"),
        setting("random_page_cost", "4", "4"),
        setting("effective_cache_size", "4GB", "4GB"),
    ]
}

fn catalog() -> Catalog {
    let column = |name: &str, values: &[(&str, f64)]| Column {
        name: name.to_owned(),
        data_type: "text".to_owned(),
        not_null: false,
        generated: false,
        distinct: Some(5.0),
        null_fraction: Some(0.0),
        average_width: Some(9.0),
        correlation: Some(0.1),
        common_values: values.iter().map(|(v, share)| ((*v).to_owned(), *share)).collect(),
        collation: None,
    };
    let partial = Index {
        name: "rental_open_idx".to_owned(),
        method: "btree".to_owned(),
        keys: vec![IndexKey {
            column: None,
            text: "lower(note)".to_owned(),
            descending: false,
            nulls_first: false,
            operator_class: None,
            collation: None,
        }],
        include: Vec::new(),
        predicate: Some("(status = 'overdue'::text)".to_owned()),
        unique: false,
        primary: false,
        constraint: false,
        valid: true,
        hidden: false,
        bytes: 1_000_000,
        scans: Some(0),
        ddl: "CREATE INDEX rental_open_idx ON rental (lower(note)) WHERE status = 'overdue'"
            .to_owned(),
    };
    Catalog {
        tables: vec![Table {
            schema: "public".to_owned(),
            name: "rental".to_owned(),
            kind: "table".to_owned(),
            partition_of: None,
            rows: 1_000_000.0,
            pages: 12_000,
            bytes: 98_304_000,
            visible_fraction: Some(1.0),
            columns: vec![
                column("status", &[("returned", 0.98), ("overdue", 0.02)]),
                column("note", &[]),
            ],
            indexes: vec![partial],
            foreign_keys: Vec::new(),
            statistics: TableStatistics::default(),
            activity: TableActivity::default(),
            storage: None,
            triggers: Vec::new(),
        }],
        search_path: vec!["public".to_owned()],
        extensions: Vec::new(),
        available_extensions: Vec::new(),
        counted_since: None,
        operators: planwise::engine::Operators::default(),
    }
}

fn comparison(before: &Run, after: &Run) -> Comparison {
    let verdicts = [
        Verdict::Improved,
        Verdict::Unchanged,
        Verdict::Improved,
        Verdict::Inconclusive,
        Verdict::Regressed,
    ];
    let side = |run: &Run, id: &str, shape: &str| {
        let query = run.query(id).unwrap();
        Some(Side {
            latency: query.latency.clone().unwrap(),
            rows: query.rows,
            plan_shape: Some(shape.to_owned()),
            blocks: Some(query.plans[0].plan.root.buffers.map_or(0, |b| b.shared_hit)),
            temp_blocks: None,
            block_medians_ms: Vec::new(),
            block_levels_ms: Vec::new(),
        })
    };
    let compared = STORIES.iter().zip(verdicts).map(|(story, verdict)| {
        let ratio = story.medians[1] / story.medians[0];
        QueryComparison {
            before: side(before, story.id, story.plans[0]),
            after: side(after, story.id, story.plans[1]),
            ratio: Some(ratio),
            ratio_interval: Some(Interval::new(ratio * 0.93, ratio * 1.06)),
            q_value: Some(0.001),
            blocks: 16,
            note: (verdict == Verdict::Improved)
                .then(|| "Reads an index now instead of the whole table.".to_owned()),
            ..QueryComparison::new(story.id, story.weight, verdict)
        }
    });
    let failed = QueryComparison {
        note: Some("column \"titel\" does not exist".to_owned()),
        ..QueryComparison::new("typo", 1.0, Verdict::Failed)
    };
    Comparison {
        queries: compared.chain([failed]).collect(),
        workload_ratio: Some(0.29),
        workload_ratio_interval: Some(Interval::new(0.26, 0.32)),
        workload_before_ms: 3400.0,
        workload_after_ms: 986.0,
        storage_before_bytes: Some(120 << 20),
        storage_after_bytes: Some(151 << 20),
        notes: vec!["The smallest difference this run could have seen is 4 %.".to_owned()],
        ..Comparison::new(Method::Alternating)
    }
}

fn findings() -> Vec<Finding> {
    let index = Action {
        kind: ActionKind::Index,
        statement: "CREATE INDEX CONCURRENTLY rental_customer_id_rented_at_idx ON rental (customer_id, rented_at DESC)".to_owned(),
        undo: Some("DROP INDEX CONCURRENTLY rental_customer_id_rented_at_idx".to_owned()),
        caution: Some("Writes to `rental` get slower by about 2 %.".to_owned()),
        setting: None,
    };
    let memory = Action {
        kind: ActionKind::Setting,
        statement: "ALTER SYSTEM SET work_mem = '16MB'".to_owned(),
        undo: Some("ALTER SYSTEM RESET work_mem".to_owned()),
        caution: None,
        setting: None,
    };
    let first = Finding {
        rule: "seq-scan-discards-rows".to_owned(),
        title: "Sequential scan on rental throws away 999,600 rows to keep 20".to_owned(),
        severity: Severity::High,
        query: Some(STORIES[0].id.to_owned()),
        node: Some(NodeId(0)),
        plan: 0,
        queries: Vec::new(),
        subject: Some("public.rental".to_owned()),
        columns: vec!["customer_id".to_owned()],
        message: "rental: 999,600 rows read and thrown away to keep 20, 96 % of the query's time.".to_owned(),
        why: "The table is read from end to end for each execution, whatever the customer.\n\nThe cost grows with the table, not with the result.".to_owned(),
        fix: "Create an index that finds the rows, in the order the query wants:\n\n- equality first: `customer_id`\n- then the sort: `rented_at DESC`".to_owned(),
        verify: "Run `EXPLAIN (ANALYZE, BUFFERS)` again: the node becomes an index scan.".to_owned(),
        ignore_when: Some("The table stays below a few hundred pages.".to_owned()),
        actions: vec![index],
        gain: Gain {
            class: GainClass::Measured,
            saved_ms: Some(Interval::new(58.0, 61.0)),
            model: "G1".to_owned(),
        },
        score: 4.8,
        evidence: Evidence::A,
        line: None,
        seen_in: None,
        seen_at: None,
        habit: None,
        executions_a_day: None,
        saved_s_a_day: None,
        minor: false,
        resolution: None,
    };
    let second = Finding {
        rule: "sort-spills".to_owned(),
        title: "Sort writes 12 MB to disk".to_owned(),
        severity: Severity::Medium,
        query: Some("top films".to_owned()),
        node: Some(NodeId(1)),
        subject: Some("work_mem".to_owned()),
        message: "The sort needed 12 MB and had 1 MB (`work_mem`).".to_owned(),
        why: "Writing and merging on disk takes longer than sorting in memory.".to_owned(),
        fix: "Give sorts 16 MB.".to_owned(),
        actions: vec![memory],
        gain: Gain {
            class: GainClass::Modelled,
            saved_ms: Some(Interval::new(8.0, 21.0)),
            model: "G2".to_owned(),
        },
        score: 2.1,
        ..first.clone()
    };
    let minor = Finding {
        rule: "select-star".to_owned(),
        title: "SELECT * returns columns nobody may need".to_owned(),
        severity: Severity::Low,
        query: Some("customer_by_email".to_owned()),
        node: None,
        subject: None,
        message: "Eleven columns are returned.".to_owned(),
        actions: Vec::new(),
        gain: Gain { class: GainClass::Structural, saved_ms: None, model: "none".to_owned() },
        score: 0.3,
        evidence: Evidence::D,
        minor: true,
        resolution: None,
        ..first.clone()
    };
    vec![first, second, minor]
}

fn advice() -> Advice {
    let kept = IndexAdvice {
        online: Vec::new(),
        parts: Vec::new(),
        name: "rental_customer_id_rented_at_idx".to_owned(),
        schema: "public".to_owned(),
        table: "rental".to_owned(),
        columns: vec!["customer_id".to_owned(), "rented_at DESC".to_owned()],
        include: Vec::new(),
        method: "btree".to_owned(),
        predicate: None,
        ddl: "CREATE INDEX CONCURRENTLY IF NOT EXISTS rental_customer_id_rented_at_idx ON rental (customer_id, rented_at DESC)".to_owned(),
        steps: Vec::new(),
        undo: "DROP INDEX CONCURRENTLY IF EXISTS rental_customer_id_rented_at_idx".to_owned(),
        requires: None,
        hypothetical_bytes: None,
        write_overhead: None,
        cost_before: None,
        cost_after: None,
        absence_cost: None,
        story: None,
        definition: None,
        effects: Vec::new(),
        size_bytes: Some(22 << 20),
        build_seconds: Some(1.4),
        queries: vec![STORIES[0].id.to_owned()],
        why: "Serves the WHERE and the ORDER BY at once, so that only the 20 rows shown are read.".to_owned(),
        costs: vec![WhatIfCost { query: STORIES[0].id.to_owned(), cost_before: 25_012.0, cost_after: 81.2 }],
        class: GainClass::Measured,
        saved_ms: Some(Interval::new(58.0, 61.0)),
        outcome: Outcome::Kept { ratio: 0.0067 },
    };
    let partial = IndexAdvice {
        name: "rental_due_at_overdue_idx".to_owned(),
        predicate: Some("status = 'overdue'".to_owned()),
        ddl: "CREATE INDEX CONCURRENTLY IF NOT EXISTS rental_due_at_overdue_idx ON rental (due_at) WHERE status = 'overdue'".to_owned(),
        undo: "DROP INDEX CONCURRENTLY IF EXISTS rental_due_at_overdue_idx".to_owned(),
        why: "Only 2 % of the rentals are overdue: a partial index is small and always current.".to_owned(),
        queries: vec!["overdue".to_owned()],
        costs: Vec::new(),
        size_bytes: Some(480 << 10),
        outcome: Outcome::Kept { ratio: 0.12 },
        ..kept.clone()
    };
    let dropped = IndexAdvice {
        name: "customer_lower_email_idx".to_owned(),
        table: "customer".to_owned(),
        ddl: "CREATE INDEX CONCURRENTLY IF NOT EXISTS customer_lower_email_idx ON customer (lower(email))".to_owned(),
        undo: "DROP INDEX CONCURRENTLY IF EXISTS customer_lower_email_idx".to_owned(),
        why: "The function hides the column from its index.".to_owned(),
        queries: vec!["customer_by_email".to_owned()],
        costs: Vec::new(),
        outcome: Outcome::Dropped { reason: "no query got measurably faster".to_owned() },
        ..kept.clone()
    };
    Advice {
        shortfalls: Vec::new(),
        phases: Vec::new(),
        indexes: vec![kept, partial, dropped],
        drops: vec![DropAdvice {
            index: "rental_open_idx".to_owned(),
            schema: "public".to_owned(),
            table: "rental".to_owned(),
            ddl: "DROP INDEX CONCURRENTLY rental_open_idx".to_owned(),
            undo: "CREATE INDEX CONCURRENTLY rental_open_idx ON rental (lower(note)) WHERE status = 'overdue'".to_owned(),
            size_bytes: 1_000_000,
            why: "Never used since statistics were reset.".to_owned(),
            rehearsal: None,
            outcome: Outcome::Proposed,
            parts: Vec::new(),
        }],
        settings: vec![SettingAdvice {
            in_force: false,
            name: "work_mem".to_owned(),
            from: "1MB".to_owned(),
            to: "16MB".to_owned(),
            statement: "ALTER SYSTEM SET work_mem = '16MB'".to_owned(),
            undo: "ALTER SYSTEM RESET work_mem".to_owned(),
            needs_restart: false,
            rule: "sort-spills".to_owned(),
            why: "Two sorts of this workload spilled, the larger one needed 12 MB.".to_owned(),
            outcome: Outcome::Kept { ratio: 0.9 },
            ..SettingAdvice::default()
        }],
        statistics: vec![StatisticsAdvice {
            statement: "ANALYZE rental".to_owned(),
            undo: None,
            rule: "statistics-stale".to_owned(),
            why: "40 % of the table changed since it was analysed.".to_owned(),
            outcome: Outcome::Proposed,
        }],
        layout: Vec::new(),
        workload_cost_before: Some(1_204_512.0),
        workload_cost_after: Some(310_220.0),
        search_seconds: 0.84,
        selection: None,
        notes: Vec::new(),
    }
}

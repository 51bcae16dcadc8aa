//! How often the gate is wrong, by experiment: comparisons of the rental sample with itself, which must pass, and with a
//! change of known cause in one query, which must be found. On a throwaway server, 16 blocks, alternating.
//!
//!     cargo bench --bench error_rates             # 200 comparisons with itself, 40 of each change
//!     PLANWISE_AA=20 PLANWISE_INJECTED=5 cargo bench --bench error_rates
//!
//! `PLANWISE_SECONDS` (default 3) is the time for measuring of each comparison; `PLANWISE_ONLY=function` leaves out the
//! changes whose name does not hold that word; `PLANWISE_KEEP=folder` keeps every comparison there, as JSON.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use planwise::compare::{
    AlternateOptions, Cause, Comparison, Criteria, FailOn, Gate, Pair, Verdict, alternate, gate,
};
use planwise::engine::{self, Access, Engine, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Processor, Run, RunOptions, Target, replay};
use planwise::sample::{self, SampleSpec};
use planwise::sandbox::{Sandbox, SandboxOptions};
use planwise::workload::{self, Workload};

/// Queries of the sample that take part as they are.
const SAMPLE: &[&str] = &[
    "payments-of-rental",
    "customer-by-any-email",
    "latest-reviews",
    "overdue-rentals",
    "film-demand",
];

/// One for each cause: a call of a function, look-ups by an index among other work, a hash table of groups.
const INJECTED: &str = "
-- name: takings-with-function
SELECT count(*), sum(amount) FROM payment
WHERE (SELECT drag()) AND date_trunc('day', paid_at) = timestamptz '2025-06-14 00:00:00+00';

-- name: films-page
-- params: [[42], [7], [115]]
SELECT (SELECT count(*) FROM inventory WHERE film_id = $1) AS a,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 1) AS b,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 2) AS c,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 3) AS d,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 4) AS e,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 5) AS f,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 6) AS g,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 7) AS h,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 8) AS i,
       (SELECT count(*) FROM inventory WHERE film_id = $1 + 9) AS j,
       (SELECT count(*) FROM rental WHERE status = 'open') AS open;

-- name: payments-by-kind
SELECT customer_id, method, count(*) FROM payment WHERE payment_id <= 7000
GROUP BY customer_id, method, amount OFFSET 1000000;
";

const SCALE: f64 = 0.02;

fn drag(body: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION drag() RETURNS boolean VOLATILE LANGUAGE plpgsql \
         AS $$ BEGIN {body} RETURN true; END $$"
    )
}

fn looping(turns: f64) -> String {
    drag(&format!("FOR i IN 1..{turns:.0} LOOP NULL; END LOOP;"))
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() -> Result<()> {
    let bench = Bench::open().await?;
    let started = Instant::now();
    println!("load before: {}", load());
    println!(
        "{:<34} {:>6} {:>7} {:>8} {:>7} {:>6} {:>20}",
        "change", "found", "refused", "others", "named", "of", "ratio"
    );
    let itself = bench
        .experiment("none (same database)", None, bench.same(), number("PLANWISE_AA", 200) / 2)
        .await?;
    let copy = bench.copied("copy", &[]).await?;
    let copied = bench
        .experiment("none (untouched copy)", None, copy, number("PLANWISE_AA", 200).div_ceil(2))
        .await?;
    let often = number("PLANWISE_INJECTED", 40);
    let only = std::env::var("PLANWISE_ONLY").unwrap_or_default();
    for injection in bench.injections().await?.iter().filter(|i| i.name.contains(&only)) {
        bench.experiment(injection.name, Some(injection), injection.side.clone(), often).await?;
    }
    println!("A/A: {} of {} gates failed", itself + copied, number("PLANWISE_AA", 200));
    println!("load after: {}; {:.0} s", load(), started.elapsed().as_secs_f64());
    Ok(())
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// A side that may have changed.
type Side = (Target, Run);

struct Injection {
    name: &'static str,
    query: &'static str,
    side: Side,
    shows: fn(&Cause) -> bool,
}

struct Bench {
    sandbox: Sandbox,
    before: Side,
    workload: Workload,
    interrupt: Interrupt,
    seconds: u32,
}

impl Bench {
    async fn open() -> Result<Bench> {
        let engine = engine::all().first().copied().context("no engine")?;
        let rental = workload::read("workloads/rental".as_ref(), engine.dialect())?;
        let sandbox = Sandbox::start(engine, SandboxOptions::default()).await?;
        let url = sandbox.owner_url(sandbox.database());
        let data = rental.data.as_ref().context("the sample has no data")?;
        let spec = SampleSpec::from_data(data, Some(SCALE), None)?;
        sample::load(engine, &url, &spec, Progress::hidden()).await?;
        let target = Target { engine, url, options: SessionOptions::default() };
        change(&target, &[drag("")]).await?;
        let workload = workload(rental, engine)?;
        let interrupt = Interrupt::new();
        let mut workload = workload;
        let before = planned(target, &workload, &interrupt).await?;
        weigh(&mut workload, &before.1);
        Ok(Bench { sandbox, before, workload, interrupt, seconds: number("PLANWISE_SECONDS", 3) })
    }

    fn same(&self) -> Side {
        self.before.clone()
    }

    async fn copied(&self, name: &str, changes: &[String]) -> Result<Side> {
        let target = Target { url: self.sandbox.duplicate(name).await?, ..self.before.0.clone() };
        change(&target, changes).await?;
        planned(target, &self.workload, &self.interrupt).await
    }

    /// Work in a function is fitted to the time its query takes; the other causes have the size they have.
    async fn injections(&self) -> Result<Vec<Injection>> {
        let no_plan: fn(&Cause) -> bool = |_| false;
        let quarter = self.fitted(0.25).await?;
        let tenth = self.fitted(0.10).await?;
        let mut small_memory = self.before.0.clone();
        small_memory.options.settings.push(("work_mem".to_owned(), "64kB".to_owned()));
        let drop = "DROP INDEX inventory_film_id_idx".to_owned();
        let function = "takings-with-function";
        let sleep = vec![drag("PERFORM pg_sleep(0.001);")];
        Ok(vec![
            Injection {
                name: "pg_sleep(1 ms) in a function",
                query: function,
                side: self.copied("sleep", &sleep).await?,
                shows: no_plan,
            },
            Injection {
                name: "+25 % in a function",
                query: function,
                side: self.copied("quarter", &[quarter]).await?,
                shows: no_plan,
            },
            Injection {
                name: "a dropped index",
                query: "films-page",
                side: self.copied("dropped", &[drop]).await?,
                shows: |cause| matches!(cause, Cause::PlanChanged { .. }),
            },
            Injection {
                name: "a lower work_mem",
                query: "payments-by-kind",
                side: planned(small_memory, &self.workload, &self.interrupt).await?,
                shows: |cause| matches!(cause, Cause::SpillAppeared { .. }),
            },
            Injection {
                name: "+10 % in a function",
                query: function,
                side: self.copied("tenth", &[tenth]).await?,
                shows: no_plan,
            },
        ])
    }

    /// The function with as many turns of a loop as take `share` of its query's time: guessed, timed beside
    /// the query without any, and corrected.
    async fn fitted(&self, share: f64) -> Result<String> {
        let query = self.workload.query("takings-with-function").context("no such query")?;
        let url = self.sandbox.duplicate(&format!("fitting_{:.0}", share * 100.0)).await?;
        let slowed = Target { url, ..self.before.0.clone() };
        let mut turns = 10_000.0;
        for _ in 0..4 {
            change(&slowed, &[looping(turns)]).await?;
            let [whole, more] = fastest([&self.before.0, &slowed], &query.sql).await?;
            turns *= (share / (more / whole - 1.0)).clamp(0.2, 5.0);
        }
        Ok(looping(turns))
    }

    /// Compares `often` times, prints a row, and returns how many gates failed.
    async fn experiment(
        &self,
        name: &str,
        injection: Option<&Injection>,
        after: Side,
        often: u32,
    ) -> Result<u32> {
        if often == 0 {
            return Ok(0);
        }
        let (mut found, mut refused, mut others, mut named) = (0, 0, 0, 0);
        let (mut ratios, mut lows) = (Vec::new(), Vec::new());
        for seed in 0..often {
            let comparison = self.compare(&after, u64::from(seed)).await?;
            keep(name, seed, &comparison)?;
            let failed = gate(&comparison, FailOn::Regression);
            refused += u32::from(matches!(failed, Gate::Undecided(_)));
            let query = injection.map(|injection| injection.query);
            others += u32::from(other_regressed(&comparison, query));
            let Some(injection) = injection else {
                if let Gate::Failed(reasons) = &failed {
                    println!("  A/A failed (seed {seed}): {}", reasons.join("; "));
                    found += 1;
                }
                continue;
            };
            let injected = comparison.query(injection.query).context("it was not measured")?;
            found += u32::from(
                injected.verdict == Verdict::Regressed && matches!(failed, Gate::Failed(_)),
            );
            if injected.verdict != Verdict::Regressed {
                let interval = injected.ratio_interval.map(|i| (i.low, i.high));
                let (q_value, note) = (injected.q_value, injected.note.as_deref());
                println!("  missed (seed {seed}): {interval:?}, q {q_value:?}, {note:?}");
            }
            named += u32::from(injected.signals.iter().any(|s| (injection.shows)(&s.cause)));
            ratios.extend(injected.ratio);
            lows.extend(injected.ratio_interval.map(|interval| interval.low));
        }
        let ratio = format!("{} (from {})", middle(ratios), middle(lows));
        println!(
            "{name:<34} {found:>6} {refused:>7} {others:>8} {named:>7} {often:>6} {ratio:>20}"
        );
        Ok(found)
    }

    async fn compare(&self, after: &Side, seed: u64) -> Result<Comparison> {
        let pair = Pair { before: (&self.before.0, &self.before.1), after: (&after.0, &after.1) };
        let options = AlternateOptions {
            blocks: 16,
            budget: Duration::from_secs(u64::from(self.seconds)),
            seed,
            every_query: true,
            early: false,
            criteria: Criteria::default(),
        };
        let progress = Progress::hidden();
        Ok(alternate(pair, &self.workload, &options, &self.interrupt, progress).await?)
    }
}

/// Where single blocks are wanted, to see why a change was missed.
fn keep(experiment: &str, seed: u32, comparison: &Comparison) -> Result<()> {
    let Some(folder) = std::env::var_os("PLANWISE_KEEP") else { return Ok(()) };
    let word: String = experiment.chars().filter(char::is_ascii_alphanumeric).collect();
    let file = std::path::Path::new(&folder).join(format!("{word}-{seed}.json"));
    std::fs::create_dir_all(&folder)?;
    Ok(std::fs::write(file, serde_json::to_vec(comparison)?)?)
}

/// The median, as text.
fn middle(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).map_or("–".to_owned(), |value| format!("{value:.3}"))
}

/// A query that nothing was done to is called slower.
fn other_regressed(comparison: &Comparison, injected: Option<&str>) -> bool {
    let regressed = |q: &&planwise::compare::QueryComparison| q.verdict == Verdict::Regressed;
    comparison.queries.iter().filter(regressed).any(|q| Some(q.query.as_str()) != injected)
}

fn workload(rental: Workload, engine: &dyn Engine) -> Result<Workload> {
    let folder = std::env::temp_dir().join(format!("planwise-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("injected.sql");
    std::fs::write(&file, INJECTED)?;
    let own = workload::read(&file, engine.dialect());
    std::fs::remove_dir_all(&folder)?;
    let mut queries = rental.queries;
    queries.retain(|query| SAMPLE.contains(&query.id.as_str()));
    queries.extend(own?.queries);
    Ok(Workload { queries, sessions: Vec::new(), faults: Vec::new(), ..rental })
}

/// Every query takes about the same part of the workload's time: each must be found.
fn weigh(workload: &mut Workload, run: &Run) {
    for query in &mut workload.queries {
        let latency = run.query(&query.id).and_then(|query| query.latency.as_ref());
        query.weight = 10.0 / latency.map_or(1.0, |latency| latency.p50_ms.max(0.01));
    }
}

async fn planned(target: Target, workload: &Workload, interrupt: &Interrupt) -> Result<Side> {
    let options = RunOptions::plans_only("bench");
    let run = replay(&target, workload, &options, interrupt, Progress::hidden()).await?;
    Ok((target, run))
}

async fn change(target: &Target, statements: &[String]) -> Result<()> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = target.engine.connect(&target.url, &options).await?;
    for statement in statements {
        session.command(statement).await?;
    }
    Ok(())
}

/// Seconds, of many executions in turn, on fresh connections that share a processor.
async fn fastest(targets: [&Target; 2], sql: &str) -> Result<[f64; 2]> {
    let mut fastest = [f64::INFINITY; 2];
    for turn in 0..12 {
        let mut sessions = [targets[0].connect().await?, targets[1].connect().await?];
        let mut processors = Vec::new();
        for session in &mut sessions {
            processors.extend(session.process().await?.and_then(Processor::of));
        }
        if let [first, second] = &processors[..] {
            first.share(second, turn);
        }
        for _ in 0..15 {
            for (session, fastest) in sessions.iter_mut().zip(&mut fastest) {
                let started = Instant::now();
                session.query_text(sql).await?;
                *fastest = fastest.min(started.elapsed().as_secs_f64());
            }
        }
    }
    Ok(fastest)
}

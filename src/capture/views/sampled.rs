//! Where a server keeps no statistics of statements: what its sessions are doing, looked at again and again.
//!
//! A look finds a statement running with a chance that is proportional to how long it runs, so the looks that found it,
//! times the time between two looks, are an unbiased estimate of its time. How often it ran is only known of executions
//! that were seen; of short ones most are missed, so calls are estimated from the time and from what an execution took.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::read::add;
use crate::sql::{Dialect, StatementKind};
use crate::trace::{Durations, QueryDigest, Sample, Summary};

/// What one session was found doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The same for every sighting of one execution, and of no other.
    pub execution: String,
    pub text: String,
    /// The server keeps no more of it.
    pub cut_off: bool,
    /// So long it has run, or ran in all.
    pub ran: Duration,
    /// It was running when it was looked at; otherwise it had ended.
    pub running: bool,
    pub database: String,
    pub user: String,
    pub application: String,
    /// It waits for a lock.
    pub waits: bool,
}

#[derive(Debug, Default)]
struct Execution {
    query: usize,
    looks: u64,
    waiting: u64,
    ran: Duration,
    ended: bool,
}

/// Looks at one server, and what they add up to.
pub struct Sampled {
    dialect: &'static dyn Dialect,
    /// Ended before the first look: none of the time that was watched.
    before: HashSet<String>,
    executions: HashMap<String, Execution>,
    queries: Vec<QueryDigest>,
    numbers: HashMap<String, usize>,
    pub looks: u64,
    /// Sessions whose statements this login may not see, at most at once.
    pub hidden: u64,
    cut_off: u64,
    sessions: HashSet<String>,
}

/// Executions that are told apart; a server that runs more is looked at for too long.
const MOST_EXECUTIONS: usize = 1 << 20;

impl Sampled {
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Sampled {
            dialect,
            before: HashSet::new(),
            executions: HashMap::new(),
            queries: Vec::new(),
            numbers: HashMap::new(),
            looks: 0,
            hidden: 0,
            cut_off: 0,
            sessions: HashSet::new(),
        }
    }

    /// Takes what one look found.
    pub fn look(&mut self, sightings: Vec<Sighting>) {
        if self.looks == 0 {
            let ended = sightings.iter().filter(|sighting| !sighting.running);
            self.before = ended.map(|sighting| sighting.execution.clone()).collect();
        }
        self.looks += 1;
        for sighting in sightings {
            let known = self.executions.contains_key(&sighting.execution);
            if self.before.contains(&sighting.execution)
                || !known && self.executions.len() >= MOST_EXECUTIONS
            {
                continue;
            }
            self.sighting(sighting);
        }
    }

    fn sighting(&mut self, sighting: Sighting) {
        if !self.executions.contains_key(&sighting.execution) {
            let query = self.query(&sighting);
            let execution = Execution { query, ..Execution::default() };
            self.executions.insert(sighting.execution.clone(), execution);
        }
        let Some(execution) = self.executions.get_mut(&sighting.execution) else { return };
        execution.looks += u64::from(sighting.running);
        execution.waiting += u64::from(sighting.running && sighting.waits);
        execution.ran = execution.ran.max(sighting.ran);
        execution.ended |= !sighting.running;
        let session = sighting.execution.split('@').next().unwrap_or_default();
        if !self.sessions.contains(session) {
            self.sessions.insert(session.to_owned());
        }
    }

    fn query(&mut self, sighting: &Sighting) -> usize {
        self.cut_off += u64::from(sighting.cut_off);
        let digest = self.digest(sighting);
        let number = match self.numbers.get(&digest.fingerprint) {
            Some(number) => *number,
            None => {
                self.numbers.insert(digest.fingerprint.clone(), self.queries.len());
                self.queries.push(digest);
                self.queries.len() - 1
            }
        };
        let digest = &mut self.queries[number];
        let count = crate::trace::Count { calls: 1, ns: 0 };
        for (counts, name) in [
            (&mut digest.databases, &sighting.database),
            (&mut digest.users, &sighting.user),
            (&mut digest.applications, &sighting.application),
        ] {
            crate::trace::count_under(counts, name, count);
        }
        if !sighting.cut_off && digest.samples.drawn.len() < 8 {
            let text = sighting.text.clone();
            digest.samples.drawn.push(Sample { text, ..Sample::default() });
        }
        number
    }

    fn digest(&self, sighting: &Sighting) -> QueryDigest {
        let unparsed = |text: &str, reason: String| {
            let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
            let mut digest =
                QueryDigest::new(format!("{hash:016x}"), text.to_owned(), StatementKind::Read);
            digest.unparsed = Some(reason);
            digest
        };
        if sighting.cut_off {
            let reason = format!("the server keeps its first {} bytes only", sighting.text.len());
            return unparsed(&sighting.text, reason);
        }
        match self.dialect.shape(&sighting.text) {
            Ok(shape) => QueryDigest::new(shape.fingerprint, shape.normalised, shape.kind),
            Err(error) => unparsed(&sighting.text, error.message),
        }
    }

    /// The digest of `watched`, with the caveats that it needs.
    pub fn summary(mut self, engine: &str, origin: &str, watched: Duration) -> Summary {
        let interval = watched.as_secs_f64() / self.looks.max(1) as f64;
        let mut of_query: Vec<Vec<&Execution>> = vec![Vec::new(); self.queries.len()];
        for execution in self.executions.values() {
            of_query[execution.query].push(execution);
        }
        for (digest, executions) in self.queries.iter_mut().zip(&of_query) {
            estimate(digest, executions, interval, watched);
        }
        let mut summary = Summary {
            engine: engine.to_owned(),
            origin: origin.to_owned(),
            sessions: self.sessions.len() as u64,
            ..Summary::default()
        };
        add(&mut summary, self.queries);
        summary.notes = notes(self.looks, interval, self.hidden, self.cut_off, origin);
        summary
    }
}

fn notes(looks: u64, interval: f64, hidden: u64, cut_off: u64, origin: &str) -> Vec<String> {
    let mut notes = vec![format!(
        "SAMPLED, not counted: {origin} was looked at {looks} times, every {:.0} ms. Times are estimates (looks that found a \
         statement running), calls are estimated from them, and statements that were over between two looks may be missing \
         altogether.",
        interval * 1e3
    )];
    if hidden > 0 {
        notes.push(format!(
            "Statements of {hidden} sessions of other logins were hidden from this one: ask as a login that may see all of them."
        ));
    }
    if cut_off > 0 {
        notes.push(format!(
            "{cut_off} executions have a text that the server cuts off: they are counted and cannot be run or planned."
        ));
    }
    notes
}

/// Time from looks, calls from time and from what an execution takes.
fn estimate(digest: &mut QueryDigest, executions: &[&Execution], interval: f64, watched: Duration) {
    let looks: u64 = executions.iter().map(|execution| execution.looks).sum();
    let ended: Vec<&Execution> =
        executions.iter().copied().filter(|execution| execution.ended).collect();
    let seen: f64 = ended.iter().map(|execution| execution.ran.min(watched).as_secs_f64()).sum();
    let time = (looks as f64 * interval).max(seen);
    // What it takes, by those that were seen to end. One that runs is half way, on average.
    let half_way = if ended.is_empty() { 2.0 } else { 1.0 };
    let whole = if ended.is_empty() { executions.to_vec() } else { ended };
    let mean = half_way * whole.iter().map(|execution| execution.ran.as_secs_f64()).sum::<f64>()
        / whole.len().max(1) as f64;
    let least_calls = executions.len() as u64;
    let calls = if mean > 0.0 { (time / mean).round() as u64 } else { 0 }.max(least_calls);
    let ns = |duration: Duration| duration.as_nanos() as u64;
    let least = whole.iter().map(|execution| ns(execution.ran)).min().unwrap_or(0);
    let most = executions.iter().map(|execution| ns(execution.ran)).max().unwrap_or(0);
    let deviation = {
        let squares = whole.iter().map(|execution| (execution.ran.as_secs_f64() - mean).powi(2));
        (squares.sum::<f64>() / whole.len().max(1) as f64).sqrt() * 1e3
    };
    digest.calls = calls;
    digest.durations = Durations::told(calls, (time * 1e9).round() as u64, least, most, deviation);
    let waiting: u64 = executions.iter().map(|execution| execution.waiting).sum();
    digest.lock_wait_ns = (waiting as f64 * interval * 1e9) as u64;
    digest.lock_waits = executions.iter().filter(|execution| execution.waiting > 0).count() as u64;
    digest.figures.insert("executions_seen".to_owned(), executions.len() as f64);
    digest.figures.insert("looks_that_found_it".to_owned(), looks as f64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::postgres::dialect::PostgresDialect;

    fn sighting(execution: &str, text: &str, ms: u64, running: bool) -> Sighting {
        Sighting {
            execution: execution.to_owned(),
            text: text.to_owned(),
            cut_off: false,
            ran: Duration::from_millis(ms),
            running,
            database: "shop".to_owned(),
            user: "ann".to_owned(),
            application: String::new(),
            waits: false,
        }
    }

    #[test]
    fn looks_become_times_and_calls() {
        static DIALECT: PostgresDialect = PostgresDialect;
        let mut sampled = Sampled::new(&DIALECT);
        // One long statement, and short ones of 10 ms that run half of the time: a look in two finds one running.
        for look in 0..100u64 {
            let mut seen = vec![sighting("1@a", "SELECT sleep(1)", look * 100, true)];
            seen.push(sighting("9@old", "SELECT 'before'", 5, false));
            let text = format!("SELECT {look} FROM t");
            seen.push(sighting(&format!("2@{look}"), &text, 10, look % 2 == 0));
            sampled.look(seen);
        }
        let summary = sampled.summary("postgres", "pg_stat_activity", Duration::from_secs(10));
        let of = |part: &str| {
            summary.queries.iter().find(|query| query.normalised.contains(part)).unwrap()
        };
        let (long, short) = (of("sleep"), of("FROM t"));
        assert_eq!((long.calls, long.durations.sum_ms()), (1, 10_000.0));
        assert_eq!((short.calls, short.durations.sum_ms()), (500, 5_000.0));
        assert_eq!(short.durations.mean_ms(), Some(10.0));
        assert!(summary.queries.iter().all(|query| !query.normalised.contains("before")));
        assert_eq!((summary.sessions, summary.statements), (2, 501));
        assert!(summary.notes[0].starts_with("SAMPLED"), "{:?}", summary.notes);
    }

    #[test]
    fn a_text_that_is_cut_off_is_counted_and_never_run() {
        static DIALECT: PostgresDialect = PostgresDialect;
        let mut sampled = Sampled::new(&DIALECT);
        let cut = Sighting { cut_off: true, ..sighting("1@a", "SELECT a, b, c FRO", 50, true) };
        sampled.look(vec![cut]);
        let summary = sampled.summary("postgres", "pg_stat_activity", Duration::from_millis(50));
        assert_eq!(summary.statements, 1);
        assert!(summary.queries[0].unparsed.is_some());
        assert_eq!(summary.queries[0].samples.all().count(), 0);
    }
}

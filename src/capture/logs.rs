//! From logs to a `.workload` file.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::batch::Batch;
use super::collect::Collector;
use super::consume::Consumer;
use super::detect::{Detected, SAMPLE, Told, detect};
use super::filter::Filter;
use super::mysql::Entries;
use super::postgres::Assembler;
use super::since::{Counting, Positions, WholeLines, position, skip};
use super::source::{Source, open};
use super::wrapped::Unwrapped;
use super::{CaptureError, pipeline};
use crate::engine::Engine;
use crate::interrupt::Interrupt;
use crate::trace::{Rejected, SourceInfo, Summary, TraceError, Writer};

#[derive(Default)]
pub struct LogOptions {
    pub told: Told,
    pub filter: Filter,
    pub redact: bool,
    /// Threads that read entries; the reading of the file and the putting together have their own.
    pub workers: usize,
    /// Where an earlier capture stopped.
    pub since: Option<Positions>,
    pub interrupt: Interrupt,
}

impl LogOptions {
    /// Goes on where the capture that `summary` is of stopped.
    pub fn since(&mut self, summary: &Summary) {
        self.since = Some(Positions::of(summary));
    }

    /// Leaves unfinished last lines for the next time.
    pub fn since_beginning(&mut self) {
        self.since = Some(Positions::default());
    }
}

/// What came of it.
pub struct Captured {
    pub summary: Summary,
    /// Of the file written.
    pub bytes: u64,
}

/// A log with its first bytes, which told its form.
struct Log {
    source: Source,
    number: usize,
    detected: Detected,
    /// The first bytes, and the rest behind them.
    start: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

/// Reads `sources` into `target`. `tick` is told the bytes read of the files themselves.
pub fn logs(
    sources: &[Source],
    target: &Path,
    options: LogOptions,
    tick: impl Fn(u64) + Clone + Send + 'static,
) -> Result<Captured, anyhow::Error> {
    let mut logs = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        if let Some(log) = look(source, number, &options, &tick, sources.len() == 1)? {
            logs.push(log);
        }
    }
    logs.sort_by_key(|log| (log.detected.first_us, log.number));
    let engine = one_family(&logs)?;
    let mut capture = Capture::begin(target, engine, options)?;
    for log in logs {
        capture.read(log)?;
    }
    capture.end(sources)
}

/// Reads the beginning of a log. `None` for an empty one among several: rotation makes them.
fn look(
    source: &Source,
    number: usize,
    options: &LogOptions,
    tick: &(impl Fn(u64) + Clone + Send + 'static),
    alone: bool,
) -> Result<Option<Log>, CaptureError> {
    let tick = tick.clone();
    let unreadable = |cause| CaptureError::Unreadable { name: source.name(), cause };
    let mut rest = open(source, tick)?;
    let mut start = Vec::new();
    if let Err(cause) = rest.by_ref().take(SAMPLE as u64).read_to_end(&mut start)
        && start.is_empty()
    {
        return Err(unreadable(cause));
    }
    if start.is_empty() && !alone {
        return Ok(None);
    }
    let detected = detect(&start, &options.told)
        .map_err(|seen| CaptureError::Unknown { name: source.name(), seen })?;
    Ok(Some(Log { source: source.clone(), number, detected, start, rest }))
}

/// One file holds statements of one grammar.
fn one_family(logs: &[Log]) -> Result<&'static dyn Engine, CaptureError> {
    let first = logs.first();
    // Of one family, the one that a log names: most of them name none.
    let named = logs.iter().find(|log| log.detected.engine.name() == "mariadb").or(first);
    let family = |log: &Log| log.detected.engine.name() == "postgres";
    let other = logs.iter().zip(first).find(|(log, first)| family(log) != family(first));
    match (other, named) {
        (Some((second, first)), _) => Err(CaptureError::Families {
            first: first.source.name(),
            first_engine: first.detected.engine.name().to_owned(),
            second: second.source.name(),
            second_engine: second.detected.engine.name().to_owned(),
        }),
        (None, Some(log)) => Ok(log.detected.engine),
        (None, None) => {
            let seen = "every file is empty".to_owned();
            Err(CaptureError::Nothing { names: "the files".to_owned(), seen })
        }
    }
}

struct Capture {
    collector: Collector,
    consumer: Box<dyn Consumer>,
    options: LogOptions,
    /// Last time of the logs before, and the last log's name: logs that overlap are of different servers.
    last_us: Option<i64>,
    overlapping: u32,
}

impl Capture {
    fn begin(
        target: &Path,
        engine: &'static dyn Engine,
        mut options: LogOptions,
    ) -> Result<Capture, TraceError> {
        let writer = Writer::create(target)?;
        let filter = std::mem::take(&mut options.filter);
        let mut collector = Collector::new(writer, engine.dialect(), engine.name(), filter);
        if options.redact {
            collector.redact = Some(engine.dialect());
        }
        let consumer: Box<dyn Consumer> = match engine.name() {
            "postgres" => Box::new(Assembler::default()),
            _ => Box::new(Entries::default()),
        };
        Ok(Capture { collector, consumer, options, last_us: None, overlapping: 0 })
    }

    fn read(&mut self, log: Log) -> Result<(), anyhow::Error> {
        let Log { source, detected, start, rest, .. } = log;
        let name = source.name();
        self.tell_apart(&name, detected.first_us);
        let file = self.collector.file(&name);
        let known = self.options.since.as_ref().map(|positions| positions.of_log(&start).cloned());
        let skipped = known.clone().flatten().unwrap_or_default();
        let head = start.clone();
        let mut whole: Box<dyn Read + Send> = Box::new(Cursor::new(start).chain(rest));
        skip(whole.as_mut(), skipped.bytes)
            .map_err(|cause| CaptureError::Unreadable { name: name.clone(), cause })?;
        if known.is_some() {
            whole = Box::new(WholeLines::new(whole));
        }
        let count = Arc::new(AtomicU64::new(0));
        whole = Box::new(Counting { inner: whole, count: Arc::clone(&count) });
        if let Some(wrapping) = detected.wrapping {
            whole = Box::new(Unwrapped::new(whole, wrapping.unwrap()));
        }
        let last = AtomicU64::new(0);
        let interrupt = self.options.interrupt.clone();
        let (collector, consumer) = (&mut self.collector, &mut self.consumer);
        let read = pipeline::run(
            detected.format.as_ref(),
            whole.as_mut(),
            self.options.workers.max(1),
            |batch, before| {
                if interrupt.is_set() {
                    return Err(anyhow::Error::from(CaptureError::Interrupted));
                }
                let before = before + skipped.lines;
                if let Some(time) = batch.entries.iter().rev().find_map(|entry| entry.time_us) {
                    last.store(time as u64, Ordering::Relaxed);
                }
                reject(&batch, before, &name, collector);
                Ok(consumer.take(&batch, file, before, collector)?)
            },
        )?;
        self.last_us = self.last_us.max(Some(last.into_inner() as i64));
        if let Some(cause) = read.failure {
            self.broken(&name, read.lines + skipped.lines, &cause);
        }
        let bytes = count.load(Ordering::Relaxed);
        self.collector.summary.sources.push(SourceInfo {
            name,
            format: match detected.wrapping {
                Some(wrapping) => format!("{} in {}", detected.form.name(), wrapping.name()),
                None => detected.form.name().to_owned(),
            },
            line_prefix: detected.prefix,
            bytes,
            lines: read.lines,
            other_entries: self.consumer.other_entries(),
            position: Some(position(&head, skipped.bytes + bytes, skipped.lines + read.lines)),
        });
        Ok(())
    }

    /// Logs of one server follow each other; of two servers they overlap, and their processes' numbers mean nothing to
    /// each other.
    fn tell_apart(&mut self, name: &str, first_us: Option<i64>) {
        let overlaps =
            self.last_us.zip(first_us).is_some_and(|(last, first)| first + 1_000_000 < last);
        if overlaps {
            self.overlapping += 1;
            self.consumer.set_namespace(format!("{}/", self.overlapping + 1));
            self.collector.summary.note(format!(
                "{name} overlaps in time with a log before it: its sessions are taken for those of another server"
            ));
        }
    }

    /// What could be read counts; that there was more is said.
    fn broken(&mut self, name: &str, line: u64, cause: &io::Error) {
        let reason = format!("the file could not be read further: {cause}");
        self.collector.summary.note(format!("{name}: {reason}; what comes before is here"));
        let (file, begins) = (name.to_owned(), String::new());
        self.collector.summary.reject(Rejected { reason, count: 1, file, line, begins });
    }

    fn end(mut self, sources: &[Source]) -> Result<Captured, anyhow::Error> {
        self.consumer.finish(&mut self.collector)?;
        let summary = &self.collector.summary;
        let going_on = self.options.since.is_some();
        if summary.statements == 0 && summary.filtered == 0 && summary.duration_ns == 0 && !going_on
        {
            return Err(nothing(sources, summary).into());
        }
        let (summary, bytes) = self.collector.finish()?;
        Ok(Captured { summary, bytes })
    }
}

fn reject(batch: &Batch, before: u64, file: &str, collector: &mut Collector) {
    for rejected in &batch.rejects {
        let begins = batch.get(rejected.begins);
        let begins = String::from_utf8_lossy(&begins[..begins.len().min(120)]).into_owned();
        collector.summary.reject(Rejected {
            reason: rejected.reason.to_owned(),
            count: u64::from(rejected.count),
            file: file.to_owned(),
            line: before + u64::from(rejected.line) + 1,
            begins: begins.lines().next().unwrap_or_default().to_owned(),
        });
    }
}

/// A log that yields nothing is an error that says what was seen.
fn nothing(sources: &[Source], summary: &Summary) -> CaptureError {
    let names: Vec<String> = sources.iter().take(3).map(Source::name).collect();
    let more = if sources.len() > 3 { " and others" } else { "" };
    let lines: u64 = summary.sources.iter().map(|source| source.lines).sum();
    let others: u64 = summary.sources.iter().map(|source| source.other_entries).sum();
    let forms: Vec<&str> = summary.sources.iter().map(|source| source.format.as_str()).collect();
    let seen = format!(
        "{lines} lines were read as {}, {others} entries are no statements, {} errors, {} rejected; does the server log \
         statements? log_min_duration_statement = 0, or log_statement = all with log_duration = on",
        forms.first().unwrap_or(&"a log"),
        summary.errors,
        summary.rejected
    );
    CaptureError::Nothing { names: format!("{}{more}", names.join(", ")), seen }
}

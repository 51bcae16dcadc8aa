//! A comparison from connecting to the verdict.

use std::sync::Mutex;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::constraints;
use super::options::ParityOptions;
use super::pairs::{Matching, Pairs, TablePair, shown};
use super::report::{PARITY_FORMAT, ParityReport, ParitySide, Verdict};
use super::schema::{self, Greatest};
use super::state_file::StateFile;
use super::work::Work;
use crate::engine::migration::{
    DataReader, DatabaseShape, Hashing, Migration, ReaderOptions, ValueKind,
};
use crate::engine::{DbError, ServerInfo};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// One of the two databases.
#[derive(Clone)]
pub struct Side {
    pub migration: &'static dyn Migration,
    pub url: String,
    pub options: ReaderOptions,
    pub server: ServerInfo,
}

impl Side {
    pub async fn reader(&self) -> Result<Box<dyn DataReader>, DbError> {
        self.migration.reader(&self.url, &self.options).await
    }
}

/// Compares `source` with `target`.
///
/// # Errors
/// A server that cannot be reached or goes away, and a state file that cannot be written. What could not be compared
/// is part of the report.
pub async fn parity(
    source: &Side,
    target: &Side,
    options: &ParityOptions,
    interrupt: &Interrupt,
    progress: Progress,
) -> Result<ParityReport> {
    let started = Timestamp::now();
    let mut readers = Readers { source: source.reader().await?, target: target.reader().await? };
    let marks = readers.marks().await?;
    let spinner = progress.spinner("reading both schemas");
    let shapes = tokio::join!(readers.source.shape(&options.schemas), readers.target.shape(&[]));
    let (source_shape, mut target_shape) = (shapes.0?, shapes.1?);
    add_asked(&mut target_shape, &mut readers, options).await?;
    spinner.finish_and_clear();
    let same_family = source.migration.family() == target.migration.family();
    let matching = Matching {
        source: &source_shape,
        target: &target_shape,
        same_family,
        engines_alike: source.server.engine == target.server.engine,
        same_version: source.server.engine == target.server.engine
            && source.server.version_number[0] == target.server.version_number[0],
        own: own_hashing(&readers, same_family),
        options,
    };
    let Pairs { tables: pairs, differences, left_out } = matching.pairs();
    let mut report = empty(source, target, started, left_out);
    if options.check_schema {
        report.schema = differences;
        let greatest = greatest(&pairs, &mut readers).await?;
        report.schema.extend(schema::compare(&matching, &pairs, &greatest));
    } else {
        // A table that is not there holds none of the rows.
        report.schema = differences.into_iter().filter(|d| d.id == "missing-table").collect();
    }
    unreadable(&mut report, &source_shape);
    if options.check_data {
        large_objects(&mut report, &mut readers).await?;
    }
    if options.check_data && !interrupt.is_set() {
        let state = state(source, target, options, &pairs)?;
        let work = Work { source, target, options, interrupt, pairs: &pairs, state };
        report.tables = work.run(&mut readers, &marks, progress).await?;
    }
    if options.check_orphans && !interrupt.is_set() {
        let sides = (&source_shape, &target_shape);
        report.constraints =
            constraints::compare(sides, &pairs, &mut readers.target, interrupt, progress).await?;
    }
    let end = readers.marks().await?;
    (report.source.written, report.target.written) = (marks.0 != end.0, marks.1 != end.1);
    report.finished = Timestamp::now();
    report.interrupted = interrupt.is_set();
    notes(&mut report, &pairs, options);
    report.notes.extend(source_shape.outside.iter().cloned());
    collations(&mut report, (&source_shape, &target_shape), same_family);
    report.conclude();
    if pairs.is_empty() && report.verdict == Verdict::Equal {
        report.verdict = Verdict::Inconclusive;
        let why = "no table was found on the source that is to be compared: look at the database's name, --schema and --table";
        report.reasons.push(why.to_owned());
    }
    Ok(report)
}

/// Schemas of the target that belong to those asked for, where its login begins in another one.
async fn add_asked(
    target: &mut DatabaseShape,
    readers: &mut Readers,
    options: &ParityOptions,
) -> Result<(), DbError> {
    let wanted: Vec<String> = options
        .schemas
        .iter()
        .map(|schema| {
            let mapped = options.schema_map.iter().find(|(source, _)| source == schema);
            mapped.map_or(schema, |(_, target)| target).clone()
        })
        .chain(options.schema_map.iter().map(|(_, target)| target.clone()))
        .filter(|schema| !target.tables.iter().any(|table| table.name.schema == *schema))
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let more = readers.target.shape(&wanted).await?;
    target.tables.extend(more.tables);
    target.sequences.extend(more.sequences);
    target.routines.extend(more.routines);
    target.unreadable.extend(more.unreadable);
    Ok(())
}

/// The best that servers of both sides know, where they are of one family and print alike.
fn own_hashing(readers: &Readers, same_family: bool) -> Option<&'static str> {
    let theirs = readers.target.own_hashings();
    let common = readers.source.own_hashings().into_iter().find(|own| theirs.contains(own));
    common.filter(|_| same_family)
}

async fn large_objects(report: &mut ParityReport, readers: &mut Readers) -> Result<(), DbError> {
    let found = tokio::join!(readers.source.large_objects(), readers.target.large_objects());
    let found = match found {
        (Err(error), _) | (_, Err(error)) if error.ends_session() => return Err(error),
        (Err(error), _) | (_, Err(error)) => {
            report.uncompared.push(format!("large objects were not compared: {error}"));
            return Ok(());
        }
        (Ok(source), Ok(target)) => (source, target),
    };
    let (Some(source), target) = found else { return Ok(()) };
    let target = target.unwrap_or((0, "0".to_owned()));
    if source != target {
        let message = match source.0 == target.0 {
            true => format!("{} on each side, and what they hold differs", source.0),
            false => format!("{} on the source, {} on the target", source.0, target.0),
        };
        report.schema.push(super::SchemaDifference {
            id: "large-objects".to_owned(),
            weight: super::Weight::Difference,
            object: "large objects".to_owned(),
            message,
        });
    }
    Ok(())
}

fn collations(
    report: &mut ParityReport,
    (source, target): (&DatabaseShape, &DatabaseShape),
    same_family: bool,
) {
    if let (true, Some(was), Some(is)) = (same_family, &source.collation, &target.collation)
        && was != is
    {
        report.notes.push(format!(
            "Texts are kept and sorted by {is} on the target and by {was} on the source: ORDER BY, and what counts as equal, may differ."
        ));
    }
}

/// The greatest number that a row has, of each column that the server numbers.
async fn greatest(pairs: &[TablePair], readers: &mut Readers) -> Result<Greatest, DbError> {
    let mut found = Greatest::new();
    for pair in pairs {
        for (place, column) in pair.reading.compared.iter().enumerate() {
            let numbered = pair.source.column(&column.source).is_some_and(|c| c.numbered);
            let whole =
                matches!(pair.reading.source.columns[place].kind, ValueKind::Integer { .. });
            if !numbered || !whole {
                continue;
            }
            let a = readers.source.bounds(&pair.reading.source, place).await?;
            let b = readers.target.bounds(&pair.reading.target, place).await?;
            if let Some(most) = a.into_iter().chain(b).map(|(_, most)| most).max() {
                found.insert((pair.target.name.clone(), column.target.clone()), most);
            }
        }
    }
    Ok(found)
}

/// The connections that plan, and look again.
pub struct Readers {
    pub source: Box<dyn DataReader>,
    pub target: Box<dyn DataReader>,
}

impl Readers {
    pub async fn marks(&mut self) -> Result<(String, String), DbError> {
        Ok((self.source.write_mark().await?, self.target.write_mark().await?))
    }
}

fn empty(source: &Side, target: &Side, started: Timestamp, left_out: Vec<String>) -> ParityReport {
    let side = |side: &Side| ParitySide { server: side.server.clone(), written: false };
    ParityReport {
        format: PARITY_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        finished: started,
        source: side(source),
        target: side(target),
        verdict: Verdict::Inconclusive,
        reasons: Vec::new(),
        schema: Vec::new(),
        tables: Vec::new(),
        constraints: Vec::new(),
        left_out,
        uncompared: Vec::new(),
        notes: Vec::new(),
        interrupted: false,
    }
}

fn unreadable(report: &mut ParityReport, source: &DatabaseShape) {
    for table in &source.unreadable {
        report.schema.push(super::SchemaDifference {
            id: "unreadable-table".to_owned(),
            weight: super::Weight::Difference,
            object: shown(table),
            message: "this login may not read it on the source: grant SELECT".to_owned(),
        });
    }
}

fn notes(report: &mut ParityReport, pairs: &[TablePair], options: &ParityOptions) {
    for pair in pairs {
        let name = shown(&pair.source.name);
        let cautions = pair.reading.cautions.iter();
        report.notes.extend(cautions.map(|caution| format!("{name}.{caution}")));
    }
    if options.float_tolerance > 0.0 {
        let tolerance = options.float_tolerance;
        report.notes.push(format!(
            "Floating-point values count as the same up to a relative difference of {tolerance:e}, as asked for."
        ));
    }
    if let Some(zone) = &options.zone {
        report.notes.push(format!(
            "Clock times of the source were compared with moments of the target as clocks in {zone} show them, as asked for."
        ));
    }
    if options.one_view {
        report.notes.push("Every table was read as it was at one moment of its side.".to_owned());
    }
    if pairs.iter().any(|pair| pair.reading.source.hashing != Hashing::Canonical) {
        report.notes.push(
            "Rows are equal by value: 1.0 and 1.00, or 0 and -0, are one number; trailing blanks of char(n) do not count."
                .to_owned(),
        );
    }
    let written = [(report.source.written, "source"), (report.target.written, "target")];
    for (_, side) in written.iter().filter(|(written, _)| *written) {
        report.notes.push(format!(
            "Somebody wrote on the {side} meanwhile: the verdict holds for what was read; the final one is taken while nobody writes."
        ));
    }
    if report.tables.iter().any(|table| table.resumed) {
        report.notes.push(
            "Some pieces were compared by an earlier call and not read again: what changed in them since is not seen."
                .to_owned(),
        );
    }
}

/// Everything that decides what is compared with what.
fn state(
    source: &Side,
    target: &Side,
    options: &ParityOptions,
    pairs: &[TablePair],
) -> Result<Option<Mutex<StateFile>>> {
    let Some(path) = &options.state else { return Ok(None) };
    let mut hash = Sha256::new();
    for side in [source, target] {
        hash.update(format!("{}\n{}\n", side.server.address, side.server.database));
    }
    for pair in pairs {
        hash.update(format!("{:?}\n{:?}\n", pair.reading.source, pair.reading.target));
    }
    hash.update(format!("{} {} {:?}", options.float_tolerance, options.stream, options.zone));
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let state =
        StateFile::open(path, &digest).with_context(|| format!("--state {}", path.display()))?;
    Ok(Some(Mutex::new(state)))
}

//! Gathering the signals of one query from the records of both sides.

use super::plan_diff::{in_words, plan_diff};
use super::{Cause, Level, Signal};
use crate::plan::{Node, Plan, blocks_touched, spilled_blocks};
use crate::run::{QueryRun, Status};

/// Blocks below which a difference says nothing: a catalog page more or less.
const FEW_BLOCKS: u64 = 8;

/// Rows and entries below which a difference says nothing.
const FEW_ENTRIES: u64 = 100;

/// Growth of the blocks touched that is a warning even under the same plan.
const MANY_TIMES: u64 = 2;

/// Mean rows of an execution on both sides, where they can be compared.
pub type Rows = Option<(f64, f64)>;

/// Everything that differs, gravest first. `same_data`: the tables the query reads hold the same rows on both sides, so that a
/// different result is an error.
pub fn signals(before: &QueryRun, after: &QueryRun, rows: Rows, same_data: bool) -> Vec<Signal> {
    let mut found: Vec<Signal> = errors(before, after).into_iter().collect();
    found.extend(rows.and_then(|rows| changed_rows(rows, same_data)));
    if let Some((before, after)) = plans(before, after) {
        found.extend(changed_plan(before, after));
        found.extend(spill(before, after));
        found.extend(buffers(before, after));
        found.extend(entries(before, after));
        found.extend(disk_use(before, after));
    }
    found.sort_by_key(|signal| std::cmp::Reverse(signal.level));
    found
}

/// Plans of the same parameters: of different ones they may differ for good reason.
pub fn plans<'r>(before: &'r QueryRun, after: &'r QueryRun) -> Option<(&'r Plan, &'r Plan)> {
    before.plans.iter().find_map(|a| {
        let b = after.plans.iter().find(|b| b.params == a.params)?;
        Some((&a.plan, &b.plan))
    })
}

fn changed_plan(before: &Plan, after: &Plan) -> Option<Signal> {
    let rows = plan_diff(before, after)?;
    let message = format!("the plan changed: {}", in_words(&rows));
    Some(Signal::new(Level::Warning, message, Cause::PlanChanged { rows }))
}

fn changed_rows((before, after): (f64, f64), same_data: bool) -> Option<Signal> {
    if (before - after).abs() <= 1e-9 * before.max(after) {
        return None;
    }
    let (level, why) = match same_data {
        true => (Level::Error, "the times are not comparable"),
        false => (Level::Warning, "its tables do not hold the same data"),
    };
    let message = format!("RESULTS DIFFER: {before:.1} rows before, {after:.1} after; {why}");
    Some(Signal::new(level, message, Cause::RowsChanged { before, after }))
}

fn buffers(before: &Plan, after: &Plan) -> Option<Signal> {
    let (before, after) = (blocks_touched(before)?, blocks_touched(after)?);
    let by = before.abs_diff(after);
    if by <= before.max(after) / 20 || by < FEW_BLOCKS {
        return None;
    }
    let level = match after >= before.saturating_mul(MANY_TIMES) {
        true => Level::Warning,
        false => Level::Info,
    };
    let message = format!("{before} blocks before, {after} after");
    Some(Signal::new(level, message, Cause::BuffersChanged { before, after }))
}

/// What the session itself counted for one execution: such counts know no noise.
fn counted(plan: &Plan, names: &[&str]) -> Option<u64> {
    let counted = plan.extra.get("Status")?.as_object()?;
    let grown = names.iter().filter_map(|name| counted.get(*name)?.as_u64());
    Some(grown.fold(0, u64::saturating_add))
}

fn entries(before: &Plan, after: &Plan) -> Option<Signal> {
    const READS: [&str; 7] = [
        "Handler_read_first",
        "Handler_read_key",
        "Handler_read_last",
        "Handler_read_next",
        "Handler_read_prev",
        "Handler_read_rnd",
        "Handler_read_rnd_next",
    ];
    let (before, after) = (counted(before, &READS)?, counted(after, &READS)?);
    if before.abs_diff(after) <= before.max(after) / 20 || before.abs_diff(after) < FEW_ENTRIES {
        return None;
    }
    let level = match after >= before.saturating_mul(MANY_TIMES) {
        true => Level::Warning,
        false => Level::Info,
    };
    let message = format!("{before} rows and entries read before, {after} after");
    Some(Signal::new(level, message, Cause::EntriesChanged { before, after }))
}

fn disk_use(before: &Plan, after: &Plan) -> Option<Signal> {
    const DISK: [&str; 2] = ["Created_tmp_disk_tables", "Sort_merge_passes"];
    let (before, after) = (counted(before, &DISK)?, counted(after, &DISK)?);
    let level = match (before, after) {
        _ if before == after => return None,
        (_, after) if after > before => Level::Warning,
        _ => Level::Info,
    };
    let message =
        format!("temporary tables on disk and merge passes: {before} before, {after} after");
    Some(Signal::new(level, message, Cause::DiskUseChanged { before, after }))
}

fn spill(plan_before: &Plan, plan_after: &Plan) -> Option<Signal> {
    let (before, after) = (spilled_blocks(plan_before)?, spilled_blocks(plan_after)?);
    match (before, after) {
        (0, 0) => None,
        (_, 0) => {
            let message = format!("nothing is spilled to disk any more ({before} blocks before)");
            Some(Signal::new(Level::Info, message, Cause::SpillGone { before, after }))
        }
        _ if after >= before.saturating_mul(MANY_TIMES) => {
            let what = spilling(plan_after).map_or("it", |node| node.label.as_str());
            let message = match before {
                0 => format!("a spill appeared: {what} writes {after} blocks to temporary files"),
                _ => format!("the spill grew: {what} writes {after} blocks, {before} before"),
            };
            Some(Signal::new(Level::Warning, message, Cause::SpillAppeared { before, after }))
        }
        _ => None,
    }
}

/// The node that says itself that its memory was too small.
fn spilling(plan: &Plan) -> Option<&Node> {
    let spills = |node: &Node| {
        node.sort.as_ref().is_some_and(|sort| sort.on_disk)
            || node.hash.as_ref().is_some_and(|hash| hash.batches.is_some_and(|n| n > 1))
            || node.aggregate.as_ref().is_some_and(|a| a.disk_kb.is_some_and(|kb| kb > 0))
    };
    plan.walk().into_iter().map(|(node, _)| node).find(|node| spills(node))
}

fn errors(before: &QueryRun, after: &QueryRun) -> Option<Signal> {
    let (failed_before, failed_after) = (failures(before), failures(after));
    match (failed_before, failed_after) {
        (0, 0) => None,
        (0, n) => {
            let error = first_error(after);
            let message = format!("it fails now: {error}");
            let cause = Cause::ErrorsAppeared { before: 0, after: n, error };
            Some(Signal::new(Level::Error, message, cause))
        }
        (before, 0) => {
            let cause = Cause::ErrorsGone { before, after: 0 };
            Some(Signal::new(Level::Info, "it failed before, and does so no longer", cause))
        }
        _ => None,
    }
}

fn failures(query: &QueryRun) -> u64 {
    let counted: u64 = query.errors.iter().map(|error| error.count).sum();
    match query.status {
        Status::Failed { .. } | Status::TimedOut { .. } => counted.max(1),
        _ => counted,
    }
}

fn first_error(query: &QueryRun) -> String {
    match (&query.status, query.errors.first()) {
        (Status::Failed { error }, _) => error.message.clone(),
        (Status::TimedOut { after_ms }, _) => format!("timed out after {:.1} s", after_ms / 1e3),
        (_, Some(counted)) => counted.error.message.clone(),
        _ => "no message".to_owned(),
    }
}

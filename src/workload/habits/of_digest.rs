//! Habits that the digest tells without a look at single statements.

use super::gather::Around;
use super::habit::Habit;
use super::profile::Role;
use crate::trace::QueryDigest;

/// Classes of errors by which servers give a statement up because of a deadlock.
const DEADLOCKED: [&str; 2] = ["40P01", "1213"];

pub fn habits(around: &Around<'_>) -> Vec<Habit> {
    let mut habits = Vec::new();
    habits.extend(pings(around));
    habits.extend(deadlocks(around));
    for (number, digest) in around.summary.queries.iter().enumerate() {
        habits.extend(temporary_files(number as u32, digest, around));
    }
    habits
}

/// Numbers of queries for which `count` is not 0, the largest first.
fn ranked(around: &Around<'_>, count: impl Fn(usize, &QueryDigest) -> u64) -> Vec<(u32, u64)> {
    let queries = around.summary.queries.iter().enumerate();
    let mut ranked: Vec<(u32, u64)> = queries
        .map(|(number, digest)| (number as u32, count(number, digest)))
        .filter(|(_, count)| *count > 0)
        .collect();
    ranked.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), *number));
    ranked
}

fn together(kind: &str, ranked: &[(u32, u64)], around: &Around<'_>) -> Option<Habit> {
    let (first, _) = ranked.first()?;
    let mut habit = around.habit(kind, Some(*first));
    let others: Vec<u32> = ranked.iter().skip(1).map(|(number, _)| *number).collect();
    around.others(&mut habit, &others);
    habit.calls = ranked.iter().map(|(_, count)| count).sum();
    habit.occurrences = habit.calls;
    habit.distinct = ranked.len() as u64;
    Some(habit)
}

fn took_ms(ranked: &[(u32, u64)], around: &Around<'_>) -> f64 {
    let queries =
        ranked.iter().filter_map(|(number, _)| around.summary.queries.get(*number as usize));
    queries.map(|digest| digest.durations.sum_ms()).sum()
}

fn pings(around: &Around<'_>) -> Option<Habit> {
    let steering = |number: usize| around.profiles[number].role == Role::Steering;
    let ranked = ranked(around, |number, digest| if steering(number) { digest.calls } else { 0 });
    let habit = together("pings", &ranked, around)?;
    let total_ms = took_ms(&ranked, around);
    Some(Habit { of_calls: around.summary.statements, total_ms, ..habit })
}

fn deadlocks(around: &Around<'_>) -> Option<Habit> {
    let given_up = |digest: &QueryDigest| {
        let classes = digest.errors.iter().filter(|(class, error)| {
            DEADLOCKED.contains(&class.as_str())
                || [class.as_str(), &error.message]
                    .iter()
                    .any(|text| text.to_ascii_lowercase().contains("deadlock"))
        });
        classes.map(|(_, error)| error.count).sum()
    };
    let habit = together("deadlocked", &ranked(around, |_, digest| given_up(digest)), around)?;
    Some(Habit { of_calls: around.summary.statements, ..habit })
}

fn temporary_files(number: u32, digest: &QueryDigest, around: &Around<'_>) -> Option<Habit> {
    if digest.temporary_files == 0 || digest.calls == 0 {
        return None;
    }
    let sample = digest.samples.slowest.clone().unwrap_or_default();
    Some(Habit {
        occurrences: digest.temporary_files,
        calls: digest.calls,
        bytes: digest.temporary_bytes,
        total_ms: digest.durations.sum_ms(),
        file: sample.file,
        line: sample.line,
        ..around.habit("temporary-files", Some(number))
    })
}

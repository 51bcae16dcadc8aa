//! A rehearsal as a page.

use super::page::{Mark, MigrationPage, PageSection, PageTone};
use crate::engine::migration::{Followed, Precondition, PreconditionState};
use crate::migrate::rehearsal::{RehearsalReport, RehearsalRun};
use crate::report::format;

pub fn rehearsal_page(report: &RehearsalReport) -> MigrationPage {
    let best = report.extrapolated.iter().min_by(|a, b| a.total_s.total_cmp(&b.total_s));
    let title = match (report.failed(), best) {
        (true, _) => "The rehearsal failed".to_owned(),
        (false, Some(best)) => format!(
            "{} to be expected, with {} jobs",
            format::millis(best.total_s * 1000.0),
            best.jobs
        ),
        (false, None) => "Nothing was rehearsed to its end".to_owned(),
    };
    let tone = match (report.failed(), best) {
        (true, _) => PageTone::Bad,
        (false, Some(_)) => PageTone::Good,
        (false, None) => PageTone::Attention,
    };
    let mut page = MigrationPage {
        kind: "rehearsal".to_owned(),
        title,
        tone,
        lead: vec![format!(
            "From {} {} at {} to {} {}; {} rehearsed, {} to be moved.",
            report.source.engine,
            report.source.version,
            report.source.address,
            report.target.engine,
            report.target.version,
            format::bytes(report.rehearsed_bytes as f64),
            format::bytes(report.full_bytes as f64)
        )],
        sections: Vec::new(),
    };
    page.add(
        PageSection::new("Preconditions").checks(report.preconditions.iter().map(check).collect()),
    );
    page.add(expected(report));
    for run in &report.runs {
        page.add(one_run(run));
    }
    page.add(PageSection::new("What this rests on").list(report.rests_on.clone()));
    page
}

fn check(precondition: &Precondition) -> (Mark, String) {
    let mark = match precondition.state {
        PreconditionState::Met => Mark::Proven,
        PreconditionState::Unmet => Mark::Failed,
        PreconditionState::Unknown => Mark::NotChecked,
    };
    let remedy = precondition.remedy.as_ref().map_or(String::new(), |text| format!("; {text}"));
    (mark, format!("{}: {}{remedy}", precondition.name, precondition.evidence))
}

fn expected(report: &RehearsalReport) -> PageSection {
    let seconds = |value: f64| format::millis(value * 1000.0);
    let rows = report.extrapolated.iter().map(|told| {
        let range = match (told.low_s, told.high_s) {
            (Some(low), Some(high)) => format!("{} to {}", seconds(low), seconds(high)),
            _ => "one run alone".to_owned(),
        };
        let phases: Vec<String> =
            told.phases.iter().map(|(name, value)| format!("{name} {}", seconds(*value))).collect();
        vec![told.jobs.to_string(), seconds(told.total_s), range, phases.join(", ")]
    });
    PageSection::new("To be expected").table(&["Jobs", "Time", "Range", "Phases"], rows.collect())
}

fn one_run(run: &RehearsalRun) -> PageSection {
    let rows = run.phases.iter().map(|phase| {
        vec![
            phase.phase.clone(),
            format::millis(phase.seconds * 1000.0),
            format!("{:.1} s", phase.tool_cpu_s),
            format::bytes(phase.disk_bytes as f64),
            phase.command.clone(),
        ]
    });
    let section = PageSection::new(format!("A run with {} jobs", run.jobs))
        .table(&["Phase", "Time", "Tool's processor", "Files", "Command"], rows.collect());
    let section = match run.rows {
        Some((source, target)) => section.text(format!(
            "Rows afterwards: {} on the source, {} on the target.",
            format::count(source as f64),
            format::count(target as f64)
        )),
        None => section,
    };
    let section = match &run.followed {
        Some(followed) => section.list(following(followed)),
        None => section,
    };
    match &run.failed {
        Some(why) => section.text(format!("It failed: {why}")),
        None => section,
    }
}

fn following(followed: &Followed) -> Vec<String> {
    let seconds = |value: f64| format::millis(value * 1000.0);
    let mut said = vec![format!(
        "The source wrote {} of its log meanwhile, and had to keep up to {} for the target; others waited {} for a lock of it at most.",
        format::bytes(followed.log_bytes as f64),
        format::bytes(followed.most_kept_bytes as f64),
        seconds(followed.others_waited_s)
    )];
    let mut copied = followed.copied.clone();
    copied.sort_by(|a, b| b.1.total_cmp(&a.1));
    if let Some((table, last)) = copied.first() {
        said.push(format!(
            "{} tables were copied; the last was {table}, after {}.",
            copied.len(),
            seconds(*last)
        ));
    }
    if let Some(caught_up) = followed.caught_up_s {
        said.push(format!("The target had all that was written after {}.", seconds(caught_up)));
    }
    said.push(format!("{} sequences were set by hand.", followed.sequences));
    if !followed.inserts_only.is_empty() {
        said.push(format!(
            "Without a replica identity, so that changes and deletions were not followed: {}.",
            followed.inserts_only.join(", ")
        ));
    }
    said
}

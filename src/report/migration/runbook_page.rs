//! The runbook as a page.

use super::page::{Mark, MigrationPage, PageSection, PageTone};
use super::runbook_upgrade;
use crate::engine::migration::Severity;
use crate::migrate::runbook::{CheckState, Runbook};
use crate::report::format;

pub fn runbook_page(runbook: &Runbook) -> MigrationPage {
    let config = &runbook.config;
    let failed = runbook.checks.iter().filter(|check| check.state == CheckState::Failed).count();
    let open = runbook.checks.iter().filter(|check| check.state == CheckState::NotChecked).count();
    let (tone, verdict) = match (runbook.go, failed) {
        (true, _) => (PageTone::Good, "Go: every check is proven and fresh".to_owned()),
        (false, 0) => (PageTone::Attention, format!("No go yet: {}", checks(open, "open"))),
        (false, failed) => (
            PageTone::Bad,
            format!("No go: {}, {}", checks(failed, "failed"), checks(open, "open")),
        ),
    };
    let mut page = MigrationPage {
        kind: "runbook".to_owned(),
        title: format!("{}: {verdict}", config.title),
        tone,
        lead: vec![
            format!("From {} to {}.", config.source, config.target),
            format!(
                "Written on {}{}.",
                runbook.written.strftime("%Y-%m-%d %H:%M UTC"),
                config.owner.as_ref().map_or(String::new(), |owner| format!("; {owner} decides"))
            ),
        ],
        sections: Vec::new(),
    };
    page.add(goals(runbook));
    page.add(checklist(runbook));
    page.add(open_points(runbook));
    page.add(downtime(runbook));
    page.add(runbook_upgrade::plans(runbook));
    page.add(runbook_upgrade::statistics(runbook));
    page.add(commands(runbook));
    cutover(runbook, &mut page);
    page.add(afterwards());
    page.add(without_a_window());
    page
}

/// `3 checks open`.
fn checks(count: usize, state: &str) -> String {
    format!("{} {state}", format::counted(count, "check", "checks"))
}

fn goals(runbook: &Runbook) -> PageSection {
    let goals = &runbook.config.goals;
    PageSection::new("Goals and limits").list(vec![
        format!("Service is back within {} minutes after a failure (RTO).", goals.rto_minutes),
        format!("At most {} minutes of data may be lost (RPO).", goals.rpo_minutes),
        format!("Nobody can write for at most {} minutes.", goals.downtime_minutes),
        format!("Evidence older than {} days proves nothing.", goals.evidence_days),
    ])
}

fn checklist(runbook: &Runbook) -> PageSection {
    let items = runbook.checks.iter().map(|check| {
        let mark = match check.state {
            CheckState::Proven => Mark::Proven,
            CheckState::Failed => Mark::Failed,
            CheckState::NotChecked => Mark::NotChecked,
        };
        (mark, format!("{}: {}", check.what, check.evidence))
    });
    PageSection::new("Readiness: go only if all are proven").checks(items.collect())
}

fn open_points(runbook: &Runbook) -> PageSection {
    let points = runbook
        .facts
        .inventory
        .iter()
        .filter_map(|evidence| evidence.report.review.as_ref())
        .flat_map(|review| &review.points);
    let rows = points.filter(|point| point.severity != Severity::Note).map(|point| {
        vec![
            point.object.clone(),
            point.severity.word().to_owned(),
            point.why.clone(),
            point.action.clone(),
        ]
    });
    PageSection::new("To be done before")
        .table(&["Object", "Severity", "Why", "What to do"], rows.collect())
}

fn downtime(runbook: &Runbook) -> PageSection {
    let Some(told) = &runbook.downtime else {
        return PageSection::new("Downtime").text("Not known: no rehearsal came to its end.");
    };
    let rows = told
        .steps
        .iter()
        .map(|(step, seconds, from)| vec![step.clone(), format!("{seconds:.1} s"), from.clone()]);
    PageSection::new(format!("Downtime: {:.0} s, at most {:.0} s", told.total_s, told.high_s))
        .table(&["Step", "Time", "From"], rows.collect())
}

/// As they were rehearsed; passwords are in the environment.
fn commands(runbook: &Runbook) -> PageSection {
    let section = PageSection::new("Commands of the move, as rehearsed");
    let Some(rehearsal) = &runbook.facts.rehearsal else { return section };
    let jobs = runbook.downtime.as_ref().map(|told| told.jobs);
    let run = rehearsal.report.runs.iter().find(|run| Some(run.jobs) == jobs);
    let Some(run) = run else { return section };
    let lines: Vec<String> = run.phases.iter().map(|phase| phase.command.clone()).collect();
    section
        .text("Names of servers and folders are those of the rehearsal: put in the real ones. Passwords go through the environment or a password file.")
        .code(lines.join("\n"))
}

fn cutover(runbook: &Runbook, page: &mut MigrationPage) {
    let rollback = &runbook.config.rollback;
    let steps = [
        "Announce the window; stop deployments, jobs and events on the source.",
        "Freeze: revoke writing or stop the application; a read-only default alone is only advice to clients. Check for stray writers.",
        "Drain: wait until no transaction is open and replicas have caught up.",
        "Move: the commands above, or the last changes where replication runs.",
        "Set every sequence to its greatest value and a margin.",
        "Compare under the freeze: `planwise parity` has to say equal (exit status 0).",
        "Statistics: ANALYZE before anybody comes.",
        "Critical flows: `planwise answers --smoke` on the target.",
        "Switch the application to the target; watch errors, latency and lag.",
        "Keep the source as it is, read-only, until the way back is closed.",
    ];
    let items = steps.iter().enumerate().map(|(n, step)| format!("{}. {step}", n + 1));
    page.add(PageSection::new("Cutover").list(items.collect()));
    let rehearsed = match rollback.rehearsed_seconds {
        Some(seconds) => format!("It took {} when it was tried.", format::millis(seconds * 1000.0)),
        None => "Nobody tried it yet.".to_owned(),
    };
    page.add(PageSection::new("Way back").list(vec![
        format!("Trigger: {}", rollback.trigger),
        format!("What is done: {}", rollback.how),
        format!("Without loss of data until: {}", rollback.until),
        rehearsed,
    ]));
}

fn afterwards() -> PageSection {
    PageSection::new("Afterwards").list(vec![
        "`planwise tune WORKLOAD --db TARGET` looks for indexes and statistics that the new server wants; plans differ after a move.".to_owned(),
        "`planwise nightly` keeps watch over the times of the application's queries.".to_owned(),
        "`planwise parity` once more after a day, on tables that nobody changed.".to_owned(),
    ])
}

/// Ways that planwise does not drive.
fn without_a_window() -> PageSection {
    PageSection::new("Without a window: change data capture and dual running").list(vec![
        "Change data capture (Debezium and its like): snapshot, then the log; the checks that apply are a replica identity or primary key of every table, the log's retention against the longest outage of the consumer, and `planwise parity` with --settle while it runs.".to_owned(),
        "Dual running: the application writes to both sides; compare with `planwise parity` every night, and let the target answer only once it was equal for a week.".to_owned(),
    ])
}

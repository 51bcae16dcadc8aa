//! A server's health as a page.

use crate::health::{Ailment, HealthReport, Place, Proposal};
use crate::report::format;
use crate::report::migration::{MigrationPage, PageSection, PageTone};
use crate::rule::Severity;

/// Places of one ailment that are listed on the page; the JSON document has more.
const LISTED: usize = 10;

pub fn health_page(report: &HealthReport) -> MigrationPage {
    let server = &report.server;
    let mut page = MigrationPage {
        kind: "health".to_owned(),
        title: health_title(report),
        tone: match report.worst() {
            None => PageTone::Good,
            Some(Severity::High) => PageTone::Bad,
            Some(_) => PageTone::Attention,
        },
        lead: vec![format!(
            "{} {} at {}, database {}; looked at as {} on {}.",
            server.engine,
            server.version,
            server.address,
            server.database,
            server.user,
            report.taken.strftime("%Y-%m-%d %H:%M:%S UTC")
        )],
        sections: Vec::new(),
    };
    page.lead.push(observed(report));
    if report.throwaway {
        page.lead.push(
            "It is a throwaway server: only what the schema, the data and the workload bring with them is judged, not \
             how it is set up or run."
                .to_owned(),
        );
    }
    for ailment in &report.ailments {
        page.add(section(ailment));
    }
    page.add(vitals(report));
    settings(report, &mut page);
    page.add(notes(report));
    page.add(hidden(report));
    page
}

/// The verdict in one sentence.
pub fn health_title(report: &HealthReport) -> String {
    if report.ailments.is_empty() {
        return match report.throwaway {
            true => "Nothing in this database ails",
            false => "Nothing ails this server",
        }
        .to_owned();
    }
    let counts =
        [(Severity::High, "grave"), (Severity::Medium, "to be mended"), (Severity::Low, "small")];
    let parts = counts.iter().filter_map(|(severity, word)| {
        let count = report.count(*severity);
        (count > 0).then(|| format!("{count} {word}"))
    });
    let ailments = format::counted(report.ailments.len(), "ailment", "ailments");
    format!("{ailments}: {}", parts.collect::<Vec<_>>().join(", "))
}

fn observed(report: &HealthReport) -> String {
    let time = seconds(report.observed.seconds);
    match report.observed.since_start {
        // Its past is that of the files it was made from.
        true if report.throwaway => "Nothing was executed, so nothing was counted.".to_owned(),
        true => format!(
            "Rates are means over {time}, as long as the server has counted; --observe 10 takes those of this moment."
        ),
        false => format!("Rates are of the last {time}."),
    }
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "grave",
        Severity::Medium => "to be mended",
        Severity::Low => "small",
        Severity::Info => "good to know",
    }
}

fn section(ailment: &Ailment) -> PageSection {
    let heading = format!("{} ({}, {})", ailment.summary, word(ailment.severity), ailment.id);
    let mut messages: Vec<String> =
        ailment.places.iter().take(LISTED).map(|place| place.message.clone()).collect();
    let more = ailment.places.len().saturating_sub(LISTED) + ailment.more;
    if more > 0 {
        messages.push(format!("… and {more} more"));
    }
    let mut section = PageSection::new(heading).list(messages).text(ailment.why.clone());
    let thresholds = ailment.thresholds.iter().map(|threshold| {
        format!(
            "{} {} {}: {}",
            threshold.name,
            plain(threshold.value),
            threshold.unit,
            threshold.why
        )
    });
    let thresholds: Vec<String> = thresholds.collect();
    if !thresholds.is_empty() {
        section = section.text(format!("Threshold: {}.", thresholds.join("; ")));
    }
    if let Some(caution) = &ailment.caution {
        section = section.text(format!("Mind: {caution}"));
    }
    let statements = statements(&ailment.places);
    if !statements.is_empty() {
        section = section.code(statements.join("\n"));
    }
    section
}

fn plain(value: f64) -> String {
    if value.fract() == 0.0 { format::count(value) } else { value.to_string() }
}

/// What helps in the places that are listed, each said once.
fn statements(places: &[Place]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for statement in places.iter().take(LISTED).flat_map(|place| &place.statements) {
        if !all.contains(statement) {
            all.push(statement.clone());
        }
    }
    all
}

fn vitals(report: &HealthReport) -> PageSection {
    let rows = report.vitals.iter().map(|vital| vec![vital.label.clone(), vital.shown.clone()]);
    PageSection::new("Vital signs").table(&["What", "Now"], rows.collect())
}

fn notes(report: &HealthReport) -> PageSection {
    let rows = report.notes.iter().flat_map(|note| {
        let row = |place: &Place| vec![place.message.clone(), place.statements.join(" ")];
        note.places.iter().take(LISTED).map(row).collect::<Vec<_>>()
    });
    PageSection::new("Good to know").table(&["What", "If you want to change it"], rows.collect())
}

fn hidden(report: &HealthReport) -> PageSection {
    let rows = report.hidden.iter().map(|hidden| vec![hidden.what.clone(), hidden.right.clone()]);
    PageSection::new("What this login could not see")
        .table(&["What", "What would show it"], rows.collect())
}

fn settings(report: &HealthReport, page: &mut MigrationPage) {
    let rows = report.settings.iter().map(|setting| {
        vec![
            name(setting),
            setting.from.clone(),
            setting.to.clone(),
            if setting.needs_restart { "after a restart" } else { "at once" }.to_owned(),
        ]
    });
    // Evidence, risk and trial of each stand below.
    let headers = ["Setting", "Now", "Proposed", "Holds"];
    let mut section = PageSection::new("Settings").table(&headers, rows.collect());
    if !section.is_empty() {
        section = section.text(format!("Machine: {}.", report.host.source));
    }
    page.add(section);
    for setting in &report.settings {
        let mut section = PageSection::new(format!("{} → {}", name(setting), setting.to))
            .text(setting.evidence.clone())
            .text(setting.reason.clone())
            .text(format!("Risk: {}", setting.risk))
            .text(format!("Trial: {}.", setting.trial));
        let usual = usual(setting);
        if !usual.is_empty() {
            section = section.text(format!("Formulas without evidence would say: {usual}."));
        }
        if setting.needs_consent {
            section = section
                .text("A promise is given up by it: it is in no script, and yours to decide.");
        }
        let mut code = setting.statements.clone();
        if code.is_empty() {
            code.push(setting.line.clone());
        }
        code.extend(setting.undo.iter().map(|undo| format!("-- undo: {undo}")));
        page.add(section.code(code.join("\n")));
    }
    let refused = report.not_taken.iter().map(|left| {
        vec![left.name.clone(), left.to.clone(), left.because.clone(), left.check.clone()]
    });
    page.add(
        PageSection::new("Settings that were asked for and are not proposed")
            .table(&["Setting", "To", "Because", "Rule"], refused.collect()),
    );
}

fn name(setting: &Proposal) -> String {
    match setting.target.is_empty() {
        true => setting.name.clone(),
        false => format!("{} of {}", setting.name, setting.target),
    }
}

fn usual(setting: &Proposal) -> String {
    let said = setting.usual.iter().map(|usual| format!("{}: {}", usual.whose, usual.says));
    said.collect::<Vec<_>>().join("; ")
}

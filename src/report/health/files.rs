//! Settings to change as files: a script, the lines of the server's own file, and a platform's command.

use std::fmt::Write as _;

use crate::engine::{self, Platform, SettingScope};
use crate::health::{HealthReport, Proposal};
use crate::report::text::{visible, wrapped};

const WIDTH: usize = 96;

/// Names and contents; none where nothing is proposed.
pub fn settings_files(report: &HealthReport) -> Vec<(String, String)> {
    if report.settings.is_empty() {
        return Vec::new();
    }
    let grammar =
        engine::by_name(&report.server.engine).and_then(|engine| engine.setting_grammar());
    let mut files = vec![
        ("settings.sql".to_owned(), script(report)),
        ("settings.conf".to_owned(), lines(report, grammar.map_or("", |grammar| grammar.file()))),
    ];
    let parameters: Vec<(String, String, bool)> = of_server(report)
        .map(|setting| {
            let (name, value) = setting.parameter.clone();
            (name, value, setting.needs_restart)
        })
        .collect();
    let command = grammar.and_then(|grammar| grammar.command(report.host.platform, &parameters));
    if report.host.platform != Platform::Own {
        files.extend(command.map(|command| ("settings.sh".to_owned(), format!("{command}\n"))));
    }
    files
}

/// What a file or a parameter group holds: the server's own settings, and none that has to be consented to.
fn of_server(report: &HealthReport) -> impl Iterator<Item = &Proposal> {
    let server = |setting: &&Proposal| {
        !setting.needs_consent
            && matches!(setting.scope, SettingScope::Server | SettingScope::Database)
    };
    report.settings.iter().filter(server)
}

fn script(report: &HealthReport) -> String {
    let mut sql = String::new();
    comment(
        &mut sql,
        &format!(
            "Settings for {} {} at {}, from what was counted there until {}. Run one at a time and look again; what takes \
             each back stands below it.",
            report.server.engine,
            report.server.version,
            report.server.address,
            report.taken.strftime("%Y-%m-%d %H:%M UTC")
        ),
    );
    for setting in &report.settings {
        sql.push('\n');
        let of = if setting.target.is_empty() {
            String::new()
        } else {
            format!(" of {}", setting.target)
        };
        comment(
            &mut sql,
            &format!("{}{of}: {} -> {}", setting.name, shown(&setting.from), setting.to),
        );
        comment(&mut sql, &setting.evidence);
        comment(&mut sql, &setting.reason);
        comment(&mut sql, &format!("Risk: {}", setting.risk));
        for usual in &setting.usual {
            comment(&mut sql, &format!("{} would say {}.", usual.whose, usual.says));
        }
        comment(&mut sql, &format!("Trial: {}.", setting.trial));
        if setting.needs_restart {
            comment(&mut sql, "Holds after a restart of the server.");
        }
        write_statements(&mut sql, setting);
    }
    sql
}

fn write_statements(sql: &mut String, setting: &Proposal) {
    if setting.statements.is_empty() {
        comment(sql, &format!("No statement sets it; in the server's file: {}", setting.line));
    }
    let consented = if setting.needs_consent { "-- only if you consent: " } else { "" };
    for statement in &setting.statements {
        let _ = writeln!(sql, "{consented}{}", visible(statement));
    }
    for statement in &setting.undo {
        comment(sql, &format!("undo: {statement}"));
    }
}

fn shown(from: &str) -> &str {
    if from.is_empty() { "(none of its own)" } else { from }
}

fn lines(report: &HealthReport, file: &str) -> String {
    let mut text = format!("# For {file}. What needs a restart says so.\n");
    for setting in of_server(report) {
        let restart = if setting.needs_restart { "  # restart" } else { "" };
        let _ = writeln!(text, "{}{restart}", visible(&setting.line).replace('\n', " "));
    }
    text
}

fn comment(sql: &mut String, text: &str) {
    for line in wrapped(&visible(text).replace('\n', " "), WIDTH) {
        let _ = writeln!(sql, "-- {line}");
    }
}

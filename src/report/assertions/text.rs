//! For people: failures first, then what holds narrowly, then the count.

use super::sentence::sentence;
use crate::report::format::counted;
use crate::report::text::{one_line, wrapped};
use crate::snapshot::assertion::{Assertion, Assertions, Standing};

const ORDER: [(Standing, &str); 5] = [
    (Standing::Fails, "FAIL"),
    (Standing::Unplanned, "ERROR"),
    (Standing::FailsNarrowly, "WARN"),
    (Standing::HoldsNarrowly, "WARN"),
    (Standing::Holds, "ok"),
];

pub fn text(assertions: &Assertions, width: usize, quiet: bool) -> String {
    let source = &assertions.source;
    let mut lines = vec![one_line(&format!(
        "{} on a snapshot of {} (version {}) of {}, planned by version {}",
        assertions.workload,
        source.database,
        source.version,
        source.taken.strftime("%Y-%m-%d %H:%M"),
        source.planned_by
    ))];
    for (standing, word) in ORDER {
        if quiet && standing == Standing::Holds {
            continue;
        }
        for one in assertions.assertions.iter().filter(|one| one.standing == standing) {
            lines.extend(entry(word, one, width));
        }
    }
    if !quiet {
        let notes = assertions.notes.iter();
        lines.extend(notes.flat_map(|note| indented("note: ", &one_line(note), width)));
    }
    lines.push(summary(assertions));
    lines.join("\n") + "\n"
}

fn entry(word: &str, one: &Assertion, width: usize) -> Vec<String> {
    let place = one_line(&format!("{} ({}:{})", one.query, one.file, one.line));
    let mut lines = vec![format!("{word:<5} {place}")];
    lines.extend(indented("      ", &sentence(one), width));
    lines
}

fn indented(head: &str, text: &str, width: usize) -> Vec<String> {
    let room = width.saturating_sub(head.len()).max(20);
    let rest = " ".repeat(head.len());
    let lines = wrapped(text, room).into_iter().enumerate();
    lines.map(|(n, line)| format!("{}{line}", if n == 0 { head } else { &rest })).collect()
}

fn summary(assertions: &Assertions) -> String {
    let count = |standing| assertions.count(standing);
    let all = counted(assertions.assertions.len(), "expectation", "expectations");
    let narrow = count(Standing::HoldsNarrowly) + count(Standing::FailsNarrowly);
    let mut parts = vec![counted(count(Standing::Holds), "holds", "hold")];
    if narrow > 0 {
        parts.push(counted(narrow, "near tie", "near ties"));
    }
    parts.push(counted(count(Standing::Fails), "fails", "fail"));
    if count(Standing::Unplanned) > 0 {
        parts.push(format!("{} cannot be planned", count(Standing::Unplanned)));
    }
    let without = match assertions.without {
        0 => String::new(),
        count => format!("; {} without", counted(count, "query", "queries")),
    };
    format!("{all}: {}{without}", parts.join(", "))
}

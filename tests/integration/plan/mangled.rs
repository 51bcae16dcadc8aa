//! Good plans as people's tools mangle them: the same tree comes back, or a refusal, or a word about
//! what is missing. Never another tree in silence.

use planwise::engine::postgres::explain::parse;
use planwise::plan::Plan;

use super::captures::{SERVERS, names, text};

/// Everything that a wrong reading would change.
fn told(plan: &Plan) -> Vec<String> {
    let nodes = plan.walk().into_iter().map(|(node, above)| {
        let texts = [&node.filter, &node.index_cond, &node.join_cond, &node.relation, &node.index];
        // A break at a blank may stand in a text; how many blanks there were is lost with it.
        let texts = texts.map(|text| text.as_deref().map(without_blanks));
        format!("{} {} {texts:?} {:?} {:?}", above.len(), node.label, node.plan_rows, node.actual)
    });
    nodes.chain([format!("{:?} {:?}", plan.execution_ms, plan.planning_ms)]).collect()
}

fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

fn each_line(text: &str, with: impl Fn(usize, &str) -> String) -> String {
    text.lines().zip(1..).map(|(line, number)| with(number, line) + "\n").collect()
}

/// As a terminal of `width` columns shows it.
fn broken_at(text: &str, width: usize) -> String {
    let broken = |line: &str| {
        let letters: Vec<char> = line.chars().collect();
        let pieces: Vec<String> =
            letters.chunks(width).map(|piece| piece.iter().collect()).collect();
        pieces.join("\n")
    };
    each_line(text, |_, line| broken(line))
}

/// As mail programs break it, at the last blank before `width`.
fn broken_at_blanks(text: &str, width: usize) -> String {
    each_line(text, |_, line| {
        let mut rest = line.to_owned();
        let mut pieces = Vec::new();
        let indent = line.len() - line.trim_start().len();
        while rest.len() > width && rest.is_ascii() {
            let cut = rest[..width].rfind(' ').filter(|cut| *cut > indent + 20);
            let Some(cut) = cut else { break };
            let tail = rest.split_off(cut);
            pieces.push(rest);
            rest = tail.trim_start().to_owned();
        }
        pieces.push(rest);
        pieces.join("\n")
    })
}

fn padded(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Margins, frames and characters: all of these are taken off again.
fn mended(text: &str) -> Vec<(&'static str, String)> {
    let width = padded(text);
    let tabbed = |line: &str| {
        let body = line.trim_start_matches(' ');
        let blanks = line.len() - body.len();
        format!("{}{}{body}", "\t".repeat(blanks / 8), " ".repeat(blanks % 8))
    };
    vec![
        ("mail", each_line(text, |_, line| format!("> {line}"))),
        ("comment", each_line(text, |_, line| format!("-- {line}"))),
        ("numbers", each_line(text, |number, line| format!("{number:>3}  {line}"))),
        (
            "collector",
            each_line(text, |n, line| format!("2026-01-02T03:04:05.{n:09}Z stdout F {line}")),
        ),
        ("quotes", each_line(text, |_, line| format!("\"{}\"", line.replace('"', "\"\"")))),
        ("list", each_line(text, |_, line| format!("'{}',", line.replace('\'', "''")))),
        ("right border", each_line(text, |_, line| format!("{line:<width$}|"))),
        ("no-break spaces", text.replace(' ', "\u{a0}")),
        ("arrows", text.replace("->  ", "→  ")),
        ("web page", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        ("tabs", each_line(text, |_, line| tabbed(line))),
        ("indented", each_line(text, |_, line| format!("      {line}"))),
        ("first blank lost", each_line(text, |_, line| format!(" {line}"))[1..].to_owned()),
        ("figures below", text.replace(" (actual time", "\n            (actual time")),
    ]
}

fn fixtures() -> impl Iterator<Item = (String, String)> {
    SERVERS.into_iter().flat_map(|server| {
        // Names and literals made to be misread have tests of their own.
        let plain = names().into_iter().filter(|name| name != "odd-names");
        plain.map(move |name| (format!("{server}/{name}"), text(server, &format!("{name}.txt"))))
    })
}

#[test]
fn margins_and_characters_come_off_every_plan() {
    for (name, text) in fixtures() {
        let expected = told(&parse(&text).unwrap());
        for (kind, mangled) in mended(&text) {
            let plan = parse(&mangled).unwrap_or_else(|error| panic!("{name}, {kind}: {error}"));
            assert_eq!(told(&plan), expected, "{name}, {kind}");
        }
    }
}

#[test]
fn broken_lines_are_put_together_or_refused() {
    let (mut tried, mut read) = (0, 0);
    for (name, text) in fixtures() {
        let expected = told(&parse(&text).unwrap());
        for width in [60, 72, 80, 100, 120] {
            for mangled in [broken_at(&text, width), broken_at_blanks(&text, width)] {
                tried += 1;
                let Ok(plan) = parse(&mangled) else { continue };
                assert_eq!(told(&plan), expected, "{name} at {width}:\n{mangled}");
                read += 1;
            }
        }
    }
    assert!(read * 10 > tried * 9, "only {read} of {tried} were read");
}

#[test]
fn a_cut_is_never_passed_over() {
    for (name, text) in fixtures() {
        let lines: Vec<&str> = text.lines().collect();
        for kept in 1..lines.len() {
            let cut = lines[..kept].join("\n");
            let Ok(plan) = parse(&cut) else { continue };
            assert!(!plan.notices.is_empty(), "{name}: nothing said of\n{cut}");
        }
    }
}

#[test]
fn of_two_plans_the_first_keeps_its_own_times() {
    for (name, text) in fixtures() {
        let alone = parse(&text).unwrap();
        for between in ["", "\n", "\nAfter the index:\n\n"] {
            let slower = text.replace("Execution Time: ", "Execution Time: 9");
            let both = parse(&format!("{text}{between}{slower}")).unwrap();
            assert_eq!(told(&both), told(&alone), "{name}");
            assert_eq!(both.extra["Further Plans"], 1, "{name}");
        }
    }
}

//! The built-in rules hold to their own conventions, and mistakes are named with their place.

use std::fs;

use super::check::conventions;
use super::{RuleSet, check};

#[test]
fn the_built_in_rules_are_sound_and_keep_the_conventions() {
    let set = RuleSet::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    let problems: Vec<String> =
        set.rules().iter().flat_map(conventions).map(|p| p.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new());
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
    let mut on_disk = 0;
    let mut folders = vec![std::path::PathBuf::from(dir)];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("rules/").map(|f| f.expect("entry").path()) {
            on_disk += usize::from(path.extension().is_some_and(|e| e == "toml"));
            folders.extend(path.is_dir().then_some(path));
        }
    }
    assert_eq!(set.rules().len(), on_disk, "built-in rules are all the files of rules/");
}

/// Problems of a folder with this one file, as `line: message`.
fn problems_of(text: &str) -> Vec<String> {
    let dir = tempfile::tempdir().expect("temporary directory");
    fs::write(dir.path().join("mine.toml"), text).expect("written");
    match check(dir.path()) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.0.iter().map(|p| format!("{}: {}", p.line.unwrap_or(0), p.message)).collect()
        }
    }
}

const MINE: &str = r#"id = "mine"
summary = "s"
scope = "node"
evidence = "B"
when = "node.rows >= params.rows"
title = "Rows: {{ node.rows | count }}"
message = "{{ node.relation }}: {{ node.rows | count }} rows"
gain = "G1"
severity = "low"
why = "w"
fix = "f"
verify = "v"
undo = "u"
ignore_when = "i"
[params]
rows = { value = 10, unit = "rows", why = "because" }
"#;

#[test]
fn a_rule_without_mistakes_passes() {
    assert_eq!(problems_of(MINE), Vec::<String>::new());
}

#[test]
fn mistakes_are_named_with_their_line() {
    let spoilt = |from: &str, to: &str| problems_of(&MINE.replace(from, to));
    assert_eq!(
        spoilt("node.rows >=", "node.rwos >="),
        ["5: when uses node.rwos, which is no fact of this scope; did you mean node.rows?"]
    );
    assert_eq!(
        spoilt(">= params.rows", ">= params.rows and node.loops > 7"),
        ["5: when holds the number 7: make it a parameter in [params]"]
    );
    assert_eq!(
        spoilt("node.rows >= params.rows", "node.rows >= params.lines"),
        ["5: when uses params.lines, which [params] does not define"]
    );
    assert_eq!(spoilt("gain = \"G1\"", "gain = \"G12\""), ["8: gain is one of G1 to G9"]);
    assert!(spoilt("why = \"w\"", "wy = \"w\"")[0].starts_with("10: unknown field `wy`"));
    assert!(spoilt("node.rows >= params.rows", "node.rows >=")[0].starts_with("5: when: "));
    assert_eq!(
        spoilt("severity = \"low\"", "severity = \"low\"\nsupersedes = [\"none\"]"),
        ["10: supersedes names none, which is no rule"]
    );
    assert_eq!(
        spoilt("[params]\n", "[params]\nspare = { value = 1, unit = \"rows\", why = \"x\" }\n"),
        ["16: parameter spare is used nowhere"]
    );
    assert_eq!(
        spoilt("id = \"mine\"", "id = \"other\""),
        ["1: the file of rule other is other.toml"]
    );
}

#[test]
fn a_rule_that_would_loop_is_refused() {
    let spoilt = |from: &str, to: &str| problems_of(&MINE.replace(from, to));
    let looping = "{% for row in [0, 0] %}x{% endfor %}{{ node.relation }}:";
    let problems = spoilt("{{ node.relation }}:", looping);
    assert!(problems[0].contains("{% for %} is not available"), "{problems:?}");
    let deep = format!("{}node.rows > 1", "not ".repeat(10_000));
    let problems = spoilt("node.rows >= params.rows", &deep);
    assert!(problems[0].contains("longer than"), "{problems:?}");
}

#[test]
fn a_condition_holds_or_not_and_an_empty_text_is_no() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let text =
        MINE.replace("node.rows >= params.rows", "node.rows >= params.rows and node.relation");
    fs::write(dir.path().join("mine.toml"), text).expect("written");
    let set = RuleSet::load(&[dir.path().to_path_buf()]).unwrap_or_else(|p| panic!("{p}"));
    let rule = set.rule("mine").expect("loaded");
    let holds = |rows: f64, relation: &str| {
        let params = minijinja::context! { rows => 10 };
        let node = minijinja::context! { rows, relation };
        set.holds(rule, &minijinja::context! { params, node })
    };
    assert_eq!(holds(10.0, "t"), Ok(true));
    assert_eq!(holds(9.9, "t"), Ok(false));
    assert_eq!(holds(10.0, ""), Ok(false));
}

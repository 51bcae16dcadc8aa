//! Strict evaluation finds a wrong term only when it gets there: each term of each condition
//! must have been reached by some case, and must have held in one and failed in another.

use std::collections::BTreeMap;

use planwise::rule::{Rule, RuleSet, watch};

use super::case::{cases_of, measurements, rules};

/// `a and (b or c) and not d` as its terms: `a`, `b`, `c`, `d`.
pub fn terms(condition: &str) -> Vec<String> {
    let mut terms = Vec::new();
    for part in split(condition, " and ") {
        for part in split(&part, " or ") {
            let bare = part.trim().trim_start_matches("not ").trim();
            match is_group(bare) {
                Some(inner) => terms.extend(self::terms(inner)),
                None => terms.push(bare.to_owned()),
            }
        }
    }
    terms
}

/// Splits at `separator` outside parentheses.
fn split(text: &str, separator: &str) -> Vec<String> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ if depth == 0 && at >= start && text[at..].starts_with(separator) => {
                parts.push(text[start..at].to_owned());
                start = at + separator.len();
            }
            _ => {}
        }
    }
    parts.push(text[start..].to_owned());
    parts
}

/// The inside of a term that is nothing but parentheses around others.
fn is_group(term: &str) -> Option<&str> {
    let inner = term.strip_prefix('(')?.strip_suffix(')')?;
    (inner.contains(" and ") || inner.contains(" or ")).then_some(inner)
}

#[test]
fn conditions_fall_apart_into_their_terms() {
    assert_eq!(terms("a and (b or not c) and not d >= x.y"), ["a", "b", "c", "d >= x.y"]);
    assert_eq!(terms("(a | length) > 1 and b"), ["(a | length) > 1", "b"]);
}

/// Of each term whether it was seen true, and seen false.
type Seen = BTreeMap<String, (bool, bool)>;

/// Over all cases, and the far side of each boundary.
fn seen(rule: &Rule, rules: &RuleSet) -> Seen {
    let mut seen = Seen::new();
    for (_, case) in cases_of(rule.id()) {
        let run = case.run();
        let measurements = measurements(&run);
        let mut variants = vec![rules.only(|other| other.id() == rule.id())];
        for (param, turn) in &case.turns {
            variants.push(variants[0].with_param(rule.id(), param, turn.silent_at));
        }
        for variant in &variants {
            let mut note = |rule: &Rule, facts: &minijinja::Value| {
                follow(&rule.definition.when, variant, facts, &mut seen);
            };
            watch(&run, &measurements, variant, case.engine(), &mut note);
        }
    }
    seen
}

/// Evaluates conjunct after conjunct, as the condition itself does, and notes each term.
fn follow(condition: &str, rules: &RuleSet, facts: &minijinja::Value, seen: &mut Seen) {
    for conjunct in split(condition, " and ") {
        for term in terms(&conjunct) {
            let Ok(value) = rules.evaluate(&term, facts) else { continue };
            let entry = seen.entry(term).or_default();
            if value.is_true() { entry.0 = true } else { entry.1 = true }
        }
        match rules.evaluate(&conjunct, facts) {
            Ok(value) if value.is_true() => {}
            _ => return,
        }
    }
}

#[test]
fn every_term_of_every_condition_is_reached_on_both_sides() {
    let rules = rules();
    let mut lacking = Vec::new();
    for rule in rules.rules() {
        let seen = seen(rule, &rules);
        for term in terms(&rule.definition.when) {
            match seen.get(&term) {
                Some((true, true)) => {}
                Some((true, false)) => lacking.push(format!("{}: never false: {term}", rule.id())),
                Some((false, true)) => lacking.push(format!("{}: never true: {term}", rule.id())),
                _ => lacking.push(format!("{}: never reached: {term}", rule.id())),
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

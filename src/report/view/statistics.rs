//! Statements for the planner's statistics, one change for each table.

use std::mem::discriminant;

use super::advice::ChangeView;
use crate::advise::{Outcome, StatisticsAdvice};
use crate::rule::Finding;

/// What belongs together: extended statistics are empty until their table is analyzed.
struct Group<'a> {
    table: Option<&'a str>,
    advice: Vec<&'a StatisticsAdvice>,
}

/// In the order in which they are to be run.
pub fn statistics(advice: &[StatisticsAdvice], findings: &[Finding]) -> Vec<ChangeView> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for one in advice {
        let table = table(one, findings);
        let belongs = |group: &&mut Group<'_>| {
            let last = group.advice.last();
            table.is_some()
                && group.table == table
                && last.is_some_and(|last| {
                    last.rule == one.rule && same_kind(&last.outcome, &one.outcome)
                })
        };
        match groups.iter_mut().find(belongs) {
            Some(group) => group.advice.push(one),
            None => groups.push(Group { table, advice: vec![one] }),
        }
    }
    groups.iter().map(change).collect()
}

fn same_kind(a: &Outcome, b: &Outcome) -> bool {
    discriminant(a) == discriminant(b)
}

/// The table of the finding that asks for it.
fn table<'a>(advice: &StatisticsAdvice, findings: &'a [Finding]) -> Option<&'a str> {
    let asks = |finding: &&Finding| {
        finding.rule == advice.rule
            && finding.actions.iter().any(|action| action.statement == advice.statement)
    };
    findings.iter().find(asks).and_then(|finding| finding.subject.as_deref())
}

fn change(group: &Group<'_>) -> ChangeView {
    let first = group.advice[0];
    let ended = |text: &str| format!("{};", text.trim_end().trim_end_matches(';'));
    let statement = match group.advice.as_slice() {
        [one] => one.statement.clone(),
        several => several.iter().map(|one| ended(&one.statement)).collect::<Vec<_>>().join("\n"),
    };
    let undo: Vec<String> =
        group.advice.iter().rev().filter_map(|one| one.undo.as_deref()).map(ended).collect();
    let mut whys: Vec<&str> = group.advice.iter().map(|one| one.why.as_str()).collect();
    whys.dedup();
    ChangeView {
        title: title(&first.statement, &first.rule, group.table),
        why: whys.join("\n\n"),
        statement,
        undo: (!undo.is_empty()).then(|| undo.join("\n")),
        count: group.advice.len(),
        ..ChangeView::plain(&first.outcome)
    }
}

fn title(statement: &str, rule: &str, table: Option<&str>) -> String {
    let begins = |words: &str| {
        let head = statement.trim_start().get(..words.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(words))
    };
    match table {
        None => rule.to_owned(),
        Some(table) if begins("CREATE STATISTICS") => format!("extended statistics on {table}"),
        Some(table) if begins("ANALYZE") => format!("fresh statistics of {table}"),
        Some(table) if begins("VACUUM") => format!("vacuum {table}"),
        Some(table) => format!("{rule} on {table}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(rule: &str, statement: &str, outcome: Outcome) -> StatisticsAdvice {
        StatisticsAdvice {
            statement: statement.to_owned(),
            undo: statement.starts_with("CREATE").then(|| "DROP STATISTICS s".to_owned()),
            rule: rule.to_owned(),
            why: "why".to_owned(),
            outcome,
        }
    }

    fn finding(rule: &str, table: &str, statements: &[&str]) -> Finding {
        let action = |statement: &&str| {
            serde_json::json!({
                "kind": "statistics", "statement": statement, "undo": null, "caution": null
            })
        };
        let finding = serde_json::json!({
            "rule": rule, "title": "", "severity": "low", "query": null, "node": null,
            "subject": table, "message": "", "why": "", "fix": "", "verify": "",
            "ignore_when": null, "actions": statements.iter().map(action).collect::<Vec<_>>(),
            "gain": {"class": "structural", "saved_ms": null, "model": "none"}, "score": 1.0,
            "evidence": "A", "minor": false
        });
        serde_json::from_value(finding).unwrap()
    }

    #[test]
    fn statistics_and_their_analyze_are_one_change_named_by_their_table() {
        let (create, analyze, other) =
            ("CREATE STATISTICS s ON a, b FROM t", "ANALYZE t", "ANALYZE u");
        let kept = || Outcome::Kept { ratio: 0.5 };
        let all = [
            advice("correlated", create, kept()),
            advice("correlated", analyze, kept()),
            advice("stale", other, kept()),
        ];
        let findings =
            [finding("correlated", "t", &[create, analyze]), finding("stale", "u", &[other])];
        let changes = statistics(&all, &findings);
        let titles: Vec<&str> = changes.iter().map(|change| change.title.as_str()).collect();
        assert_eq!(titles, ["extended statistics on t", "fresh statistics of u"]);
        assert_eq!(changes[0].statement, "CREATE STATISTICS s ON a, b FROM t;\nANALYZE t;");
        assert_eq!((changes[0].count, changes[1].count), (2, 1));
        assert_eq!(changes[0].undo.as_deref(), Some("DROP STATISTICS s;"));
    }

    #[test]
    fn what_went_differently_stays_apart() {
        let (create, analyze) = ("CREATE STATISTICS s ON a, b FROM t", "ANALYZE t");
        let all = [
            advice("correlated", create, Outcome::Failed { error: "no".to_owned() }),
            advice("correlated", analyze, Outcome::Proposed),
        ];
        let changes = statistics(&all, &[finding("correlated", "t", &[create, analyze])]);
        assert_eq!(changes.len(), 2);
    }

    #[test]
    fn without_a_finding_the_rule_names_it() {
        let changes = statistics(&[advice("stale", "ANALYZE t", Outcome::Proposed)], &[]);
        assert_eq!(changes[0].title, "stale");
    }
}

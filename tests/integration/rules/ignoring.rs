//! Findings that nobody wants to be told of.

use std::process::Output;

use indexmap::IndexMap;
use planwise::plan::measure;
use planwise::rule::{Finding, Judgement, RuleSet, Severity, judge, silence};
use planwise::run::Run;
use planwise::workload::{Ignore, WideIgnore};

use super::case::{Case, cases_of, rules};
use crate::program::{Desk, planwise, stderr};

fn judged(run: &Run, case: &Case, rules: &RuleSet) -> Judgement {
    let planned = run.queries.iter().filter_map(|query| Some((query, query.plans.first()?)));
    let measured: IndexMap<_, _> =
        planned.map(|(query, plan)| (query.id.clone(), measure(&plan.plan))).collect();
    judge(run, &measured, rules, case.engine())
}

fn of_query(rule: &str, line: usize) -> Ignore {
    Ignore { rule: rule.to_owned(), reason: "it runs at night".to_owned(), line }
}

fn wide(finding: &Finding, line: usize) -> WideIgnore {
    WideIgnore {
        rule: finding.rule.clone(),
        query: finding.query.clone(),
        subject: finding.subject.clone(),
        reason: "known".to_owned(),
        file: "planwise.toml".to_owned(),
        line,
    }
}

#[test]
fn comments_and_entries_silence_what_they_name_and_say_when_that_is_nothing() {
    let rules = rules();
    let (_, case) =
        cases_of("sort-spill").into_iter().find(|(name, _)| name.starts_with("fires")).unwrap();
    let mut run = case.run();
    let before = judged(&run, &case, &rules).findings;
    let spill = before.iter().find(|finding| finding.rule == "sort-spill").expect("it fires");

    run.queries[0].ignores = vec![of_query("sort-spill", 3), of_query("deadlocks", 4)];
    let after = judged(&run, &case, &rules);
    assert!(after.findings.iter().all(|finding| finding.rule != "sort-spill"));
    assert_eq!(after.findings.len(), before.len() - 1);
    let [told, unused] = after.ignored.as_slice() else { panic!("{:?}", after.ignored) };
    assert_eq!((told.line, &told.message), (3, &Some(spill.message.clone())));
    assert_eq!((unused.line, &unused.message), (4, &None));

    // An entry for another query, or another table, is for nobody here.
    run.queries[0].ignores.clear();
    let other = |of: fn(&mut WideIgnore)| {
        let mut entry = wide(spill, 9);
        of(&mut entry);
        entry
    };
    let other_query = other(|entry| entry.query = Some("another".to_owned()));
    let other_subject = other(|entry| entry.subject = Some("public.another".to_owned()));
    run.workload.ignores = vec![other_query, other_subject];
    let kept = judged(&run, &case, &rules);
    assert_eq!(kept.findings.len(), before.len());
    assert!(kept.ignored.iter().all(|one| one.message.is_none()));

    let everywhere = WideIgnore { query: None, subject: None, ..wide(spill, 1) };
    run.workload.ignores = vec![everywhere];
    let silent = judged(&run, &case, &rules);
    assert!(silent.findings.iter().all(|finding| finding.rule != "sort-spill"));
    assert_eq!(silent.ignored[0].file.as_deref(), Some("planwise.toml"));
}

#[test]
fn findings_of_captured_plans_are_silenced_as_those_of_the_run() {
    let rules = rules();
    let (_, case) =
        cases_of("sort-spill").into_iter().find(|(name, _)| name.starts_with("fires")).unwrap();
    let mut run = case.run();
    let found = judged(&run, &case, &rules).findings;
    let spill = found.iter().find(|finding| finding.rule == "sort-spill").expect("it fires");
    run.workload.ignores = vec![wide(spill, 1)];
    run.queries[0].plans.clear();
    let mut judgement = judged(&run, &case, &rules);
    assert_eq!(judgement.ignored[0].message, None, "the run has no plan");
    let captured = Finding { seen_in: Some("server.log:8".to_owned()), ..spill.clone() };
    let mut findings = vec![captured];
    silence(&mut findings, &mut judgement.ignored, &run);
    assert!(findings.is_empty());
    assert_eq!(judgement.ignored[0].message, Some(spill.message.clone()));
}

/// A query shows three; what was behind them comes forward when they are not wanted.
#[test]
fn what_was_folded_away_behind_ignored_findings_is_shown() {
    let rules = rules();
    let cases = rules.rules().iter().flat_map(|rule| cases_of(rule.id()));
    let mut crowded = cases.filter_map(|(_, case)| {
        let run = case.run();
        let found = judged(&run, &case, &rules).findings;
        let behind = found.iter().find(|f| f.minor && f.severity > Severity::Info)?.clone();
        let shown =
            found.into_iter().filter(|f| !f.minor && f.query == behind.query).collect::<Vec<_>>();
        Some((case, run, shown, behind))
    });
    let (case, mut run, shown, behind) =
        crowded.next().expect("a query with more than three findings");
    let others = shown.iter().filter(|finding| finding.rule != behind.rule);
    run.workload.ignores =
        others.enumerate().map(|(line, finding)| wide(finding, line + 1)).collect();
    assert!(!run.workload.ignores.is_empty());
    let after = judged(&run, &case, &rules).findings;
    let forward = after.iter().find(|f| f.rule == behind.rule && f.subject == behind.subject);
    assert!(!forward.expect("it is still found").minor);
}

/// Nothing is asked of a server before the files are right.
fn refused(desk: &Desk, queries: &str, config: Option<&str>) -> Output {
    let file = desk.write("queries.sql", queries);
    let mut command = planwise();
    command.args(["run", "--db", "postgres://nobody@127.0.0.1:1/nowhere"]).arg(&file);
    if let Some(config) = config {
        command.arg("--config").arg(desk.write("own.toml", config));
    }
    command.current_dir(desk.path("")).arg("--out").arg(desk.out());
    command.output().unwrap()
}

#[test]
fn names_of_no_rule_and_entries_without_reason_are_refused_with_their_line() {
    let desk = Desk::new();
    let plain = "-- name: one\nSELECT 1;\n";
    let ignoring =
        "-- name: one\n-- planwise: ignore sort-spil because it runs at night\nSELECT 1;\n";
    for (queries, config, said) in [
        (ignoring, None, vec!["queries.sql:2:", "\"sort-spil\"", "did you mean sort-spill?"]),
        (
            plain,
            Some("\n[[ignore]]\nrule = \"seq-scan-discard-rows\"\nreason = \"known\"\n"),
            vec!["own.toml:3:", "did you mean seq-scan-discards-rows?"],
        ),
        (
            plain,
            Some("[[ignore]]\nrule = \"sort-spill\"\nreason = \"  \"\n"),
            vec!["own.toml:2:", "needs a reason"],
        ),
        (plain, Some("[[ignore]]\nrule = \"sort-spill\"\n"), vec!["own.toml, line 1", "reason"]),
        (
            plain,
            Some("[[ignore]]\nrule = \"sort-spill\"\nreason = \"x\"\nqurey = \"one\"\n"),
            vec!["own.toml, line 4", "qurey"],
        ),
    ] {
        let output = refused(&desk, queries, config);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(said.iter().all(|word| error.contains(word)), "{said:?}\n{error}");
    }
    let fine = "[[ignore]]\nrule = \"sort-spill\"\nreason = \"known\"\n";
    let output = refused(&desk, plain, Some(fine));
    assert!(!stderr(&output).contains("own.toml"), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(3), "the server is not there: {}", stderr(&output));
}

/// Also the file that is read where none is named.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_says_what_it_does_not_tell_and_which_entries_can_go() {
    let Some(sandbox) = crate::parts::postgres().await else { return };
    let options = planwise::engine::SessionOptions {
        access: planwise::engine::Access::Commit,
        ..Default::default()
    };
    let mut session = sandbox.connect(&options).await.unwrap();
    for statement in [
        "CREATE TABLE job (id int PRIMARY KEY, state text, note text)",
        "INSERT INTO job SELECT g, CASE WHEN g % 900 = 0 THEN 'open' ELSE 'done' END, repeat('n', 60)
         FROM generate_series(1, 90000) g",
        "VACUUM ANALYZE job",
    ] {
        session.command(statement).await.unwrap();
    }
    drop(session);
    let desk = Desk::new();
    let file = desk.write(
        "queries.sql",
        "-- name: open-jobs\n-- planwise: ignore seq-scan-discards-rows because the table is archived next week\n\
         SELECT id, note FROM job WHERE state = 'open';\n",
    );
    desk.write("planwise.toml", "[[ignore]]\nrule = \"deadlocks\"\nreason = \"known\"\n");
    let mut command = planwise();
    command.args([
        "run",
        "--db",
        &sandbox.url(sandbox.database()),
        "--rounds",
        "3",
        "--format",
        "markdown",
    ]);
    let output = command
        .arg(&file)
        .arg("--out")
        .arg(desk.out())
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let document = crate::program::read_json(&desk.out().join("findings.json"));
    assert!(!document.to_string().contains("\"rule\":\"seq-scan-discards-rows\""), "{document:#}");
    let told = crate::program::stdout(&output);
    for words in [
        "Not told, as line 2 asks: seq-scan-discards-rows of open-jobs, because the table is archived next week",
        "Line 2 of planwise.toml ignores deadlocks, which has nothing to say of the workload: the entry can go",
    ] {
        assert!(told.contains(words), "{words}\n{told}");
    }
}

//! How far the rules can be trusted: every finding on known databases, its remedy carried out on a copy, and its query
//! measured without and with it.
//!
//!     cargo bench --bench precision                       # all databases; writes rules/ledger.json
//!     cargo bench --bench precision -- --corpus rental    # one of them: its part of the file is made anew
//!
//! TPC-H, Sakila and Pagila come from the shared data sets, which are no part of the project (`PLANWISE_DATASETS`).

mod corpora;
#[path = "../../tests/integration/tpch/data.rs"]
mod data;
mod remedy;
mod trial;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use indexmap::IndexMap;
use planwise::advise::{
    self, Advice, Built, CostFeedback, Limits, Request, Thresholds, WhatIf, attach,
};
use planwise::engine::{Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::plan::measure;
use planwise::progress::Progress;
use planwise::rule::{
    self, Finding, Followed, FollowedOutcome as Outcome, Ledger, NotReplayed, RuleSet, Trial,
};
use planwise::run::{Length, Run, RunOptions, replay};

use corpora::Corpus;

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let wanted: Vec<&String> = words
        .iter()
        .zip(words.iter().skip(1))
        .filter(|(w, _)| *w == "--corpus")
        .map(|(_, n)| n)
        .collect();
    let unknown = wanted.iter().find(|name| !corpora::NAMES.contains(&name.as_str()));
    ensure!(unknown.is_none(), "no corpus is called {unknown:?}; there are {:?}", corpora::NAMES);
    let mut ledger = read()?;
    for name in corpora::NAMES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            forget(&mut ledger, name);
            let corpus = corpora::open(name).await.with_context(|| name.to_owned())?;
            judged(&corpus, &mut ledger).await.with_context(|| name.to_owned())?;
            // What was measured stays, whatever becomes of the next.
            write(&ledger)?;
        }
    }
    print(&ledger);
    Ok(())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/ledger.json")
}

fn read() -> Result<Ledger> {
    match std::fs::read_to_string(file()) {
        Ok(text) => Ok(serde_json::from_str(&text)?),
        Err(_) => Ok(Ledger::default()),
    }
}

fn write(ledger: &Ledger) -> Result<()> {
    Ok(std::fs::write(file(), serde_json::to_string_pretty(ledger)? + "\n")?)
}

/// Its part is made anew.
fn forget(ledger: &mut Ledger, name: &str) {
    ledger.corpora.retain(|corpus| corpus.name != name);
    for record in ledger.rules.values_mut() {
        record.0.retain(|one| one.corpus != name);
    }
    ledger.rules.retain(|_, record| !record.0.is_empty());
}

/// Replays the workload, and follows every finding in it.
async fn judged(corpus: &Corpus, ledger: &mut Ledger) -> Result<()> {
    let options = RunOptions { length: Length::Rounds(3), ..RunOptions::default() };
    let (interrupt, progress) = (Interrupt::new(), Progress::hidden());
    let run = replay(&corpus.target, &corpus.workload, &options, &interrupt, progress).await?;
    let rules = RuleSet::load(&[]).map_err(|problems| anyhow::anyhow!("{problems}"))?;
    let planned = run.queries.iter().filter_map(|query| Some((query, query.plans.first()?)));
    let measurements: IndexMap<_, _> =
        planned.map(|(query, record)| (query.id.clone(), measure(&record.plan))).collect();
    let judgement = rule::judge(&run, &measurements, &rules, corpus.target.engine);
    let mut findings = judgement.findings;
    let advice = advised(corpus, &run, &findings).await?;
    attach(&mut findings, &advice);
    println!("{}: {} queries, {} findings", corpus.name, run.queries.len(), findings.len());
    for (nth, finding) in findings.iter().enumerate() {
        let followed = followed(corpus, &run, finding, &advice, nth).await;
        say(finding, &followed);
        ledger.rules.entry(finding.rule.clone()).or_default().0.push(followed);
    }
    ledger.corpora.push(rule::Corpus {
        name: corpus.name.to_owned(),
        server: format!("{} {}", run.server.engine, run.server.version),
        measured: jiff::Zoned::now().date().to_string(),
        queries: run.queries.len(),
    });
    let place = |name: &str| corpora::NAMES.iter().position(|known| *known == name);
    ledger.corpora.sort_by_key(|corpus| place(&corpus.name));
    Ok(())
}

async fn advised(corpus: &Corpus, run: &Run, findings: &[Finding]) -> Result<Advice> {
    let options = SessionOptions { access: Access::Commit, ..corpus.target.options.clone() };
    let engine = corpus.target.engine;
    let mut session = engine.connect(&corpus.target.url, &options).await?;
    let grammar = engine.index_grammar().context("this engine builds no indexes")?;
    let mut built = Built::open(&mut *session, grammar).await?;
    let request = Request {
        run,
        findings,
        engine,
        thresholds: Thresholds::default(),
        limits: Limits::default(),
        cost_feedback: CostFeedback::default(),
        interrupt: Interrupt::new(),
    };
    Ok(advise::advise(&request, Some(&mut built as &mut dyn WhatIf)).await)
}

async fn followed(
    corpus: &Corpus,
    run: &Run,
    finding: &Finding,
    advice: &Advice,
    nth: usize,
) -> Followed {
    let queries: Vec<String> = match &finding.query {
        Some(query) => vec![query.clone()],
        None => finding.queries.clone(),
    };
    let outcome = match remedy::of(finding, advice) {
        _ if queries.is_empty() => Outcome::NotReplayed(NotReplayed::NoQuery),
        None => Outcome::NotReplayed(NotReplayed::InWords),
        Some(remedy) => match trial::tried(corpus, run, &queries, &remedy, nth).await {
            Ok((ratio, interval)) => {
                Outcome::Measured(Trial { remedy: remedy.to_string(), ratio, interval })
            }
            Err(error) => {
                println!("  not replayed: {remedy}: {error:#}");
                Outcome::NotReplayed(NotReplayed::Failed)
            }
        },
    };
    let promised = finding.gain.saved_ms.is_some_and(|saved| saved.high > 0.0);
    Followed { corpus: corpus.name.to_owned(), queries, promised, outcome }
}

fn say(finding: &Finding, followed: &Followed) {
    let outcome = match &followed.outcome {
        Outcome::NotReplayed(reason) => format!("{reason:?}"),
        Outcome::Measured(trial) => {
            let word = if trial.is_confirmed() { "confirmed" } else { "not confirmed" };
            let ratio = trial.ratio.map_or("unchanged".to_owned(), |ratio| format!("{ratio:.3}"));
            format!("{word} ({ratio}): {}", trial.remedy)
        }
    };
    let promise = finding
        .gain
        .saved_ms
        .map_or("no time".to_owned(), |saved| format!("{:.1} to {:.1} ms", saved.low, saved.high));
    let (severity, rule) = (format!("{:?}", finding.severity), &finding.rule);
    println!(
        "  {severity:<6} {rule} [{}] promises {promise}: {outcome}",
        followed.queries.join(" ")
    );
}

fn print(ledger: &Ledger) {
    println!(
        "{:<40} {:>5} {:>9} {:>9} {:>9} {:>12}",
        "rule", "fired", "confirmed", "of tried", "no time", "not replayed"
    );
    for (rule, record) in &ledger.rules {
        let ((tried, confirmed), (others, helped)) = (record.promises(), record.others());
        let apart: usize = record.not_replayed().values().sum();
        let preview = if record.is_preview() { "  preview" } else { "" };
        let others = format!("{helped}/{others}");
        println!(
            "{rule:<40} {:>5} {confirmed:>9} {tried:>9} {others:>9} {apart:>12}{preview}",
            record.fired()
        );
    }
}

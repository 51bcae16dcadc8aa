use planwise::engine::{
    Access, AllowedFunctions, DbError, DbErrorKind, ExplainMode, Session, SessionOptions,
};
use planwise::sandbox::{Sandbox, SandboxOptions};

use super::mariadb_statements::STATEMENTS;
use super::more;
use super::postgres_statements::Fate;
use crate::parts;

const SETUP: &str = include_str!("mariadb.sql");

/// Everything that an attack could leave: rows, locks, settings, tables, files.
const FINGERPRINT: &str = "SELECT CONCAT_WS(' ; ', \
    (SELECT GROUP_CONCAT(id, ':', amount ORDER BY id) FROM ledger), (SELECT COUNT(*) FROM noted), \
    (SELECT COUNT(*) FROM watched), (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()), \
    IFNULL(IS_USED_LOCK('planwise'), 'free'), @@GLOBAL.max_connections, @@GLOBAL.tx_read_only)";

async fn open(sandbox: &Sandbox, access: Access) -> Box<dyn Session> {
    let options = SessionOptions { access, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}

async fn victim() -> Option<Sandbox> {
    // As on a server that lets accounts with FILE write where they like.
    let settings = vec![("secure-file-priv".to_owned(), String::new())];
    let options = SandboxOptions { settings, ..SandboxOptions::default() };
    let mut sandbox = parts::sandbox("mariadb", options).await?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("setup.sql");
    std::fs::write(&file, SETUP).unwrap();
    sandbox.load(&[file], planwise::progress::Progress::hidden()).await.unwrap();
    Some(sandbox)
}

async fn attack(session: &mut dyn Session, sql: &str) -> Result<(), DbError> {
    let _ = session.explain(sql, &[], ExplainMode::Estimate).await;
    let _ = session.explain(sql, &[], ExplainMode::Analyze).await;
    let statement = session.prepare(sql).await?;
    session.execute(statement, &[]).await.map(|_| ())
}

fn fate(outcome: &Result<(), DbError>) -> Fate {
    match outcome {
        Ok(()) => Fate::Runs,
        Err(error) if error.kind == DbErrorKind::Refused => Fate::Refused,
        Err(_) => Fate::Fails,
    }
}

/// The server's folder, in which nothing may appear: it is where relative names of files lead.
fn files(sandbox: &Sandbox) -> Vec<String> {
    let folders = [
        sandbox.directory().to_owned(),
        sandbox.directory().join("data"),
        sandbox.directory().join("data/test"),
    ];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("leak")).collect()
}

async fn try_all(access: Access) {
    let Some(sandbox) = victim().await else { return };
    let mut owner = open(&sandbox, Access::ReadOnly).await;
    let mut before = owner.query_text(FINGERPRINT).await.unwrap();
    let mut wrong = Vec::new();
    let more = more::statements("mariadb_more.txt");
    let first = STATEMENTS.iter().map(|(sql, one, other)| (*sql, *one, *other));
    let more = more.iter().map(|(sql, one, other)| (sql.as_str(), *one, *other));
    let all: Vec<(&str, Fate, Fate)> = first.chain(more).collect();
    for (sql, read_only, rolled_back) in &all {
        let mut attacker = open(&sandbox, access).await;
        let outcome = attack(attacker.as_mut(), sql).await;
        let expected = if access == Access::ReadOnly { *read_only } else { *rolled_back };
        let settings =
            "SELECT CONCAT(@@tx_read_only, ' ', @@sort_buffer_size = @@GLOBAL.sort_buffer_size)";
        let left = match attacker.query_text(settings).await {
            Ok(rows) => rows.into_iter().flatten().next().unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        let kept = if access == Access::ReadOnly { "ON 1" } else { "OFF 1" };
        if fate(&outcome) != expected || left != kept {
            wrong.push(format!("{sql}\n    is {outcome:?} {left:?}; expected {expected:?}"));
        }
        let after = owner.query_text(FINGERPRINT).await.unwrap();
        if after != before || !files(&sandbox).is_empty() {
            wrong.push(format!(
                "{sql}\n    CHANGED {before:?}\n    to {after:?} {:?}",
                files(&sandbox)
            ));
            before = after;
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_changed_by_default() {
    try_all(Access::ReadOnly).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_a_rollback() {
    try_all(Access::Rollback).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_the_function_and_the_option() {
    let Some(sandbox) = victim().await else { return };
    let mut attacker = open(&sandbox, Access::ReadOnly).await;
    let refused = attacker.prepare("SELECT * FROM quiet").await.unwrap_err();
    assert!(refused.message.contains("the function test.bump"), "{refused}");
    assert!(
        refused.remedy.as_deref().unwrap().contains("--allow-functions=test.bump"),
        "{refused}"
    );
    let allowed = AllowedFunctions { own: false, names: vec!["test.bump".to_owned()] };
    let options = SessionOptions { allowed_functions: allowed, ..SessionOptions::default() };
    let mut allowing = sandbox.connect(&options).await.unwrap();
    // Then the server itself holds it.
    let held = attack(allowing.as_mut(), "SELECT bump()").await.unwrap_err();
    assert_eq!(held.kind, DbErrorKind::ReadOnly, "{held}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_given_up_ends_on_the_server() {
    let Some(sandbox) = victim().await else { return };
    let mut owner = open(&sandbox, Access::ReadOnly).await;
    let count = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%sleep(60)%' AND ID <> CONNECTION_ID()";
    let mut slow = open(&sandbox, Access::ReadOnly).await;
    let statement = slow.prepare("SELECT sleep(60)").await.unwrap();
    {
        let mut running = std::pin::pin!(slow.execute(statement, &[]));
        // Until the server has it.
        loop {
            tokio::select! {
                biased;
                outcome = &mut running => panic!("{outcome:?}"),
                seen = owner.query_text(count) => {
                    if seen.unwrap()[0].as_deref() == Some("1") { break; }
                }
            }
        }
    }
    drop(slow);
    while owner.query_text(count).await.unwrap()[0].as_deref() != Some("0") {
        tokio::task::yield_now().await;
    }
}

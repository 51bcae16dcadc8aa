use planwise::engine::{
    Access, AllowedFunctions, DbError, DbErrorKind, ExplainMode, Session, SessionOptions,
};
use planwise::sandbox::Sandbox;

use super::more;
use super::postgres_statements::{Fate, STATEMENTS};
use crate::postgres::server::{prepared, session, start, with};

const SETUP: &str = include_str!("postgres.sql");

/// Everything that an attack could leave: rows, sequences, large objects, slots, locks, tables, roles, settings.
const FINGERPRINT: &str = "\
SELECT concat_ws('; ',
  (SELECT string_agg(l::text, ' ' ORDER BY id) FROM ledger l), (SELECT count(*) FROM parcel),
  (SELECT string_agg(n::text, ' ') FROM noted n), (SELECT count(*) FROM ruled), (SELECT count(*) FROM defaulted),
  (SELECT count(*) FROM written),
  (SELECT count(*) FROM pg_largeobject_metadata), (SELECT string_agg(slot_name, ' ' ORDER BY 1) FROM pg_replication_slots),
  (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), (SELECT count(*) FROM pg_class WHERE oid >= 16384),
  (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_replication_origin), (SELECT count(*) FROM pg_prepared_xacts),
  (SELECT count(*) FROM pg_ls_dir('.') f WHERE f = 'by_adminpack'))";

struct Victim {
    sandbox: Sandbox,
    scratch: tempfile::TempDir,
    connection: String,
}

impl Victim {
    async fn new() -> Option<Victim> {
        let sandbox = start().await?;
        // Where the server may write, if nothing else holds it back.
        let scratch = tempfile::tempdir_in(sandbox.directory()).unwrap();
        std::fs::set_permissions(
            scratch.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o777),
        )
        .unwrap();
        let connection = format!(
            "host={} dbname={} user=postgres",
            sandbox.directory().display(),
            sandbox.database()
        );
        let victim = Victim { sandbox, scratch, connection };
        let mut owner = session(&victim.sandbox, Access::Commit).await;
        for setup in [SETUP, &more::text("postgres_more_setup.sql")] {
            owner.command(&victim.filled(setup)).await.unwrap_or_else(|error| panic!("{error}"));
        }
        let kept = "SELECT pg_create_physical_replication_slot('kept')";
        owner.query_text(kept).await.unwrap();
        Some(victim)
    }

    fn filled(&self, sql: &str) -> String {
        let scratch = self.scratch.path().display().to_string();
        let host = self.sandbox.directory().display().to_string();
        let sql = sql.replace("HOST", &host);
        sql.replace("CONNECTION", &self.connection).replace("SCRATCH", &scratch)
    }

    /// With the sequences only where nothing may write: what is drawn from one stays drawn, as every run says.
    async fn fingerprint(&self, owner: &mut dyn Session, access: Access) -> (String, Vec<String>) {
        let row = owner.query_text(FINGERPRINT).await.unwrap().remove(0).unwrap();
        let drawn = match access {
            Access::ReadOnly => {
                owner.query_text("SELECT last_value || is_called::text FROM counter").await.unwrap()
            }
            _ => Vec::new(),
        };
        let row = format!("{row} {drawn:?}");
        let files = std::fs::read_dir(self.scratch.path()).unwrap();
        (row, files.map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect())
    }
}

/// Every way in which a workload's statement reaches the server; the outcome of running it.
async fn attack(session: &mut dyn Session, sql: &str) -> Result<(), DbError> {
    let _ = session.explain(sql, &[], ExplainMode::Estimate).await;
    let _ = session.explain(sql, &[], ExplainMode::Analyze).await;
    let _ = session.answer(sql, &[], 10).await;
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

async fn try_all(access: Access) {
    let Some(victim) = Victim::new().await else { return };
    let mut owner = session(&victim.sandbox, Access::ReadOnly).await;
    let mut before = victim.fingerprint(owner.as_mut(), access).await;
    let mut wrong = Vec::new();
    let more = more::statements("postgres_more.txt");
    let first = STATEMENTS.iter().map(|(sql, one, other)| (*sql, *one, *other));
    let more = more.iter().map(|(sql, one, other)| (sql.as_str(), *one, *other));
    let all: Vec<(&str, Fate, Fate)> = first.chain(more).collect();
    for (sql, read_only, rolled_back) in &all {
        let sql = victim.filled(sql);
        let mut attacker = session(&victim.sandbox, access).await;
        let outcome = attack(attacker.as_mut(), &sql).await;
        let settings = "SELECT current_setting('default_transaction_read_only') || current_setting('work_mem')";
        let left = attacker.query_text(settings).await.unwrap().remove(0).unwrap();
        let expected = if access == Access::ReadOnly {
            (*read_only, "on4MB")
        } else {
            (*rolled_back, "off4MB")
        };
        if (fate(&outcome), left.as_str()) != expected {
            wrong.push(format!("{sql}\n    is {outcome:?}, {left}; expected {expected:?}"));
        }
        // The attacker is still there: a lock that it holds is found.
        let after = victim.fingerprint(owner.as_mut(), access).await;
        if after != before {
            wrong.push(format!("{sql}\n    CHANGED {before:?}\n    to {after:?}"));
            before = after;
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[tokio::test]
async fn nothing_is_changed_by_default() {
    try_all(Access::ReadOnly).await;
}

#[tokio::test]
async fn nothing_outlives_a_rollback() {
    try_all(Access::Rollback).await;
}

#[tokio::test]
async fn a_refusal_names_the_function_and_the_option() {
    let Some(victim) = Victim::new().await else { return };
    let mut attacker = session(&victim.sandbox, Access::ReadOnly).await;
    let refused = attacker.prepare("SELECT * FROM quieter").await.unwrap_err();
    assert_eq!(refused.kind, DbErrorKind::Refused);
    assert!(refused.message.contains("public.bump"), "{refused}");
    assert!(refused.message.contains("the view quiet"), "{refused}");
    assert!(
        refused.remedy.as_deref().unwrap().contains("--allow-functions=public.bump"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_allowed_function_runs_and_others_do_not() {
    let Some(victim) = Victim::new().await else { return };
    let allowing = |own, names: &[&str]| SessionOptions {
        allowed_functions: AllowedFunctions {
            own,
            names: names.iter().map(|n| (*n).to_owned()).collect(),
        },
        ..with(Access::ReadOnly)
    };
    // Lifting the mode is refused by the server itself, once the transaction has its snapshot.
    let mut named = victim.sandbox.connect(&allowing(false, &["public.bump"])).await.unwrap();
    let lifted = attack(named.as_mut(), "SELECT bump()").await.unwrap_err();
    assert_ne!(lifted.kind, DbErrorKind::Refused, "{lifted}");
    assert!(lifted.message.contains("before any query"), "{lifted}");
    assert_eq!(fate(&attack(named.as_mut(), "SELECT program()").await), Fate::Refused);
    let mut own = victim.sandbox.connect(&allowing(true, &[])).await.unwrap();
    let slot = "SELECT pg_create_physical_replication_slot('x', true)";
    assert_eq!(fate(&attack(own.as_mut(), slot).await), Fate::Refused);
    assert_eq!(fate(&attack(own.as_mut(), "SELECT reads_only(1)").await), Fate::Runs);
}

#[tokio::test]
async fn settings_of_one_statement_never_reach_the_next() {
    let Some(sandbox) = start().await else { return };
    drop(prepared(&sandbox, "CREATE FUNCTION wide() RETURNS text LANGUAGE sql AS $$ SELECT set_config('work_mem', '77MB', false) $$").await);
    for access in [Access::Rollback, Access::Commit] {
        let mut session = session(&sandbox, access).await;
        let statement = session.prepare("SELECT wide()").await.unwrap();
        session.execute(statement, &[]).await.unwrap();
        let after = session.query_text("SHOW work_mem").await.unwrap().remove(0).unwrap();
        assert_eq!(after, "4MB", "{access:?}");
    }
}

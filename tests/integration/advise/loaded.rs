//! A schema loaded once for all tests that are running: each of them gets a copy of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use planwise::engine::{Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::Sandbox;

use super::shop::folder;
use crate::parts;

/// Servers in use by the file that was loaded into them. None is kept: the last test that uses one stops it.
static IN_USE: Mutex<BTreeMap<String, Slot>> = Mutex::new(BTreeMap::new());

type Slot = Arc<tokio::sync::Mutex<Weak<Loaded>>>;

/// Attempts to copy a database, a tenth of a second apart: sessions take a moment to be gone from it.
const ATTEMPTS: u32 = 100;

/// ANALYZE looks at random rows, so that what is best by a hair changes from one time to the next. One column
/// whose statistics want every row makes it look at all of them.
const SAMPLE_EVERY_ROW: &str = "
    DO $$ DECLARE command text; BEGIN
        FOR command IN
            SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 10000', c.oid::regclass, a.attname)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = 1
            WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384
        LOOP EXECUTE command; END LOOP;
    END $$";

struct Loaded {
    sandbox: Sandbox,
    copies: Mutex<Copies>,
}

#[derive(Default)]
struct Copies {
    made: u32,
    /// Those whose test is over.
    released: Vec<String>,
}

/// A database of one test, on a server that others may use too.
pub struct Copy {
    server: Arc<Loaded>,
    pub database: String,
}

impl Copy {
    /// `None` when no server is installed.
    pub async fn of(schema: &str) -> Option<Copy> {
        let slot = {
            let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
            in_use.entry(schema.to_owned()).or_default().clone()
        };
        let mut slot = slot.lock().await;
        let server = match slot.upgrade() {
            Some(server) => server,
            None => {
                let sandbox = load(schema).await?;
                let server = Arc::new(Loaded { sandbox, copies: Mutex::default() });
                *slot = Arc::downgrade(&server);
                server
            }
        };
        let database = server.copy().await;
        Some(Copy { server, database })
    }

    pub fn sandbox(&self) -> &Sandbox {
        &self.server.sandbox
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let mut copies = self.server.copies.lock().unwrap_or_else(PoisonError::into_inner);
        copies.released.push(self.database.clone());
    }
}

impl Loaded {
    /// Also drops the copies that nobody needs any more.
    async fn copy(&self) -> String {
        let (name, released) = {
            let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
            copies.made += 1;
            (format!("copy_{}", copies.made), std::mem::take(&mut copies.released))
        };
        let from = self.sandbox.database();
        let beside = self.sandbox.engine().launcher().first_database();
        let engine = self.sandbox.engine();
        let mut session = engine.connect(&self.sandbox.url(beside), &committing()).await.unwrap();
        for name in released {
            session.command(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
        clone(session.as_mut(), from, &name).await;
        name
    }
}

async fn clone(session: &mut dyn Session, from: &str, to: &str) {
    let mut attempts = ATTEMPTS;
    while let Err(error) = session.clone_database(from, to).await {
        attempts -= 1;
        assert!(attempts > 0, "{from} cannot be copied: {error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A server with the file `schema` of this folder in a database of its own, its statistics of every row.
pub async fn load(schema: &str) -> Option<Sandbox> {
    let mut sandbox = parts::postgres().await?;
    sandbox.load(&[folder().join(schema)], Progress::hidden()).await.unwrap();
    let mut session = sandbox.connect(&committing()).await.unwrap();
    for statement in [SAMPLE_EVERY_ROW, "VACUUM ANALYZE"] {
        session.command(statement).await.unwrap();
    }
    drop(session);
    Some(sandbox)
}

fn committing() -> SessionOptions {
    let statement_timeout = Duration::from_secs(120);
    SessionOptions { access: Access::Commit, statement_timeout, ..SessionOptions::default() }
}

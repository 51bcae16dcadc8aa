//! A small shop whose orders lack an index.

use std::path::PathBuf;
use std::time::Duration;

use planwise::advise::{Advice, IndexAdvice, Outcome};
use planwise::ddl::Script;
use planwise::engine::{self, Access, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Length, Run, RunOptions, Target, replay};
use planwise::sandbox::Sandbox;
use planwise::tune::TuneOptions;
use planwise::workload::{self, Workload};

use crate::parts;

const SCHEMA: &str = "
    CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
    INSERT INTO orders SELECT g, g % 5000, repeat('x', 60) || g FROM generate_series(1, 100000) g;
    VACUUM ANALYZE orders;";

const QUERIES: &str = "
-- name: of-customer
-- params: [[1], [77], [4711]]
SELECT * FROM orders WHERE customer = $1;
-- name: by-id
-- params: [[1], [500], [99999]]
SELECT * FROM orders WHERE id = $1;";

pub struct Shop {
    pub sandbox: Sandbox,
    pub target: Target,
    pub workload: Workload,
    pub options: TuneOptions,
    pub interrupt: Interrupt,
    folder: tempfile::TempDir,
}

impl Shop {
    pub async fn open() -> Option<Shop> {
        let sandbox = parts::postgres().await?;
        let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
        let engine = engine::by_name("postgres").unwrap();
        let url = sandbox.owner_url(sandbox.database());
        engine.connect(&url, &writing).await.unwrap().command(SCHEMA).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.sql");
        std::fs::write(&file, QUERIES).unwrap();
        let mut options = TuneOptions::default();
        options.alternate.budget = Duration::from_secs(4);
        Some(Shop {
            target: Target { engine, url, options: SessionOptions::default() },
            workload: workload::read(&file, engine.dialect()).unwrap(),
            sandbox,
            options,
            interrupt: Interrupt::new(),
            folder,
        })
    }

    pub async fn run(&self) -> Run {
        let options = RunOptions { length: Length::Rounds(3), ..RunOptions::default() };
        let (interrupt, progress) = (Interrupt::new(), Progress::hidden());
        replay(&self.target, &self.workload, &options, &interrupt, progress).await.unwrap()
    }

    pub fn script(&self, sql: &str) -> Script {
        let path = self.script_file(sql);
        Script::read(&path, self.target.engine.dialect()).unwrap()
    }

    pub fn script_file(&self, sql: &str) -> PathBuf {
        let path = self.folder.path().join("changes.sql");
        std::fs::write(&path, sql).unwrap();
        path
    }

    /// Runs `sql` as the superuser; the server may end with it.
    /// As the login that owns the shop, and that the copies belong to.
    pub async fn command_as_owner(&self, sql: &str) {
        let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
        let mut session = self.target.engine.connect(&self.target.url, &writing).await.unwrap();
        session.command(sql).await.unwrap();
    }

    pub async fn command(&self, sql: &str) {
        let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
        let mut session = self.sandbox.connect(&writing).await.unwrap();
        let _ = session.command(sql).await;
    }

    /// Names of the indexes on `orders`, but for the primary key's, in the database behind `url`.
    pub async fn indexes(&self, url: &str) -> Vec<String> {
        let engine = self.target.engine;
        let mut session = engine.connect(url, &SessionOptions::default()).await.unwrap();
        let names = "SELECT indexname FROM pg_indexes WHERE tablename = 'orders' AND indexname <> 'orders_pkey' ORDER BY 1";
        session.query_text(names).await.unwrap().into_iter().flatten().collect()
    }
}

pub fn reason(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Dropped { reason } => reason,
        other => panic!("{other:?} is not dropped"),
    }
}

/// The advice of two indexes, as `advise` would write it, the second on a large table.
pub fn two_indexes() -> Advice {
    let index = |name: &str, column: &str| IndexAdvice {
        name: name.to_owned(),
        schema: "public".to_owned(),
        table: "orders".to_owned(),
        columns: vec![column.to_owned()],
        ddl: format!("CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON orders ({column});"),
        undo: format!("DROP INDEX CONCURRENTLY IF EXISTS {name};"),
        ..IndexAdvice::default()
    };
    let indexes = vec![index("orders_customer", "customer"), index("orders_note", "note")];
    Advice { indexes, ..Advice::default() }
}

//! The small shop of `shop.sql` on a throwaway server, or another such schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use planwise::advise::{
    Advice, Built, Experience, Hypotheses, Limits, Request, Thresholds, WhatIf, advise,
};
use planwise::engine::{Access, Engine, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate};
use planwise::sandbox::Sandbox;
use planwise::workload::{self, Workload};

use crate::parts;

pub struct Shop {
    pub sandbox: Sandbox,
    /// For the sessions that plan: the search path, a role.
    pub settings: Vec<(String, String)>,
}

/// Where the planner of a test is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Hypothetical indexes only, as on a database that must not be touched.
    Target,
    /// Really built where that is needed, as on a throwaway copy.
    Copy,
    Nobody,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/advise")
}

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

/// What is found must not depend on how busy this machine is, unless no time at all is the point.
fn unhurried(limits: Limits) -> Limits {
    match limits.search_time {
        Duration::ZERO => limits,
        _ => Limits { search_time: Duration::from_secs(3600), ..limits },
    }
}

impl Shop {
    /// `None` when no server is installed.
    pub async fn open() -> Option<Shop> {
        Shop::with("shop.sql").await
    }

    /// The same on another schema of this folder.
    pub async fn with(schema: &str) -> Option<Shop> {
        let mut sandbox = parts::postgres().await?;
        sandbox.load(&[folder().join(schema)], Progress::hidden()).await.unwrap();
        let shop = Shop { sandbox, settings: Vec::new() };
        shop.command(SAMPLE_EVERY_ROW).await;
        shop.command("VACUUM ANALYZE").await;
        Some(shop)
    }

    pub fn engine(&self) -> &'static dyn Engine {
        self.sandbox.engine()
    }

    pub fn options() -> SessionOptions {
        SessionOptions { statement_timeout: Duration::from_secs(120), ..SessionOptions::default() }
    }

    fn planning(&self) -> SessionOptions {
        SessionOptions { settings: self.settings.clone(), ..Shop::options() }
    }

    pub async fn command(&self, sql: &str) {
        let options = SessionOptions { access: Access::Commit, ..Shop::options() };
        let mut session = self.sandbox.connect(&options).await.unwrap();
        session.command(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub async fn values(&self, sql: &str) -> Vec<Option<String>> {
        let mut session = self.sandbox.connect(&Shop::options()).await.unwrap();
        session.query_text(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// A workload from the text of a query file.
    pub fn workload(&self, text: &str) -> Workload {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("queries.sql");
        std::fs::write(&path, text).unwrap();
        workload::read(&path, self.engine().dialect()).unwrap()
    }

    pub async fn run(&self, workload: &Workload) -> Run {
        let target = Target {
            engine: self.engine(),
            url: self.sandbox.url(self.sandbox.database()),
            options: self.planning(),
        };
        estimate(&target, workload, &Interrupt::new(), Progress::hidden()).await.unwrap()
    }

    pub async fn advise(&self, workload: &Workload, asked: Asked) -> Advice {
        self.advise_until(workload, asked, Interrupt::new()).await
    }

    pub async fn advise_until(
        &self,
        workload: &Workload,
        asked: Asked,
        interrupt: Interrupt,
    ) -> Advice {
        self.ask(workload, asked, (Limits::default(), Experience::default()), interrupt).await
    }

    pub async fn advise_within(&self, workload: &Workload, asked: Asked, limits: Limits) -> Advice {
        self.ask(workload, asked, (limits, Experience::default()), Interrupt::new()).await
    }

    /// Of the target's planner, with what is known of indexes that were built.
    pub async fn advise_knowing(
        &self,
        workload: &Workload,
        limits: Limits,
        experience: Experience,
    ) -> Advice {
        self.ask(workload, Asked::Target, (limits, experience), Interrupt::new()).await
    }

    async fn ask(
        &self,
        workload: &Workload,
        asked: Asked,
        (limits, experience): (Limits, Experience),
        interrupt: Interrupt,
    ) -> Advice {
        let limits = unhurried(limits);
        let run = self.run(workload).await;
        let request = Request {
            run: &run,
            findings: &[],
            engine: self.engine(),
            thresholds: Thresholds::default(),
            limits,
            experience,
            interrupt,
        };
        let mut session = self.sandbox.connect(&self.planning()).await.unwrap();
        let grammar = self.engine().index_grammar().unwrap();
        match asked {
            Asked::Nobody => advise(&request, None).await,
            Asked::Target => {
                let mut what_if = Hypotheses::open(session.as_mut(), grammar).await.unwrap();
                advise(&request, Some(&mut what_if as &mut dyn WhatIf)).await
            }
            Asked::Copy => {
                let mut what_if = Built::open(session.as_mut(), grammar).await.unwrap();
                advise(&request, Some(&mut what_if as &mut dyn WhatIf)).await
            }
        }
    }
}

//! The small shop of `shop.sql` on a throwaway server, or another such schema.

use std::path::{Path, PathBuf};
use std::time::Duration;

use planwise::advise::{
    Advice, Built, CostFeedback, Hypotheses, Limits, Request, Thresholds, WhatIf, advise,
};
use planwise::engine::{Access, Engine, Session, SessionOptions};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate};
use planwise::sandbox::Sandbox;
use planwise::workload::{self, Workload};

use super::loaded;

pub struct Shop {
    server: Server,
    /// For the sessions that plan: the search path, a role.
    pub settings: Vec<(String, String)>,
}

enum Server {
    /// Which others use too, each in a copy of the schema.
    Shared(loaded::Copy),
    Own(Box<Sandbox>),
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
        let copy = loaded::Copy::of(schema).await?;
        Some(Shop { server: Server::Shared(copy), settings: Vec::new() })
    }

    /// On a server of its own, for a test that changes more than its database.
    pub async fn alone() -> Option<Shop> {
        Some(Shop::on(loaded::load("shop.sql").await?))
    }

    pub fn on(sandbox: Sandbox) -> Shop {
        Shop { server: Server::Own(Box::new(sandbox)), settings: Vec::new() }
    }

    fn sandbox(&self) -> &Sandbox {
        match &self.server {
            Server::Shared(copy) => copy.sandbox(),
            Server::Own(sandbox) => sandbox,
        }
    }

    /// The server of [`Shop::alone`].
    pub fn own(&mut self) -> &mut Sandbox {
        match &mut self.server {
            Server::Own(sandbox) => sandbox,
            Server::Shared(_) => panic!("others use this server too: see Shop::alone"),
        }
    }

    pub fn database(&self) -> &str {
        match &self.server {
            Server::Shared(copy) => &copy.database,
            Server::Own(sandbox) => sandbox.database(),
        }
    }

    pub fn url(&self) -> String {
        self.sandbox().url(self.database())
    }

    pub async fn connect(&self, options: &SessionOptions) -> Box<dyn Session> {
        self.engine().connect(&self.url(), options).await.unwrap()
    }

    pub fn engine(&self) -> &'static dyn Engine {
        self.sandbox().engine()
    }

    pub fn options() -> SessionOptions {
        SessionOptions { statement_timeout: Duration::from_secs(120), ..SessionOptions::default() }
    }

    fn planning(&self) -> SessionOptions {
        SessionOptions { settings: self.settings.clone(), ..Shop::options() }
    }

    pub async fn command(&self, sql: &str) {
        let options = SessionOptions { access: Access::Commit, ..Shop::options() };
        let mut session = self.connect(&options).await;
        session.command(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub async fn values(&self, sql: &str) -> Vec<Option<String>> {
        let mut session = self.connect(&Shop::options()).await;
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
        let target = Target { engine: self.engine(), url: self.url(), options: self.planning() };
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
        self.ask(workload, asked, (Limits::default(), CostFeedback::default()), interrupt).await
    }

    pub async fn advise_within(&self, workload: &Workload, asked: Asked, limits: Limits) -> Advice {
        self.ask(workload, asked, (limits, CostFeedback::default()), Interrupt::new()).await
    }

    /// Of the target's planner, with what is known of indexes that were built.
    pub async fn advise_knowing(
        &self,
        workload: &Workload,
        limits: Limits,
        cost_feedback: CostFeedback,
    ) -> Advice {
        self.ask(workload, Asked::Target, (limits, cost_feedback), Interrupt::new()).await
    }

    async fn ask(
        &self,
        workload: &Workload,
        asked: Asked,
        (limits, cost_feedback): (Limits, CostFeedback),
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
            cost_feedback,
            interrupt,
        };
        let mut session = self.connect(&self.planning()).await;
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

//! The session itself: which connection, in which state.

use std::io::{BufRead, Read};

use async_trait::async_trait;
use indicatif::ProgressBar;
use tokio_postgres::Client;

use super::execute::Prepared;
use super::send::Sent;
use super::{
    access, bulk, cancel, catalog, clone, counters, explain, hypothetical, ownership,
    planned_calls, query, script, server, settings, setup,
};
use crate::engine::postgres::connect::{self, Environment, Host, Link, Target};
use crate::engine::postgres::load::{self, Elsewhere, Place};
use crate::engine::postgres::screening::{Purpose, Screen};
use crate::engine::{
    Answer, AskedQuery, Canceller, Catalog, Counters, DbError, Execution, ExplainMode, Explained,
    Hypothetical, LoadError, LoadReport, Look, NewObject, ObjectKind, Occupant, PreparedId, Seen,
    ServerInfo, Session, SessionOptions, Setting,
};
use crate::plan::Plan;

pub struct PostgresSession {
    pub(super) link: Link,
    target: Target,
    pub(super) options: SessionOptions,
    /// `[major, minor]`.
    pub(super) version: [u32; 2],
    pub(super) prepared: Vec<Prepared>,
    /// A request was sent and its answer has not been read: the caller gave up on it.
    pub(super) busy: bool,
    pub(super) explained: explain::Known,
    pub(super) screen: Screen,
    /// Statements of a replay, by their text.
    pub(super) sent: Sent,
    /// What the next statement is to run under: see [`Session::under`].
    pub(super) next_settings: Vec<(String, String)>,
    pub(super) planned_calls: planned_calls::PlannedCalls,
}

impl PostgresSession {
    /// Connects as `url` and the process's environment say. An empty `url` leaves all to the environment.
    pub async fn connect(url: &str, options: &SessionOptions) -> Result<Self, DbError> {
        let target = Target::resolve(url, &Environment::of_process())?;
        Self::open(target, options).await
    }

    pub async fn open(target: Target, options: &SessionOptions) -> Result<Self, DbError> {
        let link = connect::open(&target, options.connect_timeout).await?;
        setup::apply(&link.client, options).await?;
        let version = server::version_number(&link.client).await?;
        let options = options.clone();
        let screen = Screen::new(options.access, options.allowed_functions.clone(), version[0]);
        Ok(PostgresSession {
            link,
            target,
            options,
            version,
            prepared: Vec::new(),
            busy: false,
            explained: explain::Known::default(),
            screen,
            sent: Sent::default(),
            next_settings: Vec::new(),
            planned_calls: planned_calls::PlannedCalls::default(),
        })
    }

    /// For engine code that asks the server itself.
    pub fn client(&self) -> &Client {
        &self.link.client
    }

    /// The one of the target's hosts that answered.
    pub fn host(&self) -> &Host {
        &self.link.host
    }

    /// Marks the start of a request. Ends what an abandoned one left behind first: its statement, its transaction.
    async fn begin(&mut self) -> Result<(), DbError> {
        if self.busy {
            cancel::cancel(&self.link.cancel, &self.link.tls).await;
            setup::recover(&self.link.client, &self.options).await?;
        }
        self.busy = true;
        Ok(())
    }

    /// The answer has been read.
    fn end<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        self.busy = false;
        result
    }

    /// Follows a script to another database, as psql would. What was prepared stays behind.
    fn move_to(&mut self, place: Elsewhere) {
        self.link = place.link;
        self.target = place.target;
        self.prepared.clear();
        self.sent = Sent::default();
        self.explained = explain::Known::default();
    }
}

#[async_trait]
impl Session for PostgresSession {
    async fn server(&mut self) -> Result<ServerInfo, DbError> {
        self.begin().await?;
        let result = server::describe(&self.link, self.version).await;
        self.end(result)
    }

    async fn process(&mut self) -> Result<Option<u32>, DbError> {
        self.begin().await?;
        let result = server::local_process(&self.link).await;
        self.end(result)
    }

    async fn cautions(&mut self) -> Result<Vec<String>, DbError> {
        self.begin().await?;
        let result = server::cautions(&self.link.client).await;
        self.end(result)
    }

    fn canceller(&self) -> Option<Canceller> {
        let (token, tls) = (self.link.cancel.clone(), self.link.tls.clone());
        Some(Box::new(move || Box::pin(async move { cancel::cancel(&token, &tls).await })))
    }

    fn under(&mut self, settings: &[(String, String)]) {
        self.next_settings = settings.to_vec();
    }

    async fn prepare(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        access::refuse_transaction_control(sql, self.options.access)?;
        self.begin().await?;
        let result = self.prepare_now(sql).await;
        self.end(result)
    }

    async fn execute(
        &mut self,
        statement: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError> {
        self.begin().await?;
        let result = self.execute_now(statement, params).await;
        self.end(result)
    }

    async fn admit(&mut self, sql: &str) -> Result<(), DbError> {
        self.begin().await?;
        let result = self.screen(sql, &Vec::new(), Purpose::Run).await;
        self.end(result)
    }

    async fn send(
        &mut self,
        sql: &str,
        params: Option<&[Option<String>]>,
    ) -> Result<Execution, DbError> {
        self.begin().await?;
        let result = self.send_now(sql, params).await;
        self.end(result)
    }

    async fn explain(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        self.begin().await?;
        let result = self.explain_now(sql, params, mode).await;
        self.end(result)
    }

    async fn explain_as_if(
        &mut self,
        statements: &[String],
        queries: &[AskedQuery<'_>],
    ) -> Result<Vec<Plan>, DbError> {
        self.begin().await?;
        let result = self.explain_as_if_now(statements, queries).await;
        self.end(result)
    }

    async fn answer(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        access::refuse_transaction_control(sql, self.options.access)?;
        self.begin().await?;
        let result = self.answer_now(sql, params, most).await;
        self.end(result)
    }

    async fn transaction(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        self.begin().await?;
        let result = self.transaction_now(statements, most).await;
        self.end(result)
    }

    async fn catalog(&mut self) -> Result<Catalog, DbError> {
        self.begin().await?;
        let result = catalog::read(&self.link.client).await;
        self.end(result)
    }

    async fn settings(&mut self) -> Result<Vec<Setting>, DbError> {
        self.begin().await?;
        let result = settings::read(&self.link.client).await;
        self.end(result)
    }

    async fn counters(&mut self) -> Result<Counters, DbError> {
        self.begin().await?;
        let result = counters::read(&self.link.client, self.version).await;
        self.end(result)
    }

    async fn command(&mut self, sql: &str) -> Result<(), DbError> {
        self.begin().await?;
        let result = self.writing(script::each_statement(&self.link.client, sql)).await;
        self.end(result)
    }

    async fn query_text(&mut self, sql: &str) -> Result<Vec<Option<String>>, DbError> {
        self.begin().await?;
        let result = query::rows(&self.link.client, sql).await;
        let rows = self.end(result)?;
        Ok(rows.into_iter().map(|row| row.into_iter().next().flatten()).collect())
    }

    async fn look(&mut self, look: &Look) -> Result<Vec<Seen>, DbError> {
        self.begin().await?;
        let client = &self.link.client;
        // What compiling takes would be counted as the server's own load, and judged.
        let result = query::uncompiled(client, query::json_rows(client, &look.sql)).await;
        self.end(result)
    }

    async fn add_hypothetical(&mut self, ddl: &str) -> Result<Hypothetical, DbError> {
        self.begin().await?;
        let result = hypothetical::add(&self.link.client, ddl, self.version[0]).await;
        self.planned_calls.beware();
        self.end(result)
    }

    async fn change_hypothetical(
        &mut self,
        gone: &[String],
        ddl: &[String],
    ) -> Result<Vec<Hypothetical>, DbError> {
        self.begin().await?;
        let result = hypothetical::change(&self.link.client, gone, ddl, self.version[0]).await;
        self.end(result)
    }

    async fn clear_hypothetical(&mut self) -> Result<(), DbError> {
        self.begin().await?;
        let result = hypothetical::clear(&self.link.client, self.version[0]).await;
        self.planned_calls.beware();
        self.end(result)
    }

    async fn load_script(
        &mut self,
        source: &mut (dyn BufRead + Send),
        name: &str,
        progress: &ProgressBar,
    ) -> Result<LoadReport, LoadError> {
        let failed = |error| load::start_failed(name, error);
        self.begin().await.map_err(failed)?;
        self.allow_writes().await.map_err(failed)?;
        let place = Place {
            client: &self.link.client,
            target: &self.target,
            connect_timeout: self.options.connect_timeout,
            major: self.version[0],
        };
        let (result, elsewhere) = load::load(place, source, name, progress).await;
        if let Some(elsewhere) = elsewhere {
            self.move_to(elsewhere);
        }
        let restored = setup::restore(&self.link.client, &self.options).await;
        self.busy = false;
        result.and_then(|report| restored.map(|()| report).map_err(failed))
    }

    async fn copy_in(
        &mut self,
        statement: &str,
        data: &mut (dyn Read + Send),
    ) -> Result<u64, DbError> {
        self.begin().await?;
        let result = self.writing(bulk::copy_in(&self.link.client, statement, data)).await;
        self.end(result)
    }

    async fn clone_database(&mut self, from: &str, to: &str) -> Result<(), DbError> {
        self.begin().await?;
        let copied = clone::clone_database(&self.link.client, from, to);
        let result = self.writing(self.unlimited(copied)).await;
        self.end(result)
    }

    async fn occupant(&mut self, object: &NewObject) -> Result<Option<Occupant>, DbError> {
        self.begin().await?;
        let result = ownership::occupant(&self.link.client, object).await;
        self.end(result)
    }

    async fn drop_statement(
        &mut self,
        kind: ObjectKind,
        id: u64,
    ) -> Result<Option<String>, DbError> {
        self.begin().await?;
        let result = ownership::drop_statement(&self.link.client, kind, id).await;
        self.end(result)
    }

    async fn missing_rights(
        &mut self,
        objects: &[NewObject],
    ) -> Result<Vec<Option<String>>, DbError> {
        self.begin().await?;
        let result = ownership::missing_rights(&self.link.client, objects).await;
        self.end(result)
    }

    async fn unreadable(&mut self) -> Result<Vec<String>, DbError> {
        self.begin().await?;
        let result = ownership::unreadable(&self.link.client).await;
        self.end(result)
    }
}

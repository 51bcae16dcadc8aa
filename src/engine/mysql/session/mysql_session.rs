//! The session itself: which connection, in which state.

use std::io::{BufRead, Read};

use async_trait::async_trait;
use indicatif::ProgressBar;
use mysql_async::Conn;

use super::cancel::Kill;
use super::execute::Prepared;
use super::send::Sent;
use super::weighed::Bases;
use super::{bulk, catalog, look, ownership, rows, server, settings, setup};
use crate::engine::mysql::connect::{Environment, Target};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::{Family, Version};
use crate::engine::mysql::screening::Screen;
use crate::engine::mysql::{failure, load};
use crate::engine::{
    Answer, AskedQuery, Canceller, Catalog, Counters, DbError, DbErrorKind, Execution, ExplainMode,
    Explained, Hypothetical, LoadError, LoadReport, Look, NewObject, ObjectKind, Occupant,
    PreparedId, Seen, ServerInfo, Session, SessionOptions, Setting,
};
use crate::plan::Plan;
use crate::sql::{Dialect, Lexis};

pub struct MysqlSession {
    pub(in crate::engine::mysql) conn: Conn,
    pub(super) target: Target,
    pub(super) options: SessionOptions,
    pub(in crate::engine::mysql) version: Version,
    pub(super) prepared: Vec<Prepared>,
    pub(super) screen: Screen,
    /// A request was sent and its answer has not been read: the caller gave up on it.
    pub(super) busy: bool,
    /// What the next statement is to run under: see [`Session::under`].
    pub(super) next_settings: Vec<(String, String)>,
    /// What the work of each statement is taken from: see [`Session::weigh`].
    pub(super) bases: Bases,
    /// Statements of a replay, by their text.
    pub(super) sent: Sent,
}

impl MysqlSession {
    /// Connects as `url`, the environment and the option file say.
    pub async fn connect(url: &str, options: &SessionOptions) -> Result<Self, DbError> {
        let target = Target::resolve(url, &Environment::of_process())?;
        let started = std::time::Instant::now();
        let mut conn = open(&target, options).await?;
        tracing::info!(server = target.address, ms = started.elapsed().as_millis(), "connected");
        let version = server::version(&mut conn).await?;
        setup::apply(&mut conn, options, &version).await?;
        let options = options.clone();
        let screen = Screen::new(options.access, options.allowed_functions.clone());
        Ok(MysqlSession {
            conn,
            target,
            options,
            version,
            prepared: Vec::new(),
            screen,
            busy: false,
            next_settings: Vec::new(),
            bases: Bases::new(),
            sent: Sent::new(),
        })
    }

    pub fn family(&self) -> Family {
        self.version.family
    }

    /// Marks the start of a request. After one that was given up the connection is in an unknown
    /// state, so nothing more is sent on it.
    fn begin(&mut self) -> Result<(), DbError> {
        if self.busy {
            return Err(DbError::new(
                DbErrorKind::ConnectionLost,
                "an earlier statement on this connection was given up half-way",
            ));
        }
        self.busy = true;
        Ok(())
    }

    fn end<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        self.busy = false;
        result
    }

    pub(super) fn kill(&self) -> Kill {
        Kill { options: self.target.options.clone(), id: self.conn.id() }
    }

    /// A script may have left anything behind: settings, an open transaction, another database.
    async fn restore(&mut self) -> Result<Option<String>, DbError> {
        let database = rows::one(&mut self.conn, "SELECT DATABASE()").await?;
        self.conn.reset().await.map_err(failure::of_statement)?;
        self.prepared.clear();
        self.sent.clear();
        if let Some(database) = &database {
            let name = MysqlDialect.quote_identifier(database);
            rows::run(&mut self.conn, &format!("USE {name}")).await?;
        }
        setup::apply(&mut self.conn, &self.options, &self.version).await?;
        Ok(database)
    }
}

async fn open(target: &Target, options: &SessionOptions) -> Result<Conn, DbError> {
    let connecting = Conn::new(target.options.clone());
    match tokio::time::timeout(options.connect_timeout, connecting).await {
        Ok(connected) => connected.map_err(|error| failure::of_connecting(error, &target.address)),
        Err(_) => Err(DbError::new(
            DbErrorKind::Unreachable,
            format!("{} does not answer within {:?}", target.address, options.connect_timeout),
        )),
    }
}

pub(super) fn lexis() -> Lexis {
    MysqlDialect.lexis()
}

pub(super) fn foreign_statement() -> DbError {
    DbError::new(DbErrorKind::Statement, "the statement was prepared on another session")
}

impl Drop for MysqlSession {
    /// A statement that is still running is ended.
    fn drop(&mut self) {
        if self.busy {
            self.kill().connection_blocking();
        }
    }
}

#[async_trait]
impl Session for MysqlSession {
    async fn server(&mut self) -> Result<ServerInfo, DbError> {
        self.begin()?;
        let result = server::describe(&mut self.conn, &self.target, &self.version).await;
        self.end(result)
    }

    async fn cautions(&mut self) -> Result<Vec<String>, DbError> {
        self.begin()?;
        let result = server::cautions(&mut self.conn).await;
        self.end(result)
    }

    fn under(&mut self, settings: &[(String, String)]) {
        self.next_settings = settings.to_vec();
    }

    async fn prepare(&mut self, sql: &str) -> Result<PreparedId, DbError> {
        self.begin()?;
        let result = self.prepare_now(sql).await;
        self.end(result)
    }

    async fn execute(
        &mut self,
        statement: PreparedId,
        params: &[Option<String>],
    ) -> Result<Execution, DbError> {
        self.begin()?;
        let result = self.execute_now(statement, params).await;
        self.end(result)
    }

    async fn send(
        &mut self,
        sql: &str,
        params: Option<&[Option<String>]>,
    ) -> Result<Execution, DbError> {
        self.begin()?;
        let result = self.send_now(sql, params).await;
        self.end(result)
    }

    async fn explain(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        mode: ExplainMode,
    ) -> Result<Explained, DbError> {
        self.begin()?;
        let result = self.explain_now(sql, params, mode).await;
        self.end(result)
    }

    fn canceller(&self) -> Option<Canceller> {
        let kill = self.kill();
        Some(Box::new(move || Box::pin(kill.query())))
    }

    async fn weigh(&mut self, sql: &str, params: &[Option<String>]) -> Result<Plan, DbError> {
        self.begin()?;
        let result = self.weigh_now(sql, params).await;
        self.end(result)
    }

    async fn answer(
        &mut self,
        sql: &str,
        params: &[Option<String>],
        most: usize,
    ) -> Result<Answer, DbError> {
        self.begin()?;
        let result = self.answer_now(sql, params, most).await;
        self.end(result)
    }

    async fn transaction(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        self.begin()?;
        let result = self.transaction_now(statements, most).await;
        self.end(result)
    }

    async fn occupant(&mut self, object: &NewObject) -> Result<Option<Occupant>, DbError> {
        self.begin()?;
        let result = ownership::occupant(&mut self.conn, object).await;
        self.end(result)
    }

    async fn drop_statement(
        &mut self,
        kind: ObjectKind,
        id: u64,
    ) -> Result<Option<String>, DbError> {
        self.begin()?;
        let result = ownership::drop_statement(&mut self.conn, self.version.family, kind, id).await;
        self.end(result)
    }

    async fn missing_rights(
        &mut self,
        objects: &[NewObject],
    ) -> Result<Vec<Option<String>>, DbError> {
        self.begin()?;
        let result = ownership::missing_rights(&mut self.conn, objects).await;
        self.end(result)
    }

    async fn catalog(&mut self) -> Result<Catalog, DbError> {
        self.begin()?;
        let result = catalog::read(&mut self.conn, self.version.family).await;
        self.end(result)
    }

    async fn settings(&mut self) -> Result<Vec<Setting>, DbError> {
        self.begin()?;
        let mut result = settings::read(&mut self.conn, self.version.family).await;
        if let Ok(settings) = &mut result {
            let named = &self.options.settings;
            let own = settings::of_session(&mut self.conn, named, settings).await;
            result = own.and(result);
        }
        self.end(result)
    }

    async fn counters(&mut self) -> Result<Counters, DbError> {
        self.begin()?;
        let result = settings::counters(&mut self.conn).await;
        self.end(result)
    }

    async fn command(&mut self, sql: &str) -> Result<(), DbError> {
        self.begin()?;
        let result = self.command_now(sql).await;
        self.end(result)
    }

    async fn query_text(&mut self, sql: &str) -> Result<Vec<Option<String>>, DbError> {
        self.begin()?;
        let result = rows::all(&mut self.conn, sql).await;
        let rows = self.end(result)?;
        Ok(rows.into_iter().map(|row| row.into_iter().next().flatten()).collect())
    }

    async fn look(&mut self, look: &Look) -> Result<Vec<Seen>, DbError> {
        self.begin()?;
        let result = look::rows(&mut self.conn, look).await;
        self.end(result)
    }

    async fn add_hypothetical(&mut self, _ddl: &str) -> Result<Hypothetical, DbError> {
        let message = format!("{} has no hypothetical indexes", self.version.family.title());
        Err(DbError::new(DbErrorKind::Unsupported, message))
    }

    /// Refused as well: whoever asks learns that there are none.
    async fn clear_hypothetical(&mut self) -> Result<(), DbError> {
        let message = format!("{} has no hypothetical indexes", self.version.family.title());
        Err(DbError::new(DbErrorKind::Unsupported, message))
    }

    async fn load_script(
        &mut self,
        source: &mut (dyn BufRead + Send),
        name: &str,
        progress: &ProgressBar,
    ) -> Result<LoadReport, LoadError> {
        let failed = |error| LoadError::Statement {
            name: name.to_owned(),
            line: 0,
            statement: "setting up the session".to_owned(),
            error,
        };
        self.begin().map_err(failed)?;
        let before = rows::one(&mut self.conn, "SELECT DATABASE()").await.map_err(failed)?;
        setup::unprotect(&mut self.conn).await.map_err(failed)?;
        let loaded = load::load(&mut self.conn, source, name, progress).await;
        let restored = self.restore().await;
        self.busy = false;
        let mut report = loaded?;
        let after = restored.map_err(failed)?;
        report.database = after.filter(|after| Some(after) != before.as_ref());
        Ok(report)
    }

    async fn copy_in(
        &mut self,
        statement: &str,
        data: &mut (dyn Read + Send),
    ) -> Result<u64, DbError> {
        self.begin()?;
        let unprotected = setup::unprotect(&mut self.conn).await;
        let result = match unprotected {
            Ok(()) => bulk::copy_in(&mut self.conn, statement, data).await,
            Err(error) => Err(error),
        };
        let protected = setup::protect(&mut self.conn, self.options.access).await;
        self.end(result.and_then(|rows| protected.map(|()| rows)))
    }
}

//! Several statements in one transaction that leaves nothing behind.

use super::execute::{self, Until};
use super::mysql_session::{MysqlSession, lexis};
use super::{answer, rows, setup};
use crate::engine::{Access, Answer, AskedQuery, DbError, DbErrorKind};
use crate::sql::split;

impl MysqlSession {
    pub(super) async fn transaction_now(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        if self.options.access != Access::Rollback {
            let message = "only a session that undoes its writes runs whole transactions";
            return Err(DbError::new(DbErrorKind::Unsupported, message));
        }
        for asked in statements {
            self.screen.check(&mut self.conn, asked.sql, false).await?;
        }
        execute::begin(&mut self.conn, Until::RolledBack).await?;
        let answers = self.each(statements, most).await;
        let undone = execute::roll_back(&mut self.conn).await;
        answers.and_then(|answers| undone.map(|()| answers))
    }

    /// To the first that fails: what came before it stands, unlike on other engines, and what follows would say little.
    async fn each(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        let mut answers = Vec::new();
        for asked in statements {
            setup::adopt(&mut self.conn, asked.settings).await?;
            let outcome = answer::read(&mut self.conn, asked.sql, asked.params, most).await;
            match outcome {
                Err(error) if error.ends_session() => return Err(error),
                outcome => answers.push(outcome),
            }
            setup::abandon(&mut self.conn, asked.settings).await?;
            if answers.last().is_some_and(Result::is_err) {
                break;
            }
        }
        Ok(answers)
    }

    pub(super) async fn command_now(&mut self, sql: &str) -> Result<(), DbError> {
        let statements = split(sql, &lexis())
            .map_err(|error| DbError::new(DbErrorKind::Syntax, error.to_string()))?;
        setup::unprotect(&mut self.conn).await?;
        let mut result = Ok(());
        for statement in statements {
            result = rows::run(&mut self.conn, &statement.text).await;
            if result.is_err() {
                break;
            }
        }
        let protected = setup::protect(&mut self.conn, self.options.access).await;
        result.and(protected)
    }
}

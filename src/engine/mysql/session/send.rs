//! Sending a captured statement as its application did: as text, or prepared once where values are bound to it.

use std::collections::HashMap;
use std::time::Instant;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Statement};

use super::execute::{self, Prepared};
use super::mysql_session::MysqlSession;
use crate::engine::mysql::failure;
use crate::engine::{DbError, Execution};

/// Prepared statements of one connection; more of them than an application has are texts that differ in a literal.
const MOST: usize = 1000;

/// Statements of a replay, by their text.
pub type Sent = HashMap<String, Prepared>;

impl MysqlSession {
    pub(super) async fn send_now(
        &mut self,
        sql: &str,
        params: Option<&[Option<String>]>,
    ) -> Result<Execution, DbError> {
        let Some(params) = params else { return text(&mut self.conn, sql).await };
        if !self.sent.contains_key(sql) {
            if self.sent.len() >= MOST {
                let statements = std::mem::take(&mut self.sent);
                close(&mut self.conn, statements.into_values().map(|known| known.statement))
                    .await?;
            }
            let statement = execute::prepare(&mut self.conn, sql).await?;
            self.sent.insert(sql.to_owned(), Prepared { statement, settings: Vec::new() });
        }
        match self.sent.get(sql) {
            Some(prepared) => execute::execute(&mut self.conn, prepared, params).await,
            None => text(&mut self.conn, sql).await,
        }
    }
}

async fn close(
    conn: &mut Conn,
    statements: impl Iterator<Item = Statement>,
) -> Result<(), DbError> {
    for statement in statements {
        conn.close(statement).await.map_err(failure::of_statement)?;
    }
    Ok(())
}

/// Rows returned, or rows changed where none are.
async fn text(conn: &mut Conn, sql: &str) -> Result<Execution, DbError> {
    let started = Instant::now();
    let mut result = conn.query_iter(sql).await.map_err(failure::of_statement)?;
    let changed = result.affected_rows();
    let returns_rows = result.columns().is_some_and(|columns| !columns.is_empty());
    let mut returned = 0;
    while result.next().await.map_err(failure::of_statement)?.is_some() {
        returned += 1;
    }
    result.drop_result().await.map_err(failure::of_statement)?;
    let rows = if returns_rows { returned } else { changed };
    Ok(Execution { elapsed: started.elapsed(), rows })
}

//! Sending a captured statement as its application did: the simple protocol for texts, prepared statements for values.

use std::collections::HashMap;

use super::execute::{self, Prepared};
use super::postgres_session::PostgresSession;
use super::typed::Types;
use crate::engine::{DbError, Execution};

/// Prepared statements of one connection; more of them than an application has are texts that differ in a literal.
const MOST: usize = 2000;

#[derive(Default)]
pub struct Sent {
    statements: HashMap<String, Prepared>,
}

impl PostgresSession {
    pub(super) async fn send_now(
        &mut self,
        sql: &str,
        params: Option<&[Option<String>]>,
    ) -> Result<Execution, DbError> {
        let client = &self.link.client;
        let Some(params) = params else { return execute::timed(client, sql).await };
        if !self.sent.statements.contains_key(sql) {
            if self.sent.statements.len() >= MOST {
                // Dropping them closes them on the server.
                self.sent.statements.clear();
            }
            let types = Types::default();
            let statement = execute::parse(client, sql, &types).await?;
            let settings = Vec::new();
            let prepared =
                Prepared { sql: sql.to_owned(), settings, statement, types, as_text: false };
            self.sent.statements.insert(sql.to_owned(), prepared);
        }
        match self.sent.statements.get_mut(sql) {
            Some(prepared) => execute::drain(client, prepared, params).await,
            None => execute::timed(client, sql).await,
        }
    }
}

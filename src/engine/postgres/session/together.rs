//! Several statements in one transaction that leaves nothing behind.

use super::postgres_session::PostgresSession;
use super::undone::{Until, undone};
use super::{access, answer, query, setup};
use crate::engine::postgres::screening::Purpose;
use crate::engine::{Access, Answer, AskedQuery, DbError, DbErrorKind};

impl PostgresSession {
    pub(super) async fn transaction_now(
        &mut self,
        statements: &[AskedQuery<'_>],
        most: usize,
    ) -> Result<Vec<Result<Answer, DbError>>, DbError> {
        if self.options.access != Access::Rollback {
            let message = "only a session that undoes its writes runs whole transactions";
            return Err(DbError::new(DbErrorKind::Unsupported, message));
        }
        let mut parsed = Vec::new();
        for asked in statements {
            access::refuse_transaction_control(asked.sql, self.options.access)?;
            let settings = asked.settings.to_vec();
            self.screen(asked.sql, &settings, Purpose::Run).await?;
            parsed.push(self.parse(asked.sql, &settings).await.map(|(_, types)| types));
        }
        let client = &self.link.client;
        let work = async {
            let mut answers = Vec::new();
            for (asked, types) in statements.iter().zip(parsed) {
                if !asked.settings.is_empty() {
                    query::run(client, &format!("SELECT {}", setup::local(asked.settings))).await?;
                }
                let outcome = match types {
                    Ok(types) => answer::read(client, asked.sql, &types, asked.params, most).await,
                    Err(error) => Err(error),
                };
                match outcome {
                    Ok(answer) => answers.push(Ok(answer)),
                    Err(error) if error.ends_session() => return Err(error),
                    // The server takes nothing more in this transaction.
                    Err(error) => {
                        answers.push(Err(error));
                        break;
                    }
                }
                setup::drop_prepared(client).await?;
            }
            Ok(answers)
        };
        let answers = undone(client, Until::RolledBack, &[], work).await?;
        setup::drop_prepared(client).await?;
        Ok(answers)
    }
}

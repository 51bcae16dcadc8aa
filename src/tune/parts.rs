//! The names that plans have for an index of a partitioned table: those of its parts.

use crate::advise::IndexAdvice;
use crate::engine::{DbError, Engine, Session};

/// Names of the parts of an index; none where it does not exist or its table is whole.
pub async fn parts(
    session: &mut dyn Session,
    engine: &dyn Engine,
    schema: &str,
    name: &str,
) -> Result<Vec<String>, DbError> {
    let Some(grammar) = engine.index_grammar() else { return Ok(Vec::new()) };
    match session.query_text(&grammar.parts_query(schema, name)).await {
        Ok(names) => Ok(names.into_iter().flatten().collect()),
        Err(error) if error.ends_session() => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}

pub async fn learn_parts(
    session: &mut dyn Session,
    engine: &dyn Engine,
    index: &mut IndexAdvice,
) -> Result<(), DbError> {
    index.parts = parts(session, engine, &index.schema, &index.name).await?;
    Ok(())
}

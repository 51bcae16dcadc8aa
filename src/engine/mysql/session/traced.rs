//! The optimiser's trace of one statement, asked for where its plan reads a whole table past a condition.

use mysql_async::Conn;
use mysql_async::prelude::Queryable;

use super::execute::{self, values};
use super::rows;
use crate::engine::DbError;
use crate::engine::mysql::failure;
use crate::plan::{NodeKind, Plan};

/// Bytes of a trace; of a longer one nothing is kept, since it is cut off.
const LONGEST: usize = 1 << 20;

/// Some table is read from end to end, and most of its rows are looked at to be thrown away.
pub fn is_wanted(plan: &Plan) -> bool {
    let nodes = plan.walk();
    nodes.iter().any(|(node, path)| {
        let filtered = node.filter.is_some()
            || path.last().is_some_and(|above| above.kind == NodeKind::Filter);
        node.kind == NodeKind::SeqScan && node.relation.is_some() && filtered
    })
}

/// `None` where the server does not trace, not for this login, or not to the end. Nothing is executed, and nothing is left
/// switched on.
pub async fn trace(
    conn: &mut Conn,
    verb: &str,
    sql: &str,
    params: &[Option<String>],
) -> Result<Option<String>, DbError> {
    let traced = traced(conn, verb, sql, params).await;
    let off = rows::run(conn, "SET SESSION optimizer_trace = DEFAULT").await;
    for error in [traced.as_ref().err(), off.as_ref().err()].into_iter().flatten() {
        if error.ends_session() {
            return Err(error.clone());
        }
    }
    Ok(traced.ok().flatten())
}

async fn traced(
    conn: &mut Conn,
    verb: &str,
    sql: &str,
    params: &[Option<String>],
) -> Result<Option<String>, DbError> {
    rows::run(conn, &format!("SET SESSION optimizer_trace_max_mem_size = {LONGEST}")).await?;
    let statement = execute::prepare(conn, &format!("{verb} {sql}")).await?;
    let params = values(&statement, params)?;
    rows::run(conn, "SET SESSION optimizer_trace = 'enabled=on'").await?;
    let answer: Result<Option<String>, _> = conn.exec_first(&statement, params).await;
    answer.map_err(failure::of_statement)?;
    let read =
        "SELECT TRACE, MISSING_BYTES_BEYOND_MAX_MEM_SIZE FROM information_schema.OPTIMIZER_TRACE";
    let told = rows::all(conn, read).await;
    conn.close(statement).await.map_err(failure::of_statement)?;
    let Some(row) = told?.into_iter().next() else { return Ok(None) };
    let mut row = rows::Columns::of(row);
    let (text, missing) = (row.optional(), row.count());
    Ok(text.filter(|_| missing == 0))
}

//! What can be known to fail before anything is measured.

use super::copy::CopyLimit;
use crate::ddl::Script;
use crate::engine::{DbError, DbErrorKind, NewObject, ObjectKind};
use crate::run::Target;
use crate::workload::Workload;

/// Why `--apply` could change nothing: a right is missing for a statement of the script or, without one, for every
/// table of the workload.
pub async fn cannot_apply(
    target: &Target,
    workload: &Workload,
    script: Option<&Script>,
) -> Result<Option<DbError>, DbError> {
    let Some(grammar) = target.engine.index_grammar() else { return Ok(None) };
    let objects: Vec<NewObject> = match script {
        Some(script) => script.statements.iter().filter_map(|s| grammar.creates(&s.text)).collect(),
        None => tables(target, workload),
    };
    let mut session = target.connect().await?;
    let reasons = session.missing_rights(&objects).await?;
    let enough = script.is_none() && reasons.iter().any(Option::is_none);
    let mut reasons: Vec<String> = reasons.into_iter().flatten().collect();
    reasons.dedup();
    if enough || reasons.is_empty() {
        return Ok(None);
    }
    let message = format!(
        "--apply needs rights that this login has not; nothing was measured or changed: {}",
        reasons.join("; ")
    );
    let remedy = "log in as the owner of the tables, or try the changes on a copy, without --apply";
    Ok(Some(DbError::new(DbErrorKind::Permission, message).with_remedy(remedy)))
}

/// The tables that the workload names, as if each was to get an index.
fn tables(target: &Target, workload: &Workload) -> Vec<NewObject> {
    let shapes = workload.queries.iter().filter_map(|q| target.engine.dialect().shape(&q.sql).ok());
    let object = |schema: Option<String>, table: String| NewObject {
        kind: ObjectKind::Index,
        schema,
        table,
        name: String::new(),
        statement: String::new(),
        undo: String::new(),
    };
    let named = shapes.flat_map(|shape| shape.tables);
    let mut objects: Vec<NewObject> = named.map(|table| object(table.schema, table.name)).collect();
    objects.sort_by(|a, b| (&a.schema, &a.table).cmp(&(&b.schema, &b.table)));
    objects.dedup();
    objects
}

/// Why no copy can be made, as far as that can be told at once: a right, or the size.
pub async fn cannot_copy(target: &Target, limit: CopyLimit) -> Result<Option<DbError>, DbError> {
    let mut session = target.connect().await?;
    let unreadable = session.unreadable().await?;
    if !unreadable.is_empty() {
        let message = format!("this login may not read {}", unreadable.join(", "));
        let remedy = "a copy holds everything: grant SELECT on all tables and sequences";
        return Ok(Some(DbError::new(DbErrorKind::Permission, message).with_remedy(remedy)));
    }
    let server = session.server().await?;
    Ok(limit.refuses(&server).err())
}

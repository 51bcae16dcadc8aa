//! Which queries may run at all.

use crate::engine::Access;
use crate::sql::StatementKind;
use crate::workload::Query;

/// Why `query` must not be executed under `access`, in words for the user. `None`: it may run.
///
/// A statement that our parser does not know is left to the server, whose read-only
/// transaction or rollback holds it; it is refused only where writes would stay.
pub(super) fn refusal(query: &Query, access: Access) -> Option<String> {
    if let Some(reason) = &query.refused {
        return Some(reason.clone());
    }
    match (&query.shape, access) {
        (Ok(shape), _) => refusal_of_kind(shape.kind, access).or_else(|| without_values(query)),
        (Err(message), Access::Commit) => {
            Some(format!("its text could not be parsed, so what it changes is unknown: {message}"))
        }
        (Err(_), _) => None,
    }
}

/// Why no plan can be had of `query` either.
pub(super) fn unplannable(query: &Query) -> Option<String> {
    match (&query.refused, &query.shape) {
        (Some(reason), _) => Some(reason.clone()),
        _ if has_no_plan(&query.sql) => Some(NO_PLAN.to_owned()),
        // Planning changes nothing.
        (None, Ok(shape)) => refusal_of_kind(shape.kind, Access::Commit),
        (None, Err(_)) => None,
    }
}

const NO_PLAN: &str =
    "no server has a plan for it as a whole; give the statements inside it as queries of their own";

/// Blocks, procedures and what copies or replaces a whole table.
fn has_no_plan(sql: &str) -> bool {
    let word = sql.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["DO", "CALL", "COPY", "TRUNCATE", "REFRESH"].iter().any(|verb| verb.eq_ignore_ascii_case(word))
}

/// What a query needs before it can be executed; its plan can be estimated without.
fn without_values(query: &Query) -> Option<String> {
    if query.parameters.is_empty() || !query.params.is_empty() {
        return None;
    }
    let named = query.parameters.iter().any(|name| name.parse::<usize>().is_err());
    let example = match named {
        true => {
            let pairs = query.parameters.iter().map(|name| format!("\"{name}\": \"…\""));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        false => format!("[{}]", vec!["\"…\""; query.parameters.len()].join(", ")),
    };
    let (verb, which) = match query.parameters.as_slice() {
        [one] => ("has", format!("parameter {one}")),
        all => ("have", format!("parameters {}", all.join(", "))),
    };
    Some(format!(
        "its {which} {verb} no value; a line `-- params: {example}` above it gives one for each"
    ))
}

fn refusal_of_kind(kind: StatementKind, access: Access) -> Option<String> {
    match (kind, access) {
        (StatementKind::Read, _) => None,
        (StatementKind::Write, Access::Rollback | Access::Commit) => None,
        (StatementKind::Write, Access::ReadOnly) => Some(
            "it changes data, and a run is read-only unless told otherwise; \
             `--writes rollback` measures it in a transaction that is rolled back"
                .to_owned(),
        ),
        (StatementKind::Ddl, _) => Some(
            "it changes the schema, which a run never does; \
             `planwise tune --ddl FILE` measures schema changes"
                .to_owned(),
        ),
        (StatementKind::Utility, _) => {
            Some("it steers the session or the server; only queries are replayed".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::scripted::query;

    #[test]
    fn writes_run_only_where_they_are_allowed() {
        let write = query("w", StatementKind::Write);
        assert!(refusal(&write, Access::ReadOnly).unwrap().contains("--writes rollback"));
        assert_eq!(refusal(&write, Access::Rollback), None);
        assert_eq!(refusal(&write, Access::Commit), None);
    }

    #[test]
    fn a_block_has_no_plan() {
        for sql in ["DO $$ BEGIN END $$", "call p(1)", "REFRESH MATERIALIZED VIEW v"] {
            let mut block = query("b", StatementKind::Write);
            block.sql = sql.to_owned();
            assert_eq!(unplannable(&block).as_deref(), Some(NO_PLAN), "{sql}");
        }
    }

    #[test]
    fn schema_changes_never_run() {
        let ddl = query("d", StatementKind::Ddl);
        for access in [Access::ReadOnly, Access::Rollback, Access::Commit] {
            assert!(refusal(&ddl, access).is_some());
        }
    }

    #[test]
    fn unknown_text_is_never_committed() {
        let mut unknown = query("u", StatementKind::Read);
        unknown.shape = Err("syntax error at \"selekt\"".to_owned());
        assert_eq!(refusal(&unknown, Access::ReadOnly), None);
        assert!(refusal(&unknown, Access::Commit).unwrap().contains("selekt"));
    }
}

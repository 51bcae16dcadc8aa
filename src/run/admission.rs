//! Which queries may run at all.

use crate::engine::Access;
use crate::sql::StatementKind;
use crate::workload::Query;

/// Why `query` must not be executed under `access`, in words for the user. `None`: it may run.
///
/// A statement that our parser does not know is left to the server, whose read-only
/// transaction or rollback holds it; it is refused only where writes would stay.
pub(super) fn refusal(query: &Query, access: Access) -> Option<String> {
    match (&query.shape, access) {
        (Err(message), _) if query.cut_off => Some(message.clone()),
        (Ok(shape), _) => refusal_of_kind(shape.kind, access),
        (Err(message), Access::Commit) => {
            Some(format!("its text could not be parsed, so what it changes is unknown: {message}"))
        }
        (Err(_), _) => None,
    }
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
        (StatementKind::Utility, _) => Some(
            "it steers the session or the server; only queries are replayed, so the statements \
             below it ran without it; a setting is given with `--set NAME=VALUE`"
                .to_owned(),
        ),
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

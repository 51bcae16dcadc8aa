//! What running a statement may do.

use pg_query::NodeEnum;
use serde_json::Value;

use super::facts::Facts;
use crate::sql::StatementKind;

/// Functions of the server and its usual extensions whose call changes data or another session.
const WRITE_FUNCTIONS: [&str; 37] = [
    "dblink_exec",
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_import",
    "lo_put",
    "lo_unlink",
    "loread",
    "lowrite",
    "nextval",
    "pg_cancel_backend",
    "pg_copy_logical_replication_slot",
    "pg_copy_physical_replication_slot",
    "pg_create_logical_replication_slot",
    "pg_create_physical_replication_slot",
    "pg_create_restore_point",
    "pg_drop_replication_slot",
    "pg_file_rename",
    "pg_file_unlink",
    "pg_file_write",
    "pg_logical_emit_message",
    "pg_logical_slot_get_changes",
    "pg_notify",
    "pg_promote",
    "pg_reload_conf",
    "pg_replication_slot_advance",
    "pg_rotate_logfile",
    "pg_stat_reset",
    "pg_stat_reset_shared",
    "pg_stat_reset_single_table_counters",
    "pg_stat_statements_reset",
    "pg_switch_wal",
    "pg_terminate_backend",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "setval",
];

pub fn writes_by_function(call: &Value) -> bool {
    let names = call["funcname"].as_array();
    let name = names.and_then(|names| names.last()?.pointer("/node/String/sval")?.as_str());
    name.is_some_and(|name| WRITE_FUNCTIONS.contains(&name))
}

pub fn kind_of(statement: &NodeEnum, facts: &Facts) -> StatementKind {
    let changes = facts.modifies || facts.locks || facts.write_function;
    match statement {
        NodeEnum::SelectStmt(_) if facts.creates => StatementKind::Ddl,
        NodeEnum::SelectStmt(_) if changes => StatementKind::Write,
        NodeEnum::SelectStmt(_) | NodeEnum::VariableShowStmt(_) => StatementKind::Read,
        NodeEnum::CopyStmt(copy) => {
            let outside = copy.is_program || !copy.filename.is_empty();
            if copy.is_from || outside || changes {
                StatementKind::Write
            } else {
                StatementKind::Read
            }
        }
        NodeEnum::InsertStmt(_)
        | NodeEnum::UpdateStmt(_)
        | NodeEnum::DeleteStmt(_)
        | NodeEnum::MergeStmt(_)
        | NodeEnum::TruncateStmt(_)
        | NodeEnum::RefreshMatViewStmt(_)
        | NodeEnum::CallStmt(_)
        | NodeEnum::DoStmt(_) => StatementKind::Write,
        other if is_utility(other) => StatementKind::Utility,
        _ => StatementKind::Ddl,
    }
}

fn is_utility(statement: &NodeEnum) -> bool {
    matches!(
        statement,
        NodeEnum::ExplainStmt(_)
            | NodeEnum::TransactionStmt(_)
            | NodeEnum::VariableSetStmt(_)
            | NodeEnum::VacuumStmt(_)
            | NodeEnum::CheckPointStmt(_)
            | NodeEnum::DiscardStmt(_)
            | NodeEnum::LockStmt(_)
            | NodeEnum::ListenStmt(_)
            | NodeEnum::UnlistenStmt(_)
            | NodeEnum::NotifyStmt(_)
            | NodeEnum::LoadStmt(_)
            | NodeEnum::PrepareStmt(_)
            | NodeEnum::ExecuteStmt(_)
            | NodeEnum::DeallocateStmt(_)
            | NodeEnum::DeclareCursorStmt(_)
            | NodeEnum::FetchStmt(_)
            | NodeEnum::ClosePortalStmt(_)
            | NodeEnum::ConstraintsSetStmt(_)
            | NodeEnum::ReindexStmt(_)
            | NodeEnum::ClusterStmt(_)
            | NodeEnum::AlterSystemStmt(_)
    )
}

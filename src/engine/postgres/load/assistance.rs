//! Statements that only a superuser may run and that a dump cannot do without: a function of the sandbox does the
//! harmless part of each. Where there is no such function, the server's refusal stands.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableType, CreateExtensionStmt, RangeVar};
use tokio_postgres::Client;

use super::statement::Statement;
use crate::engine::DbError;
use crate::engine::postgres::dialect::{PostgresDialect, parse_one};
use crate::engine::postgres::session::query;
use crate::sql::{Dialect, with_stack_for};

const NO_RIGHT: &str = "42501";

/// Whether [`assist`] may be able to help where `statement` is refused.
pub fn can_help(statement: &Statement<'_>) -> bool {
    let begins = |words: &&str| statement.begins(words);
    let triggers = statement.begins("alter table") && statement.after("trigger") == Some("all");
    triggers
        || ["create extension", "create role", "create user", "create group"].iter().any(begins)
}

/// Runs what `error` refused for want of rights in another way, or gives the error back.
pub async fn assist(
    client: &Client,
    statement: &Statement<'_>,
    error: DbError,
) -> Result<(), DbError> {
    let refused = error.sqlstate.as_deref() == Some(NO_RIGHT) && can_help(statement);
    let Some(call) = refused.then(|| call_for(statement.text)).flatten() else { return Err(error) };
    query::run(client, &call).await.map_err(|refusal| match refusal.sqlstate.as_deref() {
        // No such function: this is no sandbox.
        Some("42883") => error,
        _ => refusal,
    })
}

/// The call of the sandbox's function that stands for the statement.
fn call_for(sql: &str) -> Option<String> {
    let tree = with_stack_for(sql, || parse_one(sql)).ok()?;
    match tree.stmts.first()?.stmt.as_ref()?.node.as_ref()? {
        NodeEnum::CreateExtensionStmt(extension) => Some(create_extension(extension)),
        NodeEnum::CreateRoleStmt(role) => {
            Some(format!("SELECT pg_catalog.planwise_create_role({})", literal(&role.role)))
        }
        NodeEnum::AlterTableStmt(alter) => {
            let mut commands = alter.cmds.iter().filter_map(|command| command.node.as_ref());
            let Some(NodeEnum::AlterTableCmd(command)) = commands.next() else { return None };
            let wanted = match AlterTableType::try_from(command.subtype).ok()? {
                AlterTableType::AtEnableTrigAll => true,
                AlterTableType::AtDisableTrigAll => false,
                _ => return None,
            };
            let table = literal(&name_of(alter.relation.as_ref()?));
            let call = format!("SELECT pg_catalog.planwise_set_triggers({table}, {wanted})");
            commands.next().is_none().then_some(call)
        }
        _ => None,
    }
}

fn create_extension(extension: &CreateExtensionStmt) -> String {
    let options = extension.options.iter().filter_map(|option| match option.node.as_ref()? {
        NodeEnum::DefElem(option) if option.defname == "schema" => {
            option.arg.as_ref()?.node.as_ref()
        }
        _ => None,
    });
    let schema = options.into_iter().find_map(|value| match value {
        NodeEnum::String(schema) => Some(literal(&schema.sval)),
        _ => None,
    });
    // The owner's search path, not the function's.
    let schema = schema.unwrap_or_else(|| "pg_catalog.current_schema()::text".to_owned());
    format!(
        "SELECT pg_catalog.planwise_create_extension({}, {schema})",
        literal(&extension.extname)
    )
}

fn name_of(table: &RangeVar) -> String {
    let quote = |name: &str| PostgresDialect.quote_identifier(name);
    match table.schemaname.as_str() {
        "" => quote(&table.relname),
        schema => format!("{}.{}", quote(schema), quote(&table.relname)),
    }
}

fn literal(text: &str) -> String {
    PostgresDialect.quote_literal(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_function() {
        let call = |sql: &str| call_for(sql).unwrap();
        assert_eq!(
            call("ALTER TABLE ONLY public.\"a b\" DISABLE TRIGGER ALL"),
            r#"SELECT pg_catalog.planwise_set_triggers('public."a b"', false)"#
        );
        assert_eq!(
            call("CREATE ROLE \"it's\" SUPERUSER LOGIN PASSWORD 'x'"),
            "SELECT pg_catalog.planwise_create_role('it''s')"
        );
        assert_eq!(
            call("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA gis"),
            "SELECT pg_catalog.planwise_create_extension('postgis', 'gis')"
        );
        assert_eq!(call_for("ALTER TABLE t DISABLE TRIGGER ALL, OWNER TO x"), None);
        assert_eq!(call_for("ALTER TABLE t DISABLE TRIGGER USER"), None);
    }
}

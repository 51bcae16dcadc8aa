//! Whom policies filter rows for.

use super::restore::Work;
use super::steps::Step;
use super::{ddl, identifier, literal};
use crate::engine::DbError;
use crate::engine::postgres::sandbox_rights::OWNER;
use crate::engine::postgres::session::query;

impl Work<'_> {
    /// Without any right of their own; the owner may plan as each of them. Those that a new server has are left alone.
    pub(super) async fn roles(&mut self) -> Result<(), DbError> {
        for role in &self.state.roles {
            let there = format!(
                "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}",
                literal(&role.name)
            );
            if query::value(self.superuser, &there).await?.is_some() {
                continue;
            }
            let name = identifier(&role.name);
            let unfiltered = if role.unfiltered { " BYPASSRLS" } else { "" };
            let make = format!("CREATE ROLE {name} NOLOGIN{unfiltered}; GRANT {name} TO {OWNER}");
            self.tried(&make).await?;
        }
        let known = |name: &String| self.state.roles.iter().any(|role| role.name == *name);
        for role in &self.state.roles {
            for group in role.member_of.iter().filter(|group| known(group)) {
                if group != OWNER && role.name != OWNER && group != "postgres" {
                    let (group, name) = (identifier(group), identifier(&role.name));
                    self.tried(&format!("GRANT {group} TO {name}")).await?;
                }
            }
        }
        Ok(())
    }

    async fn tried(&self, statement: &str) -> Result<(), DbError> {
        match query::run(self.superuser, statement).await {
            Err(error) if error.ends_session() => Err(error),
            // A name that is reserved here, or a circle of members.
            _ => Ok(()),
        }
    }

    /// Once everything is there: from now on policies hold, and everybody may plan.
    pub(super) async fn filters(&mut self) -> Result<(), DbError> {
        if self.state.roles.is_empty() {
            return Ok(());
        }
        let mut steps = Vec::new();
        for relation in &self.state.relations {
            let Some(how) = &relation.row_security else { continue };
            let own = ddl::name(&relation.schema, &relation.name);
            let mut statement = format!("ALTER TABLE {own} ENABLE ROW LEVEL SECURITY");
            if how == "forced" {
                statement.push_str(", FORCE ROW LEVEL SECURITY");
            }
            steps.push(Step::new(format!("row security of {}", relation.full_name()), statement));
        }
        let mut schemas: Vec<&String> = self.state.relations.iter().map(|r| &r.schema).collect();
        schemas.sort();
        schemas.dedup();
        steps.extend(schemas.into_iter().map(|schema| {
            let schema = identifier(schema);
            Step::new(
                format!("rights on schema {schema}"),
                format!(
                    "GRANT USAGE ON SCHEMA {schema} TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO PUBLIC"
                ),
            )
        }));
        self.left_out(steps).await
    }
}

//! Classes and families of operators. Only a superuser makes them, who runs nothing that a snapshot says: it says names alone,
//! and what the server itself writes for each name it knows is put together here.

use super::literal;
use super::restore::Work;
use super::{ddl, identifier};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, DbErrorKind, LeftOut, OperatorClassFacts, OperatorGroupFacts};

impl Work<'_> {
    /// Families, then classes, then what stands in families beside their classes.
    pub(super) async fn operator_groups(&mut self) -> Result<(), DbError> {
        let state = self.state;
        let (classes, families): (Vec<_>, Vec<_>) =
            state.operator_groups.iter().partition(|group| group.class.is_some());
        for family in &families {
            let made = self.make(format!("CREATE OPERATOR FAMILY {}", place(family))).await;
            self.told("operator family", family, made)?;
        }
        for group in &classes {
            let made = match &group.class {
                Some(class) => self.class(group, class).await,
                None => Ok(()),
            };
            self.told("operator class", group, made)?;
        }
        for family in families.iter().filter(|family| !family.is_empty()) {
            let made = match self.members(family).await {
                Ok(members) => {
                    let add = members.join(", ");
                    self.make(format!("ALTER OPERATOR FAMILY {} ADD {add}", place(family))).await
                }
                Err(error) => Err(error),
            };
            self.told("operator family", family, made)?;
        }
        Ok(())
    }

    async fn make(&self, statement: String) -> Result<(), DbError> {
        query::run(self.superuser, &statement).await
    }

    fn told(
        &mut self,
        kind: &str,
        group: &OperatorGroupFacts,
        made: Result<(), DbError>,
    ) -> Result<(), DbError> {
        match made {
            Err(error) if error.ends_session() => Err(error),
            Err(error) => {
                self.restored.left_out.push(LeftOut {
                    what: format!("{kind} {}.{}", group.schema, group.name),
                    why: error.message,
                    names: vec![group.name.clone()],
                });
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn class(
        &self,
        group: &OperatorGroupFacts,
        class: &OperatorClassFacts,
    ) -> Result<(), DbError> {
        let mut members = self.members(group).await?;
        if let Some(stored) = &class.stored {
            members.push(format!("STORAGE {}", self.known("type", stored).await?));
        }
        let of = self.known("type", &class.of).await?;
        let default = if class.is_default { " DEFAULT" } else { "" };
        let family = ddl::name(&class.family.schema, &class.family.name);
        self.make(format!(
            "CREATE OPERATOR CLASS {}{default} FOR TYPE {of} USING {} FAMILY {family} AS {}",
            ddl::name(&group.schema, &group.name),
            identifier(&group.method),
            members.join(", ")
        ))
        .await
    }

    async fn members(&self, group: &OperatorGroupFacts) -> Result<Vec<String>, DbError> {
        let mut members = Vec::new();
        for operator in &group.operators {
            let known = self.known("operator", &operator.name).await?;
            let order = operator.orders_by.as_ref().map_or(String::new(), |family| {
                format!(" FOR ORDER BY {}", ddl::name(&family.schema, &family.name))
            });
            members.push(format!("OPERATOR {} {known}{order}", operator.number));
        }
        for function in &group.functions {
            let [left, right] = &function.types;
            let types = [self.known("type", left).await?, self.known("type", right).await?];
            let known = self.known("procedure", &function.name).await?;
            members.push(format!("FUNCTION {} ({}) {known}", function.number, types.join(", ")));
        }
        Ok(members)
    }

    /// As the server writes what it knows by this name: nothing that is written otherwise gets any further.
    async fn known(&self, what: &str, name: &str) -> Result<String, DbError> {
        let sql = format!("SELECT pg_catalog.to_reg{what}({})::pg_catalog.text", literal(name));
        let missing =
            || DbError::new(DbErrorKind::Unsupported, format!("{what} {name} is not there"));
        query::value(self.superuser, &sql).await?.ok_or_else(missing)
    }
}

fn place(family: &OperatorGroupFacts) -> String {
    format!("{} USING {}", ddl::name(&family.schema, &family.name), identifier(&family.method))
}

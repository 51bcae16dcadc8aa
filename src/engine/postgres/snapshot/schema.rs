//! The schema, by the owner of the database: what cannot be made is said, and the rest is made all the same.

use std::collections::{BTreeSet, HashMap};

use super::restore::Work;
use super::steps::{Step, carry_out};
use super::{ddl, identifier, literal};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, RelationColumn, RelationFacts, SchemaObject};

impl Work<'_> {
    pub(super) async fn schema(&mut self) -> Result<(), DbError> {
        let of = |kinds: &[&str]| -> Vec<Step> {
            let objects = self.state.objects.iter();
            objects.filter(|object| kinds.contains(&object.kind.as_str())).map(step).collect()
        };
        self.left_out(of(&["schema"])).await?;
        self.extensions().await?;
        let types = of(&[
            "text search dictionary",
            "text search configuration",
            "collation",
            "type",
            "sequence",
            "function",
            "aggregate",
            "foreign server",
        ]);
        let mut left = carry_out(self.owner, types).await?;
        let stand_ins = self.tables().await?;
        let mut steps: Vec<Step> = left.drain(..).map(|(step, _)| step).collect();
        steps.extend(of(&["check"]));
        steps.extend(self.state.relations.iter().filter_map(|relation| {
            Some(Step::new(format!("partition {}", relation.full_name()), ddl::attach(relation)?))
        }));
        let indexes = self.state.indexes.iter();
        steps.extend(indexes.clone().map(|index| {
            Step::new(format!("index {}.{}", index.schema, index.name), index.statement.clone())
        }));
        steps.extend(indexes.filter_map(|index| {
            let what = format!("index {}.{} as a part", index.schema, index.name);
            Some(Step::new(what, ddl::attach_index(index)?))
        }));
        steps.extend(of(&["foreign key"]));
        let views = |kind: &'static str| {
            let views = self.state.relations.iter().filter(move |relation| relation.kind == kind);
            views.map(|view| {
                Step::new(format!("{} {}", view.kind, view.full_name()), ddl::view(view))
            })
        };
        steps.extend(views("view"));
        steps.extend(views("materialized view"));
        steps.extend(self.state.extended.iter().map(|object| {
            Step::new(
                format!("statistics {}.{}", object.schema, object.name),
                object.statement.clone(),
            )
        }));
        // Indexes of materialized views had to wait; carry_out tries again what failed.
        steps.extend(of(&["rule", "trigger", "policy"]));
        steps.extend(self.state.relations.iter().flat_map(|relation| {
            let what = format!("default of {}", relation.full_name());
            ddl::defaults(relation).into_iter().map(move |sql| Step::new(what.clone(), sql))
        }));
        self.roles().await?;
        self.left_out(steps).await?;
        self.filters().await?;
        if !stand_ins.is_empty() {
            let names: Vec<String> = stand_ins.into_iter().collect();
            self.differs(format!(
                "types that are not there are replaced by text in {}: queries that use them cannot be planned",
                names.join(", ")
            ));
        }
        Ok(())
    }

    pub(super) async fn left_out(&mut self, steps: Vec<Step>) -> Result<(), DbError> {
        for (step, error) in carry_out(self.owner, steps).await? {
            self.differs(format!("{} is left out: {}", step.what, error.message));
        }
        Ok(())
    }

    /// By the superuser, while nothing of the snapshot's own is there that their scripts could run.
    async fn extensions(&mut self) -> Result<(), DbError> {
        for extension in &self.state.extensions {
            let (name, schema) = (identifier(&extension.name), identifier(&extension.schema));
            let create =
                format!("CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema} CASCADE");
            let made = query::run(self.superuser, &create).await;
            match made {
                Ok(()) => {}
                Err(error) if error.ends_session() => return Err(error),
                Err(_) if !self.is_installed(&extension.name).await? => {
                    self.restored.missing_extensions.push(extension.name.clone());
                }
                Err(error) => {
                    self.restored.missing_extensions.push(extension.name.clone());
                    self.differs(format!("extension {name} is left out: {}", error.message));
                }
            }
        }
        Ok(())
    }

    async fn is_installed(&self, name: &str) -> Result<bool, DbError> {
        let sql = format!(
            "SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = {}",
            literal(name)
        );
        Ok(query::value(self.superuser, &sql).await?.is_some())
    }

    /// Tables first as they are; what fails for want of a type gets a stand-in for it.
    async fn tables(&mut self) -> Result<BTreeSet<String>, DbError> {
        let missing = self.restored.missing_extensions.clone();
        let lacks = move |column: &RelationColumn| {
            column.extension.as_ref().is_some_and(|name| missing.contains(name))
        };
        let made_of_columns = |relation: &&RelationFacts| {
            !matches!(relation.kind.as_str(), "view" | "materialized view")
        };
        let tables: Vec<&RelationFacts> =
            self.state.relations.iter().filter(made_of_columns).collect();
        let by_name: HashMap<String, &RelationFacts> =
            tables.iter().map(|table| (table_step(table), *table)).collect();
        let steps =
            tables.iter().map(|table| Step::new(table_step(table), ddl::create(table, &lacks)));
        let failed = carry_out(self.owner, steps.collect()).await?;
        let mut replaced = BTreeSet::new();
        for table in &tables {
            replaced.extend(
                table
                    .columns
                    .iter()
                    .filter(|c| lacks(c))
                    .map(|c| format!("{}.{}", table.full_name(), c.name)),
            );
        }
        // A type of the user's own that could not be made, or a server that is not there.
        let own = |column: &RelationColumn| column.data_type.contains('.');
        let again = failed.iter().filter_map(|(step, _)| {
            let table = by_name.get(&step.what)?;
            replaced.extend(
                table
                    .columns
                    .iter()
                    .filter(|c| own(c))
                    .map(|c| format!("{}.{}", table.full_name(), c.name)),
            );
            let plain = RelationFacts {
                kind: "table".to_owned(),
                definition: None,
                options: Vec::new(),
                ..(*table).clone()
            };
            let kept = if table.kind == "foreign table" { &plain } else { table };
            Some(Step::new(step.what.clone(), ddl::create(kept, &own)))
        });
        let again: Vec<Step> = again.collect();
        let foreign = failed.iter().filter(|(step, _)| {
            by_name.get(&step.what).is_some_and(|table| table.kind == "foreign table")
        });
        for (step, error) in foreign {
            self.differs(format!("{} stands as a plain table: {}", step.what, error.message));
        }
        self.left_out(again).await?;
        Ok(replaced)
    }
}

fn table_step(table: &RelationFacts) -> String {
    format!("{} {}", table.kind, table.full_name())
}

fn step(object: &SchemaObject) -> Step {
    Step::new(format!("{} {}", object.kind, object.name), object.statement.clone())
}

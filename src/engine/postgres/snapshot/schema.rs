//! The schema, by the owner of the database: what cannot be made is said, and the rest is made all the same.

use std::collections::HashSet;

use super::restore::Work;
use super::steps::{Step, carry_out, carry_out_together};
use super::{ddl, identifier, literal};
use crate::engine::postgres::session::query;
use crate::engine::{DbError, IndexFacts, LeftOut, SchemaObject};

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
            "operator",
            "aggregate",
            "cast",
            "foreign server",
        ]);
        let left = carry_out(self.owner, types).await?;
        self.operator_groups().await?;
        let tables = self.tables().await?;
        // What fails is tried again behind everything else: what it needs may be there by then.
        let mut steps = rest(left);
        steps.extend(rest(carry_out_together(&self.owners, of(&["check"])).await?));
        let parts = self.state.relations.iter().filter_map(|relation| {
            Some(Step::new(format!("partition {}", relation.full_name()), ddl::attach(relation)?))
        });
        steps.extend(rest(carry_out(self.owner, parts.collect()).await?));
        let (of_views, indexes) = self.indexes();
        steps.extend(rest(carry_out_together(&self.owners, indexes).await?));
        let parts = self.state.indexes.iter().filter_map(|index| {
            let what = format!("index {}.{} as a part", index.schema, index.name);
            Some(Step::new(what, ddl::attach_index(index)?))
        });
        steps.extend(rest(carry_out(self.owner, parts.collect()).await?));
        steps.extend(self.foreign_keys().await?);
        let views = |kind: &'static str| {
            let views = self.state.relations.iter().filter(move |relation| relation.kind == kind);
            views.map(|view| {
                let what = format!("{} {}", view.kind, view.full_name());
                Step::new(what, ddl::view(view)).of(&view.name)
            })
        };
        steps.extend(views("view"));
        steps.extend(views("materialized view"));
        steps.extend(self.state.extended.iter().map(|object| {
            let what = format!("statistics {}.{}", object.schema, object.name);
            Step::new(what, object.statement.clone()).of(&object.table)
        }));
        steps.extend(of_views);
        steps.extend(of(&["rule", "trigger", "policy"]));
        steps.extend(tables.defaults);
        self.roles().await?;
        self.left_out(steps).await?;
        self.filters().await?;
        if !tables.columns.is_empty() {
            let names: Vec<String> = tables.columns.into_iter().collect();
            self.differs(format!(
                "types that are not there are replaced by text in {}: queries that use them cannot be planned",
                names.join(", ")
            ));
        }
        Ok(())
    }

    /// Those of materialized views, which are not there yet, and all others.
    fn indexes(&self) -> (Vec<Step>, Vec<Step>) {
        let views = self.state.relations.iter().filter(|table| table.kind == "materialized view");
        let views: HashSet<(&str, &str)> =
            views.map(|view| (view.schema.as_str(), view.name.as_str())).collect();
        let step = |index: &IndexFacts| {
            let what = format!("index {}.{}", index.schema, index.name);
            Step::new(what, index.statement.clone()).of(&index.table)
        };
        let is_of_view =
            |index: &&IndexFacts| views.contains(&(index.schema.as_str(), index.table.as_str()));
        let (of_views, others): (Vec<_>, Vec<_>) = self.state.indexes.iter().partition(is_of_view);
        (of_views.into_iter().map(step).collect(), others.into_iter().map(step).collect())
    }

    pub(super) async fn left_out(&mut self, steps: Vec<Step>) -> Result<(), DbError> {
        for (step, error) in carry_out(self.owner, steps).await? {
            let (what, why, names) = (step.what, error.message, step.names);
            self.restored.left_out.push(LeftOut { what, why, names });
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
}

fn rest(failed: Vec<(Step, DbError)>) -> Vec<Step> {
    failed.into_iter().map(|(step, _)| step).collect()
}

pub(super) fn step(object: &SchemaObject) -> Step {
    let step = Step::new(format!("{} {}", object.kind, object.name), object.statement.clone());
    match object.kind.as_str() {
        "function" | "aggregate" | "operator" => step.of(called(&object.name)),
        _ => step,
    }
}

/// `shout` of `public.shout(text)`, `===` of `public.===(text,text)`.
fn called(name: &str) -> &str {
    let name = name.split('(').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name).trim_matches('"')
}

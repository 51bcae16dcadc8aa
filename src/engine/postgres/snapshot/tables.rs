//! Tables, each as far as its types and defaults are there.

use std::collections::{BTreeSet, HashMap};

use super::ddl;
use super::restore::Work;
use super::steps::{Step, carry_out, carry_out_together};
use crate::engine::{DbError, RelationColumn, RelationFacts};

/// What is not as it should be.
pub(super) struct Tables {
    /// Columns whose type is replaced.
    pub columns: BTreeSet<String>,
    /// Defaults that wait for what they call.
    pub defaults: Vec<Step>,
}

impl Work<'_> {
    /// Tables first as they are; then without defaults, which may call what is not there yet; what still fails is taken to
    /// fail for want of a type, and gets a stand-in for it.
    pub(super) async fn tables(&mut self) -> Result<Tables, DbError> {
        let missing = self.restored.missing_extensions.clone();
        let lacks = move |column: &RelationColumn| {
            column.extension.as_ref().is_some_and(|name| missing.contains(name))
        };
        let made_of_columns = |relation: &&RelationFacts| {
            !matches!(relation.kind.as_str(), "view" | "materialized view")
        };
        let state = self.state;
        let tables: Vec<&RelationFacts> = state.relations.iter().filter(made_of_columns).collect();
        let by_name: HashMap<String, &RelationFacts> =
            tables.iter().map(|table| (table_step(table), *table)).collect();
        let whole = tables
            .iter()
            .map(|table| Step::new(table_step(table), ddl::create(table, &lacks, true)));
        let failed = carry_out_together(&self.owners, whole.collect()).await?;
        let again: Vec<&RelationFacts> =
            failed.iter().filter_map(|(step, _)| by_name.get(&step.what).copied()).collect();
        let plain = again
            .iter()
            .map(|table| Step::new(table_step(table), ddl::create(table, &lacks, false)));
        let failed = carry_out(self.owner, plain.collect()).await?;

        let mut columns: BTreeSet<String> =
            tables.iter().flat_map(|table| names(table, &lacks)).collect();
        // A type of the user's own that could not be made, or a server that is not there.
        let own = |column: &RelationColumn| column.data_type.contains('.');
        let mut stand_ins = Vec::new();
        for (step, error) in failed {
            let Some(table) = by_name.get(&step.what) else { continue };
            columns.extend(names(table, &own));
            let mut kept = (*table).clone();
            if table.kind == "foreign table" {
                self.differs(format!("{} stands as a plain table: {}", step.what, error.message));
                kept.kind = "table".to_owned();
                (kept.definition, kept.options) = (None, Vec::new());
            }
            stand_ins.push(Step::new(step.what, ddl::create(&kept, &own, false)).of(&table.name));
        }
        self.left_out(stand_ins).await?;
        let defaults = again.iter().flat_map(|relation| {
            let what = format!("default of {}", relation.full_name());
            ddl::defaults(relation).into_iter().map(move |sql| Step::new(what.clone(), sql))
        });
        Ok(Tables { columns, defaults: defaults.collect() })
    }
}

fn names<'t>(
    table: &'t RelationFacts,
    wanted: &'t dyn Fn(&RelationColumn) -> bool,
) -> impl Iterator<Item = String> + 't {
    let columns = table.columns.iter().filter(move |column| wanted(column));
    columns.map(move |column| format!("{}.{}", table.full_name(), column.name))
}

fn table_step(table: &RelationFacts) -> String {
    format!("{} {}", table.kind, table.full_name())
}

//! The statements that build an index and take it away again.

use crate::engine::{Catalog, IndexDefinition, IndexGrammar, IndexPart, Table};

use super::naming::Naming;

pub struct Spelling {
    pub ddl: String,
    /// See [`super::IndexAdvice::steps`].
    pub steps: Vec<String>,
    pub undo: String,
}

impl Spelling {
    pub fn of(
        index: &IndexDefinition,
        name: &str,
        catalog: &Catalog,
        grammar: &dyn IndexGrammar,
        naming: &mut Naming,
    ) -> Spelling {
        let table = catalog.table(Some(&index.schema), &index.table);
        match table.filter(|table| table.is_partitioned()) {
            Some(table) => {
                let parts = parts(index, table, catalog, naming);
                let steps = grammar.create_in_parts(index, name, &parts);
                let undo = grammar.drop_with_parts(&index.schema, name, &parts);
                Spelling { ddl: steps.join("\n"), steps, undo }
            }
            // Asked for beside traffic, the server would refuse.
            None if table.is_some_and(|table| grammar.locks_table(table)) => Spelling {
                ddl: grammar.create_now(index, name),
                steps: Vec::new(),
                undo: grammar.drop_now(&index.schema, &index.table, name),
            },
            None => Spelling {
                ddl: grammar.create(index, name),
                steps: Vec::new(),
                undo: grammar.drop(&index.schema, &index.table, name),
            },
        }
    }
}

/// A name for each partition's part; partitions that hold no rows here have none.
fn parts(
    index: &IndexDefinition,
    table: &Table,
    catalog: &Catalog,
    naming: &mut Naming,
) -> Vec<IndexPart> {
    let local = catalog.partitions(table).filter(|part| part.kind != "foreign table");
    local
        .map(|part| {
            let own = IndexDefinition {
                schema: part.schema.clone(),
                table: part.name.clone(),
                ..index.clone()
            };
            IndexPart {
                name: naming.name(&own),
                parts: parts(index, part, catalog, naming),
                schema: own.schema,
                table: own.table,
            }
        })
        .collect()
}

//! What the workload reads, looked up once for a whole schema: asking every query about every table takes
//! thousands of queries times thousands of tables.

use std::collections::{HashMap, HashSet};

use crate::engine::Table;
use crate::run::{QueryRun, Run};

/// Of one run: which queries name a table, and which indexes its plans read.
pub struct Readers<'a> {
    by_table: HashMap<(&'a str, &'a str), Vec<&'a QueryRun>>,
    indexes: HashSet<&'a str>,
    executed_plans: usize,
}

impl<'a> Readers<'a> {
    pub fn of(run: &'a Run) -> Self {
        let mut by_table: HashMap<(&str, &str), Vec<&QueryRun>> = HashMap::new();
        for query in &run.queries {
            let named = query.shape.iter().flat_map(|shape| &shape.tables);
            let tables = named.filter_map(|t| run.catalog.table(t.schema.as_deref(), &t.name));
            let tables: HashSet<(&str, &str)> =
                tables.map(|table| (table.schema.as_str(), table.name.as_str())).collect();
            for table in tables {
                by_table.entry(table).or_default().push(query);
            }
        }
        let plans = || run.queries.iter().flat_map(|query| &query.plans);
        let nodes = plans().flat_map(|record| record.plan.walk());
        Readers {
            by_table,
            indexes: nodes.filter_map(|(node, _)| node.index.as_deref()).collect(),
            executed_plans: plans().filter(|p| p.plan.execution_ms.is_some()).count(),
        }
    }

    /// Queries whose text names `table`, in the order of the workload.
    pub fn queries_on<'t>(&'t self, table: &'t Table) -> &'t [&'a QueryRun] {
        let map: &'t HashMap<(&'t str, &'t str), Vec<&'a QueryRun>> = &self.by_table;
        map.get(&(table.schema.as_str(), table.name.as_str())).map_or(&[], Vec::as_slice)
    }

    /// Whether a plan of the run reads an index of this name.
    pub fn reads_index(&self, name: &str) -> bool {
        self.indexes.contains(name)
    }

    pub fn executed_plans(&self) -> usize {
        self.executed_plans
    }
}

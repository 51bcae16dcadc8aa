//! What several facts ask of a node.

use crate::plan::{Node, NodeKind};
use crate::rule::facts::site::NodeSite;
use crate::rule::facts::{sort, structure};
use crate::sql::{Predicate, PredicateKind};
use crate::stats::Interval;

/// Without its type: what there is for documents and arrays, and what for the rest.
const UNKNOWN_TYPE: &str = "of the inverted kind (GIN) for documents and arrays, of the kind for spans (GiST) for ranges and shapes";

impl NodeSite<'_> {
    pub fn is(&self, kind: NodeKind) -> bool {
        self.node.kind == kind
    }

    /// Name of the base table concerned: its own, or its only input's.
    pub fn relation(&self) -> Option<&str> {
        structure::reads_base_table(self.node).and_then(|scan| scan.relation.as_deref())
    }

    pub fn wall_share(&self) -> Option<f64> {
        let total = self.measurements.total_ms.filter(|total| *total > 0.0)?;
        self.metrics.wall_ms.map(|ms| (ms.low / total).min(1.0))
    }

    pub fn input_rows(&self) -> Interval {
        let metrics = |node: &Node| self.measurements.nodes.get(node.id.0);
        let inputs = self.node.children.iter().filter_map(metrics);
        inputs.filter_map(|m| m.rows_total).sum()
    }

    /// Columns the finding turns on: filtered by, then sorted by.
    pub fn columns(&self) -> Vec<String> {
        let mut columns = self.filter.columns();
        for column in sort::key_columns(self.node).unwrap_or_default() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    pub fn searched(&self, kind: PredicateKind) -> String {
        let found = self.filter.first(kind);
        let name = |p: &Predicate| p.column.as_ref().map_or(p.text.clone(), |c| c.name.clone());
        found.map(name).unwrap_or_default()
    }

    /// The index that would serve `predicate` if its column stood bare.
    pub fn index_if_bare(&self, predicate: Option<&Predicate>) -> Option<String> {
        let (table, predicate) = (self.table?, predicate?);
        let bare = Predicate { expression: None, cast: None, ..predicate.clone() };
        let others = self.filter.conjuncts().into_iter().filter(|p| p.text != bare.text);
        let all: Vec<Predicate> = others.chain([bare.clone()]).collect();
        let found = self.query.around.serving().index_for(table, &bare, &all);
        found.map(|index| index.name.clone())
    }

    /// An index of the table that could serve one of the filter's conjuncts.
    pub fn serving_index(&self, wanted: impl Fn(&Predicate) -> bool) -> Option<String> {
        let (table, serving) = (self.table?, self.query.around.serving());
        let conjuncts = self.filter.conjuncts();
        let mut asked = self.filter.filter.iter().filter(|p| wanted(p));
        let found = asked.find_map(|p| serving.index_for(table, p, &conjuncts));
        found.map(|index| index.name.clone())
    }

    /// The index that would serve a hidden condition if it stood bare.
    pub fn index_if_unwrapped(&self) -> Option<String> {
        let (table, hidden) = (self.table?, self.filter.hidden.first()?);
        let conjuncts = self.filter.conjuncts();
        let found = hidden.index(table, &conjuncts, &self.query.around.serving());
        found.map(|index| index.name.clone())
    }

    /// An index can hold `expression`; unknown without a catalog.
    pub fn is_immutable(&self, expression: Option<&str>) -> Option<bool> {
        Some(self.query.around.serving().is_immutable(expression?, self.table?))
    }

    /// An index that keeps words of the column searched for words, by whatever expression.
    pub fn words_index(&self) -> Option<String> {
        let search = self.filter.first(PredicateKind::TextSearch)?;
        let (name, dialect) = (&search.column.as_ref()?.name, self.query.around.engine.dialect());
        let of_column = |text: &str| {
            let condition = format!("({text} IS NOT NULL)");
            let mut parts = dialect.predicates(&condition).into_iter();
            parts.any(|part| part.column.is_some_and(|column| column.name == *name))
        };
        let serving = self.query.around.serving();
        let table = self.table?;
        let found = table.indexes.iter().find(|index| {
            let first = index.keys.iter().find(|key| key.column.is_none() && of_column(&key.text));
            index.is_searched()
                && first.is_some_and(|key| {
                    let asked = Predicate { expression: Some(key.text.clone()), ..search.clone() };
                    serving.index_for(table, &asked, std::slice::from_ref(&asked)).is_some()
                })
        });
        found.map(|index| index.name.clone())
    }

    /// How an index that searches inside values would be built for `predicate`.
    pub fn content_index(&self, predicate: &Predicate) -> Option<String> {
        let around = self.query.around;
        let Some(table) = self.table else { return Some(UNKNOWN_TYPE.to_owned()) };
        let indexes = around.engine.index_grammar()?;
        let column = predicate.column.as_ref().and_then(|column| table.column(&column.name));
        let serving = around.serving();
        let services = indexes.services(predicate, column, serving.operators);
        let service = services.into_iter().next()?;
        let key = match (&predicate.expression, column) {
            (Some(expression), _) if serving.is_immutable(expression, table) => {
                format!("({expression})")
            }
            (None, Some(column)) => around.quoted(&column.name),
            _ => return None,
        };
        let class = service.operator_class.map(|class| format!(" {class}")).unwrap_or_default();
        Some(format!("USING {} ({key}{class})", service.method))
    }

    /// The largest sort that one parallel worker wrote to disk.
    pub fn worker_sort_kb(&self) -> u64 {
        let sorts = self.node.workers.iter().filter_map(|worker| worker.sort.as_ref());
        sorts.filter(|sort| sort.on_disk).filter_map(|sort| sort.space_kb).max().unwrap_or(0)
    }
}

//! What the catalog says of the table, held against what was read of it.

use crate::plan::NodeKind;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::sql::PredicateKind;

/// Bytes of a block, of its header, and around each row in it.
const BLOCK: f64 = 8192.0;
const BLOCK_HEADER: f64 = 24.0;
const AROUND_ROW: f64 = 28.0;

pub fn sizes<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("table_rows", "rows", "rows of its table, by the catalog", |s: &S| {
            s.table.map(|table| table.rows).filter(|rows| *rows > 0.0)
        }),
        Fact::number("table_blocks", "blocks", "blocks of its table, by the catalog", |s: &S| {
            s.table.map(|table| table.pages as f64).filter(|pages| *pages > 0.0)
        }),
        Fact::number(
            "empty_bytes",
            "bytes",
            "what a full read touched beyond what its rows need",
            |s: &S| Some(s.needed_blocks().map_or(0.0, |(read, needed)| (read - needed) * BLOCK)),
        ),
        Fact::number("empty_ratio", "ratio", "blocks read / blocks its rows need", |s: &S| {
            Some(s.needed_blocks().map_or(1.0, |(read, needed)| read / needed.max(1.0)))
        }),
        Fact::number(
            "guessed_rows_share",
            "ratio",
            "expected rows / rows of its table, where that is one of the planner's fixed guesses; 0 elsewhere",
            |s: &S| Some(s.guess().unwrap_or(0.0)),
        ),
        Fact::flag("default_rows", "as many rows were expected as of any function", |s: &S| {
            let rows = s.node.plan_rows.unwrap_or(0.0);
            Some(s.is(NodeKind::FunctionScan) && (rows == 1000.0 || rows == 100.0))
        }),
        Fact::flag("feeds_a_join", "a join above reads its rows", |s: &S| {
            use NodeKind::{HashJoin, MergeJoin, NestedLoop};
            let joins = |kind| [HashJoin, MergeJoin, NestedLoop].contains(&kind);
            Some(s.ancestors.iter().any(|above| joins(above.kind)))
        }),
        Fact::text(
            "prefix_column",
            "column matched with a pattern that begins with fixed text, row by row; empty without one",
            |s: &S| Some(s.prefix().unwrap_or_default()),
        ),
        Fact::text(
            "prefix_index",
            "an index that has this column first, but not in the order of its characters; empty without one",
            |s: &S| Some(s.prefix_index().unwrap_or_default()),
        ),
        Fact::list(
            "or_columns",
            "columns that the arms of an OR ask for fixed values, one each; empty without such an OR",
            |s: &S| Some(s.or_columns()),
        ),
        Fact::list("or_columns_sql", "indexes on them: table and column, quoted", |s: &S| {
            let table = s.query.around.quoted_table(s.table?);
            let quoted = |column: &String| {
                format!("CREATE INDEX CONCURRENTLY ON {table} ({});", s.query.around.quoted(column))
            };
            Some(s.or_columns_without_index().iter().map(quoted).collect())
        }),
        Fact::list("or_columns_bare", "of those, columns that begin no index", |s: &S| {
            s.table?;
            Some(s.or_columns_without_index())
        }),
        Fact::flag(
            "order_is_unused",
            "something above reads its rows in another order: a hash, a sort, groups",
            |s: &S| Some(s.order_is_unused()),
        ),
    ]
}

impl S<'_> {
    /// Blocks that a full read touched, and as many as its rows need with a tenth to spare.
    fn needed_blocks(&self) -> Option<(f64, f64)> {
        if !self.is(NodeKind::SeqScan) || self.metrics.loops > 1.0 {
            return None;
        }
        let widths = self.table?.columns.iter().map(|column| column.average_width);
        let width: f64 = widths.sum::<Option<f64>>()?;
        let rows = self.metrics.rows_total?.high
            + self.metrics.removed_total.map_or(0.0, |removed| removed.high);
        let touched = self.metrics.self_buffers.map(|b| (b.shared_hit + b.shared_read) as f64)?;
        // A function in the filter, and long values kept apart, read blocks of other tables on its account.
        let read = touched.min(self.table?.pages as f64);
        let room = (BLOCK - BLOCK_HEADER) / ((width / 8.0).ceil() * 8.0 + AROUND_ROW);
        Some((read, (rows / room.max(1.0) * 1.1).ceil()))
    }

    /// The share of all rows that the planner supposes where it knows nothing: of an equality with an
    /// expression, of a comparison, of a span.
    fn guess(&self) -> Option<f64> {
        const GUESSES: [f64; 3] = [0.005, 1.0 / 3.0, 0.5];
        let rows = self.table?.rows;
        let expected = self.node.plan_rows?;
        let expressions = self.filter.filter.iter().filter(|p| {
            p.expression.is_some()
                || matches!(p.kind, PredicateKind::Operator | PredicateKind::Other)
        });
        let blind = self.filter.filter.len() == 1 && expressions.count() == 1;
        let is_scan = matches!(self.node.kind, NodeKind::SeqScan) && self.filter.index.is_empty();
        if !blind || !is_scan || rows < 1000.0 {
            return None;
        }
        let share = expected / rows;
        GUESSES.into_iter().find(|guess| (share / guess - 1.0).abs() <= 0.02)
    }

    fn prefix(&self) -> Option<String> {
        let found = self.filter.filter.iter().find(|p| {
            let constant = match &p.operand {
                crate::sql::Operand::Constant(text) => text.as_str(),
                _ => "",
            };
            let fixed = constant.chars().next().is_some_and(|c| !"%_\\".contains(c));
            p.kind == PredicateKind::Pattern && p.op == "~~" && fixed && constant.ends_with('%')
        });
        let predicate = found.filter(|p| p.expression.is_none() || p.cast.is_some())?;
        predicate.column.as_ref().map(|column| column.name.clone())
    }

    fn prefix_index(&self) -> Option<String> {
        let (column, table) = (self.prefix()?, self.table?);
        let first = |index: &&crate::engine::Index| {
            let key = index.keys.first();
            index.is_searched()
                && index.method == "btree"
                && key.is_some_and(|key| key.column.as_deref() == Some(column.as_str()))
        };
        table.indexes.iter().find(first).map(|index| index.name.clone())
    }

    fn or_columns(&self) -> Vec<String> {
        let Some(filter) = self.node.filter.as_deref().filter(|text| text.contains(" OR ")) else {
            return Vec::new();
        };
        let dialect = self.query.around.engine.dialect();
        let [arms] = dialect.alternatives(filter).try_into().unwrap_or([Vec::new()]);
        let asked = arms.iter().map(|arm: &Vec<crate::sql::Predicate>| {
            arm.iter().find_map(|p| {
                let fixed = matches!(
                    p.operand,
                    crate::sql::Operand::Constant(_)
                        | crate::sql::Operand::Parameter(_)
                        | crate::sql::Operand::List(_)
                );
                let bare = p.expression.is_none() && p.cast.is_none();
                let equal = p.kind == PredicateKind::Equality && fixed && bare;
                equal.then(|| p.column.as_ref().map(|column| column.name.clone()))?
            })
        });
        let mut columns = asked.collect::<Option<Vec<String>>>().unwrap_or_default();
        columns.sort();
        columns.dedup();
        if columns.len() < 2 { Vec::new() } else { columns }
    }

    fn or_columns_without_index(&self) -> Vec<String> {
        let serving = self.query.around.serving();
        let Some(table) = self.table else { return Vec::new() };
        let lacks = |column: &String| serving.index_in_order_of(table, column).is_none();
        self.or_columns().into_iter().filter(lacks).collect()
    }

    fn order_is_unused(&self) -> bool {
        use NodeKind::{Aggregate, Gather, Hash, HashJoin, Modify, NestedLoop, Sort, SubqueryScan};
        for above in self.ancestors.iter().rev() {
            match above.kind {
                Hash | HashJoin | Modify | Sort => return true,
                Aggregate => {
                    let strategy = above.aggregate.as_ref().and_then(|a| a.strategy.as_deref());
                    let ordered = above.output.iter().any(|text| text.contains("ORDER BY"));
                    return matches!(strategy, Some("Plain" | "Hashed")) && !ordered;
                }
                NestedLoop | SubqueryScan => {}
                Gather if above.label == "Gather" => return true,
                _ => return false,
            }
        }
        false
    }
}

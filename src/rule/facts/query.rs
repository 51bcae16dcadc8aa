//! Facts about one query with its plan.

use crate::plan::{Node, NodeKind, Relationship};
use crate::sql::Operand;
use crate::stats::Interval;

use super::fact::Fact;
use super::site::QuerySite;

type S<'a> = QuerySite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = text_facts();
    facts.extend(result_facts());
    facts.extend(time_facts());
    facts.extend(compiling_facts());
    facts.extend(super::triggers::facts());
    facts.extend(super::status::facts());
    facts.extend(super::whole_plan::facts());
    facts
}

fn text_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("id", "name of the query in the workload, empty for a pasted plan", |s: &S| {
            Some(s.query.map(|query| query.id.clone()).unwrap_or_default())
        }),
        Fact::flag("select_star", "the outermost SELECT list is * or has t.*", |s: &S| {
            s.shape.map(|shape| shape.select_star)
        }),
        Fact::flag("has_offset", "it skips rows with OFFSET", |s: &S| {
            s.shape.map(|shape| has_offset(shape.offset.as_ref()))
        }),
        Fact::number(
            "offset_rows",
            "rows",
            "rows that OFFSET skips, where it is a constant; 0 without one",
            |s: &S| match s.shape?.offset.as_ref() {
                None | Some(Operand::None) => Some(0.0),
                Some(Operand::Constant(text)) => text.trim().parse().ok(),
                Some(_) => None,
            },
        ),
        Fact::flag("aggregates", "it returns groups or aggregates, or distinct rows", |s: &S| {
            s.shape.map(|shape| shape.aggregates)
        }),
        Fact::flag("order_by_random", "it sorts by a random number", |s: &S| {
            // A pasted plan has no statement; a sort of a subquery is not the statement's own.
            let sorts = s.sorts_at_random();
            s.shape.map(|shape| shape.order_by_random || sorts).or(sorts.then_some(true))
        }),
        Fact::flag("not_in_subquery", "NOT IN (SELECT …) stands in it", |s: &S| {
            s.shape.map(|shape| shape.not_in_subquery)
        }),
        Fact::number(
            "longest_in_list",
            "count",
            "values in its longest IN list or array",
            |s: &S| s.shape.map(|shape| shape.longest_in_list as f64),
        ),
        Fact::number("relations", "count", "relations joined in its largest FROM", |s: &S| {
            s.shape.map(|shape| shape.relations as f64)
        }),
        Fact::list("tables", "tables it names", |s: &S| {
            s.shape.map(|shape| shape.tables.iter().map(|table| table.name.clone()).collect())
        }),
    ]
}

fn result_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("rows", "rows", "rows one execution returns", |s: &S| s.rows()),
        Fact::flag(
            "is_unbounded",
            "it returns all it finds: no LIMIT ends it, and it changes no table",
            |s: &S| Some(s.is_unbounded()),
        ),
        Fact::number(
            "row_bytes",
            "bytes",
            "width of a returned row, as the planner or the catalog knows it",
            |s: &S| s.row_bytes(),
        ),
        Fact::number("result_bytes", "bytes", "rows times their width", |s: &S| {
            Some(s.rows()? * s.row_bytes()?)
        }),
        Fact::number("columns", "count", "columns of the widest table it names", |s: &S| {
            s.tables().map(|t| t.columns.len() as f64).reduce(f64::max)
        }),
        Fact::number(
            "wide_bytes",
            "bytes",
            "width of the widest column of those tables",
            |s: &S| {
                let columns = s.tables().flat_map(|table| &table.columns);
                columns.filter_map(|column| column.average_width).reduce(f64::max)
            },
        ),
        Fact::text("wide_column", "that column", |s: &S| {
            let columns = s.tables().flat_map(|table| &table.columns);
            let widths = columns.filter_map(|c| Some((c.average_width?, &c.name)));
            widths.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name.clone())
        }),
        Fact::number("sorted_rows", "rows", "rows that go into its largest sort", |s: &S| {
            s.sorted_rows()
        }),
        Fact::number(
            "sub_plan_loops",
            "count",
            "runs of the most-run subquery inside an expression",
            |s: &S| s.sub_plans().map(|(_, loops)| loops).reduce(f64::max).or(s.plan.map(|_| 0.0)),
        ),
        Fact::number(
            "sub_plan_share",
            "ratio",
            "time in such subqueries / time of the query",
            |s: &S| {
                let total = s.total_ms().filter(|total| *total > 0.0)?;
                let (plan, _) = s.plan?;
                plan.execution_ms?;
                Some(s.sub_plans().map(|(ms, _)| ms).sum::<f64>().min(total) / total)
            },
        ),
    ]
}

impl QuerySite<'_> {
    fn sorts_at_random(&self) -> bool {
        let nodes = self.plan.into_iter().flat_map(|(plan, _)| plan.walk());
        let mut keys = nodes.filter_map(|(node, _)| node.sort.as_ref()).flat_map(|sort| &sort.keys);
        keys.any(|key| {
            let call = key.trim().trim_start_matches('(');
            let bare: String = key.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
            matches!(bare.as_str(), "random" | "rand") && call.contains("()")
        })
    }
}

fn time_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "total_ms",
            "ms",
            "one execution, by the plan's clock, else the median of the replay",
            |s: &S| s.total_ms(),
        ),
        Fact::number("median_ms", "ms", "median of the replay, seen from the client", |s: &S| {
            s.median_ms()
        }),
        Fact::number(
            "execution_ms",
            "ms",
            "execution as the plan says it, without planning; that of its root where it does not",
            |s: &S| s.execution_ms(),
        ),
        Fact::number("planning_ms", "ms", "planning", |s: &S| s.plan?.0.planning_ms),
        Fact::number("planning_share", "ratio", "planning / (planning + execution)", |s: &S| {
            let (planning, execution) = (s.plan?.0.planning_ms?, s.execution_ms()?);
            let both = planning + execution;
            (both > 0.0).then(|| planning / both)
        }),
        Fact::number(
            "slowest_ratio",
            "ratio",
            "99th percentile of the replay / its median",
            |s: &S| {
                let latency = s.query?.latency.as_ref()?;
                (latency.p50_ms > 0.0).then(|| latency.p99_ms / latency.p50_ms)
            },
        ),
        Fact::number("slowest_ms", "ms", "99th percentile of the replay", |s: &S| {
            Some(s.query?.latency.as_ref()?.p99_ms)
        }),
        Fact::number("executions", "count", "executions that were measured", |s: &S| {
            Some(s.query?.latency.as_ref()?.count as f64)
        }),
        Fact::number(
            "workload_share",
            "ratio",
            "its weighted time / that of the workload",
            |s: &S| {
                let run = s.around.run?;
                let all: f64 = run.queries.iter().map(|query| query.weighted_ms()).sum();
                (all > 0.0).then(|| s.query.map(|query| query.weighted_ms() / all))?
            },
        ),
    ]
}

fn compiling_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "jit_ms",
            "ms",
            "elapsed in just-in-time compilation, at least (processes compile at the same time, each for itself); 0 when there was none",
            |s: &S| s.jit_ms(),
        ),
        Fact::number("jit_share", "ratio", "that time / time of the query", |s: &S| {
            let total = s.total_ms().filter(|total| *total > 0.0)?;
            Some((s.jit_ms()? / total).min(1.0))
        }),
        Fact::number(
            "jit_saved_low",
            "ms",
            "that time less what the rest of the query may take longer without compiled code",
            |s: &S| {
                /// What execution gains by compiled code, as a share of the compiled execution.
                const SLOWER: f64 = 0.3;
                let (jit, total) = (s.jit_ms()?, s.total_ms()?);
                Some((jit - (total - jit).max(0.0) * SLOWER).max(0.0))
            },
        ),
        Fact::number("jit_functions", "count", "functions compiled", |s: &S| {
            Some(s.plan?.0.jit.as_ref().map_or(0.0, |jit| jit.functions))
        }),
    ]
}

fn has_offset(offset: Option<&Operand>) -> bool {
    match offset {
        None | Some(Operand::None) => false,
        Some(Operand::Constant(text)) => text.trim() != "0",
        Some(_) => true,
    }
}

/// Columns together where statistics have their widths, else size by rows.
fn stored_row_bytes(table: &crate::engine::Table) -> Option<f64> {
    let widths = table.columns.iter().filter_map(|column| column.average_width);
    let stored = (table.rows > 0.0).then(|| table.bytes as f64 / table.rows);
    widths.reduce(|a, b| a + b).or(stored)
}

impl<'a> QuerySite<'a> {
    fn rows(&self) -> Option<f64> {
        let by_plan = || {
            let (_, measurements) = self.plan?;
            measurements.nodes.first()?.rows_total.map(Interval::mid)
        };
        self.query.and_then(|query| query.rows).or_else(by_plan)
    }

    /// What stands between the root and the first node that joins, reads or counts passes rows on as they are.
    fn is_unbounded(&self) -> bool {
        use NodeKind::{Gather, IncrementalSort, Result, Sort, SubqueryScan, Unique};
        const PASSING: [NodeKind; 6] =
            [Gather, IncrementalSort, Result, Sort, SubqueryScan, Unique];
        if self.shape.is_some_and(|shape| shape.limit.is_some()) {
            return false;
        }
        let Some((plan, _)) = self.plan else { return false };
        let input = |node: &'a Node| match node.children.as_slice() {
            [only] if PASSING.contains(&node.kind) => Some(only),
            _ => None,
        };
        let mut passed = std::iter::successors(Some(&plan.root), |node| input(node));
        !passed.any(|node| matches!(node.kind, NodeKind::Limit | NodeKind::Modify))
    }

    /// The planner's width of the root, else what the catalog knows of the tables' rows.
    fn row_bytes(&self) -> Option<f64> {
        let planned = self.plan.and_then(|(plan, _)| plan.root.plan_width).filter(|w| *w > 0.0);
        planned.or_else(|| self.tables().filter_map(stored_row_bytes).reduce(|a, b| a + b))
    }

    fn execution_ms(&self) -> Option<f64> {
        let (plan, measurements) = self.plan?;
        plan.execution_ms.or(measurements.total_ms)
    }

    /// The server adds up what leader and workers took.
    fn jit_ms(&self) -> Option<f64> {
        let (plan, _) = self.plan?;
        let Some(jit) = &plan.jit else { return Some(0.0) };
        let gathers = plan.walk().into_iter().filter_map(|(node, _)| node.workers_launched);
        let processes = gathers.max().unwrap_or(0) as f64 + 1.0;
        let elapsed = jit.total_ms / processes;
        Some(self.total_ms().map_or(elapsed, |total| elapsed.min(total)))
    }

    fn tables(&self) -> impl Iterator<Item = &'a crate::engine::Table> {
        let catalog = self.around.catalog();
        let named = self.shape.map(|shape| shape.tables.as_slice()).unwrap_or_default();
        named.iter().filter_map(move |table| catalog?.table(table.schema.as_deref(), &table.name))
    }

    fn sorted_rows(&self) -> Option<f64> {
        let (plan, measurements) = self.plan?;
        let rows = |id: usize| measurements.nodes.get(id).and_then(|m| m.rows_total);
        let nodes = plan.walk();
        let sorts = nodes.iter().filter(|(node, _)| node.kind == NodeKind::Sort);
        let inputs = sorts.map(|(node, _)| {
            node.children.iter().filter_map(|child| rows(child.id.0)).sum::<Interval>().low
        });
        Some(inputs.fold(0.0, f64::max))
    }

    /// Elapsed milliseconds and loops of each subquery inside an expression, the outermost only.
    fn sub_plans(&self) -> impl Iterator<Item = (f64, f64)> {
        let nodes = self.plan.map(|(plan, _)| plan.walk()).unwrap_or_default();
        let measurements = self.plan.map(|(_, measurements)| measurements);
        let is_sub_plan = |relationship| relationship == Relationship::SubPlan;
        nodes
            .into_iter()
            .filter(move |(node, ancestors)| {
                is_sub_plan(node.relationship)
                    && !ancestors.iter().any(|above| is_sub_plan(above.relationship))
            })
            .filter_map(move |(node, _)| {
                let metrics = measurements?.nodes.get(node.id.0)?;
                Some((metrics.wall_ms.map_or(0.0, |ms| ms.low), metrics.loops))
            })
    }
}

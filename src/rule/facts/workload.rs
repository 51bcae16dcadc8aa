//! Facts about the run as a whole, its server and its machine.

use crate::plan::NodeKind;
use crate::run::QueryRun;

use super::catalog::modified_rows;
use super::fact::Fact;
use super::predicate::FilterTraits;
use super::site::RunSite;
use super::structure;

type S<'a> = RunSite<'a>;

/// Share of rows thrown away from which a full read counts as one an index could have spared.
const SELECTIVE: f64 = 0.99;

pub fn run_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("elapsed_s", "s", "from the first to the last execution", |s: &S| {
            let run = s.run?;
            Some((run.finished.as_second() - run.started.as_second()) as f64)
        }),
        Fact::number("queries", "count", "queries with a latency", |s: &S| {
            Some(s.run?.queries.iter().filter(|q| q.latency.is_some()).count() as f64)
        }),
        Fact::number(
            "workload_ms",
            "ms",
            "weighted time of one pass through the workload",
            |s: &S| Some(s.run?.queries.iter().map(QueryRun::weighted_ms).sum()),
        ),
        Fact::number(
            "spilled_queries",
            "count",
            "queries of which a sort, hash or aggregate went to disk",
            |s: &S| Some(s.spilled().len() as f64),
        ),
        Fact::number(
            "sort_spilled_queries",
            "count",
            "queries of which a sort went to disk",
            |s: &S| {
                Some(s.queries_with(|node| node.sort.as_ref().is_some_and(|sort| sort.on_disk)))
            },
        ),
        Fact::number(
            "hash_spilled_queries",
            "count",
            "queries of which a hash or aggregate, and no sort, went to disk",
            |s: &S| {
                Some(s.queries_with(|node| {
                    structure::spilled(node) && !node.sort.as_ref().is_some_and(|sort| sort.on_disk)
                }))
            },
        ),
        Fact::list("spilled_query_names", "those queries", |s: &S| {
            Some(s.spilled().into_iter().map(|(id, _)| id).collect())
        }),
        Fact::number(
            "spill_bytes",
            "bytes",
            "memory the largest single spill would have needed",
            |s: &S| Some(s.spilled().into_iter().map(|(_, bytes)| bytes).fold(0.0, f64::max)),
        ),
        Fact::number(
            "smallest_spill_bytes",
            "bytes",
            "memory the smallest spill would have needed",
            |s: &S| s.spilled().into_iter().map(|(_, bytes)| bytes).reduce(f64::min),
        ),
        Fact::number(
            "passed_over_indexes",
            "count",
            "selective full reads although an index begins with the filter's column",
            |s: &S| Some(s.passed_over() as f64),
        ),
        Fact::number(
            "stale_tables",
            "count",
            "tables of the workload that were changed by a tenth since their last analysis, or never analysed",
            |s: &S| Some(s.stale_tables().len() as f64),
        ),
        Fact::list("stale_table_names", "those tables", |s: &S| Some(s.stale_tables())),
    ]
}

pub fn server_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("engine", "family of the server", |s: &S| Some(s.engine.name().to_owned())),
        Fact::list(
            "switched_off",
            "ways of the optimiser that its setting forbids to all, of those that are on by default",
            |s: &S| s.switched_off(),
        ),
        Fact::text("database_sql", "name of the database, quoted", |s: &S| {
            s.server().map(|server| s.quoted(&server.database))
        }),
        Fact::text("user_sql", "name of the login, quoted", |s: &S| {
            s.server().map(|server| s.quoted(&server.user))
        }),
        Fact::number("database_bytes", "bytes", "size of the database", |s: &S| {
            s.server()?.database_bytes.map(|bytes| bytes as f64)
        }),
        Fact::number("max_connections", "count", "connections it admits", |s: &S| {
            s.server()?.max_connections.map(|n| n as f64)
        }),
    ]
}

/// Known only where the server runs on the machine planwise runs on.
pub fn machine_facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("is_known", "the server runs on this machine", |s: &S| {
            Some(s.run.is_some_and(|run| run.environment.server_is_local))
        }),
        Fact::number("memory_bytes", "bytes", "memory of the server's machine", |s: &S| {
            let environment = &s.run?.environment;
            environment.server_is_local.then_some(environment.memory_bytes as f64)
        }),
        Fact::number("cores", "count", "its processor cores", |s: &S| {
            let environment = &s.run?.environment;
            environment.server_is_local.then_some(environment.cores as f64)
        }),
    ]
}

impl RunSite<'_> {
    /// Queries that spilled, with the memory the largest spill of each would have needed.
    fn spilled(&self) -> Vec<(String, f64)> {
        let Some(run) = self.run else { return Vec::new() };
        // What a session sets for itself is no matter of the server's.
        let others = run.queries.iter().filter(|query| !query.sets("work_mem"));
        let per_query = others.filter_map(|query| {
            let spills = query.plans.iter().flat_map(|record| record.plan.walk());
            let bytes = spills.filter(|(node, _)| structure::spilled(node));
            let needed = bytes.map(|(node, _)| spill_bytes(node)).reduce(f64::max)?;
            Some((query.id.clone(), needed))
        });
        per_query.collect()
    }

    /// Queries one of whose plans has such a node.
    fn queries_with(&self, holds: fn(&crate::plan::Node) -> bool) -> f64 {
        let Some(run) = self.run else { return 0.0 };
        let nodes = |query: &&crate::run::QueryRun| {
            query.plans.iter().flat_map(|record| record.plan.walk()).any(|(node, _)| holds(node))
        };
        run.queries.iter().filter(nodes).count() as f64
    }

    fn passed_over(&self) -> usize {
        let Some(run) = self.run else { return 0 };
        let nodes = run.queries.iter().flat_map(|query| &query.plans);
        nodes
            .flat_map(|record| record.plan.walk())
            .filter(|(node, _)| node.kind == NodeKind::SeqScan && self.is_passed_over(node))
            .count()
    }

    fn is_passed_over(&self, node: &crate::plan::Node) -> bool {
        let kept = node.actual.map_or(0.0, |actual| actual.rows);
        let removed = node.removed.by_filter.unwrap_or(0.0);
        let table = node
            .relation
            .as_deref()
            .and_then(|name| self.catalog()?.table(node.schema.as_deref(), name));
        let Some(table) = table else { return false };
        let selective = removed > 0.0 && removed / (removed + kept) >= SELECTIVE;
        selective && {
            let serving = self.serving();
            let conjuncts = FilterTraits::of(node, Some(table), &serving).conjuncts();
            conjuncts.iter().any(|p| serving.index_for(table, p, &conjuncts).is_some())
        }
    }

    fn stale_tables(&self) -> Vec<String> {
        let (Some(run), Some(catalog)) = (self.run, self.catalog()) else { return Vec::new() };
        let named = run.queries.iter().filter_map(|q| q.shape.as_ref()).flat_map(|s| &s.tables);
        let mut stale: Vec<String> = named
            .filter_map(|table| catalog.table(table.schema.as_deref(), &table.name))
            .filter(|table| is_stale(table))
            .map(|table| table.name.clone())
            .collect();
        stale.sort();
        stale.dedup();
        stale
    }
}

/// Switches of `optimizer_switch` that every server has on unless told otherwise.
const ON_BY_DEFAULT: [&str; 12] = [
    "block_nested_loop",
    "condition_pushdown_for_derived",
    "derived_condition_pushdown",
    "derived_merge",
    "firstmatch",
    "hash_join",
    "index_condition_pushdown",
    "index_merge",
    "loosescan",
    "materialization",
    "rowid_filter",
    "semijoin",
];

impl S<'_> {
    fn switched_off(&self) -> Option<Vec<String>> {
        let settings = &self.run?.settings;
        let switches = settings.iter().find(|one| one.name == "optimizer_switch")?;
        let off = switches.value.split(',').filter_map(|switch| switch.trim().strip_suffix("=off"));
        Some(off.filter(|name| ON_BY_DEFAULT.contains(name)).map(str::to_owned).collect())
    }
}

fn is_stale(table: &crate::engine::Table) -> bool {
    const CHANGED: f64 = 0.1;
    const ROWS: f64 = 1_000.0;
    let live = table.statistics.live_rows.unwrap_or(table.rows);
    let modified = modified_rows(table).unwrap_or(0.0);
    live >= ROWS && modified / live >= CHANGED
}

/// In memory a sort takes about three times what it took on disk.
fn spill_bytes(node: &crate::plan::Node) -> f64 {
    const SORT_IN_MEMORY: f64 = 3.0;
    let sorts = node.workers.iter().filter_map(|w| w.sort.as_ref()).chain(&node.sort);
    let sort = sorts.filter(|s| s.on_disk).filter_map(|s| s.space_kb).max().unwrap_or(0) as f64;
    let hash = node.hash.as_ref().map_or(0.0, |hash| {
        hash.peak_memory_kb.unwrap_or(0) as f64 * hash.batches.unwrap_or(1) as f64
    });
    let groups = node
        .aggregate
        .as_ref()
        .map_or(0.0, |a| (a.peak_memory_kb.unwrap_or(0) + a.disk_kb.unwrap_or(0)) as f64);
    (sort * SORT_IN_MEMORY).max(hash).max(groups) * 1024.0
}

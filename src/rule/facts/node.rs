//! Facts about one node of a plan.

use crate::plan::{Node, NodeKind, Relationship};
use crate::sql::PredicateKind;
use crate::stats::Interval;

use super::fact::Fact;
use super::predicate::{common_share, content_index_for, ordered_index_on, pattern_text};
use super::site::NodeSite;
use super::{sort, structure};

/// Loops of an inner side from which a wrong estimate of the outer one counts as harm.
const LOOPS_THAT_HURT: f64 = 1_000.0;

type S<'a> = NodeSite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = kinds();
    facts.extend(volumes());
    facts.extend(times());
    facts.extend(position());
    facts.extend(conditions());
    facts.extend(memory());
    facts.extend(estimates());
    facts
}

fn kinds<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("label", "the operator, as the engine names it", |s: &S| {
            Some(s.node.label.clone())
        }),
        Fact::text("relation", "base table it reads, empty for operators without one", |s: &S| {
            Some(s.relation().unwrap_or_default().to_owned())
        }),
        Fact::text(
            "relation_sql",
            "that table quoted for a statement, with its schema",
            |s: &S| s.table.map(|table| s.query.around.quoted_table(table)),
        ),
        Fact::text("index", "index it reads, empty when it reads none", |s: &S| {
            Some(s.node.index.clone().unwrap_or_default())
        }),
        Fact::flag("is_seq_scan", "reads a whole table", |s: &S| Some(s.is(NodeKind::SeqScan))),
        Fact::flag("is_index_scan", "walks an index and fetches rows", |s: &S| {
            Some(s.is(NodeKind::IndexScan))
        }),
        Fact::flag("is_index_only_scan", "answers from an index alone", |s: &S| {
            Some(s.is(NodeKind::IndexOnlyScan))
        }),
        Fact::flag("is_bitmap_heap_scan", "fetches the rows of a bitmap", |s: &S| {
            Some(s.is(NodeKind::BitmapHeapScan))
        }),
        Fact::flag("is_table_access", "reads a base table in any way", |s: &S| {
            Some(structure::is_table_access(s.node.kind))
        }),
        Fact::flag("is_sort", "sorts its whole input", |s: &S| Some(s.is(NodeKind::Sort))),
        Fact::flag("is_any_sort", "sorts, wholly or incrementally", |s: &S| {
            Some(s.is(NodeKind::Sort) || s.is(NodeKind::IncrementalSort))
        }),
        Fact::flag("is_top_n", "a sort that keeps only the first rows, under a LIMIT", |s: &S| {
            Some(is_top_n(s.node))
        }),
        Fact::flag("is_hash", "builds the table of a hash join", |s: &S| {
            Some(s.is(NodeKind::Hash))
        }),
        Fact::flag("is_aggregate", "groups or aggregates", |s: &S| Some(s.is(NodeKind::Aggregate))),
        Fact::flag("is_limit", "LIMIT, with or without OFFSET", |s: &S| {
            Some(s.is(NodeKind::Limit))
        }),
        Fact::flag("is_gather", "collects rows of parallel workers", |s: &S| {
            Some(s.is(NodeKind::Gather))
        }),
        Fact::flag("is_sub_plan", "top of a subquery evaluated inside an expression", |s: &S| {
            Some(s.node.relationship == Relationship::SubPlan)
        }),
    ]
}

fn volumes<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("executed", "it ran at least once", |s: &S| Some(s.metrics.executed)),
        Fact::number("loops", "count", "how often it ran", |s: &S| Some(s.metrics.loops)),
        Fact::number("rows", "rows", "rows produced over all loops", |s: &S| {
            s.metrics.rows_total.map(Interval::mid)
        }),
        Fact::number(
            "rows_high",
            "rows",
            "most rows it can have produced, given rounding",
            |s: &S| s.metrics.rows_total.map(|rows| rows.high),
        ),
        Fact::number(
            "removed_low",
            "rows",
            "fewest rows it can have read and thrown away",
            |s: &S| s.metrics.removed_total.map(|rows| rows.low),
        ),
        Fact::number("removed_fraction_low", "ratio", "thrown away / read, at least", |s: &S| {
            s.metrics.removed_fraction.map(|fraction| fraction.low)
        }),
        Fact::number(
            "touched_low",
            "rows",
            "fewest rows it can have read, kept or not",
            |s: &S| Some(low(s.metrics.rows_total) + low(s.metrics.removed_total)),
        ),
        Fact::number(
            "input_rows_low",
            "rows",
            "fewest rows its inputs can have produced",
            |s: &S| Some(s.input_rows().low),
        ),
        Fact::number(
            "skipped_rows_low",
            "rows",
            "rows its input produced beyond what it passed on",
            |s: &S| Some((s.input_rows().low - s.metrics.rows_total?.high).max(0.0)),
        ),
        Fact::number("blocks", "blocks", "blocks it touched itself, cached or not", |s: &S| {
            s.metrics.self_buffers.map(|b| (b.shared_hit + b.shared_read) as f64)
        }),
        Fact::number(
            "heap_fetches",
            "rows",
            "rows an index-only scan looked up in the table",
            |s: &S| s.node.heap_fetches.map(|fetches| fetches as f64),
        ),
        Fact::number(
            "heap_fetch_fraction",
            "ratio",
            "heap fetches / rows read from the index",
            |s: &S| {
                let rows = low(s.metrics.rows_total) + low(s.metrics.removed_total);
                s.node.heap_fetches.map(|fetches| fetches as f64 / rows.max(1.0))
            },
        ),
        Fact::number("workers_planned", "count", "parallel workers the plan asked for", |s: &S| {
            s.node.workers_planned.map(|n| n as f64)
        }),
        Fact::number("workers_launched", "count", "parallel workers it got", |s: &S| {
            s.node.workers_launched.map(|n| n as f64)
        }),
    ]
}

fn times<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("self_ms", "ms", "elapsed in the node itself, at least", |s: &S| {
            s.metrics.self_ms.map(|ms| ms.low)
        }),
        Fact::number("self_share", "ratio", "self time / time of the query, at least", |s: &S| {
            s.metrics.self_share.map(|share| share.low)
        }),
        Fact::number("wall_ms", "ms", "elapsed in the node and all below it, at least", |s: &S| {
            s.metrics.wall_ms.map(|ms| ms.low)
        }),
        Fact::number("wall_share", "ratio", "that time / time of the query, at least", |s: &S| {
            s.wall_share()
        }),
    ]
}

fn position<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("inside_loop", "runs again for each row of something else", |s: &S| {
            Some(structure::is_reexecuted(s.node, &s.ancestors))
        }),
        Fact::flag("under_limit", "a LIMIT above can stop it early", |s: &S| {
            Some(structure::limit_above(&s.ancestors).is_some())
        }),
        Fact::flag("reads_one_table", "its rows come from a single base table", |s: &S| {
            Some(structure::reads_base_table(s.node).is_some())
        }),
        Fact::flag("sorts_columns", "every sort key is a bare column", |s: &S| {
            Some(sort::key_columns(s.node).is_some())
        }),
        Fact::list("sort_columns", "the sort keys, where they are bare columns", |s: &S| {
            Some(sort::key_columns(s.node).unwrap_or_default())
        }),
        Fact::flag(
            "sort_index_exists",
            "an index of its table begins with the first sort key",
            |s: &S| {
                let columns = sort::key_columns(s.node).unwrap_or_default();
                Some(s.table.is_some_and(|table| sort::has_ordered_index(table, &columns)))
            },
        ),
    ]
}

fn conditions<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("has_filter", "rows are checked after they were fetched", |s: &S| {
            Some(s.node.filter.is_some())
        }),
        Fact::flag("has_index_cond", "an index was searched, not only walked", |s: &S| {
            Some(s.node.index_cond.is_some() || s.node.recheck_cond.is_some())
        }),
        Fact::text("filter", "the filter as the plan prints it", |s: &S| {
            Some(s.node.filter.clone().unwrap_or_default())
        }),
        Fact::flag(
            "filter_is_indexable",
            "the filter has a conjunct an ordinary index can answer",
            |s: &S| Some(s.filter.is_indexable()),
        ),
        Fact::list("filter_columns", "columns it restricts, equality before range", |s: &S| {
            Some(s.filter.indexable_columns())
        }),
        Fact::list("equality_columns", "bare columns compared for equality", |s: &S| {
            Some(s.filter.equality_columns())
        }),
        Fact::text("equality_columns_sql", "those columns quoted, separated by commas", |s: &S| {
            let columns = s.filter.equality_columns();
            Some(s.query.around.quoted_list(columns.iter().map(String::as_str)))
        }),
        Fact::text(
            "statistics_name_sql",
            "a name for statistics on those columns, quoted",
            |s: &S| {
                let columns = s.filter.equality_columns().join("_");
                let name: String =
                    format!("{}_{columns}_stx", s.relation()?).chars().take(60).collect();
                Some(s.query.around.quoted(&name))
            },
        ),
        Fact::number(
            "common_value_share",
            "ratio",
            "share of the table that holds the most common of the wanted constants",
            |s: &S| {
                let table = s.table?;
                s.filter.filter.iter().filter_map(|p| common_share(table, p)).reduce(f64::max)
            },
        ),
        Fact::flag(
            "has_serving_index",
            "an index begins with one of the filter's bare columns; false without a catalog",
            |s: &S| {
                Some(s.table.is_some_and(|table| {
                    s.filter.filter.iter().any(|p| {
                        p.expression.is_none()
                            && p.cast.is_none()
                            && p.kind != PredicateKind::Inequality
                            && p.column
                                .as_ref()
                                .is_some_and(|c| ordered_index_on(table, &c.name).is_some())
                    })
                }))
            },
        ),
        Fact::text(
            "contained_column",
            "column searched by containment, empty without one",
            |s: &S| Some(s.searched(PredicateKind::Containment)),
        ),
        Fact::text(
            "text_search_column",
            "column (or expression of several) searched for words, empty without one",
            |s: &S| Some(s.searched(PredicateKind::TextSearch)),
        ),
        Fact::text(
            "pattern_column",
            "column matched with a pattern that begins with a wildcard, empty without one",
            |s: &S| Some(s.filter.open_pattern().and_then(column).unwrap_or_default()),
        ),
        Fact::number("pattern_length", "characters", "fixed text of that pattern", |s: &S| {
            let text = s.filter.open_pattern().and_then(pattern_text)?;
            Some(text.chars().count() as f64)
        }),
        Fact::flag(
            "content_index_exists",
            "an index searches inside those columns already; false without a catalog",
            |s: &S| {
                let mut searching = [PredicateKind::Containment, PredicateKind::TextSearch]
                    .into_iter()
                    .filter_map(|kind| s.filter.first(kind))
                    .chain(s.filter.open_pattern());
                Some(s.table.is_some_and(|t| searching.any(|p| content_index_for(t, p).is_some())))
            },
        ),
        Fact::text(
            "wrapped_column",
            "column that is only compared inside a function, empty without one",
            |s: &S| Some(s.filter.wrapped().and_then(column).unwrap_or_default()),
        ),
        Fact::text("wrapped_expression", "that function with its arguments", |s: &S| {
            Some(s.filter.wrapped().and_then(|p| p.expression.clone()).unwrap_or_default())
        }),
        Fact::text("wrapped_index", "index on the bare column, empty without one", |s: &S| {
            Some(s.index_on(s.filter.wrapped().and_then(column)).unwrap_or_default())
        }),
        Fact::text(
            "converted_column",
            "column converted to another type before it is compared, empty without one",
            |s: &S| Some(s.filter.converted().and_then(column).unwrap_or_default()),
        ),
        Fact::text("converted_to", "the type it is converted to", |s: &S| {
            Some(s.filter.converted().and_then(|p| p.cast.clone()).unwrap_or_default())
        }),
        Fact::text("converted_index", "index on the bare column, empty without one", |s: &S| {
            Some(s.index_on(s.filter.converted().and_then(column)).unwrap_or_default())
        }),
        Fact::number(
            "longest_list",
            "count",
            "values in the longest list a column is compared with",
            |s: &S| Some(s.filter.longest_list() as f64),
        ),
    ]
}

fn memory<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("sort_on_disk", "the sort did not fit in memory", |s: &S| {
            Some(s.node.sort.as_ref().is_some_and(|sort| sort.on_disk) || s.worker_sort_kb() > 0)
        }),
        Fact::number(
            "sort_bytes",
            "bytes",
            "space the largest single sort took, in memory or on disk",
            |s: &S| {
                let own = s.node.sort.as_ref().and_then(|sort| sort.space_kb);
                own.map(|kb| kb.max(s.worker_sort_kb()) as f64 * 1024.0)
            },
        ),
        Fact::number(
            "hash_batches",
            "count",
            "parts the hash table was split into; 1 fits in memory",
            |s: &S| s.node.hash.as_ref().and_then(|hash| hash.batches).map(|n| n as f64),
        ),
        Fact::number(
            "hash_bytes",
            "bytes",
            "memory the whole hash table would have taken",
            |s: &S| {
                let hash = s.node.hash.as_ref()?;
                Some(hash.peak_memory_kb? as f64 * 1024.0 * hash.batches.unwrap_or(1) as f64)
            },
        ),
        Fact::flag("aggregate_spilled", "groups were written to disk", |s: &S| {
            Some(structure::aggregate_spilled(s.node))
        }),
        Fact::number("aggregate_disk_bytes", "bytes", "size of the groups on disk", |s: &S| {
            s.node.aggregate.as_ref().map(|a| a.disk_kb.unwrap_or(0) as f64 * 1024.0)
        }),
        Fact::number(
            "aggregate_bytes",
            "bytes",
            "memory the groups took, and their size on disk",
            |s: &S| {
                let aggregate = s.node.aggregate.as_ref()?;
                let kb = aggregate.peak_memory_kb.unwrap_or(0) + aggregate.disk_kb.unwrap_or(0);
                Some(kb as f64 * 1024.0)
            },
        ),
        Fact::number(
            "temp_blocks",
            "blocks",
            "temporary blocks it wrote and read itself",
            |s: &S| s.metrics.self_buffers.map(|b| (b.temp_read + b.temp_written) as f64),
        ),
    ]
}

fn estimates<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag(
            "is_misestimated_here",
            "its row estimate can be judged and is not inherited from below",
            |s: &S| {
                let own = s.metrics.misestimate_origin.is_none_or(|origin| origin == s.node.id);
                Some(own && s.metrics.estimate_exempt.is_none() && s.metrics.misestimate.is_some())
            },
        ),
        Fact::number(
            "misestimate_low",
            "ratio",
            "estimated and actual rows differ at least by this factor",
            |s: &S| s.metrics.misestimate.map(|m| m.ratio.low),
        ),
        Fact::flag("underestimated", "more rows came than expected", |s: &S| {
            s.metrics.misestimate.map(|m| m.under)
        }),
        Fact::number("estimated_rows", "rows", "rows expected per loop", |s: &S| s.node.plan_rows),
        Fact::number("rows_per_loop", "rows", "rows produced per loop", |s: &S| {
            s.node.actual.map(|actual| actual.rows)
        }),
        Fact::number(
            "misjudged_rows",
            "rows",
            "the larger of expected and actual rows, over all loops",
            |s: &S| {
                let per_loop = s.node.plan_rows?.max(s.node.actual?.rows);
                Some(per_loop * s.metrics.loops)
            },
        ),
        Fact::text(
            "misestimate_harm",
            "what went wrong above because of it, empty when nothing did",
            |s: &S| {
                let harm = structure::harmed_by(s.node, &s.ancestors, LOOPS_THAT_HURT);
                Some(harm.unwrap_or_default())
            },
        ),
        Fact::flag(
            "extended_statistics",
            "the table has statistics across columns; false without a catalog",
            |s: &S| Some(s.table.is_some_and(|table| !table.statistics.extended.is_empty())),
        ),
    ]
}

fn is_top_n(node: &Node) -> bool {
    let method = node.sort.as_ref().and_then(|sort| sort.method.as_deref());
    method.is_some_and(|method| method.to_ascii_lowercase().contains("top-n"))
}

fn low(interval: Option<Interval>) -> f64 {
    interval.map_or(0.0, |interval| interval.low)
}

fn column(predicate: &crate::sql::Predicate) -> Option<String> {
    predicate.column.as_ref().map(|column| column.name.clone())
}

impl NodeSite<'_> {
    fn is(&self, kind: NodeKind) -> bool {
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

    fn searched(&self, kind: PredicateKind) -> String {
        let found = self.filter.first(kind);
        found.map(|p| column(p).unwrap_or_else(|| p.text.clone())).unwrap_or_default()
    }

    fn index_on(&self, column: Option<String>) -> Option<String> {
        ordered_index_on(self.table?, &column?).map(|index| index.name.clone())
    }

    /// The largest sort that one parallel worker wrote to disk.
    fn worker_sort_kb(&self) -> u64 {
        let sorts = self.node.workers.iter().filter_map(|worker| worker.sort.as_ref());
        sorts.filter(|sort| sort.on_disk).filter_map(|sort| sort.space_kb).max().unwrap_or(0)
    }
}

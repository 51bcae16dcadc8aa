//! Facts about a plan as a whole: what it touched, what it was not allowed to do, what it could not do.

use crate::plan::{Buffers, Node, NodeKind};

use super::fact::Fact;
use super::site::QuerySite;

type S<'a> = QuerySite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = touched();
    facts.extend(allowed());
    facts
}

fn touched<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("dirtied_blocks", "blocks", "blocks it changed or marked", |s: &S| {
            Some(s.buffers()?.shared_dirtied as f64)
        }),
        Fact::flag("only_reads", "it changes no table and locks no row", |s: &S| {
            let (plan, _) = s.plan?;
            let writes = |node: &Node| matches!(node.kind, NodeKind::Modify | NodeKind::LockRows);
            Some(!plan.visits().any(|(node, _)| writes(node)))
        }),
        Fact::number(
            "local_blocks",
            "blocks",
            "blocks of temporary tables that had to be read, or written to make room",
            |s: &S| {
                let buffers = s.buffers()?;
                Some((buffers.local_read + buffers.local_written) as f64)
            },
        ),
        Fact::number(
            "local_share",
            "ratio",
            "of those of temporary tables that it touched",
            |s: &S| {
                let buffers = s.buffers()?;
                let all = buffers.local_hit + buffers.local_read;
                Some((buffers.local_read as f64 / (all as f64).max(1.0)).min(1.0))
            },
        ),
        Fact::number("blocks_read", "blocks", "blocks not found in the server's cache", |s: &S| {
            Some(s.buffers()?.shared_read as f64)
        }),
        Fact::number("read_share", "ratio", "of all blocks it touched, those", |s: &S| {
            let buffers = s.buffers()?;
            let all = (buffers.shared_hit + buffers.shared_read) as f64;
            Some(buffers.shared_read as f64 / all.max(1.0))
        }),
        Fact::number("planning_blocks", "blocks", "catalog blocks touched by planning", |s: &S| {
            let buffers = s.plan?.0.planning_buffers;
            Some(buffers.map_or(0.0, |b| (b.shared_hit + b.shared_read) as f64))
        }),
        Fact::number("most_parts", "count", "inputs of the largest Append", |s: &S| {
            let (plan, _) = s.plan?;
            let appends = plan.visits().filter(|(node, _)| node.kind == NodeKind::Append);
            Some(appends.map(|(node, _)| node.children.len()).max().unwrap_or(0) as f64)
        }),
        Fact::number(
            "steps",
            "rows",
            "rows handed from node to node, each of which was timed",
            |s: &S| {
                let (_, measurements) = s.plan?;
                let rows = measurements.nodes.iter().filter_map(|m| m.rows_total);
                Some(rows.map(|rows| rows.low).sum())
            },
        ),
        Fact::number(
            "slower_when_timed",
            "ratio",
            "the plan's time / the median of the replay",
            |s: &S| {
                let median = s.median_ms().filter(|ms| *ms > 0.0)?;
                Some(s.plan?.1.total_ms? / median)
            },
        ),
    ]
}

fn allowed<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::flag("is_pasted", "a plan alone, without the server it came from", |s: &S| {
            Some(s.around.run.is_none())
        }),
        Fact::list(
            "methods_off",
            "methods that the planner was told to avoid, by the plan's own settings",
            |s: &S| Some(s.methods_off()),
        ),
        Fact::flag("never_true", "the planner saw that no row can pass", |s: &S| {
            let (plan, _) = s.plan?;
            let mut node = &plan.root;
            loop {
                if node.one_time_filter.as_deref() == Some("false") || is_impossible(node) {
                    return Some(true);
                }
                use NodeKind::{Aggregate, Gather, Limit, Result, Sort, Unique};
                let passes = [Aggregate, Gather, Limit, Result, Sort, Unique].contains(&node.kind);
                match node.children.as_slice() {
                    [only] if passes => node = only,
                    _ => return Some(false),
                }
            }
        }),
        Fact::flag("runs_in_parallel", "workers took part, or were asked to", |s: &S| {
            Some(s.plan?.0.visits().any(|(node, _)| node.kind == NodeKind::Gather))
        }),
        Fact::flag("parallel_is_off", "its session may have no parallel workers", |s: &S| {
            const SETTING: &str = "max_parallel_workers_per_gather";
            let (plan, _) = s.plan?;
            let listed = plan.settings.get(SETTING).map(|value| value == "0");
            let in_run = || {
                let settings = &s.around.run?.settings;
                settings.iter().find(|one| one.name == SETTING).map(|one| one.value == "0")
            };
            Some(listed.or_else(in_run).unwrap_or(false))
        }),
        Fact::number("most_scanned", "blocks", "blocks of its largest full read", |s: &S| {
            let (plan, measurements) = s.plan?;
            let scans = plan.visits().filter(|(node, _)| node.kind == NodeKind::SeqScan);
            let blocks = scans.filter_map(|(node, _)| {
                let buffers = measurements.nodes.get(node.id.0)?.self_buffers?;
                Some((buffers.shared_hit + buffers.shared_read) as f64)
            });
            Some(blocks.fold(0.0, f64::max))
        }),
        Fact::number(
            "join_limit",
            "count",
            "relations of which the planner tries all orders",
            |s: &S| {
                const SETTING: &str = "join_collapse_limit";
                let listed = s.plan.and_then(|(plan, _)| plan.settings.get(SETTING)?.parse().ok());
                let in_run = || {
                    let settings = &s.around.run?.settings;
                    settings.iter().find(|one| one.name == SETTING)?.number
                };
                // The built-in default, where nobody says otherwise.
                Some(listed.or_else(in_run).unwrap_or(8.0))
            },
        ),
    ]
}

impl<'a> QuerySite<'a> {
    fn buffers(&self) -> Option<&'a Buffers> {
        self.plan?.0.root.buffers.as_ref()
    }

    fn methods_off(&self) -> Vec<String> {
        let Some((plan, _)) = self.plan else { return Vec::new() };
        let off = plan
            .settings
            .iter()
            .filter(|(name, value)| name.starts_with("enable_") && value.as_str() == "off");
        // Some are off from the start, and switched on by those who want them.
        let usual = ["enable_partitionwise_join", "enable_partitionwise_aggregate"];
        off.map(|(name, _)| name.clone()).filter(|name| !usual.contains(&name.as_str())).collect()
    }
}

/// Some engines say so in words: `Impossible WHERE`.
fn is_impossible(node: &Node) -> bool {
    let said = [node.one_time_filter.as_deref(), Some(node.label.as_str())];
    node.children.is_empty() && said.into_iter().flatten().any(|t| t.starts_with("Impossible"))
}

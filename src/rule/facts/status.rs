//! Facts that an engine counts for one execution and no plan prints.

use super::fact::Fact;
use super::site::QuerySite;

type S<'a> = QuerySite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "disk_temporary_tables",
            "count",
            "temporary tables that one execution put on disk, as the session counts them",
            |s: &S| s.status("Created_tmp_disk_tables"),
        ),
        Fact::number("sort_merge_passes", "count", "merge passes of its sorts", |s: &S| {
            s.status("Sort_merge_passes")
        }),
        Fact::number(
            "joins_without_index",
            "count",
            "tables joined by reading them whole",
            |s: &S| s.status("Select_full_join"),
        ),
        Fact::number(
            "range_checks",
            "count",
            "joins that look for a usable index anew for each row",
            |s: &S| s.status("Select_range_check"),
        ),
        Fact::list(
            "unusable_keys",
            "what the optimiser says of keys that it could not use, in its own words",
            |s: &S| {
                let (plan, _) = s.plan?;
                let said = plan.extra.get("Warnings").and_then(serde_json::Value::as_array);
                let said = said.into_iter().flatten().filter_map(serde_json::Value::as_str);
                Some(said.map(str::to_owned).collect())
            },
        ),
        Fact::number(
            "whole_reads",
            "count",
            "tables that one execution began to read from their first row",
            |s: &S| s.status("Select_scan"),
        ),
        Fact::number(
            "entries_read",
            "rows",
            "rows and index entries that storage handed out",
            |s: &S| {
                const READS: [&str; 7] = [
                    "Handler_read_first",
                    "Handler_read_key",
                    "Handler_read_last",
                    "Handler_read_next",
                    "Handler_read_prev",
                    "Handler_read_rnd",
                    "Handler_read_rnd_next",
                ];
                READS.iter().map(|name| s.status(name)).sum()
            },
        ),
    ]
}

impl QuerySite<'_> {
    /// 0 where the session's counters were read and this one did not move.
    fn status(&self, name: &str) -> Option<f64> {
        let (plan, _) = self.plan?;
        let counted = plan.extra.get("Status")?;
        Some(counted.get(name).and_then(serde_json::Value::as_f64).unwrap_or(0.0))
    }
}

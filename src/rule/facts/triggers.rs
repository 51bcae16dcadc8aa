//! Time that triggers took beside the plan: checks of foreign keys, and those that users wrote.

use crate::plan::Trigger;

use super::fact::Fact;
use super::site::QuerySite;

type S<'a> = QuerySite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("check_ms", "ms", "checks of constraints by triggers", |s: &S| {
            Some(total(&s.checks()))
        }),
        Fact::number("check_share", "ratio", "that time / time of the query", |s: &S| {
            s.share_of(total(&s.checks()))
        }),
        Fact::number(
            "check_calls",
            "count",
            "calls of the constraint that took longest",
            |s: &S| Some(s.checks().first().map_or(0.0, |trigger| trigger.calls)),
        ),
        Fact::number("check_call_ms", "ms", "one call of it", |s: &S| {
            Some(s.checks().first().map_or(0.0, |trigger| per_call(trigger)))
        }),
        Fact::list(
            "slow_checks",
            "constraints that took a twentieth of that time or more, longest first",
            |s: &S| {
                let least = total(&s.checks()) / 20.0;
                let slow = s.checks().into_iter().filter(|trigger| trigger.total_ms >= least);
                Some(slow.filter_map(|trigger| trigger.constraint.clone()).collect())
            },
        ),
        Fact::list(
            "slow_check_tables",
            "for each of those the table that refers, where the catalog knows it",
            |s: &S| Some(s.referencing().into_iter().map(|(table, _)| table).collect()),
        ),
        Fact::text(
            "check_index_sql",
            "where to build an index for the slowest of them: table and columns, quoted",
            |s: &S| {
                s.referencing()
                    .into_iter()
                    .next()
                    .map(|(table, columns)| format!("{table} ({columns})"))
            },
        ),
        Fact::flag(
            "changes_keys",
            "it deletes or updates rows that others may refer to",
            |s: &S| {
                let root = &s.plan?.0.root;
                let operation = root.operation.as_deref().unwrap_or(root.label.as_str());
                Some(["Delete", "Update", "Merge"].iter().any(|kind| operation.starts_with(kind)))
            },
        ),
        Fact::number("trigger_ms", "ms", "triggers that users wrote", |s: &S| {
            Some(total(&s.written()))
        }),
        Fact::number("trigger_share", "ratio", "that time / time of the query", |s: &S| {
            s.share_of(total(&s.written()))
        }),
        Fact::text("trigger", "the one of them that took longest", |s: &S| {
            Some(s.written().first().and_then(|trigger| trigger.name.clone()).unwrap_or_default())
        }),
        Fact::number("trigger_calls", "count", "its calls", |s: &S| {
            Some(s.written().first().map_or(0.0, |trigger| trigger.calls))
        }),
    ]
}

fn total(triggers: &[&Trigger]) -> f64 {
    triggers.iter().map(|trigger| trigger.total_ms).sum()
}

fn per_call(trigger: &Trigger) -> f64 {
    trigger.total_ms / trigger.calls.max(1.0)
}

impl<'a> QuerySite<'a> {
    /// Longest first.
    fn triggers(&self, checks: bool) -> Vec<&'a Trigger> {
        let all = self.plan.map(|(plan, _)| plan.triggers.as_slice()).unwrap_or_default();
        let mut found: Vec<&Trigger> =
            all.iter().filter(|trigger| trigger.constraint.is_some() == checks).collect();
        found.sort_by(|a, b| b.total_ms.total_cmp(&a.total_ms));
        found
    }

    fn checks(&self) -> Vec<&'a Trigger> {
        self.triggers(true)
    }

    fn written(&self) -> Vec<&'a Trigger> {
        self.triggers(false)
    }

    fn share_of(&self, ms: f64) -> Option<f64> {
        let total = self.total_ms().filter(|total| *total > 0.0)?;
        Some((ms / total).min(1.0))
    }

    /// Table and columns that refer, both quoted, of the slow checks.
    fn referencing(&self) -> Vec<(String, String)> {
        let tables = self.around.catalog().map(|c| c.tables.as_slice()).unwrap_or_default();
        let of = |trigger: &&Trigger| {
            let name = trigger.constraint.as_deref()?;
            tables.iter().find_map(|table| {
                let key = table.foreign_keys.iter().find(|key| key.name == name)?;
                let columns = self.around.quoted_list(key.columns.iter().map(String::as_str));
                Some((self.around.quoted_table(table), columns))
            })
        };
        self.checks().iter().filter_map(of).collect()
    }
}

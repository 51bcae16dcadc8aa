//! What one execution did to the session's own counters: what plans do not print.

use std::collections::BTreeMap;

use mysql_async::Conn;
use serde_json::{Map, Value};

use super::rows::{Columns, all};
use crate::engine::DbError;

/// Under which key a plan has them.
pub const KEY: &str = "Status";

/// Those that mean something for one statement, whatever else the server does meanwhile.
const NAMES: [&str; 15] = [
    "Created_tmp_disk_tables",
    "Handler_read_first",
    "Handler_read_key",
    "Handler_read_last",
    "Handler_read_next",
    "Handler_read_prev",
    "Handler_read_rnd",
    "Handler_read_rnd_next",
    "Select_full_join",
    "Select_full_range_join",
    "Select_range_check",
    "Select_scan",
    "Sort_merge_passes",
    "Sort_rows",
    "Sort_scan",
];

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status(BTreeMap<String, u64>);

impl Status {
    pub async fn now(conn: &mut Conn) -> Result<Status, DbError> {
        let names: Vec<String> = NAMES.iter().map(|name| format!("'{name}'")).collect();
        let sql = format!("SHOW SESSION STATUS WHERE Variable_name IN ({})", names.join(", "));
        let rows = all(conn, &sql).await?;
        let counter = |row: Vec<Option<String>>| {
            let mut row = Columns::of(row);
            (row.text(), row.count())
        };
        Ok(Status(rows.into_iter().map(counter).collect()))
    }

    /// What grew from `self` to `after`, without what asking costs by itself: that grew from `before` to `self`.
    pub fn growth(&self, before: &Status, after: &Status) -> Value {
        let of = |status: &Status, name: &str| status.0.get(name).copied().unwrap_or(0);
        let grown = self.0.keys().map(|name| {
            let asking = of(self, name).saturating_sub(of(before, name));
            let all = of(after, name).saturating_sub(of(self, name));
            (name.clone(), Value::from(all.saturating_sub(asking)))
        });
        Value::Object(grown.filter(|(_, growth)| growth.as_u64() != Some(0)).collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_asking_costs_is_not_the_statements() {
        let status = |count: u64| Status(BTreeMap::from([("Handler_read_rnd_next".into(), count)]));
        let grown = status(30).growth(&status(20), &status(1040));
        assert_eq!(grown, serde_json::json!({"Handler_read_rnd_next": 1000}));
        assert_eq!(status(30).growth(&status(20), &status(40)), serde_json::json!({}));
    }
}

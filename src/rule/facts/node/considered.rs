//! What the optimiser reckoned of the index that it passed over, where it was asked for that.

use serde_json::Value;

use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;

pub fn considered<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number(
            "reckoned_rows",
            "rows",
            "rows that the optimiser expected of the index in serving_index, 0 where it does not say",
            |s: &S| Some(s.reckoned("rows")),
        ),
        Fact::number(
            "reckoned_cost",
            "cost",
            "what it reckoned them to cost, 0 where it does not say",
            |s: &S| Some(s.reckoned("cost")),
        ),
        Fact::number(
            "reckoned_scan_cost",
            "cost",
            "what it reckoned reading the whole table to cost, 0 where it does not say",
            |s: &S| Some(s.reckoned("scan_cost")),
        ),
    ]
}

impl S<'_> {
    fn reckoned(&self, figure: &str) -> f64 {
        let index = self.serving_index(|_| true);
        let told = self.plan.extra.get("Considered").and_then(Value::as_array);
        let is = |entry: &&Value, key: &str, wanted: Option<&str>| {
            wanted.is_some() && entry.get(key).and_then(Value::as_str) == wanted
        };
        let mut own = told.into_iter().flatten().filter(|entry| {
            is(entry, "table", self.node.alias.as_deref()) && is(entry, "index", index.as_deref())
        });
        own.find_map(|entry| entry.get(figure)?.as_f64()).unwrap_or(0.0)
    }
}

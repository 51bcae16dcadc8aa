//! The list of all facts, for `planwise rules facts` and for checking rules.

use serde::Serialize;

use super::fact::{Fact, Kind};
use super::{catalog, habit, node, query, sequence, setting, text, workload};
use crate::rule::definition::{Each, Scope};

/// A fact as a rule's author sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Documented {
    /// With its namespace: `node.loops`; `*` stands for any name.
    pub name: String,
    pub kind: Kind,
    pub unit: &'static str,
    pub meaning: &'static str,
    /// Scopes whose rules may use it.
    pub scopes: Vec<Scope>,
    /// Narrows `scopes` for facts of one kind of item.
    pub each: Option<Each>,
}

impl Documented {
    /// Whether a name used in a rule is this fact.
    pub fn covers(&self, name: &str) -> bool {
        let mut wanted = self.name.split('.');
        let mut given = name.split('.');
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(wanted), Some(given)) if wanted == given => {}
                _ => return false,
            }
        }
    }
}

/// Facts for rules of this scope.
pub fn documented(scope: Scope, each: Option<Each>) -> Vec<Documented> {
    let fits = |fact: &Documented| {
        fact.scopes.contains(&scope) && (fact.each.is_none() || each.is_none() || fact.each == each)
    };
    everything().into_iter().filter(fits).collect()
}

/// Every fact there is, by namespace.
pub fn everything() -> Vec<Documented> {
    use Scope::{Catalog, Node, Query, Setting, Statement, Workload};
    let all = [Node, Query, Statement, Workload, Catalog, Setting];
    let mut list = Vec::new();
    list.extend(rows("node", &node::facts(), &[Node], None));
    list.extend(rows("query", &query::facts(), &[Node, Query, Statement], None));
    list.extend(rows("text", &text::facts(), &[Statement], None));
    list.extend(rows("pair", &sequence::facts(), &[Workload], Some(Each::Sequence)));
    list.extend(rows("habit", &habit::facts(), &[Workload], Some(Each::Habit)));
    list.extend(rows("table", &catalog::table_facts(), &[Catalog], None));
    list.extend(rows("index", &catalog::index_facts(), &[Catalog], Some(Each::Index)));
    let keys =
        rows("foreign_key", &catalog::foreign_key_facts(), &[Catalog], Some(Each::ForeignKey));
    list.extend(keys);
    list.extend(rows("run", &workload::run_facts(), &[Workload, Catalog, Setting], None));
    list.extend(rows("server", &workload::server_facts(), &all, None));
    list.extend(rows("machine", &workload::machine_facts(), &[Setting], None));
    list.extend(setting::documented(&all));
    list
}

fn rows<S>(
    namespace: &str,
    facts: &[Fact<S>],
    scopes: &[Scope],
    each: Option<Each>,
) -> Vec<Documented> {
    let row = |fact: &Fact<S>| Documented {
        name: format!("{namespace}.{}", fact.name),
        kind: fact.kind(),
        unit: fact.unit,
        meaning: fact.meaning,
        scopes: scopes.to_vec(),
        each,
    };
    facts.iter().map(row).collect()
}

//! Facts about tables, indexes and foreign keys, and about what the workload does with them.

use crate::engine::{Index, Table};
use crate::run::QueryRun;
use crate::serving::{leads_an_index, stand_in};
use crate::sql::PredicateKind;

use super::fact::Fact;
use super::site::{ForeignKeySite, IndexSite, TableSite};

/// Table facts, asked of the table an index or foreign key belongs to as well.
pub fn table_facts<'a>() -> Vec<Fact<TableSite<'a>>> {
    type S<'a> = TableSite<'a>;
    let mut facts = vec![
        Fact::text("name", "the table", |s: &S| Some(s.table.name.clone())),
        Fact::text("schema", "its schema", |s: &S| Some(s.table.schema.clone())),
        Fact::text("sql", "both, quoted for a statement", |s: &S| {
            Some(s.catalog.around.quoted_table(s.table))
        }),
        Fact::number(
            "rows",
            "rows",
            "live rows, by the planner or by activity, whichever is more",
            |s: &S| Some(s.table.rows.max(s.table.statistics.live_rows.unwrap_or(0.0)).max(0.0)),
        ),
        Fact::number("bytes", "bytes", "size without indexes", |s: &S| Some(s.table.bytes as f64)),
        Fact::flag("is_analyzed", "the planner has statistics of its columns", |s: &S| {
            let known = s.table.statistics.last_analyzed.is_some();
            // Where one of several stores keeps the statistics to itself, nothing tells that there are none.
            if s.table.storage.is_some() && !known {
                return None;
            }
            Some(known || s.table.columns.iter().any(|column| column.distinct.is_some()))
        }),
        Fact::number("modified", "rows", "rows changed since the last analysis", |s: &S| {
            modified_rows(s.table)
        }),
        Fact::number("modified_fraction", "ratio", "changed / live rows", |s: &S| {
            let live = s.table.statistics.live_rows.unwrap_or(s.table.rows);
            Some(modified_rows(s.table)? / live.max(1.0))
        }),
        Fact::number("queries", "count", "queries of the workload that name it", |s: &S| {
            Some(s.queries().len() as f64)
        }),
        Fact::list("query_names", "those queries", |s: &S| Some(s.queries())),
        Fact::flag("is_base_table", "it holds rows of its own: no view", |s: &S| {
            Some(s.table.kind == "table" || s.table.is_partitioned())
        }),
        Fact::text("storage", "what stores its rows, where a server has several such", |s: &S| {
            s.table.storage.clone()
        }),
        Fact::number("primary_key_bytes", "bytes", "width of its primary key", |s: &S| {
            Some(primary_key_bytes(s.table))
        }),
        Fact::number(
            "secondary_indexes",
            "count",
            "its indexes beside the primary key",
            |s: &S| Some(s.table.indexes.iter().filter(|index| !index.primary).count() as f64),
        ),
        Fact::flag("has_primary_key", "it has a primary key", |s: &S| {
            Some(s.table.indexes.iter().any(|index| index.primary))
        }),
    ];
    facts.extend(super::upkeep::table_facts());
    facts
}

pub fn index_facts<'a>() -> Vec<Fact<IndexSite<'a>>> {
    type S<'a> = IndexSite<'a>;
    let mut facts = vec![
        Fact::text("name", "the index", |s: &S| Some(s.index.name.clone())),
        Fact::text("sql", "its name quoted, with its schema", |s: &S| {
            let around = s.on.catalog.around;
            let schema = around.quoted(&s.on.table.schema);
            Some(format!("{schema}.{}", around.quoted(&s.index.name)))
        }),
        Fact::text("name_sql", "its name quoted, without a schema", |s: &S| {
            Some(s.on.catalog.around.quoted(&s.index.name))
        }),
        Fact::text("ddl", "a statement that builds it again", |s: &S| Some(s.index.ddl.clone())),
        Fact::number("bytes", "bytes", "its size", |s: &S| Some(s.index.bytes as f64)),
        Fact::flag(
            "is_constraint",
            "it enforces something: primary key, unique, exclusion, replica identity",
            |s: &S| Some(s.index.primary || s.index.unique || s.index.constraint),
        ),
        Fact::flag("is_valid", "it was built completely", |s: &S| Some(s.index.valid)),
        Fact::number(
            "scans",
            "count",
            "scans since the server's statistics were reset",
            |s: &S| s.index.scans.map(|scans| scans as f64),
        ),
        Fact::text(
            "redundant_with",
            "index that answers everything this one does, empty without one",
            |s: &S| Some(s.redundant_with().map(|other| other.name.clone()).unwrap_or_default()),
        ),
        Fact::flag("is_duplicate", "that index has the very same keys", |s: &S| {
            Some(s.redundant_with().is_some_and(|other| other.keys.len() == s.index.keys.len()))
        }),
        Fact::flag("in_plans", "a plan of this run reads it", |s: &S| {
            Some(s.on.catalog.readers.reads_index(&s.index.name))
        }),
        Fact::flag("serves_foreign_key", "it begins with the columns of a foreign key", |s: &S| {
            Some(s.serves_foreign_key())
        }),
        Fact::flag(
            "is_watched",
            "the workload is declared complete, or the server has counted scans for over a week",
            |s: &S| Some(s.on.catalog.run.knows_idleness()),
        ),
        Fact::number("plans", "count", "plans of this run that were executed", |s: &S| {
            Some(s.on.catalog.readers.executed_plans() as f64)
        }),
    ];
    facts.extend(super::upkeep::index_facts());
    facts
}

pub fn foreign_key_facts<'a>() -> Vec<Fact<ForeignKeySite<'a>>> {
    type S<'a> = ForeignKeySite<'a>;
    let mut facts = vec![
        Fact::text("name", "the constraint", |s: &S| Some(s.key.name.clone())),
        Fact::list("columns", "referencing columns", |s: &S| Some(s.key.columns.clone())),
        Fact::text("columns_sql", "those, quoted and separated by commas", |s: &S| {
            let columns = s.key.columns.iter().map(String::as_str);
            Some(s.on.catalog.around.quoted_list(columns))
        }),
        Fact::text("index_name_sql", "a name for an index on them, quoted", |s: &S| {
            let name = format!("{}_{}_idx", s.on.table.name, s.key.columns.join("_"));
            let short: String = name.chars().take(60).collect();
            Some(s.on.catalog.around.quoted(&short))
        }),
        Fact::text("referenced_table", "the table it points to", |s: &S| {
            Some(s.key.referenced_table.clone())
        }),
        Fact::flag("is_indexed", "a valid index begins with the referencing columns", |s: &S| {
            Some(leads_an_index(&s.on.catalog.around.serving(), s.on.table, s.key))
        }),
        Fact::number(
            "queries",
            "count",
            "queries of the workload that search or join by its first column",
            |s: &S| Some(s.queries().len() as f64),
        ),
        Fact::list("query_names", "those queries", |s: &S| Some(s.queries())),
    ];
    facts.extend(super::upkeep::foreign_key_facts());
    facts
}

/// 0 without one, or where a column's width is not known.
fn primary_key_bytes(table: &Table) -> f64 {
    let primary = table.indexes.iter().find(|index| index.primary);
    let keys = primary.into_iter().flat_map(|index| &index.keys);
    let width = |name: &str| table.column(name)?.average_width;
    keys.filter_map(|key| width(key.column.as_deref()?)).sum()
}

/// Rows changed since the last analysis. Rows that were loaded before it can be counted after it:
/// then the counters say exactly twice what the planner has just seen, and nothing has changed.
pub fn modified_rows(table: &Table) -> Option<f64> {
    let counted = table.statistics.modified_since?;
    let live = table.statistics.live_rows.unwrap_or(table.rows);
    let dead = table.statistics.dead_rows.unwrap_or(0.0);
    let counted_twice = dead == 0.0 && counted == table.rows && live == counted + table.rows;
    Some(if counted_twice { 0.0 } else { counted })
}

impl TableSite<'_> {
    /// Queries of the workload that name the table.
    pub fn queries(&self) -> Vec<String> {
        self.catalog.readers.queries_on(self.table).iter().map(|query| query.id.clone()).collect()
    }
}

impl<'a> IndexSite<'a> {
    /// An index that makes this one superfluous and is the one of the two to stay.
    fn redundant_with(&self) -> Option<&'a Index> {
        stand_in(self.on.table, self.index, &self.on.catalog.around.serving())
    }

    /// A foreign key is checked by it.
    fn serves_foreign_key(&self) -> bool {
        let (table, serving) = (self.on.table, self.on.catalog.around.serving());
        let alone = Table { indexes: vec![self.index.clone()], ..table.clone() };
        table.foreign_keys.iter().any(|key| leads_an_index(&serving, &alone, key))
    }
}

impl ForeignKeySite<'_> {
    /// Queries of the workload that search or join by the first referencing column.
    pub fn queries(&self) -> Vec<String> {
        let Some(first) = self.key.columns.first() else { return Vec::new() };
        let searches = |query: &&&QueryRun| {
            query.shape.as_ref().is_some_and(|shape| {
                shape.predicates.iter().any(|p| {
                    p.kind == PredicateKind::Equality
                        && p.column.as_ref().is_some_and(|column| &column.name == first)
                })
            })
        };
        let on_table = self.on.catalog.readers.queries_on(self.on.table).iter();
        on_table.filter(searches).map(|query| query.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{TableActivity, TableStatistics};

    fn table(rows: f64, live: f64, modified: f64, dead: f64) -> Table {
        Table {
            schema: "public".into(),
            name: "t".into(),
            kind: "table".into(),
            partition_of: None,
            rows,
            pages: 10,
            bytes: 81_920,
            visible_fraction: None,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            statistics: TableStatistics {
                live_rows: Some(live),
                modified_since: Some(modified),
                dead_rows: Some(dead),
                ..TableStatistics::default()
            },
            activity: TableActivity::default(),
            storage: None,
            triggers: Vec::new(),
        }
    }

    #[test]
    fn rows_that_were_only_counted_twice_have_not_changed() {
        assert_eq!(modified_rows(&table(750.0, 1500.0, 750.0, 0.0)), Some(0.0));
        assert_eq!(modified_rows(&table(750.0, 1500.0, 750.0, 3.0)), Some(750.0));
        assert_eq!(modified_rows(&table(5000.0, 10_900.0, 5900.0, 0.0)), Some(5900.0));
        assert_eq!(modified_rows(&table(12_000.0, 12_000.0, 12_000.0, 0.0)), Some(12_000.0));
    }
}

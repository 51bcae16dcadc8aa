//! The places facts are about, with everything that is known around them.

use crate::engine::{Catalog, Engine, ForeignKey, Index, ServerInfo, Table};
use crate::plan::{Measurements, Metrics, Node, Plan, Relationship};
use crate::run::{QueryRun, Run, SessionTrace, StepTrace};
use crate::serving::Serving;
use crate::sql::{Construct, Shape};
use crate::workload::Habit;

use super::{FilterTraits, Readers};

/// A run, or nothing of one: a pasted plan has no catalog, no settings and no latencies.
#[derive(Clone, Copy)]
pub struct RunSite<'a> {
    pub engine: &'a dyn Engine,
    pub run: Option<&'a Run>,
}

/// A query with one of its plans.
#[derive(Clone, Copy)]
pub struct QuerySite<'a> {
    pub around: RunSite<'a>,
    pub query: Option<&'a QueryRun>,
    pub shape: Option<&'a Shape>,
    pub plan: Option<(&'a Plan, &'a Measurements)>,
}

/// One node of that plan.
#[derive(Clone)]
pub struct NodeSite<'a> {
    pub query: QuerySite<'a>,
    pub plan: &'a Plan,
    pub measurements: &'a Measurements,
    pub node: &'a Node,
    pub metrics: &'a Metrics,
    /// Nearest last.
    pub ancestors: Vec<&'a Node>,
    /// The base table it reads, or, for a sort or limit, that its input reads.
    pub table: Option<&'a Table>,
    pub filter: FilterTraits,
}

/// Something written in a statement.
#[derive(Clone, Copy)]
pub struct TextSite<'a> {
    pub query: QuerySite<'a>,
    pub sql: &'a str,
    pub construct: &'a Construct,
}

/// The catalog as a whole.
#[derive(Clone, Copy)]
pub struct CatalogSite<'a> {
    pub around: RunSite<'a>,
    pub run: &'a Run,
    pub readers: &'a Readers<'a>,
}

#[derive(Clone, Copy)]
pub struct TableSite<'a> {
    pub catalog: CatalogSite<'a>,
    pub table: &'a Table,
}

#[derive(Clone, Copy)]
pub struct IndexSite<'a> {
    pub on: TableSite<'a>,
    pub index: &'a Index,
}

#[derive(Clone, Copy)]
pub struct ForeignKeySite<'a> {
    pub on: TableSite<'a>,
    pub key: &'a ForeignKey,
}

/// Something that the application's sessions do again and again.
#[derive(Clone, Copy)]
pub struct HabitSite<'a> {
    pub habit: &'a Habit,
}

/// Two neighbouring steps of a session.
#[derive(Clone, Copy)]
pub struct SequenceSite<'a> {
    pub run: &'a Run,
    pub session: &'a SessionTrace,
    pub first: &'a StepTrace,
    pub second: &'a StepTrace,
}

impl<'a> RunSite<'a> {
    pub fn catalog(&self) -> Option<&'a Catalog> {
        // An empty catalog is one that could not be read.
        self.run.map(|run| &run.catalog).filter(|catalog| !catalog.tables.is_empty())
    }

    pub fn serving(&self) -> Serving<'a> {
        Serving::of(self.engine, self.catalog())
    }

    pub fn server(&self) -> Option<&'a ServerInfo> {
        self.run.map(|run| &run.server)
    }

    pub fn quoted(&self, name: &str) -> String {
        self.engine.dialect().quote_identifier(name)
    }

    /// `schema.table`, each part quoted where it must be.
    pub fn quoted_table(&self, table: &Table) -> String {
        format!("{}.{}", self.quoted(&table.schema), self.quoted(&table.name))
    }

    pub fn quoted_list<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> String {
        names.into_iter().map(|name| self.quoted(name)).collect::<Vec<_>>().join(", ")
    }
}

impl<'a> QuerySite<'a> {
    /// Milliseconds of one execution: by the plan's own clock, else the median of the replay.
    pub fn total_ms(&self) -> Option<f64> {
        let by_plan = self.plan.and_then(|(_, measurements)| measurements.total_ms);
        by_plan.or_else(|| self.median_ms())
    }

    /// Milliseconds of planning; 0 where the plan does not say.
    pub fn planning_ms(&self) -> f64 {
        let planned = self.plan.and_then(|(plan, _)| plan.planning_ms);
        planned.filter(|ms| ms.is_finite() && *ms > 0.0).unwrap_or(0.0)
    }

    pub fn median_ms(&self) -> Option<f64> {
        self.query?.latency.as_ref().map(|latency| latency.p50_ms)
    }
}

impl<'a> NodeSite<'a> {
    pub fn metrics_of(&self, node: &Node) -> Option<&'a Metrics> {
        self.measurements.nodes.get(node.id.0)
    }

    pub fn parent_metrics(&self) -> Option<&'a Metrics> {
        self.metrics_of(self.ancestors.last()?)
    }

    pub fn input(&self, relationship: Relationship) -> Option<&'a Node> {
        self.node.children.iter().find(|child| child.relationship == relationship)
    }
}

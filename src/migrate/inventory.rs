//! What there is to move, and what will not move by itself.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::migration::{Destination, Inventory, Migration, Point, ReaderOptions, Severity};
use crate::engine::{DbError, Engine, SessionOptions};
use crate::server::{Hidden, ServerState};
use crate::workload::Workload;

/// Version of the report's form.
pub const INVENTORY_FORMAT: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InventoryReport {
    pub format: u32,
    /// Version of planwise that wrote it.
    pub planwise: String,
    pub taken: Timestamp,
    pub state: ServerState,
    pub inventory: Inventory,
    /// Values were counted, not only declarations read.
    pub counted: bool,
    pub review: Option<Review>,
    /// Bytes that tables grew by since an earlier inventory.
    pub growth: Option<TableGrowth>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Engine and version that it is about.
    pub target: String,
    /// The same as data.
    #[serde(default)]
    pub destination: Option<Destination>,
    pub points: Vec<Point>,
    /// Queries that were looked at; `None` where no workload was given.
    pub queries: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableGrowth {
    pub since: Timestamp,
    pub days: f64,
    /// `schema.table` and bytes, the largest first.
    pub tables: Vec<(String, i64)>,
}

/// Which server, and how it is asked.
pub struct Subject<'a> {
    pub engine: &'static dyn Engine,
    pub migration: &'static dyn Migration,
    pub url: &'a str,
    pub session: &'a SessionOptions,
    pub reader: &'a ReaderOptions,
}

/// Reads the inventory. `counts`: values that a move depends on are counted, which reads tables whole.
///
/// # Errors
/// A server that cannot be reached or goes away.
pub async fn take(subject: &Subject<'_>, counts: bool) -> Result<InventoryReport, DbError> {
    let mut session = subject.engine.connect(subject.url, subject.session).await?;
    let mut state = ServerState::read(session.as_mut()).await?;
    drop(session);
    let inventory = subject.migration.inventory(subject.url, subject.reader, counts).await?;
    let hidden = inventory.hidden.iter();
    state
        .hidden
        .extend(hidden.map(|(what, right)| Hidden { what: what.clone(), right: right.clone() }));
    state.hidden.sort();
    state.hidden.dedup();
    Ok(InventoryReport {
        format: INVENTORY_FORMAT,
        planwise: env!("CARGO_PKG_VERSION").to_owned(),
        taken: Timestamp::now(),
        state,
        inventory,
        counted: counts,
        review: None,
        growth: None,
    })
}

impl InventoryReport {
    /// What to expect at `to`, of the schema and of the workload's queries. `None` where nothing is known of the pair.
    pub fn review(
        &mut self,
        migration: &dyn Migration,
        to: &Destination,
        workload: Option<&Workload>,
    ) -> Option<()> {
        let state = &self.state;
        let mut points = migration.review(&state.server, &state.settings, &self.inventory, to)?;
        if let Some(workload) = workload {
            for query in &workload.queries {
                points.extend(migration.review_query(
                    &query.id,
                    &query.sql,
                    (&state.server, &self.inventory.shape),
                    to,
                ));
            }
        }
        points.sort_by_key(|point| point.severity);
        self.review = Some(Review {
            target: format!("{} {}.{}", to.engine, to.version[0], to.version[1]),
            destination: Some(to.clone()),
            points,
            queries: workload.map(|workload| workload.queries.len()),
        });
        Some(())
    }

    /// How tables grew since `earlier`.
    pub fn grown_since(&mut self, earlier: &InventoryReport) {
        let Some(growth) = self.state.growth_since(&earlier.state) else { return };
        let mut tables: Vec<(String, i64)> = growth
            .tables
            .into_iter()
            .map(|(name, bytes)| (name, i64::try_from(bytes).unwrap_or(i64::MAX)))
            .collect();
        tables.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        self.growth = Some(TableGrowth {
            since: earlier.taken,
            days: growth.over.as_secs_f64() / 86_400.0,
            tables,
        });
    }

    pub fn count(&self, severity: Severity) -> usize {
        let points = self.review.iter().flat_map(|review| &review.points);
        points.filter(|point| point.severity == severity).count()
    }
}

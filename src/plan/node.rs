//! One operator of a plan.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{NodeKind, Relationship};

/// Position in pre-order, the root being 0.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    Default,
)]
pub struct NodeId(pub usize);

/// What execution measured, *per loop* as the server prints it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Actual {
    /// `None` when the plan was executed without per-node timing.
    pub startup_ms: Option<f64>,
    /// Inclusive of children, per loop. `None` without timing.
    pub total_ms: Option<f64>,
    /// Mean rows per loop.
    pub rows: f64,
    /// 0 = never executed.
    pub loops: f64,
    /// Half the step the server rounds `rows` to: 0.5 where it prints integers, 0.005 with two decimals, 0 when exact.
    pub rows_rounding: f64,
    /// Half the step the server rounds the two times to, milliseconds; 0 when exact.
    pub time_rounding_ms: f64,
}

/// Rows thrown away, mean per loop, rounded by the server to `rounding` either way.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Removed {
    pub by_filter: Option<f64>,
    pub by_join_filter: Option<f64>,
    pub by_recheck: Option<f64>,
    pub rounding: f64,
}

/// Counted in blocks, totals over all loops, inclusive of children.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Buffers {
    pub shared_hit: u64,
    pub shared_read: u64,
    pub shared_dirtied: u64,
    pub shared_written: u64,
    pub local_hit: u64,
    pub local_read: u64,
    pub local_dirtied: u64,
    pub local_written: u64,
    pub temp_read: u64,
    pub temp_written: u64,
}

/// Milliseconds, totals over all loops, inclusive of children. Only where the server times its I/O.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct IoTime {
    pub read_ms: f64,
    pub write_ms: f64,
    pub temp_read_ms: f64,
    pub temp_write_ms: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct WalUse {
    pub records: u64,
    pub full_page_images: u64,
    pub bytes: u64,
    pub buffers_full: u64,
}

/// One parallel worker's part in a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Worker {
    pub number: usize,
    pub actual: Option<Actual>,
    pub buffers: Option<Buffers>,
    pub sort: Option<Box<Sorting>>,
    pub aggregate: Option<Box<Aggregation>>,
    pub memoize: Option<Box<Memoization>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Sorting {
    /// As the engine prints them: `r.rental_date DESC`.
    pub keys: Vec<String>,
    pub presorted_keys: Vec<String>,
    /// `quicksort`, `top-N heapsort`, `external merge`.
    pub method: Option<String>,
    /// Kilobytes used, in memory or on disk.
    pub space_kb: Option<u64>,
    /// The sort did not fit in memory.
    pub on_disk: bool,
    /// Merge passes, where the engine counts them.
    pub merge_passes: Option<f64>,
    /// Groups that an incremental sort sorted one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Hashing {
    pub buckets: Option<u64>,
    pub original_buckets: Option<u64>,
    /// More than 1 = spilled to disk.
    pub batches: Option<u64>,
    pub original_batches: Option<u64>,
    pub peak_memory_kb: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Aggregation {
    /// `Plain`, `Sorted`, `Hashed`, `Mixed`.
    pub strategy: Option<String>,
    /// `Simple`, `Partial`, `Finalize`.
    pub partial_mode: Option<String>,
    pub group_keys: Vec<String>,
    pub planned_partitions: Option<u64>,
    pub batches: Option<u64>,
    pub peak_memory_kb: Option<u64>,
    pub disk_kb: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, Default)]
pub struct Memoization {
    pub key: Option<String>,
    pub hits: u64,
    pub misses: u64,
    pub evictions: u64,
    pub overflows: u64,
}

/// One operator. Estimates are per loop; see each part for what it counts. Parts that few nodes have stand
/// apart: plans of hundreds of thousands of nodes are kept in memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    pub id: NodeId,
    pub kind: NodeKind,
    /// The engine's own name for it: `Seq Scan`, `filesort`.
    pub label: String,
    pub relationship: Relationship,
    pub subplan_name: Option<String>,
    /// Set on the top of a common table expression's body: the name that CTE scans read it by.
    pub defines_cte: Option<String>,
    /// On an init plan: the texts by which conditions elsewhere refer to its value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_names: Vec<String>,
    /// The operator itself runs in parallel workers.
    pub parallel_aware: bool,

    pub schema: Option<String>,
    /// Base table.
    pub relation: Option<String>,
    pub alias: Option<String>,
    pub index: Option<String>,
    /// CTE, function or tuple store read by this node.
    pub source: Option<String>,
    pub scan_backward: bool,
    /// `Inner`, `Left`, `Semi`, …
    pub join_type: Option<String>,
    /// INSERT, UPDATE, DELETE, MERGE on a `Modify` node.
    pub operation: Option<String>,

    pub startup_cost: Option<f64>,
    pub total_cost: Option<f64>,
    pub plan_rows: Option<f64>,
    /// Bytes.
    pub plan_width: Option<f64>,
    /// `None` when the plan was only estimated.
    pub actual: Option<Actual>,
    pub removed: Removed,

    pub filter: Option<String>,
    pub index_cond: Option<String>,
    pub recheck_cond: Option<String>,
    /// Hash or merge condition.
    pub join_cond: Option<String>,
    pub join_filter: Option<String>,
    pub one_time_filter: Option<String>,
    /// Columns produced, where the plan lists them.
    pub output: Vec<String>,

    pub sort: Option<Box<Sorting>>,
    pub hash: Option<Box<Hashing>>,
    pub aggregate: Option<Box<Aggregation>>,
    pub memoize: Option<Box<Memoization>>,
    /// Totals over all loops.
    pub heap_fetches: Option<u64>,
    pub exact_heap_blocks: Option<u64>,
    pub lossy_heap_blocks: Option<u64>,
    pub index_searches: Option<u64>,
    pub workers_planned: Option<u64>,
    pub workers_launched: Option<u64>,
    pub subplans_removed: Option<u64>,

    pub buffers: Option<Buffers>,
    pub io: Option<IoTime>,
    pub wal: Option<Box<WalUse>>,
    pub workers: Vec<Worker>,

    /// Keys that this version does not know. Kept, never fatal.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub extra: IndexMap<String, Value>,
    pub children: Vec<Node>,
}

impl Node {
    /// A node of `kind` with everything else unknown. Parsers fill in what the plan says.
    pub fn new(kind: NodeKind, label: impl Into<String>) -> Self {
        Node {
            id: NodeId::default(),
            kind,
            label: label.into(),
            relationship: Relationship::Other,
            subplan_name: None,
            defines_cte: None,
            value_names: Vec::new(),
            parallel_aware: false,
            schema: None,
            relation: None,
            alias: None,
            index: None,
            source: None,
            scan_backward: false,
            join_type: None,
            operation: None,
            startup_cost: None,
            total_cost: None,
            plan_rows: None,
            plan_width: None,
            actual: None,
            removed: Removed::default(),
            filter: None,
            index_cond: None,
            recheck_cond: None,
            join_cond: None,
            join_filter: None,
            one_time_filter: None,
            output: Vec::new(),
            sort: None,
            hash: None,
            aggregate: None,
            memoize: None,
            heap_fetches: None,
            exact_heap_blocks: None,
            lossy_heap_blocks: None,
            index_searches: None,
            workers_planned: None,
            workers_launched: None,
            subplans_removed: None,
            buffers: None,
            io: None,
            wal: None,
            workers: Vec::new(),
            extra: IndexMap::new(),
            children: Vec::new(),
        }
    }

    pub fn find(&self, id: NodeId) -> Option<&Node> {
        let mut pending = vec![self];
        while let Some(node) = pending.pop() {
            if node.id == id {
                return Some(node);
            }
            pending.extend(&node.children);
        }
        None
    }

    /// Numbers the tree in pre-order. Parsers call it once, on the finished root.
    pub fn number(&mut self) {
        let mut next = 0;
        let mut pending = vec![self];
        while let Some(node) = pending.pop() {
            node.id = NodeId(next);
            next += 1;
            pending.extend(node.children.iter_mut().rev());
        }
    }
}

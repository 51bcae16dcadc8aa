//! The numbers that decide what is worth proposing.

/// Starting values of the rule catalogue's shared guards (§1.4) and of index advice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Tables with fewer rows or pages than these are read whole faster than through an index.
    pub least_rows: f64,
    pub least_pages: u64,
    /// A query quicker than this, in milliseconds, and …
    pub least_ms: f64,
    /// … with a smaller share of the workload's time than this is left alone.
    pub least_share: f64,
    /// An index is not proposed whose absence would cost less than this share of what the workload still takes, and less than
    /// `least_share` of each query that costs more than `trifle` times the mean one.
    pub least_missed: f64,
    /// Nor one that saves less than this share of the workload as it was, in which …
    pub least_saved: f64,
    /// … no query counts with more than this many times what it takes with the indexes.
    pub most_cured: f64,
    /// Nor does a query count that takes less than this planner cost more without it: some fifty pages in order, or a dozen
    /// anywhere. A query that takes next to nothing with either of two indexes needs but one.
    pub least_cost: f64,
    pub trifle: f64,
    /// Share of a query's planner cost that an index must save.
    pub least_gain: f64,
    /// The same for an index that is only walked from end to end: the planner likes narrow indexes
    /// better than wide tables, but the table's own cure is seldom another copy of a column.
    pub least_walk_gain: f64,
    /// A condition that keeps more of the rows than this finds nothing by an index.
    pub most_kept: f64,
    /// Mean bytes of a column above which it is no key: some of its values would be too long for a page.
    pub widest_key: f64,
    /// Candidates whose costs differ by less than this share count as equally good: the smaller one wins.
    pub tie: f64,
    /// An index that is smaller by `smaller` times may cost up to `dearer` times as much: what is
    /// saved in memory and writes is worth a few pages read. (Planners also favour a leading key with
    /// one value for its correlation, which halves the estimate beside the partial index without it.)
    pub smaller: u64,
    pub dearer: f64,
    /// A constant condition keeping at most this share of the rows makes a partial index worthwhile.
    pub partial_fraction: f64,
    /// A value is a state, not a key, where another value makes up this share of the rows.
    pub dominating: f64,
    /// An index-only scan must cut the cost to this share of the plain index's to be worth wider entries.
    pub covering_ratio: f64,
    /// Rows that an aggregate need not fetch, from which that is worth it whatever the query cost before.
    pub covering_visits: f64,
    /// Columns, and bytes, that may be carried along for it.
    pub covering_columns: usize,
    pub covering_width: f64,
    /// Below this share of all-visible pages an index-only scan visits the table anyway.
    pub covering_visible: f64,
    /// Updates per row since statistics were reset, above which wider indexes are not worth their upkeep.
    pub covering_updates: f64,
    /// Physical order must follow the column at least this closely for a summary of page ranges.
    pub summary_correlation: f64,
    /// Smaller tables do without summaries.
    pub summary_pages: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            least_rows: 500.0,
            least_pages: 10,
            least_ms: 1.0,
            least_share: 0.05,
            least_missed: 0.005,
            least_saved: 0.0001,
            most_cured: 100.0,
            least_cost: 50.0,
            trifle: 0.01,
            least_gain: 0.2,
            least_walk_gain: 0.5,
            most_kept: 0.5,
            widest_key: 200.0,
            tie: 0.10,
            smaller: 8,
            dearer: 2.5,
            partial_fraction: 0.2,
            dominating: 0.5,
            covering_ratio: 0.5,
            covering_visits: 200.0,
            covering_columns: 3,
            covering_width: 40.0,
            covering_visible: 0.8,
            covering_updates: 0.5,
            summary_correlation: 0.99,
            summary_pages: 8192,
        }
    }
}

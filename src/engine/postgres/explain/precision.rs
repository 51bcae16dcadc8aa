//! How far the server rounds the means it prints per loop.

use serde_json::Value;

/// Half a step of rows, of removed rows and of milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    rows: f64,
}

/// Removed rows are printed as integers by every version, 18 included.
const REMOVED: f64 = 0.5;
const TIME_MS: f64 = 0.0005;

impl Precision {
    /// Up to 17, means of rows are integers.
    pub const INTEGERS: Precision = Precision { rows: 0.5 };
    /// From 18 on they have two decimals.
    pub const DECIMALS: Precision = Precision { rows: 0.005 };

    /// The mean over one loop is the number itself.
    pub fn rows(self, loops: f64) -> f64 {
        if loops <= 1.0 { 0.0 } else { self.rows }
    }

    pub fn removed(self, loops: f64) -> f64 {
        if loops <= 1.0 { 0.0 } else { REMOVED }
    }

    pub fn time_ms(self) -> f64 {
        TIME_MS
    }
}

/// Told by what only 18 prints: a fraction of a row, `Disabled` on every node, `Index Searches`.
/// A float such as `12.0` proves nothing, since other tools re-print plans that way.
pub fn precision_of<'a>(nodes: impl Iterator<Item = &'a Value>) -> Precision {
    if nodes.into_iter().any(from_18) { Precision::DECIMALS } else { Precision::INTEGERS }
}

fn from_18(node: &Value) -> bool {
    let fraction =
        node.get("Actual Rows").and_then(Value::as_f64).is_some_and(|n| n.fract() != 0.0);
    fraction || node.get("Disabled").is_some() || node.get("Index Searches").is_some()
}

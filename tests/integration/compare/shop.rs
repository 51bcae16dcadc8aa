//! A small shop, and the program that compares it.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::program::{Desk, assert_says, assert_status, planwise, read_json, stderr};

pub const SCHEMA: &str = "
CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, total numeric NOT NULL, note text);
INSERT INTO orders SELECT g, g % 2000, (g * 7919) % 1000, repeat('x', 60) || g
    FROM generate_series(1, 60000) g;
CREATE INDEX orders_customer ON orders (customer);
CREATE TABLE few (id int PRIMARY KEY, word text NOT NULL);
INSERT INTO few SELECT g, 'word ' || g FROM generate_series(1, 40) g;
VACUUM ANALYZE orders;
VACUUM ANALYZE few;
";

pub const QUERIES: &str = "
-- name: of-customer
-- params: [[1], [77], [1711]]
SELECT * FROM orders WHERE customer = $1;
-- name: sorted
SELECT id, note FROM orders ORDER BY note, total OFFSET 59990;
-- name: words
SELECT id, word FROM few ORDER BY id;
";

pub struct Shop {
    pub desk: Desk,
    pub schema: PathBuf,
    pub workload: PathBuf,
}

impl Shop {
    pub fn new() -> Shop {
        let desk = Desk::new();
        let schema = desk.write("schema.sql", SCHEMA);
        let workload = desk.write("shop.sql", QUERIES);
        Shop { desk, schema, workload }
    }

    /// On a throwaway server with the shop's data.
    pub fn compare(&self, more: &[&str]) -> Output {
        let mut command = planwise();
        command.arg("compare").arg(&self.workload).args(["--sandbox", "--time", "1"]);
        command.arg("--load").arg(&self.schema).args(more).arg("--out").arg(self.desk.out());
        command.output().unwrap()
    }

    pub fn comparison(&self) -> Value {
        read_json(&self.desk.out().join("comparison.json"))["comparison"].clone()
    }
}

/// Passed; or, on a machine so busy that a side differed from itself, refused to judge for that reason.
pub fn assert_no_failure(output: &Output) {
    match output.status.code() {
        Some(4) => assert_says(&stderr(output), &["a side differs from itself"]),
        _ => assert_status(output, 0),
    }
}

/// One query of a comparison.
pub fn query<'c>(comparison: &'c Value, id: &str) -> &'c Value {
    let queries = comparison["queries"].as_array().unwrap();
    queries.iter().find(|q| q["query"] == id).unwrap_or_else(|| panic!("{comparison:#}"))
}

/// Its signals of one kind.
pub fn signals<'c>(query: &'c Value, kind: &str) -> Vec<&'c Value> {
    let all = query["signals"].as_array().unwrap();
    all.iter().filter(|signal| signal["kind"] == kind).collect()
}

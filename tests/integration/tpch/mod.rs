//! TPC-H at a small scale: the same path as `benches/tpch.rs`.

mod advise;
pub mod data;

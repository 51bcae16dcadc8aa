//! Workloads that try to change what they were told to leave alone.

mod postgres;
mod postgres_statements;

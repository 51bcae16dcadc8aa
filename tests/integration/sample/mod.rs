//! The sample data in a real server, and the workload that belongs to it.

mod load;
mod workload;

//! The sample data in a real server, and the workload that belongs to it.

mod faults;
mod load;
mod storage;
mod workload;

//! The sample data in a real server, and the workload that belongs to it.

mod faults;
mod from_db;
mod load;
mod storage;
mod workload;

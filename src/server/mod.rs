//! The state of one server, apart from any workload: what settings, health, inventory and migration judge.

mod host;
mod machine;
mod state;

pub use host::{Host, Storage, Told};
pub use machine::Machine;
pub use state::{CounterSample, Growth, Hidden, SERVER_FORMAT, ServerState};

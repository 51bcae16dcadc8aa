//! Tests against real servers and the real program. One binary, so that it links once.

mod plan;
mod architecture;
mod program;
mod workload;

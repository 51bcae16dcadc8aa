//! Tests against real servers and the real program. One binary, so that it links once.

mod architecture;
mod plan;
mod postgres;
mod program;
mod workload;

//! Tests against real servers and the real program. One binary, so that it links once.

mod architecture;
mod parts;
mod plan;
mod postgres;
mod program;
mod report;
mod sample;
mod sandbox;
mod workload;

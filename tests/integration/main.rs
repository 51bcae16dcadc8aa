//! Tests against real servers and the real program. One binary, so that it links once.

mod advise;
mod architecture;
mod attack;
mod chaos;
mod compare;
mod explain;
mod history;
mod mariadb;
mod mutated;
mod mysql;
mod nightly;
mod parts;
mod plan;
mod postgres;
mod program;
mod report;
mod rules;
mod run;
mod sample;
mod sandbox;
mod scripts;
mod setup;
mod tpch;
mod tune;
mod versions;
mod workload;

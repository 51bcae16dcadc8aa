//! Snapshots: the same plans without the data, and what users do with them.

mod anew;
mod asserting;
mod broken;
mod carried;
mod ends;
mod fidelity;
mod footprint;
mod mutated;
mod redacted;
mod roles;
mod servers;
mod source;
mod stand;
mod stand_ins;
mod what_if;

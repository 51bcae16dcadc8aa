//! Snapshots: the same plans without the data, and what users do with them.

mod anew;
mod asserting;
mod broken;
mod fidelity;
mod footprint;
mod source;
mod stand;
mod what_if;

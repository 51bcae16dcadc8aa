//! Every rule against its cases under `tests/rules/<id>/`: captured from real servers, small enough to read.

mod capture;
mod case;
mod command;
mod ignoring;
mod near_misses;
mod policing;
mod preview;
mod robust;
mod specification;
mod terms;
mod verdicts;

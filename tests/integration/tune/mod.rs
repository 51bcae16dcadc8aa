//! Changes tried on real servers: kept where they help, and gone without a trace where not.

mod copy;
mod credit;
mod ended;
mod in_place;
mod program;
mod prove;
mod settings;
mod shop;
mod surroundings;
mod twins;

mod undo;

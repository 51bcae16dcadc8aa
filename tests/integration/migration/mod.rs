//! Moving a database: both sides are real servers.

mod damage;
mod forms;
mod moves;
mod parts;
mod same_engine;

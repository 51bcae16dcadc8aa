//! Moving a database: both sides are real servers.

mod damage;
mod followed;
mod forms;
mod habits;
mod hostile;
mod moves;
mod parts;
mod recorded;
mod same_engine;
mod upgrade;
mod writes;

//! Workloads that try to change what they were told to leave alone.

mod confined;
mod dumps;
mod mariadb;
mod mariadb_dumps;
mod mariadb_statements;
mod more;
mod postgres;
mod postgres_statements;

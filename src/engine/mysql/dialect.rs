//! What MariaDB's grammar says about a statement.

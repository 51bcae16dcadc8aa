//! What PostgreSQL's grammar says about a statement.

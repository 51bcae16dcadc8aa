//! Reading PostgreSQL's plans: pure functions from text to [`crate::plan::Plan`].

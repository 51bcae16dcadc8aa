//! What a sandbox of each version brings.

use std::path::Path;

use planwise::engine::Access;

use super::start;
use crate::postgres::server::{one, session};

super::on_every_version! { statistics_are_collected }

async fn statistics_are_collected(programs: &Path, major: u32) {
    let sandbox = start(programs).await;
    assert_eq!(sandbox.installation().version_number[0], major);
    let mut session = session(&sandbox, Access::ReadOnly).await;
    let libraries = one(session.as_mut(), "SHOW shared_preload_libraries").await;
    assert_eq!(libraries, "pg_stat_statements,auto_explain");
    // The view raises an error where its library was not loaded at the start.
    let counted = "SELECT count(*) >= 0 FROM pg_stat_statements";
    assert_eq!(one(session.as_mut(), counted).await, "t");
    let hypopg = "SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'";
    assert_eq!(one(session.as_mut(), hypopg).await, "0", "these servers stand for those without");
}

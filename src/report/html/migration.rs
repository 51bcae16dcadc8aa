//! Pages of a migration into their template.

use anyhow::{Context as _, Result};
use minijinja::context;
use minijinja::value::Serde;

use super::engine;
use super::exporter::{SCRIPT, STYLE};
use super::policy::Policy;
use crate::report::migration::MigrationPage;

pub fn migration_page(page: &MigrationPage) -> Result<String> {
    let policy = Policy::for_inline(STYLE, SCRIPT);
    let context = context! {
        page => Serde(page), policy => policy.to_string(), style => STYLE, script => SCRIPT,
    };
    let environment = engine::environment()?;
    let template = environment.get_template("migration.html")?;
    template.render(context).context("cannot render migration.html")
}

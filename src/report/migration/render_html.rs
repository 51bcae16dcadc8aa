//! A page as one HTML file that needs nothing else.

use anyhow::Result;

use super::page::MigrationPage;
use crate::report::html::migration_page;

pub fn page_html(page: &MigrationPage) -> Result<String> {
    migration_page(page)
}

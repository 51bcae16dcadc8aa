//! Pages of a migration: what there is, what is equal, how long it takes, what to do. One form for all of them, which
//! the terminal, Markdown and HTML render.

mod application_page;
mod inventory_page;
mod page;
mod parity_page;
mod plans_page;
mod plans_text;
mod rehearsal_page;
mod render_html;
mod render_markdown;
mod render_text;
mod runbook_page;
mod runbook_upgrade;

pub use application_page::application_page;
pub use inventory_page::inventory_page;
pub use page::{Mark, MigrationPage, PageBlock, PageSection, PageTone};
pub use parity_page::parity_page;
pub use plans_page::plans_page;
pub use plans_text::plans_text;
pub use rehearsal_page::rehearsal_page;
pub use render_html::page_html;
pub use render_markdown::page_markdown;
pub use render_text::page_text;
pub use runbook_page::runbook_page;

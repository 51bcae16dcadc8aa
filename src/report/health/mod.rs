//! A server's health as a page, as metrics, and its settings as files.

mod files;
mod open_metrics;
mod page;

pub use files::settings_files;
pub use open_metrics::open_metrics;
pub use page::health_page;

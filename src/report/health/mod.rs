//! A server's health as a page, as metrics, and its settings as files.

mod exporters;
mod files;
mod open_metrics;
mod page;

pub use exporters::health_files;
pub use files::settings_files;
pub use open_metrics::open_metrics;
pub use page::{health_page, health_title};

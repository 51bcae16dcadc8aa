//! One side of a migration: from a URL to what reads it.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::cli::{Context, InputError};
use crate::engine::migration::{Migration, ReaderOptions};
use crate::engine::{self, DbError, DbErrorKind, Engine, SessionOptions};
use crate::migrate::parity::Side;
use crate::report::migration::{MigrationPage, page_html, page_markdown, page_text};
use crate::report::{self, terminal::Format};

/// The engine that `url` means. `option` is named where it means none.
pub fn engine_of(url: &str, option: &str) -> Result<&'static dyn Engine> {
    let found = engine::for_url(url);
    Ok(found.ok_or_else(|| {
        let known = engine::schemes();
        InputError::new(format!("{option}: that is no URL planwise knows; use {known}"))
    })?)
}

pub fn migration_of(engine: &'static dyn Engine) -> Result<&'static dyn Migration, DbError> {
    engine.migration().ok_or_else(|| {
        let message = format!("planwise knows nothing of moving data from or to {}", engine.name());
        DbError::new(DbErrorKind::Unsupported, message)
    })
}

pub fn reader_options(connect: Duration, lock: Duration) -> ReaderOptions {
    ReaderOptions {
        connect_timeout: connect,
        statement_timeout: Duration::ZERO,
        lock_timeout: lock,
        zone: None,
    }
}

/// Connects once to learn what is there.
pub async fn side(url: &str, option: &str, options: &ReaderOptions) -> Result<Side> {
    let engine = engine_of(url, option)?;
    let session = SessionOptions {
        connect_timeout: options.connect_timeout,
        lock_timeout: options.lock_timeout,
        ..SessionOptions::default()
    };
    let server = async { engine.connect(url, &session).await?.server().await }.await;
    let server = server.map_err(|error| {
        let message = format!("{option}: {}", error.message);
        DbError { message, ..error }
    })?;
    let migration = migration_of(engine)?;
    Ok(Side { migration, url: url.to_owned(), options: options.clone(), server })
}

/// What to print, and the folder for the files.
pub struct Shown<'a, T> {
    pub document: &'a T,
    pub page: &'a MigrationPage,
    /// `parity`: begins the names of the files.
    pub name: &'a str,
    pub out: Option<&'a Path>,
    pub format: Format,
}

impl<T: Serialize> Shown<'_, T> {
    /// Writes the files first: what was read once is saved before anything is shown.
    pub fn publish(&self, context: &Context) -> Result<()> {
        self.save()?;
        let text = match self.format {
            Format::Json => self.json()?,
            Format::Markdown => page_markdown(self.page).into_bytes(),
            Format::Text => {
                page_text(self.page, context.width, context.color, context.quiet).into_bytes()
            }
        };
        Ok(std::io::stdout().lock().write_all(&text)?)
    }

    /// The files alone.
    pub fn save(&self) -> Result<()> {
        let Some(out) = self.out else { return Ok(()) };
        let file = |ending: &str| out.join(format!("{}.{ending}", self.name));
        report::write_atomically(&file("json"), &self.json()?)?;
        report::write_atomically(&file("md"), page_markdown(self.page).as_bytes())?;
        report::write_atomically(&file("html"), page_html(self.page)?.as_bytes())
    }

    fn json(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self.document)?;
        json.push(b'\n');
        Ok(json)
    }
}

//! Every run.

use std::io::{Write as _, stdout};

use anyhow::Result;

use crate::cli::Context;
use crate::commands::Exit;
use crate::history::History;
use crate::report::terminal::{Paint, runs_table};

pub fn list(history: &History, context: &Context) -> Result<Exit> {
    let (all, troubles) = history.list()?;
    let text = runs_table(&all, context.width, Paint::new(context.color));
    stdout().lock().write_all(text.as_bytes())?;
    for trouble in troubles {
        crate::progress::say(&format!("warning: {trouble}"));
    }
    Ok(Exit::Fine)
}

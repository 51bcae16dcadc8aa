//! Trends.

use std::io::{Write as _, stdout};
use std::path::Path;

use anyhow::Result;

use crate::cli::{Context, InputError};
use crate::commands::Exit;
use crate::history::{History, Series, series};
use crate::report::terminal::{Paint, trends};
use crate::report::{Trend, history_page, write_atomically};

/// Trends shown when no query is named.
const SHOWN: usize = 20;

pub fn show(history: &History, queries: &[String], context: &Context) -> Result<Exit> {
    let all = read(history)?;
    let chosen = match queries {
        [] => most_telling(all),
        names => named(all, names)?,
    };
    let text = trends(&chosen, context.width, Paint::new(context.color));
    stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Fine)
}

pub fn html(history: &History, out: &Path) -> Result<Exit> {
    let trends = read(history)?;
    write_atomically(out, history_page(&trends)?.as_bytes())?;
    writeln!(stdout().lock(), "{}", out.display())?;
    Ok(Exit::Fine)
}

/// Records that cannot be read are said, and the others shown.
fn read(history: &History) -> Result<Vec<Trend>> {
    let (kept, mut troubles) = history.list()?;
    let (all, unreadable) = series(history, &kept)?;
    troubles.extend(unreadable);
    troubles.dedup();
    for trouble in troubles {
        crate::progress::say(&format!("warning: {trouble}"));
    }
    let nonempty = all.into_iter().filter(|series: &Series| !series.observations.is_empty());
    Ok(nonempty.map(Trend::of).collect())
}

fn named(all: Vec<Trend>, names: &[String]) -> Result<Vec<Trend>> {
    if let Some(name) = names.iter().find(|name| all.iter().all(|t| t.series.query != **name)) {
        let message = format!("no run of the history has a query named {name:?}");
        return Err(InputError::new(message).into());
    }
    Ok(all.into_iter().filter(|trend| names.contains(&trend.series.query)).collect())
}

/// Those that changed, then the slowest.
fn most_telling(mut all: Vec<Trend>) -> Vec<Trend> {
    let latest = |trend: &Trend| trend.series.observations.last().map_or(0.0, |o| o.median_ms);
    all.sort_by(|a, b| {
        let changed = b.changes.is_empty().cmp(&a.changes.is_empty()).reverse();
        changed.then(latest(b).total_cmp(&latest(a)))
    });
    all.truncate(SHOWN);
    all
}

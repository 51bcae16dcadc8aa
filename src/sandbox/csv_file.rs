//! CSV files: one table each, named as the file, columns named by the header row.

use indicatif::ProgressBar;

use super::SandboxError;
use super::source_file::{SourceFile, unreadable};
use crate::engine::{Engine, Session, Table};

/// Loads the rows into the table called as the file. A table that does not exist is created with
/// text columns; of one that exists, the header may name any columns, in any order. Returns the rows.
pub async fn load(
    engine: &dyn Engine,
    session: &mut dyn Session,
    file: &SourceFile<'_>,
    progress: &ProgressBar,
) -> Result<u64, SandboxError> {
    let table = file.stem();
    let columns = header(file)?;
    let catalog = session.catalog().await?;
    match catalog.table(None, &table) {
        Some(existing) => check_columns(existing, &columns, file)?,
        None => session.command(&create_table(engine, &table, &columns)).await?,
    }
    let mut rows = file
        .reader(progress)
        .map_err(|cause| SandboxError::File { path: file.path().to_owned(), cause })?;
    let statement = engine.launcher().csv_load(&table, &columns);
    session
        .copy_in(&statement, &mut rows)
        .await
        .map_err(|source| SandboxError::Rows { path: file.path().to_owned(), source })
}

fn header(file: &SourceFile<'_>) -> Result<Vec<String>, SandboxError> {
    let refuse = |reason: String| unreadable(file.path(), &reason);
    let text = file.reader(&ProgressBar::hidden()).map_err(|error| refuse(error.to_string()))?;
    let mut reader = csv::Reader::from_reader(text);
    let names = reader.headers().map_err(|error| refuse(error.to_string()))?;
    let names: Vec<String> =
        names.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    check_names(&names).map_err(refuse)?;
    Ok(names)
}

fn check_names(names: &[String]) -> Result<(), String> {
    if let Some(at) = names.iter().position(|name| name.trim().is_empty()) {
        return Err(format!(
            "its first row has to name the columns, and column {} has no name",
            at + 1
        ));
    }
    let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    twice.map_or(Ok(()), |(_, name)| Err(format!("its first row names column \"{name}\" twice")))
}

fn check_columns(
    table: &Table,
    columns: &[String],
    file: &SourceFile<'_>,
) -> Result<(), SandboxError> {
    let Some(unknown) = columns.iter().find(|name| table.column(name).is_none()) else {
        return Ok(());
    };
    let known: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let reason = format!(
        "its first row names a column \"{unknown}\" that table {} does not have; it has {}",
        table.name,
        known.join(", ")
    );
    Err(unreadable(file.path(), &reason))
}

fn create_table(engine: &dyn Engine, table: &str, columns: &[String]) -> String {
    let quote = |name: &str| engine.dialect().quote_identifier(name);
    let columns: Vec<String> = columns.iter().map(|name| format!("{} text", quote(name))).collect();
    format!("CREATE TABLE {} ({})", quote(table), columns.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_header_names_every_column_once() {
        assert_eq!(check_names(&names(&["a", "b"])), Ok(()));
        assert!(check_names(&names(&["a", " "])).unwrap_err().contains("column 2 has no name"));
        assert!(check_names(&names(&["a", "b", "a"])).unwrap_err().contains("\"a\" twice"));
    }
}

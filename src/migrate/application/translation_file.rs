//! The workload in the words of the target: a file that somebody reviews.

use std::fmt::Write as _;

use crate::engine::migration::{Destination, Migration};
use crate::workload::Workload;

/// One query of the workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    pub id: String,
    pub source: String,
    /// `Err`: why it cannot be translated.
    pub target: Result<String, String>,
    pub notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TranslationFile {
    pub queries: Vec<Translated>,
}

/// Proposes a translation of every query.
pub fn translate_workload(
    migration: &dyn Migration,
    workload: &Workload,
    to: &Destination,
) -> TranslationFile {
    let queries = workload.queries.iter().map(|query| {
        let translated = migration.translate(&query.sql, to);
        let notes = translated.as_ref().map_or(Vec::new(), |translation| translation.notes.clone());
        Translated {
            id: query.id.clone(),
            source: query.sql.clone(),
            target: translated.map(|translation| translation.sql),
            notes,
        }
    });
    TranslationFile { queries: queries.collect() }
}

impl TranslationFile {
    /// As a workload of the target, each query with what to look at.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "-- Queries in the target's words, proposed by planwise and to be reviewed: change what is wrong, and add\n\
             -- what is listed as not translated, under the same name.\n",
        );
        for query in &self.queries {
            match &query.target {
                Ok(sql) => {
                    let _ = write!(out, "\n-- name: {}\n", query.id);
                    for note in &query.notes {
                        let _ = writeln!(out, "-- look: {}", one_line(note));
                    }
                    let _ = writeln!(out, "{};", sql.trim_end().trim_end_matches(';'));
                }
                Err(why) => {
                    let _ = write!(out, "\n-- not translated, {}: {}\n", query.id, one_line(why));
                    for line in query.source.lines() {
                        let _ = writeln!(out, "--     {line}");
                    }
                }
            }
        }
        out
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

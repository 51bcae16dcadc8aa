//! What to expect of the application's own statements.

use super::translate::translate;
use crate::engine::migration::{Destination, Point, Severity};

/// Loud failures first; a translation is suggested where there is one.
pub fn review_query(id: &str, sql: &str, to: &Destination) -> Vec<Point> {
    let object = format!("query {id}");
    if to.engine != "postgres" {
        return hashes(id, sql, to);
    }
    match translate(sql, to) {
        Err(why) => vec![Point::new(
            "query-untranslatable",
            Severity::Blocks,
            object,
            why,
            "rewrite it by hand",
        )],
        Ok(translation) if same(&translation.sql, sql) => Vec::new(),
        Ok(translation) => {
            let why = match translation.notes.as_slice() {
                [] => "it is written otherwise there".to_owned(),
                notes => format!("it is written otherwise there: {}", notes.join("; ")),
            };
            vec![
                Point::new(
                    "query-translated",
                    Severity::NeedsWork,
                    object,
                    why,
                    "review the suggestion, and compare answers on both sides (planwise answers)",
                )
                .suggesting(translation.sql),
            ]
        }
    }
}

fn hashes(id: &str, sql: &str, to: &Destination) -> Vec<Point> {
    let lower = sql.to_lowercase();
    let called = ["md5(", "sha1(", "sha("].iter().find(|call| {
        lower
            .match_indices(**call)
            .any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    });
    match called {
        Some(call) if to.engine == "mysql" && to.version >= [9, 6] => vec![Point::new(
            "removed-function",
            Severity::Blocks,
            format!("query {id}"),
            format!("it calls {call}…), which is gone from 9.6 on"),
            "sha2(…, 256), or the component that brings the old functions back",
        )],
        _ => Vec::new(),
    }
}

/// But for white space and case of words.
fn same(a: &str, b: &str) -> bool {
    let bare = |text: &str| {
        text.trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    bare(a) == bare(b)
}

//! What to expect of the application's own statements.

use super::translate::{parsed, translate};
use super::{habits, upgrade_checks, upsert};
use crate::engine::ServerInfo;
use crate::engine::migration::{DatabaseShape, Destination, Point, Severity, Translation};

/// Loud failures first; a translation is suggested where there is one.
pub fn review_query(
    id: &str,
    sql: &str,
    (server, shape): (&ServerInfo, &DatabaseShape),
    to: &Destination,
) -> Vec<Point> {
    let object = format!("query {id}");
    if to.engine != "postgres" {
        return upgrade_checks::query(&object, sql, version_as(server, to), to);
    }
    let statement = parsed(sql);
    let proposed = statement.as_ref().ok().and_then(|read| upsert::proposed(read, shape));
    let mut translated = proposed.unwrap_or_else(|| translate(sql, to));
    if let (Ok(read), Ok(translation)) = (&statement, &mut translated)
        && habits::sorts_no_null(read, shape)
    {
        translation.sql = translation.sql.replace(" NULLS FIRST", "").replace(" NULLS LAST", "");
    }
    let mut points = worded(&object, sql, translated);
    if let Ok(statement) = &statement {
        points.extend(habits::review(&object, statement, shape));
    }
    points
}

/// Where a fork leaves the road of the other's versions: it has their functions, but none of their later words.
fn version_as(server: &ServerInfo, to: &Destination) -> [u32; 2] {
    match server.engine == to.engine {
        true => server.version_number,
        false => [8, 4],
    }
}

fn worded(object: &str, sql: &str, translated: Result<Translation, String>) -> Vec<Point> {
    let object = object.to_owned();
    match translated {
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

/// But for white space and case of words.
fn same(a: &str, b: &str) -> bool {
    let bare = |text: &str| {
        text.trim_end_matches(';').split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    };
    bare(a) == bare(b)
}

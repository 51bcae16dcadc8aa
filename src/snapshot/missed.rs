//! Which queries ask for what a replica does not have.

use std::collections::BTreeSet;

use crate::engine::LeftOut;
use crate::sql::{Dialect, LexemeKind, Scanner};
use crate::workload::Workload;

/// Queries of one thing that are named.
const MOST_NAMED: usize = 10;

/// Sentences without their full stop. A query counts when its text names the thing, or the table that it is of.
pub fn missed(left_out: &[LeftOut], workload: &Workload, dialect: &dyn Dialect) -> Vec<String> {
    let queries = workload.queries.iter();
    let spoken: Vec<(&str, BTreeSet<String>)> =
        queries.map(|query| (query.id.as_str(), words(&query.sql, dialect))).collect();
    left_out.iter().map(|one| sentence(one, &spoken)).collect()
}

fn sentence(left_out: &LeftOut, spoken: &[(&str, BTreeSet<String>)]) -> String {
    let LeftOut { what, why, names } = left_out;
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let asks = |words: &BTreeSet<String>| names.iter().any(|name| words.contains(name));
    let asking: Vec<&str> =
        spoken.iter().filter(|(_, words)| asks(words)).map(|(id, _)| *id).collect();
    let named = asking.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = match asking.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match (asking.is_empty(), names.is_empty()) {
        (false, _) => format!("{what} is left out: {why}; named by {named}{more}"),
        (true, false) => format!("{what} is left out: {why}; no query names it"),
        (true, true) => format!("{what} is left out: {why}"),
    }
}

/// Names and operators of a statement, in small letters.
fn words(sql: &str, dialect: &dyn Dialect) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut operator = String::new();
    for lexeme in Scanner::new(sql, dialect.lexis()).map_while(Result::ok) {
        let text = lexeme.text(sql);
        // Signs next to each other are one operator.
        if matches!(lexeme.kind, LexemeKind::Symbol | LexemeKind::Placeholder)
            && text.chars().all(|sign| "+-*/<>=~!@#%^&|`?".contains(sign))
        {
            operator.push_str(text);
            continue;
        }
        words.insert(std::mem::take(&mut operator));
        match lexeme.kind {
            LexemeKind::Word => drop(words.insert(text.to_lowercase())),
            LexemeKind::QuotedIdentifier => {
                let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
                words.insert(inner.to_lowercase());
            }
            _ => {}
        }
    }
    words.insert(operator);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;

    #[test]
    fn queries_are_named_that_name_what_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("queries.sql");
        let queries = "-- name: near\nSELECT * FROM place WHERE spot <~> 5 < 3;\n\
             -- name: loud\nSELECT \"Shout\"(name) FROM guest;\n\
             -- name: said\nSELECT 'shout and <~>' FROM other; -- place\n";
        std::fs::write(&file, queries).unwrap();
        let dialect = engine::all()[0].dialect();
        let workload = crate::workload::read(&file, dialect).unwrap();
        let left_out = |what: &str, name: &str| LeftOut {
            what: what.to_owned(),
            why: "no".to_owned(),
            names: vec![name.to_owned()],
        };
        let things = [
            left_out("operator <~>", "<~>"),
            left_out("function shout", "shout"),
            left_out("index place_spot", "place"),
            left_out("function whisper", "whisper"),
            LeftOut { names: Vec::new(), ..left_out("type t", "") },
        ];
        assert_eq!(
            missed(&things, &workload, dialect),
            [
                "operator <~> is left out: no; named by near",
                "function shout is left out: no; named by loud",
                "index place_spot is left out: no; named by near",
                "function whisper is left out: no; no query names it",
                "type t is left out: no",
            ]
        );
    }
}

//! A log as the script that its statements would be in a file of queries.

use indexmap::IndexMap;
use serde_json::Value;

use super::entries::{Entry, entries};
use super::listing::listed;

/// Statements of one text, each with how often it was sent and with some of its values.
#[derive(Debug)]
pub struct Logged {
    /// What the text is.
    pub what: &'static str,
    pub script: String,
    /// Of each statement of the script, the line of the log on which it was first.
    pub lines: Vec<usize>,
    /// How many statements were sent.
    pub sent: usize,
}

/// More sets of values tell nothing new.
const MOST_SETS: usize = 8;

#[derive(Default)]
struct Sent {
    line: usize,
    times: usize,
    sets: Vec<Value>,
}

/// `None` where neither a library's log of statements nor a list of them is recognised in `text`.
pub fn script(text: &str) -> Option<Logged> {
    let once = || entries(text).into_iter().map(|entry| (entry, 1)).collect();
    let (what, sent): (_, Vec<(Entry, usize)>) = match listed(text) {
        Some(listed) => ("a list of statements with their calls", listed),
        None => ("the log of a program", once()),
    };
    let mut known: IndexMap<String, Sent> = IndexMap::new();
    for (entry, times) in sent {
        let new = Sent { line: entry.line, ..Sent::default() };
        let sent = known.entry(entry.sql).or_insert(new);
        sent.times += times;
        let new =
            entry.values.filter(|set| !sent.sets.contains(set) && sent.sets.len() < MOST_SETS);
        sent.sets.extend(new);
    }
    (!known.is_empty()).then(|| Logged {
        what,
        script: known.iter().map(|(sql, sent)| sent.statement(sql)).collect(),
        lines: known.values().map(|sent| sent.line).collect(),
        sent: known.values().map(|sent| sent.times).sum(),
    })
}

impl Sent {
    /// With the annotations of a file of queries.
    fn statement(&self, sql: &str) -> String {
        let weight = match self.times {
            0 | 1 => String::new(),
            times => format!("-- weight: {times}\n"),
        };
        let params = match self.sets.is_empty() {
            true => String::new(),
            false => format!("-- params: {}\n", Value::Array(self.sets.clone())),
        };
        format!("{weight}{params}{sql}\n;\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        script(text).map_or_else(String::new, |logged| logged.script)
    }

    const ONE: &str = "-- params: [[4711]]\nSELECT a FROM t WHERE b = $1\n;\n";

    #[test]
    fn every_library_is_heard() {
        for (log, wanted) in [
            (
                "  T Load (0.5ms)  SELECT a FROM t WHERE b = $1  [[\"b\", 4711]]\n  ↳ app/x.rb:1\n",
                ONE,
            ),
            (
                "  \u{1b}[1m\u{1b}[36mT Load (0.5ms)\u{1b}[0m  \u{1b}[34mSELECT a FROM t WHERE b = $1\u{1b}[0m  [[\"b\", 4711]]",
                ONE,
            ),
            ("query: SELECT a FROM t WHERE b = $1 -- PARAMETERS: [4711]", ONE),
            ("[debug] QUERY OK source=\"t\" db=1.2ms\nSELECT a FROM t WHERE b = $1 [4711]\n", ONE),
            (
                "INFO sqlalchemy.engine.Engine SELECT a\nFROM t\n WHERE b = %(b_1)s\nINFO sqlalchemy.engine.Engine [generated in 0.1s] {'b_1': 7}",
                "-- params: [{\"b_1\":7}]\nSELECT a\nFROM t\n WHERE b = %(b_1)s\n;\n",
            ),
            (
                "x DEBUG org.hibernate.SQL - select a from t where b=?\nx TRACE bind - binding parameter (1:BIGINT) <- [7]",
                "-- params: [[\"7\"]]\nselect a from t where b=?\n;\n",
            ),
            ("Hibernate: \n    select\n        a\nnext", "    select\n        a\n;\n"),
            (
                "DEBUG ==>  Preparing: select a from t where b = ?\nDEBUG ==> Parameters: 7(Long)",
                "-- params: [[\"7\"]]\nselect a from t where b = ?\n;\n",
            ),
            (
                "D utils (0.041) SELECT a FROM t WHERE b = 7; args=(7,); alias=default",
                "SELECT a FROM t WHERE b = 7\n;\n",
            ),
            ("prisma:query SELECT 1 WHERE a = $1", "SELECT 1 WHERE a = $1\n;\n"),
            ("Executing (default): SELECT 1;", "SELECT 1\n;\n"),
            ("x.go:7 [0.512ms] [rows:1] SELECT 1", "SELECT 1\n;\n"),
        ] {
            assert_eq!(read(log).trim_start(), wanted.trim_start(), "{log}");
        }
    }

    #[test]
    fn what_is_sent_again_counts() {
        let log = "query: SELECT 1 WHERE a = $1 -- PARAMETERS: [1]\nquery: SELECT 1 WHERE a = $1 -- PARAMETERS: [2]\n";
        assert_eq!(read(log), "-- weight: 2\n-- params: [[1],[2]]\nSELECT 1 WHERE a = $1\n;\n");
        assert_eq!(script(log).map(|logged| (logged.lines, logged.sent)), Some((vec![1], 2)));
    }

    #[test]
    fn other_texts_are_none() {
        for text in ["", "hello (0.1) world", "CACHE T Load (0.0ms)  SELECT 1", "(1) SELECT 1"] {
            assert!(script(text).is_none(), "{text}");
        }
    }
}

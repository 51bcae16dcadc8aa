//! A statement, and what its comments say to the optimiser.

use sqlparser::ast::{Statement, Visit};

use super::collect::Collector;
use super::subqueries;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::{Construct, Dialect, LexemeKind, Scanner};

/// `parsed`: `None` where the parser does not know the statement.
pub fn constructs(sql: &str, parsed: Option<&Statement>) -> Vec<Construct> {
    let mut found = hints(sql);
    if let Some(statement) = parsed {
        let mut collector = Collector::of(sql);
        subqueries::note_statement(&mut collector, statement);
        let _ = statement.visit(&mut collector);
        found.extend(collector.found);
    }
    found.sort_by_key(|construct| construct.offset);
    found
}

/// `/*+ … */`, and words that decide an order or an index.
fn hints(sql: &str) -> Vec<Construct> {
    let lexemes: Vec<_> = Scanner::new(sql, MysqlDialect.lexis()).map_while(Result::ok).collect();
    let meaningful = |kind: LexemeKind| !matches!(kind, LexemeKind::Space | LexemeKind::Comment);
    let words: Vec<_> = lexemes.iter().filter(|lexeme| meaningful(lexeme.kind)).collect();
    let comments = lexemes
        .iter()
        .filter(|lexeme| lexeme.kind == LexemeKind::Comment && lexeme.text(sql).starts_with("/*+"));
    let comments = comments.map(|lexeme| hint(lexeme.start, lexeme.text(sql)));
    let pairs = words.windows(2).filter_map(|pair| {
        let [first, second] = pair else { return None };
        let word = |text: &str, wanted: &str| text.eq_ignore_ascii_case(wanted);
        let (one, two) = (first.text(sql), second.text(sql));
        let plain = first.kind == LexemeKind::Word && second.kind == LexemeKind::Word;
        let by_index = ["FORCE", "IGNORE", "USE"].iter().any(|verb| word(one, verb))
            && ["INDEX", "KEY"].iter().any(|noun| word(two, noun));
        let text = sql.get(first.start..end_of_list(&words, second.end, sql))?;
        (plain && by_index).then(|| hint(first.start, text))
    });
    let straight = words.iter().filter(|lexeme| {
        lexeme.kind == LexemeKind::Word && lexeme.text(sql).eq_ignore_ascii_case("STRAIGHT_JOIN")
    });
    let straight = straight.map(|lexeme| hint(lexeme.start, lexeme.text(sql)));
    comments.chain(pairs).chain(straight).collect()
}

/// Behind the bracket that closes the names of indexes.
fn end_of_list(words: &[&crate::sql::Lexeme], after: usize, sql: &str) -> usize {
    let behind = words.iter().skip_while(|lexeme| lexeme.start < after);
    behind.take(40).find(|lexeme| lexeme.text(sql) == ")").map_or(after, |lexeme| lexeme.end)
}

fn hint(offset: usize, text: &str) -> Construct {
    Construct {
        kind: "planner-hint",
        excerpt: text.to_owned(),
        offset,
        count: 1,
        ..Construct::default()
    }
}

//! The query that a cursor is declared for.

use super::{Lexeme, LexemeKind, Lexis, Scanner};

/// Behind `DECLARE name CURSOR … FOR`: what the server plans, and what a user waits for.
pub fn query_of_cursor(sql: &str, lexis: Lexis) -> Option<&str> {
    let is = |lexeme: &Lexeme, word: &str| lexeme.text(sql).eq_ignore_ascii_case(word);
    let lexemes = Scanner::new(sql, lexis).map_while(Result::ok);
    let mut words = lexemes.filter(|lexeme| lexeme.kind == LexemeKind::Word);
    words.next().filter(|first| is(first, "declare"))?;
    words.find(|word| is(word, "cursor"))?;
    let before = words.find(|word| is(word, "for"))?;
    sql.get(before.end..).map(str::trim_start).filter(|query| !query.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_the_declaration_is_the_query() {
        let lexis = crate::engine::all()[0].dialect().lexis();
        for head in ["DECLARE c CURSOR FOR", "declare \"a cursor\" no scroll cursor with hold for"]
        {
            let sql = format!("{head} SELECT 1 FROM t FOR UPDATE");
            assert_eq!(query_of_cursor(&sql, lexis), Some("SELECT 1 FROM t FOR UPDATE"), "{sql}");
        }
        for sql in
            ["SELECT substring(a FROM 1 FOR 2) AS cursor FROM t", "CLOSE c", "DECLARE c CURSOR FOR"]
        {
            assert_eq!(query_of_cursor(sql, lexis), None, "{sql}");
        }
    }
}

//! Texts as pg_stat_statements normalises them: every constant becomes a parameter, also where the grammar wants a
//! constant. Written so that they can be planned.

use super::quote;
use crate::sql::{Lexeme, LexemeKind, Lexis, Scanner};

/// `sql` with `$1::interval` for `interval $1`, `date_part($1, x)` for `extract($1 FROM x)`, and their like. `None` where
/// there is nothing of the kind.
pub fn restored(sql: &str, lexis: Lexis) -> Option<String> {
    if !sql.contains('$') {
        return None;
    }
    let mut lexemes = Vec::new();
    for lexeme in Scanner::new(sql, lexis) {
        let lexeme = lexeme.ok()?;
        if !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            lexemes.push(lexeme);
        }
    }
    let text = Text { sql, lexemes };
    let mut edits = Vec::new();
    for at in 0..text.lexemes.len() {
        if text.is_parameter(at) {
            edits.extend(text.type_before(at));
            edits.extend(text.field_before(at));
        }
    }
    (!edits.is_empty()).then(|| apply(sql, edits.into_iter().flatten().collect()))
}

/// Bytes to be replaced, and by what.
type Edit = (usize, usize, String);

fn apply(sql: &str, mut edits: Vec<Edit>) -> String {
    edits.sort();
    let mut text = String::with_capacity(sql.len() + 16);
    let mut copied = 0;
    for (start, end, replacement) in edits {
        text.push_str(sql.get(copied..start).unwrap_or_default());
        text.push_str(&replacement);
        copied = copied.max(end);
    }
    text.push_str(sql.get(copied..).unwrap_or_default());
    text
}

struct Text<'a> {
    sql: &'a str,
    lexemes: Vec<Lexeme>,
}

impl<'a> Text<'a> {
    fn get(&self, at: usize) -> &'a str {
        self.lexemes.get(at).map_or("", |lexeme| lexeme.text(self.sql))
    }

    fn is_parameter(&self, at: usize) -> bool {
        self.lexemes.get(at).is_some_and(|lexeme| lexeme.kind == LexemeKind::Placeholder)
    }

    fn is_word(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.get(at).eq_ignore_ascii_case(word))
    }

    /// A name that may be that of a type: nothing else stands directly before a constant.
    fn may_be_type(&self, at: usize) -> bool {
        self.lexemes.get(at).is_some_and(|lexeme| match lexeme.kind {
            LexemeKind::Word => {
                let word = lexeme.text(self.sql);
                let is_type = TYPES.iter().any(|known| known.eq_ignore_ascii_case(word));
                is_type || !quote::is_known_word(word)
            }
            LexemeKind::QuotedIdentifier => true,
            _ => false,
        })
    }

    /// `type $1` becomes `$1::type`.
    fn type_before(&self, at: usize) -> Option<Vec<Edit>> {
        let last = at.checked_sub(1)?;
        let start = self.type_start(last)?;
        let fields = self.interval_fields(at + 1).filter(|_| self.is_word(start, &["interval"]));
        let end = fields.unwrap_or(at);
        let from = self.lexemes[start].start;
        let kind = self.sql.get(from..self.lexemes[last].end)?;
        let behind = match end > at {
            true => self.sql.get(self.lexemes[at + 1].start..self.lexemes[end].end)?,
            false => "",
        };
        let cast = format!("{}::{kind} {behind}", self.get(at));
        Some(vec![(from, self.lexemes[end].end, cast.trim_end().to_owned())])
    }

    /// Where the name of a type that ends at `last` begins.
    fn type_start(&self, last: usize) -> Option<usize> {
        let mut start = last;
        if self.is_word(last, &["zone"]) {
            // `timestamp (3) with time zone`
            let with = last.checked_sub(2)?;
            if !self.is_word(with, &["with", "without"]) {
                return None;
            }
            start = self.before_modifier(with.checked_sub(1)?);
            return self.is_word(start, &["time", "timestamp"]).then_some(start);
        }
        start = self.before_modifier(start);
        if !self.may_be_type(start) {
            return None;
        }
        let two = start.checked_sub(1).filter(|first| {
            self.is_word(*first, &["double"]) && self.is_word(start, &["precision"])
                || self.is_word(*first, &["character", "char", "bit"])
                    && self.is_word(start, &["varying"])
        });
        let schema = start.checked_sub(2).filter(|_| self.get(start - 1) == ".");
        Some(two.or(schema).unwrap_or(start))
    }

    /// The lexeme before `(3)` or `(10, 2)`, if such a thing ends at `last`.
    fn before_modifier(&self, last: usize) -> usize {
        if self.get(last) != ")" {
            return last;
        }
        let inner =
            |at: &usize| self.get(*at) == "," || self.lexemes[*at].kind == LexemeKind::Number;
        let count = (0..last).rev().take_while(inner).count();
        let open = last - 1 - count.min(last - 1);
        match self.get(open) == "(" && open > 0 {
            true => open - 1,
            false => last,
        }
    }

    /// The last lexeme of `day`, `second (3)` or `hour to minute` from `at` on.
    fn interval_fields(&self, at: usize) -> Option<usize> {
        let first = |at: usize| self.is_word(at, &FIELDS).then_some(at);
        let mut end = first(at)?;
        if self.is_word(end + 1, &["to"]) {
            end = first(end + 2)?;
        }
        if self.get(end + 1) == "(" && self.get(end + 3) == ")" {
            end += 3;
        }
        Some(end)
    }

    /// `extract($1 FROM x)` becomes `date_part($1, x)`.
    fn field_before(&self, at: usize) -> Option<Vec<Edit>> {
        let function = at.checked_sub(2)?;
        let is_field = self.get(at - 1) == "("
            && self.is_word(function, &["extract"])
            && self.is_word(at + 1, &["from"]);
        is_field.then(|| {
            let edit = |at: usize, text: &str| {
                (self.lexemes[at].start, self.lexemes[at].end, text.to_owned())
            };
            let from = self.lexemes[at + 1];
            let comma = (self.lexemes[at].end, from.end, ",".to_owned());
            vec![edit(function, "date_part"), comma]
        })
    }
}

const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];

/// Words of the grammar that name types.
const TYPES: [&str; 25] = [
    "bigint",
    "bit",
    "boolean",
    "char",
    "character",
    "dec",
    "decimal",
    "float",
    "int",
    "integer",
    "interval",
    "json",
    "national",
    "nchar",
    "numeric",
    "precision",
    "real",
    "setof",
    "smallint",
    "text",
    "time",
    "timestamp",
    "varchar",
    "varying",
    "xml",
];

#[cfg(test)]
mod tests {
    use crate::engine::postgres::dialect::PostgresDialect;
    use crate::sql::Dialect;

    #[test]
    fn constants_of_a_type_become_casts() {
        for (sql, expected) in [
            ("SELECT now() - interval $1", "SELECT now() - $1::interval"),
            ("SELECT interval $1 day, 1", "SELECT $1::interval day, 1"),
            ("SELECT interval $1 hour to second (2)", "SELECT $1::interval hour to second (2)"),
            ("SELECT interval(3) $1", "SELECT $1::interval(3)"),
            (
                "SELECT 1 WHERE d BETWEEN date $1 AND date $2",
                "SELECT 1 WHERE d BETWEEN $1::date AND $2::date",
            ),
            ("SELECT timestamp with time zone $1", "SELECT $1::timestamp with time zone"),
            (
                "SELECT timestamp(0) without time zone $1",
                "SELECT $1::timestamp(0) without time zone",
            ),
            (
                "SELECT double precision $1, numeric(10, 2) $2",
                "SELECT $1::double precision, $2::numeric(10, 2)",
            ),
            (
                "SELECT jsonb $1 -> $2, pg_catalog.point $3",
                "SELECT $1::jsonb -> $2, $3::pg_catalog.point",
            ),
            (
                "SELECT extract($1 FROM a.x - interval $2)",
                "SELECT date_part($1, a.x - $2::interval)",
            ),
            ("SELECT EXTRACT ( $1 from x)", "SELECT date_part ( $1, x)"),
        ] {
            assert_eq!(PostgresDialect.restored(sql).as_deref(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_is_no_type_stays() {
        for sql in [
            "SELECT 1 ORDER BY 1 LIMIT $1 OFFSET $2 ROWS FETCH NEXT $3 ROWS ONLY",
            "SELECT f(VARIADIC $1), x ESCAPE $2, xmlparse(CONTENT $3), sum(a) OVER (ROWS $4 PRECEDING)",
            "SELECT json_object(KEY $1 VALUE $2), CASE WHEN a THEN $3 ELSE $4 END, x AT TIME ZONE $5",
            "SELECT extract(year FROM x), $$interval $1$$, 'date $1' -- date $1",
        ] {
            assert_eq!(super::restored(sql, PostgresDialect.lexis()), None, "{sql}");
        }
    }

    #[test]
    fn other_mistakes_are_not_mended() {
        for sql in ["SELECT a FORM t WHERE b = $1", "SELECT $1 $2", "SELECT 1 LIMIT $1 OFFSETT $2"]
        {
            assert_eq!(PostgresDialect.restored(sql), None, "{sql}");
        }
    }
}

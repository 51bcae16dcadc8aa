//! What a statement creates, and under which name.

use sqlparser::ast::{
    AlterTable, AlterTableOperation, CreateIndex, Expr, ObjectName, Statement, TableConstraint,
};
use sqlparser::dialect::MySqlDialect as Grammar;
use sqlparser::parser::Parser;

use super::ddl;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::{NewObject, ObjectKind};
use crate::sql::{Dialect, LexemeKind, Scanner};

/// The first index that `text` creates.
pub fn creates(text: &str, family: Family) -> Option<NewObject> {
    let text = text.trim().trim_end_matches(';');
    let plain = without_kind(without_manner(text));
    let statements = Parser::parse_sql(&Grammar {}, &plain).ok()?;
    statements.iter().find_map(|statement| match statement {
        Statement::CreateIndex(index) => of_create(index, text, family),
        Statement::AlterTable(alter) => of_alter(alter, text, family),
        _ => None,
    })
}

/// `CREATE FULLTEXT INDEX` as `CREATE INDEX`: what is asked is only the name.
fn without_kind(text: &str) -> String {
    let words: Vec<_> = Scanner::new(text, MysqlDialect.lexis())
        .filter_map(Result::ok)
        .filter(|lexeme| lexeme.kind == LexemeKind::Word)
        .take(2)
        .collect();
    let kinds = ["FULLTEXT", "SPATIAL"];
    match words.as_slice() {
        [first, second]
            if first.text(text).eq_ignore_ascii_case("CREATE")
                && kinds.iter().any(|kind| second.text(text).eq_ignore_ascii_case(kind)) =>
        {
            format!("{}{}", &text[..second.start], &text[second.end..])
        }
        _ => text.to_owned(),
    }
}

/// The words behind the list of keys are not of every grammar: `ALGORITHM=INPLACE LOCK=NONE`, `INVISIBLE`.
fn without_manner(text: &str) -> &str {
    let lexemes: Vec<_> = Scanner::new(text, MysqlDialect.lexis()).filter_map(Result::ok).collect();
    let is = |at: usize, word: &str| {
        lexemes
            .get(at)
            .is_some_and(|l| l.kind == LexemeKind::Word && l.text(text).eq_ignore_ascii_case(word))
    };
    let (mut depth, mut cut) = (0usize, text.len());
    for (at, lexeme) in lexemes.iter().enumerate() {
        match lexeme.text(text) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let begins = ["ALGORITHM", "LOCK", "INVISIBLE", "IGNORED", "COMMENT", "VISIBLE"];
        if depth == 0 && at > 3 && begins.iter().any(|word| is(at, word)) {
            cut = lexeme.start;
            break;
        }
    }
    text[..cut].trim_end().trim_end_matches(',')
}

fn of_create(index: &CreateIndex, text: &str, family: Family) -> Option<NewObject> {
    let name = last(index.name.as_ref()?)?;
    Some(object(&index.table_name, name, text, family))
}

fn of_alter(alter: &AlterTable, text: &str, family: Family) -> Option<NewObject> {
    let added = alter.operations.iter().find_map(|operation| match operation {
        AlterTableOperation::AddConstraint { constraint, .. } => Some(constraint),
        _ => None,
    })?;
    let (name, keys) = match added {
        TableConstraint::Index(index) => (index.name.clone(), &index.columns),
        TableConstraint::FulltextOrSpatial(index) => (index.opt_index_name.clone(), &index.columns),
        TableConstraint::Unique(unique) => {
            (unique.index_name.clone().or(unique.name.clone()), &unique.columns)
        }
        _ => return None,
    };
    // An index without a name is called as its first column is.
    let first = || match &keys.first()?.column.expr {
        Expr::Identifier(name) => Some(name.value.clone()),
        _ => None,
    };
    let name = name.map(|name| name.value).or_else(first)?;
    Some(object(&alter.name, name, text, family))
}

fn object(table: &ObjectName, name: String, text: &str, family: Family) -> NewObject {
    let parts: Vec<String> =
        table.0.iter().filter_map(|part| part.as_ident()).map(|name| name.value.clone()).collect();
    let (schema, table) = match parts.as_slice() {
        [schema, table] => (Some(schema.clone()), table.clone()),
        [table] => (None, table.clone()),
        _ => (None, String::new()),
    };
    NewObject {
        kind: ObjectKind::Index,
        undo: ddl::drop(family, (schema.as_deref().unwrap_or_default(), &table), &name, true),
        schema,
        table,
        name,
        statement: strict(text),
    }
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(|name| name.value.clone())
}

/// Without IF NOT EXISTS: it must not pass over what is there.
fn strict(text: &str) -> String {
    let lexemes: Vec<_> = Scanner::new(text, MysqlDialect.lexis())
        .filter_map(Result::ok)
        .filter(|lexeme| lexeme.kind == LexemeKind::Word)
        .collect();
    let words = |three: &[crate::sql::Lexeme]| -> Vec<String> {
        three.iter().map(|lexeme| lexeme.text(text).to_ascii_uppercase()).collect()
    };
    let found = lexemes.windows(3).find(|three| words(three) == ["IF", "NOT", "EXISTS"]);
    match found {
        Some([first, _, third]) => {
            let (before, after) = (&text[..first.start], &text[third.end..]);
            format!("{}{}", before, after.trim_start())
        }
        _ => text.to_owned(),
    }
}

/// The index's name where it reads `old`, in whichever spelling; columns of that name keep theirs.
pub fn renamed(text: &str, old: &str, new: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let (mut at, mut is_named) = (0, false);
    for lexeme in Scanner::new(text, MysqlDialect.lexis()).filter_map(Result::ok) {
        let word = lexeme.text(text);
        if matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment) {
            continue;
        }
        if is_named && unquoted(word) == old {
            written.push_str(&text[at..lexeme.start]);
            written.push_str(&MysqlDialect.quote_identifier(new));
            at = lexeme.end;
        }
        is_named = ["INDEX", "KEY", "EXISTS"].iter().any(|named| word.eq_ignore_ascii_case(named));
    }
    written.push_str(&text[at..]);
    written
}

fn unquoted(word: &str) -> String {
    let quoted = word.strip_prefix('`').and_then(|word| word.strip_suffix('`'));
    quoted.map_or_else(|| word.to_owned(), |name| name.replace("``", "`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_known_by_whichever_statement_makes_it() {
        let named = |sql: &str| creates(sql, Family::Mysql).map(|o| (o.schema, o.table, o.name));
        let expected = Some((Some("s".into()), "t".into(), "i".into()));
        assert_eq!(
            named("CREATE INDEX `i` ON `s`.`t` (`a`, `b` DESC) ALGORITHM=INPLACE LOCK=NONE;"),
            expected
        );
        assert_eq!(
            named("ALTER TABLE s.t ADD INDEX i (a), ALGORITHM=INPLACE, LOCK=NONE"),
            expected
        );
        assert_eq!(named("CREATE FULLTEXT INDEX i ON s.t (a)"), expected);
        assert_eq!(named("CREATE UNIQUE INDEX i ON s.t (a)"), expected);
        assert_eq!(named("CREATE INDEX i ON s.t (a, (lower(b)), c(10))"), expected);
        assert_eq!(named("ANALYZE TABLE s.t"), None);
        assert_eq!(named("DROP INDEX i ON t"), None);
    }

    #[test]
    fn what_takes_it_away_names_its_table() {
        let object = creates("CREATE INDEX IF NOT EXISTS i ON t (a)", Family::Mysql).unwrap();
        assert_eq!(object.undo, "DROP INDEX `i` ON `t` ALGORITHM=INPLACE LOCK=NONE;");
        assert_eq!(object.statement, "CREATE INDEX i ON t (a)");
    }

    #[test]
    fn another_name_stands_wherever_the_old_one_stood() {
        assert_eq!(
            renamed("CREATE INDEX `i` ON `t` (`i2`, i)", "i", "j"),
            "CREATE INDEX `j` ON `t` (`i2`, i)"
        );
        assert_eq!(renamed("DROP INDEX `i` ON t -- i", "x", "j"), "DROP INDEX `i` ON t -- i");
    }
}

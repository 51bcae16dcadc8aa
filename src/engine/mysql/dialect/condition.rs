//! Conditions as MariaDB's plans print them, made palatable to the grammar.

use crate::sql::{LexemeKind, Lexis, Scanner};

/// `<cache>(x)` becomes `(x)`, `char charset binary` becomes `char`, other marks in angle brackets become function names, and
/// `subquery#2` becomes a quoted name; all outside strings.
pub fn without_plan_marks(condition: &str, lexis: Lexis) -> Option<String> {
    let lexis = Lexis { hash_comments: false, ..lexis };
    let lexemes: Vec<_> = Scanner::new(condition, lexis).collect::<Result<_, _>>().ok()?;
    let text = |at: usize| lexemes.get(at).map_or("", |l| l.text(condition));
    let is_word = |at: usize| lexemes.get(at).is_some_and(|l| l.kind == LexemeKind::Word);
    let mut written = String::with_capacity(condition.len());
    let mut at = 0;
    while at < lexemes.len() {
        let mark = text(at) == "<" && is_word(at + 1) && text(at + 2) == ">";
        let reference = is_word(at) && text(at).starts_with("subquery") && text(at + 1) == "#";
        // `cast(x as char charset binary)`: the grammar knows the type without its character set.
        let charset = is_word(at)
            && text(at).eq_ignore_ascii_case("charset")
            && lexemes[..at].iter().rev().find(|l| l.kind != LexemeKind::Space).is_some_and(|l| {
                l.kind == LexemeKind::Word && l.text(condition).eq_ignore_ascii_case("char")
            });
        if charset {
            at += 1;
            while lexemes.get(at).is_some_and(|l| l.kind == LexemeKind::Space) {
                at += 1;
            }
            at += usize::from(is_word(at));
        } else if mark && text(at + 1) == "cache" {
            at += 3;
        } else if mark {
            written.push_str(&text(at + 1).replace('_', ""));
            at += 3;
        } else if reference {
            written.push_str(&format!("`{SUBQUERY}{}`", text(at + 2)));
            at += 3;
        } else {
            written.push_str(text(at));
            at += 1;
        }
    }
    Some(written)
}

/// Begins the name that stands for a subquery of the plan.
pub const SUBQUERY: &str = "subquery ";

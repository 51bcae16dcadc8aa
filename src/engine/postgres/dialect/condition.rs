//! Conditions as plans print them, made palatable to the grammar.

use crate::sql::{Lexeme, LexemeKind, Lexis, Scanner};

/// Replaces what only plans say (`hashed SubPlan 1`, `InitPlan 2`, `alternatives: …`, `$0`) by quoted names,
/// outside strings. `None` when the text is not even a sequence of tokens.
pub fn without_plan_parts(condition: &str, lexis: Lexis) -> Option<String> {
    let lexemes: Vec<Lexeme> = Scanner::new(condition, lexis).collect::<Result<_, _>>().ok()?;
    let mut written = String::with_capacity(condition.len() + 16);
    let mut at = 0;
    while let Some(lexeme) = lexemes.get(at) {
        match plan_part(condition, &lexemes, at) {
            Some((name, length)) => {
                written.push_str(&format!("\"{name}\""));
                at += length;
            }
            None => {
                written.push_str(lexeme.text(condition));
                at += 1;
            }
        }
    }
    Some(written)
}

/// A reference that begins at lexeme `at`: its name, and how many lexemes it takes.
fn plan_part(source: &str, lexemes: &[Lexeme], at: usize) -> Option<(String, usize)> {
    let word = |offset: usize| {
        lexemes
            .get(at + offset)
            .filter(|l| l.kind == LexemeKind::Word || l.kind == LexemeKind::Number)
            .map_or("", |l| l.text(source))
    };
    match (word(0), word(2)) {
        _ if lexemes.get(at)?.text(source) == "$0" => Some(("$0".to_owned(), 1)),
        ("hashed", "SubPlan") => Some((format!("hashed SubPlan {}", word(4)), 5)),
        ("SubPlan" | "InitPlan", number) if is_number(number) => {
            Some((format!("{} {number}", word(0)), 3))
        }
        ("alternatives", _) => alternatives(source, lexemes, at),
        _ => None,
    }
}

/// `alternatives: SubPlan 1 or hashed SubPlan 2`, up to the closing parenthesis.
fn alternatives(source: &str, lexemes: &[Lexeme], at: usize) -> Option<(String, usize)> {
    let rest = lexemes.get(at..)?;
    let colon = rest.get(1)?.text(source) == ":";
    let length = rest.iter().position(|l| l.text(source) == ")")?;
    colon.then(|| ("SubPlan alternatives".to_owned(), length))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

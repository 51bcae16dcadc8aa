//! Statements with statements inside them.

use super::{Lexeme, LexemeKind};

/// Terminators that do not end a CREATE statement: those between the parentheses of a rule, and
/// those between `BEGIN ATOMIC` and its `END`.
#[derive(Default)]
pub struct Body {
    is_create: Option<bool>,
    parentheses: usize,
    blocks: usize,
    after_begin: bool,
}

impl Body {
    pub fn is_open(&self) -> bool {
        self.is_create == Some(true) && (self.parentheses > 0 || self.blocks > 0)
    }

    pub fn read(&mut self, lexeme: Lexeme, script: &str) {
        let text = lexeme.text(script);
        let is = |word: &str| lexeme.kind == LexemeKind::Word && text.eq_ignore_ascii_case(word);
        if !*self.is_create.get_or_insert(is("create")) {
            return;
        }
        let was_begin = std::mem::replace(&mut self.after_begin, is("begin"));
        match text {
            "(" => self.parentheses += 1,
            ")" => self.parentheses = self.parentheses.saturating_sub(1),
            _ if is("atomic") && was_begin => self.blocks += 1,
            _ if self.blocks > 0 && is("case") => self.blocks += 1,
            _ if self.blocks > 0 && is("end") => self.blocks -= 1,
            _ => {}
        }
    }
}

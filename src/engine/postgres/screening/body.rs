//! Names in the code of a function, which no parser of SQL reads whole: by its words.
//!
//! A word before `(` may be a call, one after a dot may be an attribute that is a function, and any word may be a
//! table or view. Too many names are found rather than too few: they are looked up in the catalog, and few are there.

use pg_query::protobuf::{ScanToken, Token};

use super::references::{Call, Name, References, Spelling, event};

struct Word<'a> {
    token: Token,
    text: &'a str,
}

const OPERATOR_CHARACTERS: &str = "+-*/<>=~!@#%^&|`?";

/// Of code in a language that holds SQL between words of its own.
pub fn references(code: &str) -> References {
    let Ok(scanned) = pg_query::scan(code) else {
        return References { dynamic: true, ..References::default() };
    };
    let words = scanned.tokens.iter().filter_map(|token| word(code, token));
    let words: Vec<Word<'_>> = words.collect();
    let mut found = References::default();
    for (index, here) in words.iter().enumerate() {
        found.take(here, &words[..index], words.get(index + 1));
    }
    found
}

fn word<'a>(code: &'a str, token: &ScanToken) -> Option<Word<'a>> {
    let kind = Token::try_from(token.token).ok()?;
    if matches!(kind, Token::SqlComment | Token::CComment) {
        return None;
    }
    let (start, end) = (usize::try_from(token.start).ok()?, usize::try_from(token.end).ok()?);
    Some(Word { token: kind, text: code.get(start..end)? })
}

impl References {
    fn take(&mut self, here: &Word<'_>, before: &[Word<'_>], after: Option<&Word<'_>>) {
        match here.token {
            Token::Execute => self.dynamic = true,
            Token::Insert => self.writes |= event::INSERT,
            Token::Update => self.writes |= event::UPDATE,
            Token::DeleteP => self.writes |= event::DELETE,
            Token::Merge => self.writes |= event::INSERT | event::UPDATE | event::DELETE,
            Token::Truncate => self.writes |= event::TRUNCATE,
            Token::Copy => self.outside = Some("copies to or from a file or program (COPY)"),
            _ => {}
        }
        if here.text.chars().all(|c| OPERATOR_CHARACTERS.contains(c)) {
            self.operators.insert(here.text.to_owned());
        }
        let Some(name) = identifier(here) else { return };
        let dotted = before.last().is_some_and(|word| word.text == ".");
        let schema = dotted.then(|| before.len().checked_sub(2).and_then(|at| before.get(at)));
        let schema = schema.flatten().and_then(identifier);
        let name = Name { schema, name };
        if after.is_some_and(|word| word.text == "(") {
            self.calls.insert(Call { name: name.clone(), spelling: Spelling::Call });
        } else if dotted {
            let attribute = Name { schema: None, name: name.name.clone() };
            self.calls.insert(Call { name: attribute, spelling: Spelling::Attribute });
        }
        self.types.insert(name.name.clone());
        self.relations.insert(name);
    }
}

/// The name as the server folds it: the parser reads it once more, alone.
fn identifier(word: &Word<'_>) -> Option<String> {
    let first = word.text.chars().next()?;
    if word.text.starts_with('"') || word.text.to_ascii_lowercase().starts_with("u&\"") {
        return unquoted(word.text);
    }
    let named = first.is_alphabetic() || first == '_';
    (named && word.token != Token::Sconst).then(|| word.text.to_lowercase())
}

fn unquoted(text: &str) -> Option<String> {
    let parsed = References::of_statement(&format!("SELECT 1 FROM {text}")).ok()?;
    parsed.relations.into_iter().next().map(|name| name.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str) -> Vec<String> {
        references(code).calls.into_iter().map(|call| call.name.name).collect()
    }

    #[test]
    fn calls_in_code_are_found_in_every_spelling() {
        for code in [
            "BEGIN PERFORM nudge(1); END",
            "BEGIN x := public . nudge (1); END",
            "BEGIN RETURN (SELECT r.nudge FROM r); END",
            "BEGIN PERFORM \"nudge\"(1); END",
            r#"BEGIN PERFORM U&"\006eudge"(1); END"#,
            "BEGIN PERFORM Nudge/* */(1); END",
        ] {
            assert!(names(code).contains(&"nudge".to_owned()), "{code}: {:?}", names(code));
        }
        assert!(names("BEGIN RAISE NOTICE 'nudge(1)'; -- nudge(1)\n END").is_empty());
    }

    #[test]
    fn text_that_is_run_is_no_secret() {
        assert!(references("BEGIN EXECUTE 'DRO' || 'P TABLE t'; END").dynamic);
        assert!(references("BEGIN RETURN QUERY EXECUTE q; END").dynamic);
        assert!(!references("BEGIN RETURN 1; END").dynamic);
        assert!(references("BEGIN COPY t TO PROGRAM 'x'; END").outside.is_some());
        assert_eq!(references("BEGIN DELETE FROM t; END").writes, event::DELETE);
        assert!(references("BEGIN RETURN a +! b; END").operators.contains("+!"));
    }
}

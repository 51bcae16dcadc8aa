//! What an index can use of a LIKE pattern or a regular expression.

/// The searchable parts of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Readable {
    /// Literal text that every match starts with, where case counts.
    pub prefix: String,
    /// Characters in the longest run of letters and digits that every match contains.
    pub longest_run: usize,
}

/// `operator` as the server prints it: `~~` LIKE, `~~*` ILIKE, `~` and `~*` regular expressions,
/// `^@` starts-with, `%` similarity.
pub fn read(operator: &str, pattern: &str) -> Readable {
    match operator {
        "~~" => like(pattern),
        "~~*" => Readable { prefix: String::new(), ..like(pattern) },
        "~" => regular_expression(pattern),
        "~*" => Readable { prefix: String::new(), ..regular_expression(pattern) },
        "^@" => Readable { prefix: pattern.to_owned(), longest_run: longest_run(pattern) },
        "%" | "<%" | "%>" | "<<%" | "%>>" => {
            Readable { prefix: String::new(), longest_run: longest_run(pattern) }
        }
        _ => Readable::default(),
    }
}

/// `%` and `_` become `None`; a backslash makes the next character literal.
fn like(pattern: &str) -> Readable {
    let mut literal = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        literal.push(match character {
            '%' | '_' => None,
            '\\' => characters.next(),
            other => Some(other),
        });
    }
    readable(&literal)
}

fn readable(literal: &[Option<char>]) -> Readable {
    let prefix = literal.iter().map_while(|c| *c).collect();
    let text: String = literal.iter().map(|c| c.unwrap_or(' ')).collect();
    Readable { prefix, longest_run: longest_run(&text) }
}

fn longest_run(text: &str) -> usize {
    text.split(|c: char| !c.is_alphanumeric()).map(|run| run.chars().count()).max().unwrap_or(0)
}

/// Only what is sure: any alternation gives nothing, a quantified character is no literal.
fn regular_expression(pattern: &str) -> Readable {
    if pattern.contains(['|', '[', '(', '{', '\\']) && pattern.contains('|') {
        return Readable::default();
    }
    let anchored = pattern.starts_with('^');
    let literal = regular_literals(pattern.strip_prefix('^').unwrap_or(pattern));
    let read = readable(&literal);
    if anchored { read } else { Readable { prefix: String::new(), ..read } }
}

fn regular_literals(pattern: &str) -> Vec<Option<char>> {
    let mut literal: Vec<Option<char>> = Vec::new();
    let mut depth = 0usize;
    let mut escaped = false;
    for character in pattern.chars() {
        if escaped {
            // `\d` is a class, `\.` is a dot.
            literal.push((!character.is_alphanumeric()).then_some(character));
            escaped = false;
            continue;
        }
        match character {
            '\\' => escaped = true,
            '[' | '(' | '{' => {
                depth += 1;
                if character == '{' {
                    forget_last(&mut literal);
                }
                literal.push(None);
            }
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            '*' | '?' => forget_last(&mut literal),
            '+' | '.' | '$' | '^' => literal.push(None),
            other => literal.push(Some(other)),
        }
    }
    literal
}

/// A quantifier made the last character optional.
fn forget_last(literal: &mut [Option<char>]) {
    if let Some(last) = literal.last_mut() {
        *last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(operator: &str, pattern: &str) -> (String, usize) {
        let read = read(operator, pattern);
        (read.prefix, read.longest_run)
    }

    #[test]
    fn like_patterns() {
        assert_eq!(parts("~~", "abc%"), ("abc".into(), 3));
        assert_eq!(parts("~~", "%abc%"), (String::new(), 3));
        assert_eq!(parts("~~", "%a_bc%"), (String::new(), 2));
        assert_eq!(parts("~~", r"10\%%"), ("10%".into(), 2));
        assert_eq!(parts("~~*", "abc%"), (String::new(), 3));
        assert_eq!(parts("~~", "%"), (String::new(), 0));
    }

    #[test]
    fn regular_expressions() {
        assert_eq!(parts("~", "^abc"), ("abc".into(), 3));
        assert_eq!(parts("~", "abcd*ef"), (String::new(), 3));
        assert_eq!(parts("~", "foo|bar"), (String::new(), 0));
        assert_eq!(parts("~", r"^a\.b"), ("a.b".into(), 1));
        assert_eq!(parts("~", "x[abcdef]y"), (String::new(), 1));
        assert_eq!(parts("~*", "^hello"), (String::new(), 5));
    }
}

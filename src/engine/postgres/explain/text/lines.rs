//! Lines of a plan with their indentation; a literal that contains line breaks stays one line.

/// A line break inside a literal makes a property span lines; more than this is no literal.
const LONGEST_LITERAL: usize = 200;

pub struct Line {
    /// Blanks in front.
    pub column: usize,
    pub text: String,
}

/// Lines from `first` (counted from 0) on, blank ones left out.
pub fn lines_from(text: &[&str], first: usize) -> Vec<Line> {
    let mut found = Vec::new();
    let mut next = first;
    while let Some(line) = text.get(next) {
        let taken = spanned(text, next);
        if !line.trim().is_empty() {
            let whole = text.get(next..next + taken).unwrap_or_default().join("\n");
            found.push(Line { column: column(line), text: whole.trim().to_owned() });
        }
        next += taken;
    }
    found
}

pub fn column(line: &str) -> usize {
    line.chars().take_while(|c| *c == ' ').count()
}

/// How many lines belong together: up to the one that closes an open literal.
fn spanned(text: &[&str], first: usize) -> usize {
    let mut open = false;
    for (taken, line) in text.iter().skip(first).take(LONGEST_LITERAL).enumerate() {
        open = leaves_literal_open(line, open);
        if !open {
            return taken + 1;
        }
    }
    1
}

/// An apostrophe in a quoted name is none.
fn leaves_literal_open(line: &str, open: bool) -> bool {
    let mut quote = open.then_some('\'');
    for c in line.chars() {
        match quote {
            Some(closing) if c == closing => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    quote == Some('\'')
}

/// Parts of a list as the server joins them, by commas outside quotes and brackets.
pub fn split_list(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let (mut depth, mut quote, mut start) = (0i32, None, 0);
    for (position, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth <= 0 => {
                parts.push(text[start..position].trim().to_owned());
                start = position + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(text[start..].trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_span_lines_and_names_do_not() {
        let text =
            ["  Filter: (a = 'x", "y'::text)", "  Output: \"o'clock\"", "  Sort Key: \"o'clock\""];
        let lines: Vec<String> = lines_from(&text, 0).into_iter().map(|line| line.text).collect();
        assert_eq!(
            lines,
            ["Filter: (a = 'x\ny'::text)", "Output: \"o'clock\"", "Sort Key: \"o'clock\""]
        );
    }

    #[test]
    fn lists_split_at_their_own_commas_only() {
        assert_eq!(
            split_list("a, f(b, c), 'd, e'::text, \"g, h\", ARRAY[1, 2]"),
            ["a", "f(b, c)", "'d, e'::text", "\"g, h\"", "ARRAY[1, 2]"]
        );
    }
}

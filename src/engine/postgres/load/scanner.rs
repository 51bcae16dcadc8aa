//! Where in SQL's lexical structure a script is, byte by byte.

/// What the next byte is part of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    Plain,
    /// `'…'`; `escapes`: it was opened by `E'`.
    Text { escapes: bool },
    /// `"…"`
    Name,
    /// `$tag$…$tag$`, with the whole delimiter.
    Dollar(Vec<u8>),
    /// `/* … */`, which nests.
    Comment { depth: u32 },
}

impl State {
    /// For messages about a file that ends too early.
    pub fn what(&self) -> &'static str {
        match self {
            State::Plain => "a statement",
            State::Text { .. } => "a string",
            State::Name => "a quoted name",
            State::Dollar(_) => "a dollar-quoted string",
            State::Comment { .. } => "a comment",
        }
    }
}

/// One step inside a string, name or comment that starts at `rest`: the bytes used, and the state after them.
pub fn inside(state: &State, rest: &[u8]) -> (usize, State) {
    match state {
        State::Plain => (0, State::Plain),
        State::Text { escapes } => text(rest, *escapes),
        State::Name => until(rest, b"\"", state),
        State::Dollar(delimiter) => until(rest, delimiter, state),
        State::Comment { depth } => comment(rest, *depth),
    }
}

/// A doubled quote closes the string and opens it again: the same in the end.
fn text(rest: &[u8], escapes: bool) -> (usize, State) {
    let mut at = 0;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' if escapes => at += 2,
            b'\'' if escapes && rest.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return (at + 1, State::Plain),
            _ => at += 1,
        }
    }
    (rest.len(), State::Text { escapes })
}

fn until(rest: &[u8], end: &[u8], state: &State) -> (usize, State) {
    match rest.windows(end.len()).position(|window| window == end) {
        Some(at) => (at + end.len(), State::Plain),
        None => (rest.len(), state.clone()),
    }
}

fn comment(rest: &[u8], mut depth: u32) -> (usize, State) {
    let mut at = 0;
    while at < rest.len() {
        let here = rest.get(at..).unwrap_or_default();
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return (at, State::Plain);
            }
        } else {
            at += 1;
        }
    }
    (rest.len(), State::Comment { depth })
}

/// `$$` or `$tag$` at the start of `rest`.
pub fn dollar_delimiter(rest: &[u8]) -> Option<Vec<u8>> {
    let tag = rest.get(1..)?;
    let length = tag.iter().position(|byte| !is_word(*byte) || *byte == b'$')?;
    let starts_as_name = !tag.first().is_some_and(u8::is_ascii_digit);
    (tag.get(length) == Some(&b'$') && starts_as_name)
        .then(|| rest.get(..length + 2))?
        .map(<[u8]>::to_vec)
}

/// Part of an identifier or keyword.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollar_quotes_are_told_from_parameters() {
        assert_eq!(dollar_delimiter(b"$$x").as_deref(), Some(b"$$".as_slice()));
        assert_eq!(dollar_delimiter(b"$_a1$ x").as_deref(), Some(b"$_a1$".as_slice()));
        assert_eq!(dollar_delimiter(b"$1 + $2"), None);
        assert_eq!(dollar_delimiter(b"$1$"), None);
        assert_eq!(dollar_delimiter(b"$abc"), None);
    }

    #[test]
    fn strings_end_where_the_server_ends_them() {
        assert_eq!(inside(&State::Text { escapes: true }, br"a\'b' c").0, 5);
        assert_eq!(inside(&State::Text { escapes: false }, br"a\'b' c").0, 3);
        assert_eq!(inside(&State::Comment { depth: 1 }, b"a /* b */ c */ d").0, 14);
        assert_eq!(inside(&State::Dollar(b"$x$".to_vec()), b"a $$ b $x$ c").0, 10);
    }
}

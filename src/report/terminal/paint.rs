//! Colour, or none: the caller decides once.

/// Wraps text in terminal colours when they are wanted. Everything it is given from outside is
/// made harmless first, so that the only escape sequences printed are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    color: bool,
}

impl Paint {
    pub fn new(color: bool) -> Self {
        Paint { color }
    }

    pub fn is_colored(self) -> bool {
        self.color
    }

    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    pub fn warn(self, text: &str) -> String {
        self.wrap("33", text)
    }

    pub fn code(self, text: &str) -> String {
        self.wrap("36", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        let text = crate::report::text::visible(text);
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_but_its_own() {
        assert_eq!(Paint::new(false).bad("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(Paint::new(true).good("x"), "\u{1b}[32mx\u{1b}[0m");
        assert_eq!(Paint::new(true).bold("\u{1b}[0m"), "\u{1b}[1m\\u{1b}[0m\u{1b}[0m");
    }
}

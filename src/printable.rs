//! Hostile text made harmless and visible, without losing any of it.

/// Characters that move the cursor, end a line, cannot be seen, or turn the direction of what
/// follows. The joiners are not among them: emoji and several scripts need them.
pub fn is_deceptive(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{061c}')
}

/// How a deceptive character is named in the open: `U+202E`.
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// For terminals and comments: deceptive characters as `\u{202e}`, line ends and tabs kept.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\r' => {}
            c if is_deceptive(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// As `visible`, on one line: every run of white space becomes one space.
pub fn one_line(text: &str) -> String {
    let shown = visible(text);
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_direction_marks_are_shown() {
        assert_eq!(visible("a\u{1b}[31mred\u{7}"), "a\\u{1b}[31mred\\u{7}");
        assert_eq!(visible("ab\u{202e}cd\r\n\te"), "ab\\u{202e}cd\n\te");
        assert_eq!(one_line("select\n   1\u{9b}2J"), "select 1\\u{9b}2J");
        assert_eq!(visible("naïve 🎬 ß"), "naïve 🎬 ß");
    }

    proptest! {
        #[test]
        fn nothing_deceptive_survives(text in "\\PC*|[\u{0}-\u{9f}\u{2028}-\u{202e}]*") {
            prop_assert!(!visible(&text).chars().any(is_deceptive));
            prop_assert!(!one_line(&text).contains(['\n', '\t']));
        }
    }
}

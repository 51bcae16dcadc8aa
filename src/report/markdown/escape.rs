//! Hostile text in Markdown: no markup, no link, no mention, no end of a table row.

use crate::report::text::{one_line, visible};

/// Statements longer than this are cut here; `run.json` has the whole.
const LONGEST_CODE: usize = 4000;

/// Text in a line or a table cell.
pub fn text(text: &str) -> String {
    escaped(&one_line(text))
}

/// Sentences with code between backticks.
pub fn prose(text: &str) -> String {
    let line = one_line(text);
    let parts: Vec<&str> = line.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&line);
    }
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 && !part.is_empty() { code_span(part) } else { escaped(part) }
    };
    parts.iter().enumerate().map(part).collect()
}

/// A name or a short piece of code, as code.
pub fn code_span(text: &str) -> String {
    // A pipe ends a table cell even inside code, unless it is escaped.
    let line = one_line(text).replace('|', "\\|");
    if line.is_empty() {
        return String::new();
    }
    let marks = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{marks}{pad}{line}{pad}{marks}")
}

/// A statement of its own.
pub fn fence(text: &str) -> String {
    let shown = visible(text);
    let marks = "`".repeat(longest_run(&shown).max(2) + 1);
    let length = shown.chars().count();
    if length <= LONGEST_CODE {
        return format!("{marks}sql\n{}\n{marks}", shown.trim_end());
    }
    let beginning: String = shown.chars().take(LONGEST_CODE).collect();
    let rest = crate::report::format::count((length - LONGEST_CODE) as f64);
    format!("{marks}sql\n{beginning}…\n{marks}\n\n({rest} more characters in `run.json`)")
}

fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len() + 8);
    let mut before = ' ';
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let inside_word =
            before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            '_' if inside_word => safe.push(c),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '@' => safe.push_str("&#64;"),
            // `https://` and `www.` would become links.
            '/' if before == '/' || before == ':' => safe.push_str("&#47;"),
            '.' if safe.to_ascii_lowercase().ends_with("www") => safe.push_str("&#46;"),
            '#' if before == ' ' || inside_word => safe.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '#' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
        before = c;
    }
    safe
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_links_and_mentions_are_text() {
        assert_eq!(
            text("<img src=x> *a* [b](c) | d"),
            "&lt;img src=x&gt; \\*a\\* \\[b\\](c) \\| d"
        );
        assert_eq!(
            text("https://evil.example @me www.x"),
            "https:&#47;&#47;evil.example &#64;me www&#46;x"
        );
        assert_eq!(text("film_actor _x_\n# title"), "film_actor \\_x\\_ &#35; title");
    }

    #[test]
    fn code_cannot_close_its_fence_or_its_cell() {
        assert_eq!(code_span("a`b|c"), "``a`b\\|c``");
        assert_eq!(fence("select 1\n```\n<script>"), "````sql\nselect 1\n```\n<script>\n````");
        assert!(fence(&"x".repeat(5000)).ends_with("(1,000 more characters in `run.json`)"));
        assert_eq!(prose("use `a|b` now"), "use `a\\|b` now");
    }
}

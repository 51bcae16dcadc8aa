//! Code as HTML: escaped, with deceptive characters made visible, long text folded but whole.

use std::fmt::Write as _;

use super::highlight::highlighted;
use crate::report::format;
use crate::report::text::{code_point, is_deceptive, one_line, shortened};

/// Above this many characters, or this many lines, a text is folded.
const LONG: usize = 1500;
const LONG_LINES: usize = 16;
/// The same for a condition inside a line of text.
const LONG_INLINE: usize = 400;
const PREVIEW: usize = 110;

/// Text content is the original, so that a copy is exact: the name of a deceptive character is
/// added by the style sheet only.
pub fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\0' => html.push('\u{2400}'),
            c if is_deceptive(c) => {
                let name = code_point(c);
                let _ = write!(
                    html,
                    "<span class=\"mark\" data-char=\"{name}\">&#{};</span>",
                    c as u32
                );
            }
            c => html.push(c),
        }
    }
    html
}

/// A condition or a short statement within a line.
pub fn inline(text: &str) -> String {
    if text.chars().count() <= LONG_INLINE {
        return format!("<code>{}</code>", escaped(text));
    }
    folded(text, &format!("<code>{}</code>", escaped(text)))
}

/// A statement on its own, with a button to copy it.
pub fn block(text: &str) -> String {
    block_of(text, &highlighted(text))
}

/// As [`block`], for what is no statement.
pub fn plain_block(text: &str) -> String {
    block_of(text, &escaped(text))
}

fn block_of(text: &str, html: &str) -> String {
    let pre = format!("<div class=\"code\"><pre tabindex=\"0\"><code>{html}</code></pre></div>");
    let long = text.chars().count() > LONG || text.lines().count() > LONG_LINES;
    if long { folded(text, &pre) } else { pre }
}

fn folded(text: &str, html: &str) -> String {
    format!(
        "<details class=\"long\"><summary><code>{}</code> <span class=\"hint\">all {}</span></summary>{html}</details>",
        escaped(&preview(text)),
        format::bytes(text.len() as f64)
    )
}

fn preview(text: &str) -> String {
    // The beginning is enough, and cheap on a text of a megabyte.
    let beginning: String = text.chars().take(4 * PREVIEW).collect();
    shortened(&one_line(&beginning), PREVIEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_text_and_direction_marks_are_named() {
        assert_eq!(
            escaped("</script><b a='\"'>&"),
            "&lt;/script&gt;&lt;b a=&#39;&quot;&#39;&gt;&amp;"
        );
        assert_eq!(
            escaped("a\u{202e}b"),
            "a<span class=\"mark\" data-char=\"U+202E\">&#8238;</span>b"
        );
        assert_eq!(escaped("🎬 ok\0"), "🎬 ok\u{2400}");
    }

    #[test]
    fn long_text_is_folded_and_whole() {
        let long = format!("select '{}END'", "x".repeat(1_000_000));
        let html = block(&long);
        assert!(html.starts_with("<details class=\"long\"><summary><code>select &#39;xxx"));
        assert!(html.contains("END&#39;</code></pre>"));
        assert!(html.contains("all 977 kB"));
        assert!(!block("select 1").contains("<details"));
    }
}

//! Sentences as HTML: paragraphs, list items and code between backticks, everything escaped.

use super::code::{escaped, inline};
use crate::report::text::{Block, blocks};

/// Blank lines part paragraphs; lines that begin with `- ` are list items.
pub fn paragraphs(text: &str) -> String {
    blocks(text).into_iter().map(block).collect()
}

fn block(block: Block) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>", phrase(&text)),
        Block::List(items) => {
            let items = items.iter().map(|item| format!("<li>{}</li>", phrase(item)));
            format!("<ul>{}</ul>", items.collect::<String>())
        }
    }
}

/// One sentence or more, without paragraphs.
pub fn phrase(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is one of the text's own.
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 { inline(part) } else { escaped(part) }
    };
    parts.iter().enumerate().map(part).collect()
}

/// A sentence in large letters: what stands in brackets is not broken.
pub fn headline(text: &str) -> String {
    escaped(text).replace('(', "<span class=\"nb\">(").replace(')', ")</span>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lists_and_code() {
        assert_eq!(
            paragraphs("One `a < b`\nline.\n\nTwo:\n- first\n- second"),
            "<p>One <code>a &lt; b</code> line.</p><p>Two:</p><ul><li>first</li><li>second</li></ul>"
        );
        assert_eq!(phrase("an odd ` mark <b>"), "an odd ` mark &lt;b&gt;");
    }
}

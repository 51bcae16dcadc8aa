//! Sentences as HTML: paragraphs, list items and code between backticks, everything escaped.

use super::code::{escaped, inline};

/// Blank lines part paragraphs; lines that begin with `- ` are list items.
pub fn paragraphs(text: &str) -> String {
    let mut html = String::new();
    for block in blocks(text) {
        let (items, lines): (Vec<&str>, Vec<&str>) =
            block.iter().partition(|line| line.starts_with("- "));
        if !lines.is_empty() {
            html.push_str(&format!("<p>{}</p>", phrase(&lines.join(" "))));
        }
        if !items.is_empty() {
            let items = items.iter().map(|item| format!("<li>{}</li>", phrase(&item[2..])));
            html.push_str(&format!("<ul>{}</ul>", items.collect::<String>()));
        }
    }
    html
}

/// One sentence or more, without paragraphs.
pub fn phrase(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is one of the text's own.
    if parts.len() % 2 == 0 {
        return escaped(text);
    }
    let part = |(index, part): (usize, &&str)| {
        if index % 2 == 1 { inline(part) } else { escaped(part) }
    };
    parts.iter().enumerate().map(part).collect()
}

fn blocks(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let blocks = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
    blocks.map(<[&str]>::to_vec).collect()
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

//! Text laid out: shortened, wrapped, cut into paragraphs and lists.

pub use crate::printable::{code_point, is_deceptive, one_line, visible};

/// At most `width` characters, the last being `…` when something was left out.
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Words broken into lines of at most `width` characters; a longer word is cut.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace().flat_map(|word| cut(word, width)) {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

fn cut(word: &str, width: usize) -> Vec<String> {
    let characters: Vec<char> = word.chars().collect();
    characters.chunks(width.max(1)).map(|part| part.iter().collect()).collect()
}

/// A part of a longer text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Paragraph(String),
    List(Vec<String>),
}

/// Blank lines part paragraphs; lines that begin with `- ` are list items, and an indented line goes
/// on with the item before it.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let indented = line.starts_with(' ');
        let line = line.trim();
        match (line.strip_prefix("- "), blocks.last_mut()) {
            _ if line.is_empty() => {}
            (Some(item), Some(Block::List(items))) if open => items.push(item.to_owned()),
            (Some(item), _) => blocks.push(Block::List(vec![item.to_owned()])),
            (None, Some(Block::Paragraph(text))) if open => join(text, line),
            (None, Some(Block::List(items))) if open && indented => {
                items.last_mut().into_iter().for_each(|item| join(item, line));
            }
            (None, _) => blocks.push(Block::Paragraph(line.to_owned())),
        }
        open = !line.is_empty();
    }
    blocks
}

fn join(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_shortened_by_characters() {
        assert_eq!(shortened("ééééé", 4), "ééé…");
        assert_eq!(shortened("abcd", 4), "abcd");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("", 7), Vec::<String>::new());
    }

    #[test]
    fn blocks_are_paragraphs_and_lists() {
        let text = "One\ntwo.\n\n- first\n  goes on\n- second\nThree.";
        let list = vec!["first goes on".to_owned(), "second".to_owned()];
        assert_eq!(
            blocks(text),
            [
                Block::Paragraph("One two.".to_owned()),
                Block::List(list),
                Block::Paragraph("Three.".to_owned())
            ]
        );
    }
}

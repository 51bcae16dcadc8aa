//! Plans copied as a web page's source.

/// Tags around whole lines or parts of them, of which a plan has none.
const TAGS: [&str; 9] = ["pre", "code", "td", "tr", "br", "p", "div", "span", "table"];

/// The text between the tags, each row of a table on a line of its own; `None` without any of them.
pub fn without_tags(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        match name(tag) {
            Some((name, length)) if TAGS.contains(&name) || name == "th" => {
                found = true;
                if matches!(name, "br" | "tr") {
                    plain.push('\n');
                }
                rest = &tag[length..];
            }
            _ => {
                plain.push('<');
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    found.then_some(plain)
}

/// The name in the tag that `text` begins with, and the length of the tag.
fn name(text: &str) -> Option<(&str, usize)> {
    let end = text.find('>')?;
    let inner = text.get(1..end)?.trim_start_matches('/');
    let name = inner.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    (!inner.contains('<')).then_some((name, end + 1))
}

#[cfg(test)]
mod tests {
    use super::without_tags;

    #[test]
    fn tags_go_and_comparisons_stay() {
        assert_eq!(
            without_tags(
                "<pre class=\"x\"><code>Sort\n  Filter: ((a &lt; 5) AND (b <> 3))</code></pre>"
            ),
            Some("Sort\n  Filter: ((a &lt; 5) AND (b <> 3))".to_owned())
        );
        assert_eq!(without_tags("Filter: ((a < 5) AND (b > 3))"), None);
    }
}

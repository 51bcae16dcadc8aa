//! The order a sort makes, and whether an index could give it.

use crate::engine::Table;
use crate::plan::Node;

use crate::serving::Serving;

/// Sort keys as bare column names, when every key is one: `r.rental_date DESC` is, `lower(a)` is not.
pub fn key_columns(node: &Node) -> Option<Vec<String>> {
    let keys = &node.sort.as_ref()?.keys;
    if keys.is_empty() {
        return None;
    }
    keys.iter().map(|key| bare_column(key)).collect()
}

fn bare_column(key: &str) -> Option<String> {
    const SUFFIXES: [&str; 6] = [" NULLS FIRST", " NULLS LAST", " DESC", " ASC", " desc", " asc"];
    let mut text = key.trim();
    while let Some(rest) = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix)) {
        text = rest.trim_end();
    }
    let name = text.rsplit('.').next().unwrap_or(text);
    let name = name.trim_matches(|c| c == '"' || c == '`');
    let is_name = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_$\"`".contains(c))
    };
    (text.split('.').all(is_name) && !name.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| name.to_owned())
}

/// An index of the table already begins with the first sort key.
pub fn has_ordered_index(serving: &Serving<'_>, table: &Table, columns: &[String]) -> bool {
    columns.first().is_some_and(|first| serving.index_in_order_of(table, first).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_columns_are_names() {
        assert_eq!(bare_column("r.rental_date DESC NULLS LAST").as_deref(), Some("rental_date"));
        assert_eq!(bare_column("\"r\".\"when\" DESC").as_deref(), Some("when"));
        assert_eq!(bare_column("lower(r.name)"), None);
        assert_eq!(bare_column("(count(*))"), None);
    }
}

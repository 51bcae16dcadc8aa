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

/// The table or alias before the dot, when every key is a bare column of the same one.
pub fn key_qualifier(node: &Node) -> Option<String> {
    key_columns(node)?;
    let mut qualifiers = node.sort.as_ref()?.keys.iter().map(|key| {
        let (qualifier, _) = key.trim().rsplit_once('.')?;
        Some(qualifier.rsplit('.').next()?.trim_matches(|c| c == '"' || c == '`').to_owned())
    });
    let first = qualifiers.next()??;
    qualifiers.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

/// Every key is a column, or a call or operator expression that holds nothing but columns and what belongs
/// to the application: no number or date of one execution, no value that changes from call to call.
pub fn keys_are_indexable(node: &Node) -> bool {
    let keys = node.sort.as_ref().map(|sort| sort.keys.as_slice()).unwrap_or_default();
    !keys.is_empty() && keys.iter().all(|key| bare_column(key).is_some() || is_stable_text(key))
}

fn is_stable_text(key: &str) -> bool {
    const CHANGING: [&str; 9] =
        ["random(", "now(", "clock_", "timestamp", "uuid", "nextval", "SubPlan", "<->", "rand("];
    let digits_of_names = |text: &str| {
        let mut before = ' ';
        text.chars().all(|c| {
            let alone = c.is_ascii_digit() && !(before.is_alphanumeric() || before == '_');
            before = c;
            !alone
        })
    };
    key.contains('(') && digits_of_names(key) && !CHANGING.iter().any(|part| key.contains(part))
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

    #[test]
    fn an_order_by_a_value_of_one_execution_is_no_index_key() {
        assert!(is_stable_text("(lower(name)) DESC"));
        assert!(is_stable_text("((details ->> 'note'::text))"));
        assert!(is_stable_text("(md5(column2))"));
        assert!(!is_stable_text("(abs((price - '42.5'::double precision)))"));
        assert!(!is_stable_text("((id % 17))"));
        assert!(!is_stable_text("(random())"));
        assert!(!is_stable_text("name"));
    }
}

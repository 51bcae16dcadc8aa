//! Operations that read one table: `Covering index lookup on r using idx (a = 1), with index condition: (…)`.

use crate::plan::{Node, NodeKind};

/// `None` for an operation that reads no table.
pub fn describe(operation: &str) -> Option<Node> {
    let (label, rest) = operation.split_once(" on ")?;
    let kind = kind(label)?;
    let mut node = Node::new(kind, label);
    let (place, details) = match rest.split_once(" using ") {
        Some((place, rest)) if uses_index(label) => {
            let (index, details) = name_and_details(rest);
            node.index = Some(index.to_owned());
            (place, details)
        }
        _ => name_and_details(rest),
    };
    name(&mut node, place);
    node.scan_backward = details.contains("(reverse)") || details.contains("iterate backwards");
    let (key, pushed) = match details.split_once("with index condition: ") {
        Some((key, pushed)) => (key, Some(inside_brackets(pushed).unwrap_or(pushed).to_owned())),
        None => (details, None),
    };
    node.index_cond = conditions(key, pushed);
    Some(node)
}

fn uses_index(label: &str) -> bool {
    label.to_ascii_lowercase().contains("index")
}

fn kind(label: &str) -> Option<NodeKind> {
    let lower = label.to_ascii_lowercase();
    match lower.as_str() {
        "table scan" | "parallel table scan" | "sample scan" => Some(NodeKind::SeqScan),
        "scan new records" => Some(NodeKind::WorkTableScan),
        _ if !lower.contains("index") => None,
        _ if ["remove", "sort", "group", "nested", "filter"]
            .iter()
            .any(|w| lower.starts_with(w)) =>
        {
            None
        }
        _ if lower.contains("covering") => Some(NodeKind::IndexOnlyScan),
        _ => Some(NodeKind::IndexScan),
    }
}

/// Up to the first bracket, comma or word that opens the details.
fn name_and_details(text: &str) -> (&str, &str) {
    let ends = [" (", " over ", ", with index condition"];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    (text.get(..end).unwrap_or(text).trim(), text.get(end..).unwrap_or_default())
}

/// A name in angle brackets is no table but rows of another part of the query.
fn name(node: &mut Node, place: &str) {
    if place.starts_with('<') && place.ends_with('>') {
        if node.kind == NodeKind::SeqScan {
            node.kind = NodeKind::SubqueryScan;
        }
        node.source = Some(place.to_owned());
    } else {
        node.relation = Some(place.to_owned());
        node.alias = Some(place.to_owned());
    }
}

/// The looked-up key or the ranges walked, and what is checked in the index beside them.
fn conditions(key: &str, pushed: Option<String>) -> Option<String> {
    let key = key.trim().trim_end_matches(',').trim();
    let walked = key.strip_prefix("over ").map(|ranges| {
        // One range alone stands in brackets; of several each has its own.
        let alone = inside_brackets(ranges).filter(|inside| inside.len() + 2 == ranges.len());
        alone.unwrap_or(ranges).to_owned()
    });
    let key = walked.or_else(|| {
        let inside = inside_brackets(key).filter(|key| *key != "reverse");
        inside.map(|key| key.replace("; iterate backwards", ""))
    });
    match (key, pushed) {
        (Some(key), Some(pushed)) if !key.is_empty() => Some(format!("{key} and {pushed}")),
        (key, pushed) => pushed.or(key).filter(|condition| !condition.is_empty()),
    }
}

/// Of `(a = (1)) rest`, `a = (1)`. `None` where the text begins with no bracket, or it is not closed.
pub fn inside_brackets(text: &str) -> Option<&str> {
    let rest = text.trim_start().strip_prefix('(')?;
    let (mut depth, mut quote) = (1usize, None);
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return rest.get(..at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_indexes_and_conditions_are_told_apart() {
        let node = describe("Index range scan on r using by_date over ('2005' <= d <= '2006'), with index condition: (r.x = 1)").unwrap();
        assert_eq!((node.kind, node.label.as_str()), (NodeKind::IndexScan, "Index range scan"));
        assert_eq!((node.relation.as_deref(), node.index.as_deref()), (Some("r"), Some("by_date")));
        assert_eq!(node.index_cond.as_deref(), Some("'2005' <= d <= '2006' and r.x = 1"));
        let node = describe("Covering index lookup on i using k (a = f.a)").unwrap();
        assert_eq!(
            (node.kind, node.index_cond.as_deref()),
            (NodeKind::IndexOnlyScan, Some("a = f.a"))
        );
        let node = describe("Index scan on r using k (reverse)").unwrap();
        assert!(node.scan_backward && node.index_cond.is_none());
        let node = describe("Table scan on <temporary>").unwrap();
        assert_eq!(
            (node.kind, node.source.as_deref()),
            (NodeKind::SubqueryScan, Some("<temporary>"))
        );
        let node = describe("Index range scan on t (re-planned for each iteration)").unwrap();
        assert_eq!((node.relation.as_deref(), node.index), (Some("t"), None));
        assert!(describe("Remove duplicates from input sorted on idx").is_none());
    }

    #[test]
    fn brackets_in_quotes_do_not_count() {
        assert_eq!(inside_brackets("(a = ')') b"), Some("a = ')'"));
        assert_eq!(inside_brackets("(a"), None);
    }
}

//! How a table is read, from `access_type`.

use crate::plan::{Node, NodeKind, Relationship};

/// `using_index`: the index alone answers.
pub fn kind(access_type: &str, using_index: bool) -> NodeKind {
    match access_type.strip_prefix("hash_").unwrap_or(access_type) {
        "ALL" => NodeKind::SeqScan,
        "const" | "system" => NodeKind::RowLookup,
        "index" | "range" | "ref" | "eq_ref" | "ref_or_null" | "unique_subquery"
        | "index_subquery"
            if using_index =>
        {
            NodeKind::IndexOnlyScan
        }
        "index" | "range" | "ref" | "eq_ref" | "ref_or_null" | "unique_subquery"
        | "index_subquery" | "fulltext" | "index_merge" => NodeKind::IndexScan,
        _ => NodeKind::Other,
    }
}

/// For each of the indexes that a merge reads a step below `node`. Nothing is counted of them apart.
pub fn searched(node: &Node, names: Vec<String>) -> impl Iterator<Item = Node> {
    let (relation, alias) = (node.relation.clone(), node.alias.clone());
    let names = names.into_iter().map(|name| {
        let inner = name.rsplit('(').next().unwrap_or_default();
        inner.trim_matches([')', ' ']).to_owned()
    });
    names.filter(|name| !name.is_empty()).map(move |name| {
        let mut step = Node::new(NodeKind::BitmapIndexScan, "merged index");
        step.relation.clone_from(&relation);
        step.alias.clone_from(&alias);
        step.index = Some(name);
        step.relationship = Relationship::Member;
        step
    })
}

/// Read while the query was being optimised: the server prints no loops for it.
pub fn is_constant(access_type: &str) -> bool {
    matches!(access_type, "const" | "system")
}

/// `<derived2>`, `<subquery3>`, `<union1,2>`: rows of another part of the query, not of a table.
pub fn is_temporary(table_name: &str) -> bool {
    table_name.starts_with('<') && table_name.ends_with('>')
}

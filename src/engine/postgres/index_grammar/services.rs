//! Which access method and operator class serve which operator on which type.

use crate::engine::{Column, IndexDefinition, KeyRole, Service};
use crate::sql::{Operand, Predicate, PredicateKind};

use super::pattern;

pub const TRIGRAM_CLASS: &str = "gin_trgm_ops";
const TRIGRAM_DISTANCE_CLASS: &str = "gist_trgm_ops";
pub const TRIGRAM_EXTENSION: &str = "pg_trgm";

/// Types without a B-tree order, or with one that no query asks for.
const UNORDERED: &[&str] = &[
    "json",
    "jsonb",
    "xml",
    "tsvector",
    "tsquery",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "geometry",
    "geography",
    "hstore",
    "aclitem",
    "xid",
    "cid",
];

pub fn is_ordered(data_type: &str) -> bool {
    !UNORDERED.contains(&base_type(data_type)) && !data_type.ends_with("[]")
}

/// `character varying(20)` → `character varying`; a schema in front is dropped.
pub fn base_type(data_type: &str) -> &str {
    let bare = data_type.split('(').next().unwrap_or(data_type).trim();
    bare.rsplit('.').next().unwrap_or(bare)
}

pub fn services(predicate: &Predicate, column: Option<&Column>) -> Vec<Service> {
    // A cast without its text cannot be written into an index.
    if predicate.cast.is_some() && predicate.expression.is_none() {
        return Vec::new();
    }
    let data_type = column.map_or("", |column| column.data_type.as_str());
    match predicate.kind {
        PredicateKind::Equality => by_order(predicate, data_type, KeyRole::Equality),
        PredicateKind::Boolean => by_order(predicate, data_type, KeyRole::Equality),
        PredicateKind::Range => by_order(predicate, data_type, KeyRole::Range),
        PredicateKind::NullTest => by_order(predicate, data_type, null_role(predicate)),
        PredicateKind::Containment => containment(predicate, data_type),
        PredicateKind::Position => position(data_type).into_iter().collect(),
        PredicateKind::Distance => distance(data_type).into_iter().collect(),
        PredicateKind::TextSearch => text_search(data_type),
        PredicateKind::Pattern => pattern_services(predicate, column),
        PredicateKind::Inequality | PredicateKind::Other => Vec::new(),
    }
}

fn null_role(predicate: &Predicate) -> KeyRole {
    if predicate.op.to_ascii_uppercase().contains("NOT") {
        KeyRole::Range
    } else {
        KeyRole::Equality
    }
}

/// The type of an expression is unknown here; the server refuses those without an order.
fn by_order(predicate: &Predicate, data_type: &str, role: KeyRole) -> Vec<Service> {
    if predicate.expression.is_none() && !is_ordered(data_type) {
        return Vec::new();
    }
    vec![plain("btree", None, role)]
}

fn plain(method: &'static str, class: Option<&'static str>, role: KeyRole) -> Service {
    Service { method, operator_class: class, role, extension: None }
}

fn containment(predicate: &Predicate, data_type: &str) -> Vec<Service> {
    let operator = predicate.op.as_str();
    let base = base_type(data_type);
    if base == "jsonb" {
        return jsonb(operator);
    }
    let inverted = match base {
        _ if data_type.ends_with("[]") => matches!(operator, "@>" | "<@" | "&&"),
        "hstore" => matches!(operator, "@>" | "?" | "?|" | "?&"),
        _ => return position(data_type).into_iter().collect(),
    };
    inverted.then(|| whole("gin", None)).into_iter().collect()
}

/// Networks have the class that is not their default.
fn position(data_type: &str) -> Option<Service> {
    match base_type(data_type) {
        "inet" | "cidr" => Some(whole("gist", Some("inet_ops"))),
        "point" | "box" | "polygon" | "circle" | "geometry" | "geography" => {
            Some(whole("gist", None))
        }
        base if base.ends_with("range") => Some(whole("gist", None)),
        _ => None,
    }
}

/// Nearest first, from the index. Numbers and times would need an extension for what two
/// ordered scans do as well.
fn distance(data_type: &str) -> Option<Service> {
    match base_type(data_type) {
        "point" | "box" | "polygon" | "circle" | "geometry" | "geography" => {
            Some(whole("gist", None))
        }
        "text" | "character varying" => Some(Service {
            extension: Some(TRIGRAM_EXTENSION),
            ..whole("gist", Some(TRIGRAM_DISTANCE_CLASS))
        }),
        _ => None,
    }
}

fn whole(method: &'static str, class: Option<&'static str>) -> Service {
    plain(method, class, KeyRole::Whole)
}

/// `jsonb_path_ops` is smaller and quicker but knows no key-exists operators.
fn jsonb(operator: &str) -> Vec<Service> {
    match operator {
        "@>" | "@?" | "@@" => vec![whole("gin", Some("jsonb_path_ops")), whole("gin", None)],
        "?" | "?|" | "?&" => vec![whole("gin", None)],
        _ => Vec::new(),
    }
}

/// `@@` also matches a jsonb document against a path.
fn text_search(data_type: &str) -> Vec<Service> {
    match base_type(data_type) {
        "jsonb" => jsonb("@@"),
        _ => vec![whole("gin", None)],
    }
}

fn pattern_services(predicate: &Predicate, column: Option<&Column>) -> Vec<Service> {
    let Operand::Constant(pattern) = &predicate.operand else { return Vec::new() };
    let read = pattern::read(&predicate.op, pattern);
    if !read.prefix.is_empty() {
        let class = prefix_class(column);
        return vec![plain("btree", class, KeyRole::Range)];
    }
    let trigram = Service {
        method: "gin",
        operator_class: Some(TRIGRAM_CLASS),
        role: KeyRole::Whole,
        extension: Some(TRIGRAM_EXTENSION),
    };
    if read.longest_run >= 3 { vec![trigram] } else { Vec::new() }
}

/// Only under the C collation do plain B-trees sort as prefixes need.
fn prefix_class(column: Option<&Column>) -> Option<&'static str> {
    let collation = column.and_then(|column| column.collation.as_deref());
    if matches!(collation, Some("C" | "POSIX" | "ucs_basic")) {
        return None;
    }
    match column.map(|column| base_type(&column.data_type)) {
        Some("character varying" | "varchar") => Some("varchar_pattern_ops"),
        Some("character" | "bpchar") => Some("bpchar_pattern_ops"),
        _ => Some("text_pattern_ops"),
    }
}

pub fn extension(index: &IndexDefinition) -> Option<&'static str> {
    let classes = index.keys.iter().filter_map(|key| key.operator_class.as_deref());
    let mut trigram = classes.filter(|c| [TRIGRAM_CLASS, TRIGRAM_DISTANCE_CLASS].contains(c));
    trigram.next().map(|_| TRIGRAM_EXTENSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ColumnRef;

    fn predicate(kind: PredicateKind, op: &str, operand: Operand) -> Predicate {
        Predicate {
            kind,
            column: Some(ColumnRef { qualifier: Some("t".into()), name: "c".into() }),
            op: op.into(),
            operand,
            expression: None,
            cast: None,
            text: String::new(),
        }
    }

    fn column(data_type: &str) -> Column {
        Column {
            name: "c".into(),
            data_type: data_type.into(),
            not_null: true,
            generated: false,
            distinct: None,
            null_fraction: None,
            average_width: None,
            correlation: None,
            common_values: vec![],
            collation: None,
        }
    }

    fn first(
        kind: PredicateKind,
        op: &str,
        value: &str,
        data_type: &str,
    ) -> Option<(String, String)> {
        let predicate = predicate(kind, op, Operand::Constant(value.into()));
        let service = services(&predicate, Some(&column(data_type))).into_iter().next()?;
        Some((service.method.into(), service.operator_class.unwrap_or("").into()))
    }

    fn named(method: &str, class: &str) -> Option<(String, String)> {
        Some((method.into(), class.into()))
    }

    #[test]
    fn operators_choose_the_class() {
        use PredicateKind::*;
        assert_eq!(first(Containment, "@>", "{}", "jsonb"), named("gin", "jsonb_path_ops"));
        assert_eq!(first(Containment, "?", "a", "jsonb"), named("gin", ""));
        assert_eq!(first(Containment, "<@", "{}", "jsonb"), None);
        assert_eq!(first(Containment, "&&", "{a}", "text[]"), named("gin", ""));
        assert_eq!(first(Containment, "&&", "[1,2)", "int4range"), named("gist", ""));
        assert_eq!(first(Position, ">>=", "10.0.0.1", "cidr"), named("gist", "inet_ops"));
        assert_eq!(first(Position, "<<", "[1,2)", "int4range"), named("gist", ""));
        assert_eq!(first(Position, ">>", "1", "integer"), None);
        assert_eq!(first(Distance, "<->", "(1,2)", "point"), named("gist", ""));
        assert_eq!(first(Distance, "<->", "a", "text"), named("gist", "gist_trgm_ops"));
        assert_eq!(first(Distance, "<->", "1", "integer"), None);
        assert_eq!(first(TextSearch, "@@", "'a'", "tsvector"), named("gin", ""));
        assert_eq!(first(Pattern, "~~", "%abc%", "text"), named("gin", "gin_trgm_ops"));
        assert_eq!(first(Pattern, "~~", "%ab%", "text"), None);
        assert_eq!(first(Pattern, "~~", "abc%", "text"), named("btree", "text_pattern_ops"));
        assert_eq!(
            first(Pattern, "~~", "abc%", "character varying(20)"),
            named("btree", "varchar_pattern_ops")
        );
        assert_eq!(first(Pattern, "~~*", "abc%", "text"), named("gin", "gin_trgm_ops"));
    }

    #[test]
    fn no_index_for_what_no_index_serves() {
        use PredicateKind::*;
        assert_eq!(first(Inequality, "<>", "1", "integer"), None);
        assert_eq!(first(Equality, "=", "{}", "jsonb"), None);
        assert_eq!(first(Equality, "=", "a", "text[]"), None);
        assert_eq!(first(Equality, "=", "1", "integer"), named("btree", ""));
    }
}

//! Which access method and operator class serve which operator on which type.

use crate::engine::{Column, IndexDefinition, KeyRole, OperatorClass, Operators, Service};
use crate::sql::{Operand, Predicate, PredicateKind};

use super::pattern;
use super::types::{self, type_name};

pub const TRIGRAM_CLASS: &str = "gin_trgm_ops";
const TRIGRAM_DISTANCE_CLASS: &str = "gist_trgm_ops";
pub const TRIGRAM_EXTENSION: &str = "pg_trgm";

const TEXT_TYPES: [&str; 4] = ["text", "character varying", "character", "name"];

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

/// Every way in which an index could serve `predicate`, by the server's own account of its operator classes.
/// A class that is the column's default is not named.
pub fn serving(
    predicate: &Predicate,
    column: Option<&Column>,
    operators: &Operators,
) -> Vec<Service> {
    use PredicateKind::{Boolean, Equality, Inequality, NullTest, Other, Pattern, Range};
    if is_looked_up_by_nothing(predicate, operators) {
        return Vec::new();
    }
    let Some(asked) = Asked::of(predicate, column, operators) else {
        return without_catalog(predicate);
    };
    match predicate.kind {
        Inequality | Other => Vec::new(),
        NullTest => asked.null_tests(predicate),
        Boolean => asked.truth_tests(predicate),
        Equality if is_closed(predicate) => asked.searches("="),
        Range if predicate.op == "BETWEEN" => asked.searches("<="),
        Pattern => asked.patterns(predicate),
        _ => asked.searches(&predicate.op),
    }
}

/// Of those the ones worth building, most specific first.
pub fn services(
    predicate: &Predicate,
    column: Option<&Column>,
    operators: &Operators,
) -> Vec<Service> {
    use PredicateKind::{Boolean, Equality, NullTest, Pattern, Range};
    // A cast without its text cannot be written into an index.
    if predicate.cast.is_some() && predicate.expression.is_none() {
        return Vec::new();
    }
    let mut ways = serving(predicate, column, operators);
    let data_type = column.map_or("", |column| column.data_type.as_str());
    let text = Asked::of(predicate, column, operators).is_none_or(|asked| asked.is_text());
    match predicate.kind {
        Equality | Range | NullTest | Boolean => {
            let unasked = predicate.expression.is_none() && !is_ordered(data_type);
            ways.retain(|way| way.method == "btree" && way.operator_class.is_none() && !unasked);
            ways
        }
        Pattern if text => patterns_to_build(predicate, ways),
        PredicateKind::Distance if text && ways.is_empty() => vec![Service {
            extension: Some(TRIGRAM_EXTENSION),
            ..Service::whole("gist", Some(TRIGRAM_DISTANCE_CLASS.to_owned()))
        }],
        _ => {
            ways.retain(|way| way.role == KeyRole::Whole && method_rank(&way.method).is_some());
            ways.sort_by_key(|way| {
                (method_rank(&way.method), is_smaller(way), way.operator_class.clone())
            });
            ways
        }
    }
}

/// Inverted indexes are searched fastest; the space-partitioned ones know few operators.
fn method_rank(method: &str) -> Option<usize> {
    ["gin", "gist", "spgist"].iter().position(|known| *known == method)
}

/// `jsonb_path_ops` is half as large as the default class, where it knows the operator.
fn is_smaller(way: &Service) -> bool {
    way.operator_class.as_deref() != Some("jsonb_path_ops")
}

/// A prefix is found in an ordered index, three letters in one of trigrams.
fn patterns_to_build(predicate: &Predicate, ways: Vec<Service>) -> Vec<Service> {
    let Some(read) = readable(predicate) else { return Vec::new() };
    if !read.prefix.is_empty() {
        let mut ordered: Vec<Service> =
            ways.into_iter().filter(|way| way.method == "btree").collect();
        // Where the plain class does, another one would only be a second index.
        let plain = ordered.iter().any(|way| way.operator_class.is_none());
        ordered.retain(|way| !plain || way.operator_class.is_none());
        ordered.truncate(1);
        return ordered;
    }
    if read.longest_run < 3 {
        return Vec::new();
    }
    let trigram = Service {
        extension: Some(TRIGRAM_EXTENSION),
        ..Service::whole("gin", Some(TRIGRAM_CLASS.to_owned()))
    };
    let known = ways.into_iter().find(|way| way.method == "gin");
    vec![Service { extension: Some(TRIGRAM_EXTENSION), ..known.unwrap_or(trigram) }]
}

/// The other side is another value for each row.
fn is_looked_up_by_nothing(predicate: &Predicate, operators: &Operators) -> bool {
    match &predicate.operand {
        Operand::Expression(text) => types::is_volatile(text, operators),
        _ => false,
    }
}

/// Whether every value asked for is one value, and not NULL itself.
fn is_closed(predicate: &Predicate) -> bool {
    predicate.op == "="
}

fn readable(predicate: &Predicate) -> Option<pattern::Readable> {
    match &predicate.operand {
        Operand::Constant(text) => Some(pattern::read(&predicate.op, text)),
        _ => None,
    }
}

/// A condition on a value of a known type.
struct Asked<'a> {
    /// Type of the value that the operator sees: after a cast that costs nothing that of the cast.
    seen: String,
    /// Type of what an index would keep.
    kept: String,
    collation: Option<&'a str>,
    operators: &'a Operators,
}

impl<'a> Asked<'a> {
    fn of(
        predicate: &Predicate,
        column: Option<&'a Column>,
        operators: &'a Operators,
    ) -> Option<Asked<'a>> {
        if operators.is_empty() {
            return None;
        }
        let columns = column.map(std::slice::from_ref).unwrap_or_default();
        let kept = match (&predicate.expression, column) {
            (None, column) => type_name(&column?.data_type),
            (Some(text), _) => match &predicate.cast {
                Some(cast) => cast.clone(),
                None => types::of_expression(text, columns, operators)
                    .or_else(|| likely_type(predicate).map(str::to_owned))?,
            },
        };
        let collation = column.and_then(|column| column.collation.as_deref());
        let collation = collation.or(operators.default_collation.as_deref());
        Some(Asked { seen: kept.clone(), kept, collation, operators })
    }

    fn is_text(&self) -> bool {
        TEXT_TYPES.contains(&self.seen.as_str())
            || self.operators.is_same_value(&self.seen, "text")
                && self.operators.default_class("btree", &self.seen).map(|c| &c.data_type)
                    == self.operators.default_class("btree", "text").map(|c| &c.data_type)
    }

    fn searches(&self, operator: &str) -> Vec<Service> {
        let classes = self.operators.serving(operator, &self.seen);
        classes.map(|class| self.service(class, role(&class.method, operator))).collect()
    }

    fn service(&self, class: &OperatorClass, role: KeyRole) -> Service {
        let default = self.operators.default_class(&class.method, &self.kept);
        let named = default != Some(class);
        Service {
            method: class.method.clone(),
            operator_class: named.then(|| class.name.clone()),
            role,
            extension: None,
        }
    }

    /// Whatever the class, where the method keeps entries for NULL.
    fn null_tests(&self, predicate: &Predicate) -> Vec<Service> {
        let keeps = |method: &str| matches!(method, "btree" | "gist" | "spgist" | "brin");
        let ordered = |class: &OperatorClass| match class.method.as_str() {
            "btree" => null_role(predicate),
            _ => KeyRole::Whole,
        };
        let faces = self.operators.classes.iter().filter(|class| {
            keeps(&class.method) && self.operators.is_same_value(&self.kept, &class.data_type)
        });
        faces.map(|class| self.service(class, ordered(class))).collect()
    }

    /// `NOT x`, `x IS FALSE` are searched for as `x = false`; `x IS NOT TRUE` is none of the two.
    fn truth_tests(&self, predicate: &Predicate) -> Vec<Service> {
        if !matches!(predicate.op.as_str(), "" | "NOT" | "IS TRUE" | "IS FALSE") {
            return Vec::new();
        }
        let mut ways = self.searches("=");
        ways.retain(|way| matches!(way.method.as_str(), "btree" | "hash"));
        ways
    }

    /// Trigrams and the like by the operator itself; a prefix by the span it stands for.
    fn patterns(&self, predicate: &Predicate) -> Vec<Service> {
        let mut ways = self.searches(&predicate.op);
        let read = readable(predicate).unwrap_or_default();
        if self.is_text() && !read.prefix.is_empty() {
            ways.extend(self.prefix_classes().map(|class| self.service(class, KeyRole::Range)));
        }
        ways
    }

    /// Classes that sort by bytes: the pattern classes, and under the C collation the plain one.
    fn prefix_classes(&self) -> impl Iterator<Item = &'a OperatorClass> {
        let by_bytes = matches!(self.collation, Some("C" | "POSIX" | "ucs_basic"));
        let own = match self.kept.as_str() {
            "character varying" => "varchar_pattern_ops",
            _ => "text_pattern_ops",
        };
        let (operators, seen) = (self.operators, self.seen.clone());
        let fitting = operators.classes.iter().filter(move |class| {
            class.method == "btree"
                && operators.is_same_value(&seen, &class.data_type)
                && (seen != "character" || class.data_type == "character")
                && (class.operators.iter().any(|name| name == "~<~")
                    || by_bytes && class.operators.iter().any(|name| name == "<"))
        });
        let mut classes: Vec<&OperatorClass> = fitting.collect();
        classes.sort_by_key(|class| class.name != own);
        classes.into_iter()
    }
}

fn role(method: &str, operator: &str) -> KeyRole {
    match (method, operator) {
        ("btree" | "hash", "=") => KeyRole::Equality,
        ("btree", _) => KeyRole::Range,
        _ => KeyRole::Whole,
    }
}

fn null_role(predicate: &Predicate) -> KeyRole {
    if predicate.op.to_ascii_uppercase().contains("NOT") {
        KeyRole::Range
    } else {
        KeyRole::Equality
    }
}

/// What an expression of a type that its text does not tell must be, to stand before such an operator.
fn likely_type(predicate: &Predicate) -> Option<&'static str> {
    match (predicate.kind, predicate.op.as_str()) {
        (PredicateKind::Pattern, _) => Some("text"),
        (PredicateKind::TextSearch, _) => Some("tsvector"),
        (_, "?" | "?|" | "?&" | "@?") => Some("jsonb"),
        (PredicateKind::Boolean, _) => Some("boolean"),
        _ => None,
    }
}

/// What holds for every type that has an order; the server refuses those without one.
fn without_catalog(predicate: &Predicate) -> Vec<Service> {
    let role = match predicate.kind {
        PredicateKind::Equality | PredicateKind::Boolean => KeyRole::Equality,
        PredicateKind::Range => KeyRole::Range,
        PredicateKind::NullTest => null_role(predicate),
        _ => return Vec::new(),
    };
    vec![Service { method: "btree".to_owned(), operator_class: None, role, extension: None }]
}

/// The cast changes nothing that an index on the column would see: the same bytes, compared by the same class.
pub fn cast_is_free(column_type: &str, cast: &str, operators: &Operators) -> bool {
    let from = type_name(column_type);
    if from == cast || operators.is_empty() {
        return from == cast
            || matches!((from.as_str(), cast), ("character varying", "text") | ("cidr", "inet"));
    }
    let class = |data_type: &str| operators.default_class("btree", data_type);
    operators.is_same_value(&from, cast) && class(&from).is_some() && class(&from) == class(cast)
}

pub fn extension(index: &IndexDefinition) -> Option<&'static str> {
    let classes = index.keys.iter().filter_map(|key| key.operator_class.as_deref());
    let bare = classes.map(|class| class.rsplit('.').next().unwrap_or(class));
    let mut trigram = bare.filter(|c| [TRIGRAM_CLASS, TRIGRAM_DISTANCE_CLASS].contains(c));
    trigram.next().map(|_| TRIGRAM_EXTENSION)
}

#[cfg(test)]
#[path = "services_tests.rs"]
pub mod tests;

//! Which index serves which condition.

use super::{arrays, expression, patterns, types};
use crate::engine::mysql::family::Family;
use crate::engine::{Column, KeyRole, Service};
use crate::sql::{Operand, Predicate, PredicateKind};

const ORDERED: &str = "btree";
pub const TEXT_SEARCH: &str = "fulltext";

/// Every way in which an index could serve `predicate`; none where none can.
pub fn serving(predicate: &Predicate, column: Option<&Column>, family: Family) -> Vec<Service> {
    if predicate.kind == PredicateKind::TextSearch {
        return vec![Service::whole(TEXT_SEARCH, None)];
    }
    if predicate.kind == PredicateKind::Containment {
        let kept = arrays::element_type(predicate).filter(|_| family == Family::Mysql);
        return kept.map(|kept| Service::whole(ORDERED, Some(kept))).into_iter().collect();
    }
    let Some(role) = role(predicate) else { return Vec::new() };
    let fits = match &predicate.expression {
        Some(text) => family == Family::Mysql && expression::is_key(text),
        None => column.is_none_or(|column| types::is_ordered(&column.data_type)),
    };
    if !fits || predicate.cast.is_some() && predicate.expression.is_none() {
        return Vec::new();
    }
    vec![Service { method: ORDERED.to_owned(), operator_class: None, role, extension: None }]
}

fn role(predicate: &Predicate) -> Option<KeyRole> {
    use PredicateKind::{Equality, NullTest, Pattern, Range};
    match (predicate.kind, &predicate.operand) {
        (Equality, _) => Some(KeyRole::Equality),
        (NullTest, _) if predicate.op == "IS NULL" => Some(KeyRole::Equality),
        (NullTest | Range, _) => Some(KeyRole::Range),
        (Pattern, Operand::Constant(text)) if predicate.op == "LIKE" => {
            patterns::has_beginning(text).then_some(KeyRole::Range)
        }
        // What is asked for decides: whoever prices it knows.
        (Pattern, _) if predicate.op == "LIKE" => Some(KeyRole::Range),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::mysql::dialect::MysqlDialect;
    use crate::sql::Dialect;

    fn roles(condition: &str, family: Family) -> Vec<(String, KeyRole)> {
        let predicates = MysqlDialect.predicates(condition);
        let found = predicates.iter().flat_map(|predicate| serving(predicate, None, family));
        found.map(|service| (service.method, service.role)).collect()
    }

    #[test]
    fn ordered_indexes_serve_what_has_a_place_in_an_order() {
        let ordered = |role| vec![("btree".to_owned(), role)];
        let of = |condition| roles(condition, Family::Mariadb);
        assert_eq!(of("t.a = 1"), ordered(KeyRole::Equality));
        assert_eq!(of("t.a <=> 1"), ordered(KeyRole::Equality));
        assert_eq!(of("t.a IN (1, 2)"), ordered(KeyRole::Equality));
        assert_eq!(of("t.a BETWEEN 1 AND 2"), ordered(KeyRole::Range));
        assert_eq!(of("t.a LIKE 'x%'"), ordered(KeyRole::Range));
        for nothing in
            ["t.a LIKE '%x'", "t.a <> 1", "t.a NOT IN (1, 2)", "t.a NOT LIKE 'x%'", "t.a"]
        {
            assert_eq!(of(nothing), [], "{nothing}");
        }
    }

    #[test]
    fn only_one_of_the_servers_keeps_expressions() {
        assert_eq!(roles("LOWER(t.a) = 'x'", Family::Mariadb), []);
        assert_eq!(roles("LOWER(t.a) = 'x'", Family::Mysql).len(), 1);
        assert_eq!(roles("RAND() * t.a = 3", Family::Mysql), []);
    }

    #[test]
    fn words_are_found_by_an_index_of_words() {
        let found = roles("MATCH (t.a) AGAINST ('word')", Family::Mariadb);
        assert_eq!(found, [("fulltext".to_owned(), KeyRole::Whole)]);
    }
}

//! How the queries of a run use one table and one column of it.

use crate::engine::{Catalog, Params, Table};
use crate::run::{QueryRun, Run, Status};
use crate::sql::{Operand, Predicate, PredicateKind, Shape, StatementKind};

/// A query that names a table, and what it says of the column.
pub struct TableUse<'r> {
    pub query: &'r QueryRun,
    /// Conditions on the column, which an execution has to fulfil all of, with values in place of parameters: one list
    /// for each set of values. Empty where it is not restricted, or in a way that was not understood.
    pub conditions: Vec<Vec<String>>,
    /// One of them bounds the column from below.
    pub from_below: bool,
    /// What the query calls the table.
    pub alias: String,
}

/// Every query that reads or changes `table`.
pub fn uses<'r>(run: &'r Run, table: &Table, column: &str) -> Vec<TableUse<'r>> {
    let named = run.queries.iter().filter(|query| !matches!(query.status, Status::Refused { .. }));
    named.filter_map(|query| table_use(query, &run.catalog, table, column)).collect()
}

fn table_use<'r>(
    query: &'r QueryRun,
    catalog: &Catalog,
    table: &Table,
    column: &str,
) -> Option<TableUse<'r>> {
    let shape = query.shape.as_ref()?;
    let same = |schema: Option<&str>, name: &str| {
        catalog
            .table(schema, name)
            .is_some_and(|found| (&found.schema, &found.name) == (&table.schema, &table.name))
    };
    let places: Vec<_> =
        shape.tables.iter().filter(|t| same(t.schema.as_deref(), &t.name)).collect();
    let first = places.first()?;
    let alias = first.alias.clone().unwrap_or_else(|| first.name.clone());
    let mut found =
        TableUse { query, conditions: Vec::new(), from_below: false, alias: alias.clone() };
    // Of two places of one table a condition may be meant for either.
    if places.len() > 1 {
        return Some(found);
    }
    let of_column: Vec<&Predicate> =
        shape.predicates.iter().filter(|p| restricts(p, shape, catalog, &alias, column)).collect();
    let sets: Vec<&Params> = query.params.iter().collect();
    let none = Params::new();
    let sets = if sets.is_empty() { vec![&none] } else { sets };
    let filled = |set: &Params| -> Option<Vec<String>> {
        of_column.iter().map(|predicate| with_values(&predicate.text, set)).collect()
    };
    let conditions: Option<Vec<Vec<String>>> = sets.into_iter().map(filled).collect();
    found.conditions =
        conditions.filter(|all| all.iter().all(|one| !one.is_empty())).unwrap_or_default();
    found.from_below =
        of_column.iter().any(|p| [">", ">=", "=", "BETWEEN"].contains(&p.op.as_str()));
    Some(found)
}

/// A bound on the bare column by something that no row decides.
fn restricts(
    predicate: &Predicate,
    shape: &Shape,
    catalog: &Catalog,
    alias: &str,
    column: &str,
) -> bool {
    let bounds = matches!(predicate.kind, PredicateKind::Range | PredicateKind::Equality);
    let fixed = matches!(
        predicate.operand,
        Operand::Constant(_) | Operand::Parameter(_) | Operand::Expression(_) | Operand::List(_)
    );
    let Some(named) = predicate.column.as_ref().filter(|named| named.name == column) else {
        return false;
    };
    let whose = match &named.qualifier {
        Some(qualifier) => qualifier == alias,
        // A column without its table is that of the only one that has such a column.
        None => {
            let having = shape.tables.iter().filter(|t| {
                let table = catalog.table(t.schema.as_deref(), &t.name);
                table.is_none_or(|table| table.column(column).is_some())
            });
            having.count() == 1
        }
    };
    let joins = matches!(&predicate.operand, Operand::Expression(text) if text.contains('.') && !text.contains('\''));
    bounds && fixed && whose && !joins && predicate.expression.is_none() && predicate.cast.is_none()
}

/// `$1` and its like replaced by values as literals. `None` where one is not known, or is NULL.
pub fn with_values(text: &str, set: &Params) -> Option<String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\'', '?']) {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        match from.as_bytes()[0] {
            b'\'' => {
                let end = from[1..].find('\'')? + 2;
                filled.push_str(&from[..end]);
                rest = &from[end..];
            }
            b'$' => {
                let digits = from[1..].chars().take_while(char::is_ascii_digit).count();
                let number: usize = from[1..=digits].parse().ok()?;
                let value = set.get(number.checked_sub(1)?)?.as_ref()?;
                filled.push_str(&format!("'{}'", value.replace('\'', "''")));
                rest = &from[1 + digits..];
            }
            _ => return None,
        }
    }
    filled.push_str(rest);
    Some(filled)
}

/// A statement of the workload takes rows away that are older than something.
pub fn is_retention(used: &TableUse<'_>) -> bool {
    let deletes = used
        .query
        .sql
        .trim_start()
        .get(..6)
        .is_some_and(|word| word.eq_ignore_ascii_case("delete"));
    deletes
        && used.query.kind == StatementKind::Write
        && !used.from_below
        && !used.conditions.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_the_places_of_parameters_and_nothing_else() {
        let set = vec![Some("2024-01-01".to_owned()), Some("O'Hara".to_owned()), None];
        assert_eq!(
            with_values("at >= $1 AND note <> '$2'", &set).as_deref(),
            Some("at >= '2024-01-01' AND note <> '$2'")
        );
        assert_eq!(with_values("name = $2", &set).as_deref(), Some("name = 'O''Hara'"));
        assert_eq!(with_values("at >= $3", &set), None);
        assert_eq!(with_values("at >= $4", &set), None);
        assert_eq!(with_values("at >= ?", &set), None);
    }
}

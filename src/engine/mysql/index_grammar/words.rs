//! MATCH … AGAINST runs only beside an index of exactly its columns: the one that a refused statement waits for.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, ObjectName, Statement, TableFactor, Visit, Visitor, visit_expressions};
use sqlparser::dialect::MySqlDialect as Grammar;
use sqlparser::parser::Parser;

use super::ddl;
use super::readings::parts;
use super::services::TEXT_SEARCH;
use crate::engine::IndexDefinition;
use crate::sql::with_stack_for;

/// The statements that would build what every MATCH in `sql` needs, a table each, without a schema where none is said.
/// Empty where it is not clear which table the columns are of.
pub fn wanted(sql: &str) -> Vec<String> {
    let parse = || {
        let parser = Parser::new(&Grammar {}).with_recursion_limit(300);
        let parsed = parser.try_with_sql(sql).and_then(|mut parser| parser.parse_statements());
        Ok(parsed.ok())
    };
    let Some(statements) = with_stack_for(sql, parse).ok().flatten() else { return Vec::new() };
    let tables = tables(&statements);
    let mut found = Vec::new();
    let _ = visit_expressions(&statements, |part| {
        if let Expr::MatchAgainst { columns, .. } = part
            && let Some(statement) = statement(columns, &tables)
            && !found.contains(&statement)
        {
            found.push(statement);
        }
        ControlFlow::<()>::Continue(())
    });
    found
}

/// A table of the statement, and the name it goes by.
struct Named {
    schema: String,
    name: String,
    alias: String,
}

fn tables(statements: &[Statement]) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for statement in statements {
        let _ = statement.visit(&mut Tables(&mut found));
    }
    found
}

struct Tables<'f>(&'f mut Vec<Named>);

impl Visitor for Tables<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor
            && let Some((schema, name)) = parts(name)
        {
            let alias = alias.as_ref().map_or(name.clone(), |alias| alias.name.value.clone());
            self.0.push(Named { schema: schema.unwrap_or_default(), name, alias });
        }
        ControlFlow::Continue(())
    }
}

fn statement(columns: &[ObjectName], tables: &[Named]) -> Option<String> {
    let columns: Option<Vec<_>> = columns.iter().map(parts).collect();
    let columns = columns?;
    let qualifier = columns.first()?.0.clone();
    if columns.iter().any(|(other, _)| *other != qualifier) {
        return None;
    }
    let table = match (&qualifier, tables) {
        (Some(alias), tables) => tables.iter().find(|table| table.alias == *alias)?,
        (None, [only]) => only,
        _ => return None,
    };
    let names: Vec<&str> = columns.iter().map(|(_, name)| name.as_str()).collect();
    let index = IndexDefinition::on(&table.schema, &table.name, TEXT_SEARCH, &names);
    Some(ddl::create(&index, &format!("{}_{}_words", table.name, names.join("_")), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_on_the_columns_that_are_matched() {
        assert_eq!(
            wanted("SELECT id FROM offer WHERE MATCH (title, about) AGAINST ('lamp')"),
            [
                "CREATE FULLTEXT INDEX `offer_title_about_words` ON `offer` (`title`, `about`) ALGORITHM=INPLACE LOCK=SHARED;"
            ]
        );
        let joined = "SELECT 1 FROM shop.offer o JOIN seller s ON s.id = o.seller_id \
                      WHERE MATCH (o.title) AGAINST ('lamp' IN BOOLEAN MODE)";
        assert!(wanted(joined)[0].contains("ON `shop`.`offer` (`title`)"), "{:?}", wanted(joined));
    }

    #[test]
    fn whose_columns_they_are_is_not_guessed() {
        assert!(
            wanted("SELECT 1 FROM a JOIN b ON a.x = b.x WHERE MATCH (t) AGAINST ('w')").is_empty()
        );
        assert!(
            wanted("SELECT 1 FROM a JOIN b ON a.x = b.x WHERE MATCH (a.t, b.t) AGAINST ('w')")
                .is_empty()
        );
        assert!(wanted("SELECT 1").is_empty() && wanted("MATCH (").is_empty());
    }
}

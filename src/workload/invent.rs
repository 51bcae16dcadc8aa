//! Values for parameters that nobody knows: from what the database holds, and said.

use super::made::{Place, Values};
use super::places::places;
use super::{Query, Workload};
use crate::engine::{Catalog, ExplainMode, Params, Session, Table};
use crate::sql::Dialect;

/// Rows that are looked at for values, of one table.
const ROWS: usize = 200;
/// Queries that the note names.
const NAMED: usize = 5;

/// Gives every query that lacks values some of its columns' own: a common, a median and a rare one, and one that is
/// nowhere. What could not be given any stays without: its plan is then the server's generic one.
pub async fn fill_values(
    workload: &mut Workload,
    session: &mut dyn Session,
    dialect: &dyn Dialect,
) {
    let lacks = |query: &Query| {
        !query.parameters.is_empty() && query.params.is_empty() && query.refused.is_none()
    };
    if !workload.queries.iter().any(lacks) {
        return;
    }
    let Ok(catalog) = session.catalog().await else { return };
    let mut inventor = Inventor { session, catalog, dialect, known: Vec::new() };
    let (mut told, mut without) = (Vec::new(), Vec::new());
    for query in workload.queries.iter_mut().filter(|query| lacks(query)) {
        match inventor.sets(query).await {
            Some(sets) => {
                told.push(format!("{} ({})", query.id, shown(sets.first())));
                query.params = sets;
            }
            None => {
                without.push(query.id.clone());
                query.refused = inventor.unplannable(query).await;
            }
        }
    }
    workload.notes.extend(notes(&told, &without));
}

fn shown(set: Option<&Params>) -> String {
    let one = |(at, value): (usize, &Option<String>)| match value {
        Some(value) => format!("${} = '{}'", at + 1, value.chars().take(40).collect::<String>()),
        None => format!("${} = NULL", at + 1),
    };
    set.into_iter().flatten().enumerate().map(one).collect::<Vec<_>>().join(", ")
}

fn notes(told: &[String], without: &[String]) -> Vec<String> {
    let list = |names: &[String]| {
        let more = names.len().saturating_sub(NAMED);
        let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
        if more > 0 { format!("{shown}; and {more} more") } else { shown }
    };
    let mut notes = Vec::new();
    if !told.is_empty() {
        notes.push(format!(
            "Values of {} were invented from the database's own (a common, a median, a rare and an absent one each), because \
             what was captured holds none: {}",
            counted(told.len()),
            list(told)
        ));
    }
    if !without.is_empty() {
        notes.push(format!(
            "No values could be invented for {}: without any they are not executed, and planned generically where the server can: {}",
            counted(without.len()),
            list(without)
        ));
    }
    notes
}

fn counted(queries: usize) -> String {
    if queries == 1 { "1 query".to_owned() } else { format!("{queries} queries") }
}

struct Inventor<'s> {
    session: &'s mut dyn Session,
    catalog: Catalog,
    dialect: &'s dyn Dialect,
    /// By table and column: the same column has the same values in every query.
    known: Vec<((String, String, String), Option<Values>)>,
}

impl Inventor<'_> {
    async fn sets(&mut self, query: &Query) -> Option<Vec<Params>> {
        let shape = query.shape.as_ref().ok()?;
        let places = places(&query.sql, self.dialect.lexis(), query.parameters.len());
        let mut sets: Vec<Params> = vec![Vec::new(); 4];
        for place in places {
            let values = match place? {
                Place::Limit => vec!["10".to_owned(); 4],
                Place::Offset => vec!["0".to_owned(); 4],
                Place::Interval => vec!["1 day".to_owned(); 4],
                Place::Unit => vec!["day".to_owned(); 4],
                Place::Configuration => vec!["english".to_owned(); 4],
                Place::Column { qualifier, name, how } => {
                    let table = self.table(shape, qualifier.as_deref(), &name)?;
                    how.apply(&self.values(&table.0, &table.1, &name).await?)?
                }
            };
            for (set, value) in sets.iter_mut().zip(values) {
                set.push(Some(value));
            }
        }
        sets.dedup();
        Some(sets)
    }

    /// Why no server can even plan `query` without values, where it cannot: that is no fault of the query's.
    async fn unplannable(&mut self, query: &Query) -> Option<String> {
        let planned = self.session.explain(&query.sql, &[], ExplainMode::Estimate).await;
        let error = planned.err()?;
        Some(format!(
            "its values are not known, none could be invented, and without any the server cannot plan it: {}",
            error.message
        ))
    }

    /// Schema and name of the table that the column is of.
    fn table(
        &self,
        shape: &crate::sql::Shape,
        qualifier: Option<&str>,
        column: &str,
    ) -> Option<(String, String)> {
        let has = |table: &&Table| table.column(column).is_some();
        let named = shape.tables.iter().filter(|table| {
            qualifier.is_none_or(|wanted| table.alias.as_deref().unwrap_or(&table.name) == wanted)
        });
        let mut tables = named
            .filter_map(|table| self.catalog.table(table.schema.as_deref(), &table.name))
            .filter(has);
        let table = tables.next()?;
        Some((table.schema.clone(), table.name.clone()))
    }

    async fn values(&mut self, schema: &str, table: &str, column: &str) -> Option<Values> {
        let key = (schema.to_owned(), table.to_owned(), column.to_owned());
        if let Some((_, known)) = self.known.iter().find(|(known, _)| *known == key) {
            return known.clone();
        }
        let values = self.look(schema, table, column).await;
        self.known.push((key, values.clone()));
        values
    }

    async fn look(&mut self, schema: &str, table: &str, column: &str) -> Option<Values> {
        let quoted = |name: &str| self.dialect.quote_identifier(name);
        let sql = format!(
            "SELECT {1} FROM {0}.{2} WHERE {1} IS NOT NULL LIMIT {ROWS}",
            quoted(schema),
            quoted(column),
            quoted(table)
        );
        let read = self.session.query_text(&sql).await.unwrap_or_default();
        let mut seen: Vec<String> = read.into_iter().flatten().collect();
        let facts = self.catalog.table(Some(schema), table)?.column(column)?;
        let common: Vec<String> =
            facts.common_values.iter().map(|(value, _)| value.clone()).collect();
        let data_type = facts.data_type.to_lowercase();
        seen.extend(common.iter().cloned());
        sort(&mut seen);
        let rare = seen.iter().rev().find(|value| !common.contains(value));
        let at = |share: usize| seen.get(seen.len() * share / 100).or(seen.last()).cloned();
        Some(Values {
            common: common.first().cloned().or_else(|| at(50))?,
            median: at(50)?,
            rare: rare.or(common.last()).cloned().or_else(|| at(0))?,
            absent: absent(&data_type, &seen)?,
            low: at(25)?,
            high: at(75)?,
        })
    }
}

/// As numbers where they are.
fn sort(values: &mut [String]) {
    let number = |value: &String| value.parse::<f64>().ok();
    match values.iter().all(|value| number(value).is_some()) {
        true => {
            values.sort_by(|a, b| number(a).unwrap_or(0.0).total_cmp(&number(b).unwrap_or(0.0)))
        }
        false => values.sort(),
    }
}

/// A value that the column's type takes and that is probably nowhere; where the type leaves no room, a rare one.
fn absent(data_type: &str, seen: &[String]) -> Option<String> {
    let last = seen.last()?;
    let made = match data_type {
        t if t.contains("int") || t.contains("serial") => "-2".to_owned(),
        t if t.contains("numeric")
            || t.contains("decimal")
            || t.contains("double")
            || t.contains("real")
            || t.contains("float") =>
        {
            "-1.5".to_owned()
        }
        t if t.contains("uuid") => "00000000-0000-4000-8000-000000000000".to_owned(),
        t if t.starts_with("timestamp") || t.starts_with("datetime") => {
            "1971-01-01 00:00:00".to_owned()
        }
        "date" => "1971-01-01".to_owned(),
        t if t.starts_with("text")
            || t.contains("char(") && !t.contains("(1)") && !t.contains("(2)")
            || t == "character varying" =>
        {
            "~none~".to_owned()
        }
        _ => last.clone(),
    };
    Some(made)
}

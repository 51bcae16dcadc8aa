//! Facts about something that is written in a statement, with what the catalog says of the table and column it is about.

use crate::engine::{Column, Table};
use crate::serving::Serving;

use super::fact::Fact;
use super::site::TextSite;

type S<'a> = TextSite<'a>;

pub fn facts<'a>() -> Vec<Fact<S<'a>>> {
    let mut facts = written();
    facts.extend(known());
    facts
}

fn written<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text("excerpt", "as it is written", |s: &S| Some(s.construct.excerpt.clone())),
        Fact::number(
            "line",
            "line",
            "its line in the workload's file, from 1; without one in the statement",
            |s: &S| {
                let before = s.query.query.map_or(0, |query| query.line.saturating_sub(1));
                Some((before + s.line()) as f64)
            },
        ),
        Fact::number(
            "count",
            "count",
            "elements, arms, rows or relations it is about; 1 where there is nothing to count",
            |s: &S| Some(s.construct.count as f64),
        ),
        Fact::text("column", "the column concerned, empty for others", |s: &S| {
            Some(s.construct.columns.first().cloned().unwrap_or_default())
        }),
        Fact::list("columns", "all columns concerned", |s: &S| Some(s.construct.columns.clone())),
        Fact::text(
            "table",
            "the table concerned, as far as the text tells; else empty",
            |s: &S| {
                let named = s.construct.tables.first().map(|table| table.name.clone());
                let found = s.table().map(|table| table.name.clone());
                Some(found.or(named).unwrap_or_default())
            },
        ),
        Fact::text("other", "the other side, or the same said better", |s: &S| {
            Some(s.construct.other.clone())
        }),
        Fact::text("function", "the function whose body it stands in, else empty", |s: &S| {
            Some(s.construct.function.clone().unwrap_or_default())
        }),
        Fact::number("statement_length", "characters", "length of the statement", |s: &S| {
            Some(s.sql.chars().count() as f64)
        }),
    ]
}

fn known<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::number("table_rows", "rows", "rows of that table, by the catalog", |s: &S| {
            let table = s.table()?;
            Some(table.rows.max(table.statistics.live_rows.unwrap_or(0.0)).max(0.0))
        }),
        Fact::text("table_sql", "its full name, quoted", |s: &S| {
            Some(s.query.around.quoted_table(s.table()?))
        }),
        Fact::text("column_sql", "the column, quoted", |s: &S| {
            Some(s.query.around.quoted(&s.column()?.name))
        }),
        Fact::text("column_type", "type of the column", |s: &S| {
            Some(s.column()?.data_type.clone())
        }),
        Fact::flag("column_keeps_fractions", "a moment that has parts of a second", |s: &S| {
            Some(keeps_fractions(&s.column()?.data_type))
        }),
        Fact::number("table_indexes", "count", "indexes of that table", |s: &S| {
            Some(s.table()?.indexes.len() as f64)
        }),
        Fact::number("table_unique_indexes", "count", "of those the unique ones", |s: &S| {
            let indexes = s.table()?.indexes.iter();
            Some(indexes.filter(|index| index.unique || index.primary).count() as f64)
        }),
        Fact::flag("column_can_be_null", "the column may hold NULL here", |s: &S| {
            let column = s.column()?;
            Some(!column.not_null || s.construct.filled_up)
        }),
        Fact::flag("column_is_indexed", "an index begins with the column", |s: &S| {
            let (table, column) = (s.table()?, s.column()?);
            let serving: Serving<'_> = s.query.around.serving();
            Some(serving.index_in_order_of(table, &column.name).is_some())
        }),
        Fact::flag("column_is_unique", "an index keeps its values apart", |s: &S| {
            let (table, column) = (s.table()?, s.column()?);
            Some(table.indexes.iter().any(|index| {
                let only = index.keys.len() == 1 && index.predicate.is_none() && index.valid;
                only && index.unique && index.keys[0].column.as_deref() == Some(&column.name)
            }))
        }),
        Fact::flag("column_is_key", "it is part of the table's primary key", |s: &S| {
            let (table, column) = (s.table()?, s.column()?);
            let primary = table.indexes.iter().filter(|index| index.primary);
            let named = |key: &crate::engine::IndexKey| key.column.as_deref() == Some(&column.name);
            Some(primary.flat_map(|index| &index.keys).any(named))
        }),
        Fact::flag("column_is_referenced", "foreign keys of other tables point to it", |s: &S| {
            let (table, column) = (s.table()?, s.column()?);
            let tables = &s.query.around.catalog()?.tables;
            let points = |key: &crate::engine::ForeignKey| {
                key.referenced_table == table.name
                    && key.referenced_schema == table.schema
                    && key.referenced_columns.contains(&column.name)
            };
            Some(tables.iter().flat_map(|other| &other.foreign_keys).any(points))
        }),
    ]
}

/// `timestamp(3)`, `datetime(6)`, `timestamp without time zone`; not `datetime`, which some engines round to seconds.
fn keeps_fractions(data_type: &str) -> bool {
    let lower = data_type.to_lowercase();
    let is_moment = lower.starts_with("timestamp") || lower.starts_with("datetime");
    let digits = lower.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    is_moment
        && match digits {
            Some((digits, _)) => digits.trim() != "0",
            None => lower.contains(" time zone"),
        }
}

impl<'a> TextSite<'a> {
    /// From 1.
    pub fn line(&self) -> usize {
        let before = self.sql.get(..self.construct.offset).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// The one table that has the column; without a column the table concerned.
    pub fn table(&self) -> Option<&'a Table> {
        let catalog = self.query.around.catalog()?;
        let named = self.construct.tables.iter();
        let mut tables: Vec<&Table> =
            named.filter_map(|t| catalog.table(t.schema.as_deref(), &t.name)).collect();
        if let Some(column) = self.construct.columns.first() {
            tables.retain(|table| table.column(column).is_some());
        }
        tables.dedup_by(|a, b| std::ptr::eq(*a, *b));
        match tables.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    fn column(&self) -> Option<&'a Column> {
        self.table()?.column(self.construct.columns.first()?)
    }
}

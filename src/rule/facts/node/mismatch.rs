//! Two sides of a comparison that do not fit each other: a text and a number, two character sets.

use crate::engine::Table;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::sql::{Operand, Predicate, PredicateKind};

pub fn mismatch<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text(
            "text_compared_with_number",
            "text column that the filter compares with a number, empty without one",
            |s: &S| {
                let found = s.text_and_number();
                Some(found.and_then(|p| p.column.clone()).map(|c| c.name).unwrap_or_default())
            },
        ),
        Fact::text("text_number_index", "index that would serve it if both were texts", |s: &S| {
            Some(s.index_if_bare(s.text_and_number()).unwrap_or_default())
        }),
        Fact::text("text_number_value", "that number, quoted", |s: &S| {
            let value = s.text_and_number().map(|p| match &p.operand {
                Operand::Constant(text) => s.query.around.engine.dialect().quote_literal(text),
                _ => String::new(),
            });
            Some(value.unwrap_or_default())
        }),
        Fact::text(
            "recoded_column",
            "column that is put into another character set before it is compared, with its table; empty without one",
            |s: &S| {
                Some(
                    s.recoded()
                        .map(|(table, column)| format!("{}.{column}", table.name))
                        .unwrap_or_default(),
                )
            },
        ),
        Fact::text("recoded_index", "index that begins with it, empty without one", |s: &S| {
            let index = s.recoded().and_then(|(table, column)| index_on(table, &column));
            Some(index.unwrap_or_default())
        }),
        Fact::text("recoded_collation", "the collation it has", |s: &S| {
            let found = s.recoded();
            let collation = found.and_then(|(table, name)| table.column(&name)?.collation.clone());
            Some(collation.unwrap_or_default())
        }),
    ]
}

fn index_on(table: &Table, column: &str) -> Option<String> {
    let leads = |index: &&crate::engine::Index| {
        index.keys.first().and_then(|key| key.column.as_deref()) == Some(column)
    };
    table.indexes.iter().find(leads).map(|index| index.name.clone())
}

impl<'a> S<'a> {
    fn text_and_number(&self) -> Option<&Predicate> {
        let table = self.table?;
        self.filter.filter.iter().find(|predicate| {
            let comparing =
                matches!(predicate.kind, PredicateKind::Equality | PredicateKind::Range);
            let bare = predicate.expression.is_none() && predicate.cast.is_none();
            let column = predicate.column.as_ref().and_then(|column| table.column(&column.name));
            comparing
                && bare
                && column.is_some_and(|column| is_text(&column.data_type))
                && is_number(predicate)
        })
    }

    /// Of any condition of the node, by the table that the column's qualifier stands for.
    fn recoded(&self) -> Option<(&'a Table, String)> {
        let node = self.node;
        let texts = [&node.filter, &node.index_cond, &node.join_cond, &node.join_filter];
        let dialect = self.query.around.engine.dialect();
        let predicates = texts.into_iter().flatten().flat_map(|text| dialect.predicates(text));
        let mut recoded = predicates.filter_map(|predicate| {
            if let Some(by_catalog) = self.recoded_silently(&predicate) {
                return Some(by_catalog);
            }
            let sides = [predicate.expression.clone(), other_side(&predicate)];
            sides.into_iter().flatten().find_map(|side| {
                let column = recoded_column(&side, dialect)?;
                let table =
                    self.table_of(column.qualifier.as_deref().or_else(|| {
                        predicate.column.as_ref().and_then(|c| c.qualifier.as_deref())
                    }))?;
                Some((table, table.column(&column.name)?.name.clone()))
            })
        });
        recoded.next()
    }

    /// Not every engine prints the conversion: two columns of different sets are compared by one.
    fn recoded_silently(&self, predicate: &Predicate) -> Option<(&'a Table, String)> {
        let (left, Operand::Column(right)) = (predicate.column.as_ref()?, &predicate.operand)
        else {
            return None;
        };
        // A row found by an index was found by a value converted once.
        if self.node.index_cond.as_ref().is_some_and(|found| found.contains(&predicate.text)) {
            return None;
        }
        let side = |column: &crate::sql::ColumnRef| {
            let table = self.table_of(column.qualifier.as_deref())?;
            let known = table.column(&column.name)?;
            Some((table, known.name.clone(), character_set(known.collation.as_deref()?)))
        };
        let ((one, its, a), (other, others, b)) = (side(left)?, side(right)?);
        match a == b {
            true => None,
            // Unicode has room for all others.
            false if a.starts_with("utf8mb4") => Some((other, others)),
            false => Some((one, its)),
        }
    }

    fn table_of(&self, alias: Option<&str>) -> Option<&'a Table> {
        let Some(alias) = alias else { return self.table };
        let catalog = self.query.around.catalog()?;
        let nodes = self.plan.walk();
        let node = nodes
            .iter()
            .map(|(node, _)| *node)
            .find(|node| node.relation.is_some() && node.alias.as_deref() == Some(alias))?;
        catalog.table(node.schema.as_deref(), node.relation.as_deref()?)
    }
}

/// `latin1_swedish_ci` is of `latin1`. The newest collations are named by the version of Unicode alone.
fn character_set(collation: &str) -> String {
    let set = collation.split('_').next().unwrap_or(collation);
    if set.starts_with("uca") { "utf8mb4".to_owned() } else { set.to_owned() }
}

fn other_side(predicate: &Predicate) -> Option<String> {
    match &predicate.operand {
        Operand::Expression(text) => Some(text.clone()),
        _ => None,
    }
}

/// `CONVERT(v.code USING utf8mb4)`.
fn recoded_column(side: &str, dialect: &dyn crate::sql::Dialect) -> Option<crate::sql::ColumnRef> {
    let lower = side.trim().to_ascii_lowercase();
    if !lower.starts_with("convert(") || !lower.contains(" using ") {
        return None;
    }
    let predicate = dialect.predicates(&format!("{side} IS NOT NULL")).into_iter().next()?;
    predicate.column
}

fn is_text(data_type: &str) -> bool {
    let end = data_type.find(['(', ' ']).unwrap_or(data_type.len());
    let base = data_type[..end].to_ascii_lowercase();
    matches!(base.as_str(), "char" | "varchar") || base.ends_with("text")
}

/// A constant that stands without quotes.
fn is_number(predicate: &Predicate) -> bool {
    let Operand::Constant(value) = &predicate.operand else { return false };
    value.parse::<f64>().is_ok() && !predicate.text.contains(&format!("'{value}'"))
}

//! Rows wanted by how near a column comes to one value.

use crate::plan::Evidence;
use crate::rule::facts::fact::Fact;
use crate::rule::facts::site::NodeSite as S;
use crate::rule::facts::structure;

pub fn distance<'a>() -> Vec<Fact<S<'a>>> {
    vec![
        Fact::text(
            "distance_column",
            "column whose distance from one value is the first sort key, of the one table below; empty without one",
            |s: &S| Some(s.distance().map(|(column, _)| column).unwrap_or_default()),
        ),
        Fact::text(
            "distance_value",
            "that value as the plan prints it, empty without one",
            |s: &S| Some(s.distance().map(|(_, value)| value).unwrap_or_default()),
        ),
        Fact::number(
            "sorted_rows",
            "rows",
            "rows it sorts: counted in all loops, or estimated where the catalog knows the table",
            |s: &S| {
                if s.plan.evidence < Evidence::D {
                    return Some(s.input_rows().low);
                }
                let scan = structure::reads_base_table(s.node)?;
                let table = s.table?;
                // Below a gathering node estimates are per process.
                let all = scan.filter.is_none() && scan.index_cond.is_none();
                let estimated: f64 = s.node.children.iter().filter_map(|n| n.plan_rows).sum();
                Some(if all { table.rows } else { estimated })
            },
        ),
    ]
}

impl S<'_> {
    fn distance(&self) -> Option<(String, String)> {
        let key = self.node.sort.as_ref()?.keys.first()?;
        structure::reads_base_table(self.node)?;
        let (column, value) = column_and_value(key)?;
        let known = self.table.is_none_or(|table| table.column(&column).is_some());
        known.then_some((column, value))
    }
}

/// `(abs((t.price - 42.5)))` → `price` and `42.5`, whichever side each stands on.
fn column_and_value(key: &str) -> Option<(String, String)> {
    let call = bare(key.strip_suffix(" DESC").map_or(key, |_| "")).strip_prefix("abs(")?;
    let inside = bare(call.strip_suffix(')')?);
    let (left, right) = inside.split_once(" - ")?;
    let (left, right) = (bare(left), bare(right));
    match (column(left), is_value(right), column(right), is_value(left)) {
        (Some(column), true, ..) => Some((column, right.to_owned())),
        (_, _, Some(column), true) => Some((column, left.to_owned())),
        _ => None,
    }
}

/// Without the parentheses around all of it.
fn bare(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        let mut depth = 0i32;
        let closes_early = inner.chars().any(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth < 0
        });
        if closes_early {
            break;
        }
        text = inner.trim();
    }
    text
}

/// A name, with or without its table's; converted to another type it is the column still.
fn column(text: &str) -> Option<String> {
    let named = bare(text.split_once("::").map_or(text, |(named, _)| named));
    let last = named.rsplit('.').next()?;
    let unquoted = last.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    let name = unquoted.unwrap_or(last);
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    (unquoted.is_some() || starts && plain).then(|| name.to_owned())
}

/// A literal, which may be negative or of a type, or a parameter.
fn is_value(text: &str) -> bool {
    let plain = bare(text.split_once("::").map_or(text, |(value, _)| value));
    let quoted = plain.len() > 1 && plain.starts_with('\'') && plain.ends_with('\'');
    let parameter = plain.strip_prefix('$').is_some_and(|number| number.parse::<u32>().is_ok());
    quoted || parameter || plain.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_column_and_one_value_make_a_distance() {
        let found = |key: &str| column_and_value(key);
        let pair = |column: &str, value: &str| Some((column.to_owned(), value.to_owned()));
        assert_eq!(found("(abs((price - 42.5)))"), pair("price", "42.5"));
        assert_eq!(
            found("(abs(('42.5'::double precision - s.price)))"),
            pair("price", "'42.5'::double precision")
        );
        assert_eq!(found("(abs(((t.\"Half\")::numeric - $1)))"), pair("Half", "$1"));
        assert_eq!(found("(abs((price - '-3'::integer)))"), pair("price", "'-3'::integer"));
        for other in
            ["(abs((price - cost)))", "(abs(price))", "price", "(abs((price - 4))) DESC", ""]
        {
            assert_eq!(found(other), None, "{other}");
        }
    }
}

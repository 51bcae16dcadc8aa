//! Functions that the planner calls while it plans, kept from spoiling what hypothetical indexes show.
//!
//! The planner asks a STABLE function for its value, to estimate what it is compared with. Where that function itself runs
//! a query, HypoPG (seen with 1.3.1) takes the end of that query for the end of its EXPLAIN: the plan then fails with "cache lookup failed
//! for index". Inside a subquery of its own the planner does not call it, and
//! an index can be searched by what it returns all the same. All prices of such a statement, without indexes too, are those
//! of the statement so written. A call that a policy of row-level security adds stands in no statement and is not reached.

use std::collections::BTreeSet;

use pg_query::{NodeEnum, NodeRef};
use tokio_postgres::Client;

use super::query;
use crate::engine::DbError;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::{Dialect, LexemeKind, Scanner, SyntaxError, with_stack_for};

/// Functions that may run a query: those written in the database, in any language but C.
const WRITTEN_HERE: &str = "SELECT DISTINCT p.proname FROM pg_catalog.pg_proc p \
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang \
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    WHERE l.lanname NOT IN ('internal', 'c') AND p.prokind = 'f' AND p.provolatile <> 'v' AND NOT p.proretset \
    AND n.nspname NOT IN ('pg_catalog', 'information_schema')";

type Names = BTreeSet<String>;

/// What a session does about them: nothing, until hypothetical indexes are asked for.
#[derive(Debug, Default)]
pub struct PlannedCalls {
    is_wary: bool,
    names: Option<Names>,
}

impl PlannedCalls {
    /// From now on plans are asked for that hypothetical indexes show in.
    pub fn beware(&mut self) {
        self.is_wary = true;
    }

    pub async fn kept_apart(&mut self, client: &Client, sql: &str) -> Result<String, DbError> {
        if self.is_wary && self.names.is_none() {
            self.names = Some(written_here(client).await?);
        }
        Ok(self.names.as_ref().map_or_else(|| sql.to_owned(), |names| in_subqueries(sql, names)))
    }
}

async fn written_here(client: &Client) -> Result<Names, DbError> {
    let rows = query::rows(client, WRITTEN_HERE).await?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}

/// `sql` with each call of `names` that depends on no row in a subquery of its own; as it is where there is none.
fn in_subqueries(sql: &str, names: &Names) -> String {
    if !names.iter().any(|name| sql.contains(name.as_str())) {
        return sql.to_owned();
    }
    let found = with_stack_for(sql, || {
        let tree = pg_query::parse(sql, 0)
            .map_err(|error| SyntaxError { message: error.to_string(), offset: None })?;
        Ok(calls(sql, &tree.protobuf, names))
    });
    let mut text = sql.to_owned();
    for (start, end) in outermost(found.unwrap_or_default()).into_iter().rev() {
        text.insert(end, ')');
        text.insert_str(start, "(SELECT ");
    }
    text
}

type Span = (usize, usize);

fn calls(sql: &str, tree: &pg_query::protobuf::ParseResult, names: &Names) -> Vec<Span> {
    let nodes = tree.nodes();
    let at = |location: i32| usize::try_from(location).ok();
    let columns: Vec<usize> = nodes
        .iter()
        .filter_map(|(node, ..)| match node {
            NodeRef::ColumnRef(column) => at(column.location),
            _ => None,
        })
        .collect();
    let sources: Vec<Span> = nodes
        .iter()
        .filter_map(|(node, ..)| match node {
            NodeRef::FuncCall(call) if is_one_of(&call.funcname, names) && call.over.is_none() => {
                span(sql, at(call.location)?)
            }
            _ => None,
        })
        .collect();
    let depends = |(start, end): &Span| columns.iter().any(|column| (start..end).contains(&column));
    sources.into_iter().filter(|span| !depends(span) && !is_source(sql, span.0)).collect()
}

fn is_one_of(name: &[pg_query::Node], names: &Names) -> bool {
    match name.last().and_then(|last| last.node.as_ref()) {
        Some(NodeEnum::String(last)) => names.contains(&last.sval),
        _ => false,
    }
}

/// From the name to the parenthesis that closes the call.
fn span(sql: &str, start: usize) -> Option<Span> {
    let mut depth = 0;
    for lexeme in Scanner::new(sql.get(start..)?, PostgresDialect.lexis()) {
        let lexeme = lexeme.ok()?;
        match lexeme.text(&sql[start..]) {
            "(" if lexeme.kind == LexemeKind::Symbol => depth += 1,
            ")" if lexeme.kind == LexemeKind::Symbol && depth == 1 => {
                return Some((start, start + lexeme.end));
            }
            ")" if lexeme.kind == LexemeKind::Symbol => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether what stands there is read as a table: behind FROM, JOIN, LATERAL, or a comma between two of these.
fn is_source(sql: &str, start: usize) -> bool {
    let before = Scanner::new(&sql[..start], PostgresDialect.lexis()).filter_map(Result::ok);
    let mut said: Vec<String> = before
        .filter(|lexeme| !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment))
        .map(|lexeme| lexeme.text(&sql[..start]).to_ascii_lowercase())
        .collect();
    // A schema in front of a name belongs to the call, whose place begins with it.
    match said.pop().as_deref() {
        Some("from" | "join" | "lateral") => true,
        Some(",") => {
            let clause = ["select", "from", "where", "having", "by", "values", "set", "(", "on"];
            said.iter()
                .rev()
                .find(|word| clause.contains(&word.as_str()))
                .is_some_and(|w| w == "from")
        }
        _ => false,
    }
}

/// A call inside another one goes with it.
fn outermost(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)));
    let mut kept: Vec<Span> = Vec::new();
    for span in spans {
        if kept.last().is_none_or(|last| span.0 >= last.1) {
            kept.push(span);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sql: &str) -> String {
        let names = ["my_tenant", "limit_of", "members"].map(str::to_owned);
        in_subqueries(sql, &names.into_iter().collect())
    }

    #[test]
    fn calls_that_depend_on_no_row_get_a_subquery() {
        assert_eq!(
            written("SELECT * FROM doc WHERE tenant = my_tenant() AND n < app.limit_of('a)', $1)"),
            "SELECT * FROM doc WHERE tenant = (SELECT my_tenant()) AND n < (SELECT app.limit_of('a)', $1))"
        );
        assert_eq!(
            written("SELECT 1 FROM t WHERE a = limit_of(my_tenant() + 1) OR b IN (2, my_tenant())"),
            "SELECT 1 FROM t WHERE a = (SELECT limit_of(my_tenant() + 1)) OR b IN (2, (SELECT my_tenant()))"
        );
    }

    #[test]
    fn others_stay_as_they_are() {
        for sql in [
            "SELECT * FROM doc WHERE tenant = limit_of(doc.owner)",
            "SELECT * FROM members(7)",
            "SELECT * FROM doc, members(7) m WHERE m.id = doc.id",
            "SELECT * FROM doc JOIN LATERAL members(7) m ON true",
            "SELECT * FROM doc WHERE my_tenant = 3 AND note = 'my_tenant()'",
            "SELECT now() -- my_tenant()",
            "not SQL, my_tenant(",
        ] {
            assert_eq!(written(sql), sql);
        }
    }
}

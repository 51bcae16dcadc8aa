//! The dialect: [`Dialect`] by the server's own parser.

use pg_query::protobuf::ParseResult;
use pg_query::{Node, NodeEnum, NodeRef};

use super::computed;
use super::condition::without_plan_parts;
use super::constructs::constructs;
use super::facts::Facts;
use super::kind::kind_of;
use super::lead::led_by;
use super::parse::{fingerprint, normalise, parse_one, refused};
use super::predicate::{alternatives, cast_looks_free, conjuncts, using};
use super::quote;
use super::restored::restored;
use super::select::{self, Outermost};
use super::wrapper::unwrapped;
use super::{session, standing};
use crate::sql::{
    Construct, Dialect, Lexis, Predicate, PredicateKind, SessionStatement, Shape, Standing,
    SyntaxError, with_stack_for,
};

#[derive(Debug, Clone, Copy, Default)]
pub struct PostgresDialect;

impl Dialect for PostgresDialect {
    fn lexis(&self) -> Lexis {
        Lexis {
            dollar_quotes: true,
            backslash_escapes: false,
            backtick_identifiers: false,
            double_quoted_strings: false,
            hash_comments: false,
            spaced_dash_comments: false,
            nested_comments: true,
            executable_comments: false,
            delimiter_command: false,
            numbered_parameters: true,
            hash_parameters: false,
        }
    }

    fn shape(&self, sql: &str) -> Result<Shape, SyntaxError> {
        with_stack_for(sql, || shape(sql))
    }

    fn predicates(&self, condition: &str) -> Vec<Predicate> {
        let Some(condition) = without_plan_parts(condition, self.lexis()) else {
            return Vec::new();
        };
        let statement = format!("SELECT WHERE {condition}");
        with_stack_for(&statement, || plan_predicates(&statement)).unwrap_or_default()
    }

    fn alternatives(&self, condition: &str) -> Vec<Vec<Vec<Predicate>>> {
        let Some(condition) = without_plan_parts(condition, self.lexis()) else {
            return Vec::new();
        };
        let statement = format!("SELECT WHERE {condition}");
        with_stack_for(&statement, || plan_alternatives(&statement)).unwrap_or_default()
    }

    fn led_by(&self, sql: &str, table: &str) -> Option<String> {
        with_stack_for(sql, || Ok(led_by(sql, table))).ok().flatten()
    }

    fn calculates_with_literal(&self, expression: &str) -> bool {
        let statement = format!("SELECT {expression}");
        let calculates = || Ok(computed::calculates_with_literal(&parse_one(&statement)?));
        with_stack_for(&statement, calculates).unwrap_or(true)
    }

    fn cast_looks_free(&self, predicate: &Predicate) -> bool {
        predicate.cast.as_ref().is_some_and(|cast| cast_looks_free(cast, &predicate.operand))
    }

    fn unwrapped(&self, condition: &str) -> Option<String> {
        let written = without_plan_parts(condition, self.lexis())?;
        let statement = format!("SELECT WHERE {written}");
        let inside = with_stack_for(&statement, || {
            let tree = parse_one(&statement)?;
            Ok(self::condition(&tree).and_then(unwrapped))
        });
        inside.ok().flatten()
    }

    fn is_condition(&self, expression: &str) -> bool {
        let taken_apart = self.predicates(expression);
        taken_apart.len() > 1
            || taken_apart.iter().any(|predicate| {
                use PredicateKind::{Boolean, Distance, Operator, Other, Position};
                // A value taken for a truth is compared with nothing.
                let truth = predicate.kind == Boolean
                    && predicate.op.is_empty()
                    && predicate.expression.is_some();
                // Arithmetic looks like a comparison by an unknown operator.
                !matches!(predicate.kind, Other | Distance | Operator | Position)
                    && predicate.op != "%"
                    && !truth
            })
    }

    fn constructs(&self, sql: &str) -> Vec<Construct> {
        with_stack_for(sql, || constructs(sql)).unwrap_or_default()
    }

    fn session_statement(&self, sql: &str) -> Option<SessionStatement> {
        if !session::may_be(sql) {
            return None;
        }
        with_stack_for(sql, || Ok(session::statement(sql, self.lexis()))).ok().flatten()
    }

    fn standing(&self, name: &str, value: Option<&str>) -> Standing {
        standing::of(name, value)
    }

    fn restored(&self, sql: &str) -> Option<String> {
        let written = restored(sql, self.lexis())?;
        with_stack_for(&written, || parse_one(&written)).is_ok().then_some(written)
    }

    fn schema_on_path(
        &self,
        settings: &[(String, String)],
        exists: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let (_, path) = settings.iter().find(|(name, _)| name == "search_path")?;
        standing::schemas(path).into_iter().find(|schema| exists(schema))
    }

    fn quote_identifier(&self, name: &str) -> String {
        quote::identifier(name)
    }

    fn quote_literal(&self, value: &str) -> String {
        quote::literal(value)
    }
}

fn shape(sql: &str) -> Result<Shape, SyntaxError> {
    let tree = parse_one(sql)?;
    let statement = statement(&tree).ok_or_else(|| refused("there is no statement here"))?;
    let facts = Facts::of(&tree);
    let outermost = Outermost::of(statement);
    Ok(Shape {
        kind: kind_of(statement, &facts),
        fingerprint: fingerprint(sql)?,
        normalised: normalise(sql)?,
        tables: facts.tables(),
        leading: select::leading(&tree),
        parameters: facts.parameters,
        select_star: outermost.select_star,
        offset: outermost.offset,
        limit: outermost.limit,
        order_by: outermost.order_by,
        has_where: outermost.has_where,
        order_by_random: select::orders_by_random(&tree),
        not_in_subquery: facts.not_in_subquery,
        longest_in_list: facts.longest_in_list,
        relations: select::largest_from(&tree),
        aggregates: outermost.aggregates,
        assigned: assigned(&tree),
        predicates: all_predicates(&tree),
    })
}

fn statement(tree: &ParseResult) -> Option<&NodeEnum> {
    tree.stmts.first()?.stmt.as_ref()?.node.as_ref()
}

fn plan_predicates(statement_text: &str) -> Result<Vec<Predicate>, SyntaxError> {
    let tree = parse_one(statement_text)?;
    let condition = condition(&tree);
    Ok(condition.map(conjuncts).unwrap_or_default())
}

fn plan_alternatives(statement_text: &str) -> Result<Vec<Vec<Vec<Predicate>>>, SyntaxError> {
    let tree = parse_one(statement_text)?;
    Ok(condition(&tree).map(alternatives).unwrap_or_default())
}

fn condition(tree: &ParseResult) -> Option<&Node> {
    match statement(tree)? {
        NodeEnum::SelectStmt(select) => select.where_clause.as_deref(),
        _ => None,
    }
}

/// Columns on the left of SET, also in ON CONFLICT DO UPDATE.
fn assigned(tree: &ParseResult) -> Vec<String> {
    let targets = tree.nodes().into_iter().flat_map(|(node, ..)| match node {
        NodeRef::UpdateStmt(update) => update.target_list.as_slice(),
        NodeRef::InsertStmt(insert) => {
            insert.on_conflict_clause.as_ref().map_or(&[][..], |clause| &clause.target_list)
        }
        _ => &[],
    });
    let names = targets.filter_map(|target| match target.node.as_ref()? {
        NodeEnum::ResTarget(target) => Some(target.name.clone()),
        _ => None,
    });
    names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn all_predicates(tree: &ParseResult) -> Vec<Predicate> {
    let nodes = tree.nodes().into_iter().map(|(node, ..)| node);
    nodes.flat_map(own_predicates).collect()
}

/// Predicates of the node's own WHERE or ON.
fn own_predicates(node: NodeRef<'_>) -> Vec<Predicate> {
    let condition = match node {
        NodeRef::SelectStmt(select) => select.where_clause.as_deref(),
        NodeRef::UpdateStmt(update) => update.where_clause.as_deref(),
        NodeRef::DeleteStmt(delete) => delete.where_clause.as_deref(),
        NodeRef::MergeStmt(merge) => merge.join_condition.as_deref(),
        NodeRef::JoinExpr(join) if join.quals.is_none() => return using(&join.using_clause),
        NodeRef::JoinExpr(join) => join.quals.as_deref(),
        _ => None,
    };
    condition.map(conjuncts).unwrap_or_default()
}

#[cfg(test)]
#[path = "grammar_tests.rs"]
mod tests;

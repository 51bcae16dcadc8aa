//! The relations that a query reads, and which of them a column belongs to.

use sqlparser::ast::{
    Expr, Join, JoinConstraint, JoinOperator, ObjectName, TableFactor, TableWithJoins,
};

use crate::sql::TableRef;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A table or a view.
    Table,
    /// A WITH query.
    Cte,
    /// A query in FROM.
    Query { lateral: bool },
    /// A function and the like.
    Other,
}

#[derive(Debug, Clone)]
pub struct Relation {
    /// By which columns name it.
    pub name: String,
    pub table: Option<TableRef>,
    pub source: Source,
    /// The side of an outer join that is filled up with NULL.
    pub optional: bool,
    /// Named by CROSS JOIN: that it is joined with everything is meant.
    pub crossed: bool,
}

#[derive(Debug, Clone)]
pub struct Condition {
    pub expression: Expr,
    /// The relations of the side that is filled up, for an outer join.
    pub optional: Vec<String>,
}

/// What one SELECT, UPDATE or DELETE reads.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub relations: Vec<Relation>,
    pub conditions: Vec<Condition>,
    /// A NATURAL JOIN or USING links by names.
    pub by_name: Vec<String>,
}

impl Scope {
    pub fn of(from: &[TableWithJoins], ctes: &[String]) -> Scope {
        let mut scope = Scope::default();
        for item in from {
            scope.add(item, ctes, false);
        }
        scope
    }

    /// Returns the names it added.
    fn add(&mut self, item: &TableWithJoins, ctes: &[String], optional: bool) -> Vec<String> {
        let mut names = self.add_factor(&item.relation, ctes, optional, false);
        for join in &item.joins {
            let right = self.add_join(join, &names, ctes, optional);
            names.extend(right);
        }
        names
    }

    fn add_join(
        &mut self,
        join: &Join,
        left: &[String],
        ctes: &[String],
        optional: bool,
    ) -> Vec<String> {
        use JoinOperator::{CrossJoin, Left, LeftOuter, Right, RightOuter};
        let operator = &join.join_operator;
        let fills_right = matches!(operator, Left(_) | LeftOuter(_));
        let fills_left = matches!(operator, Right(_) | RightOuter(_));
        let crossed = matches!(operator, CrossJoin(JoinConstraint::None));
        let right = self.add_factor(&join.relation, ctes, optional || fills_right, crossed);
        if fills_left {
            let is_left = |relation: &&mut Relation| left.contains(&relation.name);
            self.relations.iter_mut().filter(is_left).for_each(|r| r.optional = true);
        }
        if crossed {
            // Both sides of a product that is meant.
            let last = self.relations.iter_mut().filter(|r| left.contains(&r.name));
            last.for_each(|relation| relation.crossed = true);
        }
        let filled = match (fills_left, fills_right) {
            (true, _) => left.to_vec(),
            (_, true) => right.clone(),
            _ => Vec::new(),
        };
        match constraint(operator) {
            Some(JoinConstraint::On(condition)) => {
                self.conditions.push(Condition { expression: condition.clone(), optional: filled })
            }
            Some(JoinConstraint::Using(_) | JoinConstraint::Natural) => {
                self.by_name.extend(left.iter().chain(&right).cloned());
            }
            _ => {}
        }
        right
    }

    fn add_factor(
        &mut self,
        factor: &TableFactor,
        ctes: &[String],
        optional: bool,
        crossed: bool,
    ) -> Vec<String> {
        let (alias, plain, table, source) = match factor {
            TableFactor::NestedJoin { table_with_joins, .. } => {
                return self.add(table_with_joins, ctes, optional);
            }
            TableFactor::Table { name, alias, args, .. } => {
                let table = table_of(name, alias.as_ref().map(|alias| alias.name.value.clone()));
                let is_cte = table.schema.is_none() && ctes.contains(&table.name);
                let source = match (args.is_some(), is_cte) {
                    (true, _) => Source::Other,
                    (_, true) => Source::Cte,
                    _ => Source::Table,
                };
                (alias, table.name.clone(), Some(table), source)
            }
            TableFactor::Derived { lateral, alias, .. } => {
                (alias, String::new(), None, Source::Query { lateral: *lateral })
            }
            TableFactor::JsonTable { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. } => (alias, String::new(), None, Source::Other),
            _ => (&None, String::new(), None, Source::Other),
        };
        let name = alias.as_ref().map_or(plain, |alias| alias.name.value.clone());
        let table = table.filter(|_| source == Source::Table);
        self.relations.push(Relation { name: name.clone(), table, source, optional, crossed });
        vec![name]
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations.iter().find(|relation| relation.name == name)
    }

    /// An outer join may leave the column without a row; of one without a table's name none must.
    pub fn may_be_filled_up(&self, qualifier: Option<&str>) -> bool {
        self.named(qualifier).any(|relation| relation.optional)
    }

    /// The tables that a column may belong to: its own where it is qualified, else all of the scope.
    pub fn tables_of(&self, qualifier: Option<&str>) -> Vec<TableRef> {
        self.named(qualifier).filter_map(|relation| relation.table.clone()).collect()
    }

    fn named<'a>(&'a self, qualifier: Option<&'a str>) -> impl Iterator<Item = &'a Relation> {
        let named = move |relation: &&Relation| qualifier.is_none_or(|name| relation.name == name);
        self.relations.iter().filter(named)
    }
}

pub fn table_of(name: &ObjectName, alias: Option<String>) -> TableRef {
    let mut parts = name.0.iter().filter_map(|part| part.as_ident()).map(|i| i.value.clone());
    let last = parts.next_back().unwrap_or_default();
    TableRef { schema: parts.next_back(), name: last, alias }
}

pub fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    use JoinOperator::{
        CrossJoin, FullOuter, Inner, Join, Left, LeftOuter, Right, RightOuter, StraightJoin,
    };
    match operator {
        Join(constraint)
        | Inner(constraint)
        | Left(constraint)
        | LeftOuter(constraint)
        | Right(constraint)
        | RightOuter(constraint)
        | FullOuter(constraint)
        | CrossJoin(constraint)
        | StraightJoin(constraint) => Some(constraint),
        _ => None,
    }
}

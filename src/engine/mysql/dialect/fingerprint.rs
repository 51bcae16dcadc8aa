//! A statement without its constants, and the hash of that.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};
use sqlparser::ast::{
    Expr, Ident, ObjectNamePart, Query, SetExpr, Statement, UnaryOperator, Value, ValueWithSpan,
    VisitMut, VisitorMut,
};

/// 16 hex digits of SHA-256.
pub fn hash(normalised: &str) -> String {
    let digest = Sha256::digest(normalised);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The statement as the parser prints it, with `?` for constants and for lists of them.
pub fn normalised(statement: &Statement) -> String {
    let mut statement = statement.clone();
    let _ = statement.visit(&mut Normaliser);
    statement.to_string()
}

struct Normaliser;

impl VisitorMut for Normaliser {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        value.value = Value::Placeholder("?".to_owned());
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        match expression {
            Expr::Identifier(name) => fold_name(name),
            Expr::CompoundIdentifier(names) => names.iter_mut().for_each(fold_name),
            Expr::Function(function) => {
                for part in &mut function.name.0 {
                    if let ObjectNamePart::Identifier(name) = part {
                        fold_name(name);
                    }
                }
            }
            Expr::InList { list, .. } if list.iter().all(is_placeholder) => list.truncate(1),
            _ => {}
        }
        if let Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } = expression
            && is_placeholder(expr)
        {
            *expression = (**expr).clone();
        }
        ControlFlow::Continue(())
    }

    /// Rows of constants: as many as there are, one stands for all.
    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Values(values) = query.body.as_mut() {
            let constant = values.rows.iter().all(|row| row.iter().all(is_placeholder));
            if constant {
                values.rows.truncate(1);
            }
        }
        ControlFlow::Continue(())
    }
}

fn is_placeholder(expression: &Expr) -> bool {
    matches!(expression, Expr::Value(ValueWithSpan { value: Value::Placeholder(_), .. }))
}

/// Names of columns and functions do not depend on case or on quotes.
fn fold_name(name: &mut Ident) {
    name.value = name.value.to_lowercase();
    name.quote_style = None;
}

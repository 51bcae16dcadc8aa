//! Calling the C parser, which stops itself at 2 MB of its own stack; decoding the deepest tree it
//! lets through needs [`crate::sql::with_stack_for`].

use pg_query::protobuf::{
    self, LimitOption, ParseResult, ResTarget, SelectStmt, SetOperation, TypeName,
};
use pg_query::{FingerprintOptions, Node, NodeEnum, NodeRef};

use crate::sql::SyntaxError;

pub fn refused(message: impl Into<String>) -> SyntaxError {
    SyntaxError { message: message.into(), offset: None }
}

/// The one statement in `sql`.
pub fn parse_one(sql: &str) -> Result<ParseResult, SyntaxError> {
    let tree = pg_query::parse(sql, 0).map_err(|error| explain(sql, &error))?.protobuf;
    match tree.stmts.len() {
        1 => Ok(tree),
        0 => Err(refused("there is no statement here")),
        count => Err(refused(format!("one statement was expected, but there are {count}"))),
    }
}

/// Table names count in full: partitions by year are different tables to us.
pub fn fingerprint(sql: &str) -> Result<String, SyntaxError> {
    let options = FingerprintOptions::RANGEVAR_PG17_COMPAT | FingerprintOptions::FULL_RELNAME;
    let fingerprint = pg_query::fingerprint(sql, 0, options).map_err(|e| explain(sql, &e))?;
    Ok(fingerprint.hex)
}

pub fn normalise(sql: &str) -> Result<String, SyntaxError> {
    pg_query::normalize(sql).map_err(|error| explain(sql, &error))
}

/// An expression as the deparser writes it.
pub fn deparse(expression: &Node) -> Option<String> {
    let target = ResTarget { val: Some(Box::new(expression.clone())), ..ResTarget::default() };
    let select = SelectStmt {
        target_list: vec![wrap(NodeEnum::ResTarget(Box::new(target)))],
        limit_option: LimitOption::Default.into(),
        op: SetOperation::SetopNone.into(),
        ..SelectStmt::default()
    };
    let statement = protobuf::RawStmt {
        stmt: Some(Box::new(wrap(NodeEnum::SelectStmt(Box::new(select))))),
        ..protobuf::RawStmt::default()
    };
    let text = written(&ParseResult { version: 0, stmts: vec![statement] })?;
    text.strip_prefix("SELECT ").map(str::to_owned)
}

/// The tree as the deparser writes it. `None` where it cannot: it ends the process, or leaves out a part, where a type's
/// modifier is more than a constant or a name.
pub fn written(tree: &ParseResult) -> Option<String> {
    let plain = |modifier: &Node| {
        use NodeEnum::{AConst, ColumnRef, ParamRef};
        matches!(modifier.node, Some(AConst(_) | ColumnRef(_) | ParamRef(_)))
    };
    let fine = |name: Option<&TypeName>| name.is_none_or(|name| name.typmods.iter().all(plain));
    let nodes = tree.nodes();
    let deparses = nodes.iter().all(|(node, ..)| match node {
        NodeRef::TypeCast(cast) => fine(cast.type_name.as_ref()),
        NodeRef::ColumnDef(column) => fine(column.type_name.as_ref()),
        NodeRef::TypeName(name) => fine(Some(name)),
        _ => true,
    });
    deparses.then(|| pg_query::deparse(tree, Default::default()).ok()).flatten()
}

fn wrap(node: NodeEnum) -> Node {
    Node { node: Some(node) }
}

/// The parser's own words; where it names the text it stumbled on, the offset of that text when
/// it occurs once only.
fn explain(sql: &str, error: &pg_query::Error) -> SyntaxError {
    let message = match error {
        pg_query::Error::Conversion(_) => "the statement holds a NUL character".to_owned(),
        pg_query::Error::Parse(message) => message.clone(),
        other => other.to_string(),
    };
    let near = message.split("at or near \"").nth(1).and_then(|rest| rest.strip_suffix('"'));
    let offset = near.and_then(|near| {
        let first = sql.find(near)?;
        (sql.rfind(near) == Some(first)).then_some(first)
    });
    let at_end = message.ends_with("at end of input").then_some(sql.len());
    SyntaxError { offset: offset.or(at_end), message }
}

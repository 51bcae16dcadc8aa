//! What a statement creates, and under which name.

use pg_query::NodeRef;
use pg_query::protobuf::node::Node as Tree;
use pg_query::protobuf::{CreateStatsStmt, IndexStmt, Node, RangeVar, ScanToken, Token};

use super::ddl::{identifier, qualified};
use crate::engine::{NewObject, ObjectKind};

/// Of the names that the server makes up itself.
const LONGEST_NAME: usize = 63;

/// The first index, statistics object or extension that `text` creates. An index without a name is given the one that
/// the server would have given it, so that it can be asked for by name.
pub fn creates(text: &str) -> Option<NewObject> {
    let parsed = pg_query::parse(text, 0).ok()?;
    let statements = parsed.protobuf.stmts.iter();
    let trees = statements.filter_map(|raw| raw.stmt.as_deref()?.node.as_ref());
    let mut found = trees.filter_map(|tree| object(tree, text));
    found.next()
}

fn object(tree: &Tree, text: &str) -> Option<NewObject> {
    match tree {
        Tree::IndexStmt(index) => new_index(index, text),
        Tree::CreateStatsStmt(statistics) => new_statistics(statistics, text),
        Tree::CreateExtensionStmt(extension) => Some(NewObject {
            kind: ObjectKind::Extension,
            schema: None,
            table: String::new(),
            name: extension.extname.clone(),
            statement: strict(text, None),
            undo: format!("DROP EXTENSION IF EXISTS {} RESTRICT;", identifier(&extension.extname)),
        }),
        _ => None,
    }
}

fn new_index(index: &IndexStmt, text: &str) -> Option<NewObject> {
    let relation = index.relation.as_ref()?;
    let unnamed = index.idxname.is_empty();
    let name = if unnamed { made_up_name(index, &relation.relname) } else { index.idxname.clone() };
    Some(NewObject {
        kind: ObjectKind::Index,
        schema: schema(relation),
        table: relation.relname.clone(),
        statement: strict(text, unnamed.then_some(name.as_str())),
        undo: format!("DROP INDEX CONCURRENTLY IF EXISTS {};", placed(schema(relation), &name)),
        name,
    })
}

fn new_statistics(statistics: &CreateStatsStmt, text: &str) -> Option<NewObject> {
    let relation = statistics.relations.iter().find_map(|node| match node.node.as_ref()? {
        Tree::RangeVar(relation) => Some(relation),
        _ => None,
    })?;
    let names: Vec<&str> = statistics.defnames.iter().filter_map(text_of).collect();
    let (name, qualifier) = names.split_last()?;
    let own = qualifier.last().map(|name| (*name).to_owned());
    Some(NewObject {
        kind: ObjectKind::Statistics,
        undo: format!("DROP STATISTICS IF EXISTS {};", placed(own.clone(), name)),
        schema: own.or_else(|| schema(relation)),
        table: relation.relname.clone(),
        name: (*name).to_owned(),
        statement: strict(text, None),
    })
}

fn placed(schema: Option<String>, name: &str) -> String {
    schema.map_or_else(|| identifier(name), |schema| qualified(&schema, name))
}

fn text_of(node: &Node) -> Option<&str> {
    match node.node.as_ref()?.to_ref() {
        NodeRef::String(text) => Some(&text.sval),
        _ => None,
    }
}

fn schema(relation: &RangeVar) -> Option<String> {
    (!relation.schemaname.is_empty()).then(|| relation.schemaname.clone())
}

/// `table_column_column_idx`.
fn made_up_name(index: &IndexStmt, table: &str) -> String {
    let mut name = table.to_owned();
    for param in &index.index_params {
        let Some(Tree::IndexElem(element)) = &param.node else { continue };
        name.push('_');
        name.push_str(if element.name.is_empty() { "expr" } else { &element.name });
    }
    let most = LONGEST_NAME - "_idx".len();
    let end = (0..=most.min(name.len())).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    format!("{}_idx", &name[..end])
}

/// Without IF NOT EXISTS, and with `name` in front of ON where it had none.
fn strict(text: &str, name: Option<&str>) -> String {
    let Ok(scanned) = pg_query::scan(text) else { return text.to_owned() };
    let is = |token: &ScanToken, kind: Token| token.token == kind as i32;
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for three in scanned.tokens.windows(3) {
        let [a, b, c] = three else { continue };
        if is(a, Token::IfP) && is(b, Token::Not) && is(c, Token::Exists) {
            edits.push((a.start as usize, c.end as usize, String::new()));
        }
    }
    if let Some(name) = name
        && let Some(on) = scanned.tokens.iter().find(|token| is(token, Token::On))
    {
        edits.push((on.start as usize, on.start as usize, format!("{} ", identifier(name))));
    }
    edited(text, edits)
}

/// Every name that reads `old`, in whichever spelling.
pub fn renamed(text: &str, old: &str, new: &str) -> String {
    let Ok(scanned) = pg_query::scan(text) else { return text.to_owned() };
    let spelt = |token: &ScanToken| {
        let word = &text[token.start as usize..token.end as usize];
        match word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => word.to_lowercase(),
        }
    };
    let is_name = |token: &&ScanToken| token.token == Token::Ident as i32;
    let named = scanned.tokens.iter().filter(is_name).filter(|token| spelt(token) == old);
    let edits = named.map(|t| (t.start as usize, t.end as usize, identifier(new))).collect();
    edited(text, edits)
}

/// With `edits` of `(start, end, instead)`, in any order, none of which overlap.
fn edited(text: &str, mut edits: Vec<(usize, usize, String)>) -> String {
    edits.sort_by_key(|(start, _, _)| std::cmp::Reverse(*start));
    let mut text = text.to_owned();
    for (start, end, instead) in edits {
        text.replace_range(start..end, &instead);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_says_what_it_creates_and_does_not_pass_over_what_is_there() {
        let index =
            creates("CREATE INDEX CONCURRENTLY IF NOT EXISTS \"B x\" ON s.book (isbn)").unwrap();
        assert_eq!((index.kind, index.schema.as_deref()), (ObjectKind::Index, Some("s")));
        assert_eq!((index.table.as_str(), index.name.as_str()), ("book", "B x"));
        assert_eq!(index.statement, "CREATE INDEX CONCURRENTLY  \"B x\" ON s.book (isbn)");
        let statistics =
            creates("CREATE STATISTICS IF NOT EXISTS st (mcv) ON a, b FROM book; ANALYZE book")
                .unwrap();
        assert_eq!((statistics.kind, statistics.name.as_str()), (ObjectKind::Statistics, "st"));
        assert_eq!(statistics.table, "book");
        assert!(!statistics.statement.contains("EXISTS"), "{}", statistics.statement);
        let extension = creates("CREATE EXTENSION IF NOT EXISTS pg_trgm;").unwrap();
        assert_eq!((extension.kind, extension.name.as_str()), (ObjectKind::Extension, "pg_trgm"));
        assert_eq!(creates("ALTER INDEX a ATTACH PARTITION b"), None);
        assert_eq!(creates("CREATE INDX ON t (a)"), None);
    }

    #[test]
    fn an_index_without_a_name_gets_the_servers() {
        let index =
            creates("CREATE UNIQUE INDEX CONCURRENTLY ON \"Book\" (isbn, lower(title))").unwrap();
        assert_eq!(index.name, "Book_isbn_expr_idx");
        assert_eq!(
            index.statement,
            "CREATE UNIQUE INDEX CONCURRENTLY \"Book_isbn_expr_idx\" ON \"Book\" (isbn, lower(title))"
        );
        let long = format!("CREATE INDEX ON {} (b)", "é".repeat(60));
        assert!(creates(&long).unwrap().name.len() <= LONGEST_NAME);
    }

    #[test]
    fn a_new_name_takes_the_place_of_the_old_one_everywhere() {
        let text =
            "CREATE INDEX \"was\" ON ONLY t (wasted); ALTER INDEX s.was ATTACH PARTITION s.was_p;";
        assert_eq!(
            renamed(text, "was", "New"),
            "CREATE INDEX \"New\" ON ONLY t (wasted); ALTER INDEX s.\"New\" ATTACH PARTITION s.was_p;"
        );
    }
}

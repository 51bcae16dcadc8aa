//! What the document itself tells: which words are names, and which texts hold literals.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::scan::{Piece, pieces, unquoted};
use crate::plan::{NodeKind, Plan};
use crate::report::Document;
use crate::run::{QueryRun, Run};
use crate::sql::{Operand, Shape};

/// Names of the schema, of settings and of queries: no literals, even in quotes.
pub fn names(document: &Document) -> HashSet<String> {
    let mut names = HashSet::new();
    for run in runs(document) {
        names.extend(run.settings.iter().map(|s| s.name.clone()));
        names.extend([run.server.database.clone(), run.server.user.clone()]);
        names.extend(run.catalog.search_path.iter().cloned());
        names.extend(run.queries.iter().map(|q| q.id.clone()));
        schema_names(run, &mut names);
        plan_names(run, &mut names);
    }
    names.extend(document.findings.iter().map(|f| f.rule.clone()));
    names.insert("workload".to_owned());
    names
}

/// Words of the statements that are neither keywords, nor names of the catalog, nor calls, nor types: names that
/// somebody made up for a column of the output, a query of a WITH, a window. In lower case.
pub fn made_up(document: &Document, names: &HashSet<String>) -> HashSet<String> {
    let names: HashSet<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let keywords: HashSet<String> =
        sqlparser::keywords::ALL_KEYWORDS.iter().map(|word| word.to_lowercase()).collect();
    let mut found = HashSet::new();
    for query in runs(document).flat_map(|run| &run.queries) {
        for piece in pieces(&query.sql) {
            let Piece::Plain(plain) = piece else { continue };
            found.extend(bare_words(plain).into_iter().filter(|word| !names.contains(word)));
        }
    }
    found.retain(|word| !keywords.contains(word));
    found
}

/// What statements and views call their tables and queries, as plans show it: `alias1` and so on for each.
pub fn aliases(document: &Document, names: &HashSet<String>) -> BTreeMap<String, String> {
    let mut found = BTreeSet::new();
    for (node, _) in runs(document).flat_map(plans).flat_map(Plan::walk) {
        let query = node.subplan_name.as_deref().and_then(|name| name.strip_prefix("CTE "));
        let called = [node.alias.as_deref(), node.source.as_deref(), query];
        found.extend(called.into_iter().flatten().filter(|name| !names.contains(*name)));
    }
    let found = found.into_iter().enumerate();
    found.map(|(n, alias)| (alias.to_owned(), format!("alias{}", n + 1))).collect()
}

/// Words in lower case, but for those before a parenthesis and those after a dot or a cast.
fn bare_words(text: &str) -> Vec<String> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut words = Vec::new();
    let mut rest = text;
    let (mut before, mut last) = (String::new(), String::new());
    while let Some(start) = rest.find(part) {
        before.push_str(&rest[..start]);
        let word = &rest[start..];
        let length = word.find(|c| !part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(length);
        // `AS v (a, b)`, `) v (a, b)`, `WITH v (a, b)`: no call.
        let called = before.trim_end().ends_with(')')
            || ["as", "with", "recursive"].contains(&last.as_str());
        let calls = after.trim_start().starts_with('(') && !called;
        let named = before.trim_end().ends_with(['.', ':']) || calls;
        last = word.to_lowercase();
        if !named && !word.starts_with('$') && !word.starts_with(|c: char| c.is_ascii_digit()) {
            words.push(word.to_lowercase());
        }
        before.clear();
        rest = after;
    }
    words
}

fn schema_names(run: &Run, names: &mut HashSet<String>) {
    for table in &run.catalog.tables {
        names.extend([table.schema.clone(), table.name.clone()]);
        names.extend(table.columns.iter().map(|c| c.name.clone()));
        names.extend(table.indexes.iter().map(|i| i.name.clone()));
        names.extend(table.foreign_keys.iter().map(|k| k.name.clone()));
    }
}

fn plan_names(run: &Run, names: &mut HashSet<String>) {
    for plan in plans(run) {
        for (node, _) in plan.walk() {
            let of_node = [&node.schema, &node.relation, &node.index];
            names.extend(of_node.into_iter().flatten().cloned());
            if node.kind == NodeKind::FunctionScan {
                names.extend(node.source.clone());
            }
        }
    }
}

/// Statements, conditions and definitions: whatever prose may quote word by word.
pub fn code_texts(document: &Document) -> BTreeSet<&str> {
    let mut texts = BTreeSet::new();
    for run in runs(document) {
        for query in &run.queries {
            texts.insert(query.sql.as_str());
            texts.extend(query.shape.iter().flat_map(shape_texts));
        }
        texts.extend(plans(run).flat_map(plan_texts));
        let indexes = run.catalog.tables.iter().flat_map(|t| &t.indexes);
        for index in indexes {
            texts.extend(index.keys.iter().map(|k| k.text.as_str()));
            texts.extend(index.predicate.as_deref());
            texts.insert(&index.ddl);
        }
    }
    for index in &document.advice.indexes {
        texts.extend(index.columns.iter().chain(&index.predicate).map(String::as_str));
        texts.extend([index.ddl.as_str(), index.undo.as_str()]);
        texts.extend(index.steps.iter().map(String::as_str));
    }
    texts
}

fn shape_texts(shape: &Shape) -> Vec<&str> {
    let predicates = shape.predicates.iter();
    let texts = predicates.flat_map(|p| [Some(p.text.as_str()), p.expression.as_deref()]).flatten();
    texts.chain(shape.order_by.iter().map(|k| k.text.as_str())).collect()
}

fn plan_texts(plan: &Plan) -> Vec<&str> {
    let mut texts = Vec::new();
    for (node, _) in plan.walk() {
        let conditions = [
            &node.filter,
            &node.index_cond,
            &node.recheck_cond,
            &node.join_cond,
            &node.join_filter,
            &node.one_time_filter,
        ];
        texts.extend(conditions.into_iter().flatten().map(String::as_str));
        texts.extend(node.sort.iter().flat_map(|s| &s.keys).map(String::as_str));
        texts.extend(node.aggregate.iter().flat_map(|a| &a.group_keys).map(String::as_str));
    }
    texts
}

/// Values as text, without quotes: from statements, parameters and statistics.
pub fn values(document: &Document) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for text in code_texts(document) {
        values.extend(pieces(text).into_iter().filter_map(value_of));
    }
    for run in runs(document) {
        values.extend(run.queries.iter().flat_map(query_values));
        let columns = run.catalog.tables.iter().flat_map(|t| &t.columns);
        values.extend(columns.flat_map(|c| &c.common_values).map(|(value, _)| value.clone()));
    }
    values
}

fn value_of(piece: Piece) -> Option<String> {
    match piece {
        Piece::Literal(text) | Piece::Quoted(text) => Some(unquoted(text)),
        Piece::Number(text) => Some(text.to_owned()),
        Piece::Plain(_) => None,
    }
}

fn query_values(query: &QueryRun) -> Vec<String> {
    let recorded = query.plans.iter().map(|p| &p.params);
    let params = query.params.iter().chain(recorded).flatten().flatten().cloned();
    let operands = query.shape.iter().flat_map(|s| &s.predicates).flat_map(|p| match &p.operand {
        Operand::Constant(value) => vec![value.clone()],
        Operand::List(values) => values.clone(),
        _ => Vec::new(),
    });
    params.chain(operands).collect()
}

fn runs(document: &Document) -> impl Iterator<Item = &Run> {
    std::iter::once(&document.run).chain(&document.after)
}

fn plans(run: &Run) -> impl Iterator<Item = &Plan> {
    run.queries.iter().flat_map(|q| &q.plans).map(|p| &p.plan)
}

//! Names in a statement that may stand for a call: the parser has folded every spelling of them.

use std::collections::BTreeSet;

use pg_query::protobuf::ParseResult;
use serde_json::{Map, Value};

use crate::engine::postgres::dialect::parse_one;
use crate::sql::{SyntaxError, with_stack_for};

use super::body;

/// A name with its schema, where one is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    pub schema: Option<String>,
    pub name: String,
}

/// How the name is written: decides which of the functions of that name it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Spelling {
    /// `f(…)` with so many arguments.
    Arguments(usize),
    /// `f(…)`, the number of arguments not known.
    Call,
    /// `t.f` or `(row).f`: a column, or a function of one argument.
    Attribute,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Call {
    pub name: Name,
    pub spelling: Spelling,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    pub calls: BTreeSet<Call>,
    pub operators: BTreeSet<String>,
    pub relations: BTreeSet<Name>,
    pub types: BTreeSet<String>,
    /// How rows are changed, as bits of [`event`]: triggers, rules and defaults of the tables run.
    pub writes: u8,
    /// What reaches outside the database by its own grammar, as a clause after "it".
    pub outside: Option<&'static str>,
    /// SQL text that is put together while the statement runs.
    pub dynamic: bool,
    /// First word of its tag, where triggers on events may wait for it.
    pub definition: Option<&'static str>,
}

/// Events that triggers wait for, as bits of the catalog's `tgtype`.
pub mod event {
    pub const INSERT: u8 = 4;
    pub const DELETE: u8 = 8;
    pub const UPDATE: u8 = 16;
    pub const TRUNCATE: u8 = 32;
}

/// Of statements that define something: triggers on events wait for these by their tags (`CREATE TABLE`).
fn first_word_of_tag(node: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 14] = [
        ("Create", "CREATE"),
        ("Index", "CREATE"),
        ("View", "CREATE"),
        ("Rule", "CREATE"),
        ("Define", "CREATE"),
        ("CompositeType", "CREATE"),
        ("Alter", "ALTER"),
        ("Rename", "ALTER"),
        ("Drop", "DROP"),
        ("Comment", "COMMENT"),
        ("Grant", "GRANT"),
        ("Reindex", "REINDEX"),
        ("SecLabel", "SECURITY"),
        ("ImportForeignSchema", "IMPORT"),
    ];
    WORDS.iter().find(|(opening, _)| node.starts_with(opening)).map(|(_, word)| *word)
}

/// What BETWEEN and its like stand for.
const BETWEEN: [&str; 4] = [">=", "<=", "<", ">"];

impl References {
    /// Of one statement.
    pub fn of_statement(sql: &str) -> Result<References, SyntaxError> {
        with_stack_for(sql, || parse_one(sql).map(|tree| References::of_tree(&tree)))
    }

    /// Of any number of statements, e.g. the body of a function in SQL.
    pub fn of_script(sql: &str) -> Result<References, SyntaxError> {
        with_stack_for(sql, || {
            let parsed = pg_query::parse(sql, 0);
            let error = |e: pg_query::Error| SyntaxError { message: e.to_string(), offset: None };
            parsed.map(|parsed| References::of_tree(&parsed.protobuf)).map_err(error)
        })
    }

    /// Of one expression as the catalog prints it.
    pub fn of_expression(expression: &str) -> Result<References, SyntaxError> {
        References::of_statement(&format!("SELECT ({expression})"))
    }

    pub fn absorb(&mut self, other: References) {
        self.calls.extend(other.calls);
        self.operators.extend(other.operators);
        self.relations.extend(other.relations);
        self.types.extend(other.types);
        self.writes |= other.writes;
        self.outside = self.outside.or(other.outside);
        self.dynamic |= other.dynamic;
        self.definition = self.definition.or(other.definition);
    }

    fn of_tree(tree: &ParseResult) -> References {
        let mut found = References::default();
        if let Ok(value) = serde_json::to_value(tree) {
            found.walk(&value);
        }
        found
    }

    fn walk(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item)),
            Value::Object(object) => {
                self.note(object);
                for (key, inner) in object {
                    self.note_node(key, inner);
                    self.walk(inner);
                }
            }
            _ => {}
        }
    }

    /// What an object is, by its fields: nodes stand bare in some places and wrapped in others.
    fn note(&mut self, object: &Map<String, Value>) {
        if let Some(parts) = object.get("funcname") {
            let count = object.get("args").and_then(Value::as_array).map_or(0, Vec::len);
            let ordered = object.get("agg_within_group").is_some_and(|within| within == true);
            let spelling = if ordered { Spelling::Call } else { Spelling::Arguments(count) };
            self.calls.extend(name(parts).map(|name| Call { name, spelling }));
        }
        if let Some(relation) = object.get("relname").and_then(Value::as_str) {
            let schema = object.get("schemaname").and_then(Value::as_str).unwrap_or_default();
            let schema = (!schema.is_empty()).then(|| schema.to_owned());
            self.relations.insert(Name { schema, name: relation.to_owned() });
        }
        if object.contains_key("typemod") {
            self.types.extend(object.get("names").and_then(name).map(|name| name.name));
        }
    }

    fn note_node(&mut self, key: &str, value: &Value) {
        match key {
            "AExpr" => self.operator(last_part(&value["name"])),
            "SubLink" => {
                self.operator(last_part(&value["oper_name"]).or_else(|| Some("=".to_owned())));
            }
            "CaseExpr" if !value["arg"].is_null() => self.operator(Some("=".to_owned())),
            "JoinExpr" => self.operator(Some("=".to_owned())),
            "SortBy" => self.operator(last_part(&value["use_op"])),
            "ColumnRef" => self.attributes(value["fields"].as_array(), 1),
            "AIndirection" => self.attributes(value["indirection"].as_array(), 0),
            "RangeTableSample" => {
                let method = name(&value["method"]);
                self.calls.extend(method.map(|name| Call { name, spelling: Spelling::Call }));
            }
            "InsertStmt" => self.writes |= event::INSERT,
            "UpdateStmt" => self.writes |= event::UPDATE,
            "on_conflict_clause" if !value.is_null() => self.writes |= event::UPDATE,
            "DeleteStmt" => self.writes |= event::DELETE,
            "MergeStmt" => self.writes |= event::INSERT | event::UPDATE | event::DELETE,
            "TruncateStmt" => self.writes |= event::TRUNCATE,
            "CopyStmt" => self.copy(value),
            "DoStmt" => self.block(&value["args"]),
            "LoadStmt" => self.outside = Some("loads a library into the server (LOAD)"),
            "RefreshMatViewStmt" => {
                self.outside =
                    Some("runs the query of a materialised view (REFRESH MATERIALIZED VIEW)");
            }
            "CheckPointStmt" => self.outside = Some("writes out the whole server (CHECKPOINT)"),
            "into_clause" if !value.is_null() => self.definition = Some("SELECT"),
            statement if statement.ends_with("Stmt") => {
                self.definition = self.definition.or(first_word_of_tag(statement));
            }
            _ => {}
        }
    }

    /// Also those that are called without being written.
    fn operator(&mut self, written: Option<String>) {
        let Some(name) = written else { return };
        if name.contains("BETWEEN") {
            self.operators.extend(BETWEEN.map(str::to_owned));
        }
        self.operators.insert(name);
    }

    fn copy(&mut self, copy: &Value) {
        let file = copy["filename"].as_str().is_some_and(|file| !file.is_empty());
        if copy["is_from"] == true {
            self.writes |= event::INSERT;
        }
        if copy["is_program"] == true {
            self.outside = Some("runs a program on the server (COPY … PROGRAM)");
        } else if file {
            self.outside = Some("reads or writes a file of the server (COPY with a file's name)");
        }
    }

    /// The code of a DO block.
    fn block(&mut self, arguments: &Value) {
        let argument = |wanted: &str| {
            let elements = arguments.as_array().into_iter().flatten();
            let found = elements.filter_map(|element| element.pointer("/node/DefElem"));
            let found = found.into_iter().find(|element| element["defname"] == wanted)?;
            let text = found.pointer("/arg/node/String/sval")?.as_str()?;
            Some(text.to_owned())
        };
        let language = argument("language").unwrap_or_else(|| "plpgsql".to_owned());
        self.absorb(match argument("as") {
            Some(code) if language == "plpgsql" => body::references(&code),
            _ => References { dynamic: true, ..References::default() },
        });
    }

    /// Names after a dot, from the `first` on.
    fn attributes(&mut self, parts: Option<&Vec<Value>>, first: usize) {
        for part in parts.into_iter().flatten().skip(first) {
            let Some(name) = part.pointer("/node/String/sval").and_then(Value::as_str) else {
                continue;
            };
            let name = Name { schema: None, name: name.to_owned() };
            self.calls.insert(Call { name, spelling: Spelling::Attribute });
        }
    }
}

fn texts(parts: &Value) -> Vec<String> {
    let parts = parts.as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part.pointer("/node/String/sval")?.as_str());
    texts.map(str::to_owned).collect()
}

/// The last two of the written parts: a database in front of the schema can only be the current one.
fn name(parts: &Value) -> Option<Name> {
    let mut parts = texts(parts);
    let name = parts.pop()?;
    Some(Name { schema: parts.pop(), name })
}

fn last_part(parts: &Value) -> Option<String> {
    texts(parts).pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(sql: &str) -> Vec<String> {
        let found = References::of_statement(sql).unwrap();
        found.calls.into_iter().map(|call| call.name.name).collect()
    }

    #[test]
    fn every_spelling_of_a_call_is_one_name() {
        for sql in [
            "SELECT nudge(1)",
            r#"SELECT U&"\006eudge"(1)"#,
            r#"SELECT U&"nud!0067e" UESCAPE '!' (1)"#,
            "SELECT NUDGE /* ( */ (1)",
            "SELECT \"nudge\"(1)",
            "SELECT * FROM public.nudge(1)",
            "SELECT * FROM ROWS FROM (nudge(1)) AS r",
            "SELECT 1 FROM t ORDER BY nudge(a) LIMIT nudge(2)",
            "WITH c AS (SELECT nudge(1)) SELECT 1",
            "SELECT CASE WHEN false THEN nudge(1) END",
            "SELECT t.nudge FROM t",
            "SELECT ('x'::text).nudge",
            "COPY (SELECT nudge(1)) TO STDOUT",
            "DO $$ BEGIN PERFORM nudge(1); END $$",
            "CALL nudge(1)",
        ] {
            assert!(calls(sql).contains(&"nudge".to_owned()), "{sql}: {:?}", calls(sql));
        }
        assert!(calls("SELECT 'nudge(1)', nudge FROM nudge").is_empty());
    }

    #[test]
    fn operators_are_found_where_they_are_not_written() {
        let operators = |sql: &str| References::of_statement(sql).unwrap().operators;
        for sql in [
            "SELECT 1 IN (2)",
            "SELECT 1 IN (SELECT 2)",
            "SELECT CASE 1 WHEN 2 THEN 3 END",
            "SELECT NULLIF(1, 2)",
            "SELECT 1 IS DISTINCT FROM 2",
            "SELECT 1 FROM a JOIN b USING (c)",
            "SELECT 1 FROM a NATURAL JOIN b",
        ] {
            assert!(operators(sql).contains("="), "{sql}");
        }
        assert!(operators("SELECT 1 BETWEEN 0 AND 2").contains(">="));
        assert!(operators("SELECT 'a' LIKE 'b'").contains("~~"));
        assert!(operators("SELECT a FROM b ORDER BY a").is_empty());
    }

    #[test]
    fn programs_and_files_are_told_by_the_grammar() {
        let outside = |sql: &str| References::of_statement(sql).unwrap().outside.is_some();
        assert!(outside("COPY t TO PROGRAM 'true'"));
        assert!(outside("COPY (SELECT 1) TO '/tmp/x'"));
        assert!(outside("COPY t FROM '/etc/passwd'"));
        assert!(outside("LOAD 'x'") && outside("CHECKPOINT"));
        assert!(!outside("COPY t TO STDOUT"));
        assert!(outside("DO $$ BEGIN COPY t TO PROGRAM 'true'; END $$"));
    }
}

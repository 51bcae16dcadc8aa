//! What a query is, as far as habits ask: learnt once from its text.

use crate::sql::{
    Dialect, Lexeme, LexemeKind, Operand, Predicate, PredicateKind, Scanner, SessionStatement,
    Shape, StatementKind,
};
use crate::trace::QueryDigest;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    Begin,
    /// Commit or rollback.
    End,
    /// It asks no table: a setting, a sign of life.
    Steering,
    Read,
    Write,
    #[default]
    Other,
}

#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub role: Role,
    /// Names of its tables, sorted, each once.
    pub tables: Vec<String>,
    /// The table its text names first.
    pub table: String,
    /// It finds rows by comparing this column with one value.
    pub key: Option<String>,
    /// It writes one row, as far as its text tells: one list of VALUES, or a key.
    pub writes_one_row: bool,
    /// It inserts, and does not change what is there.
    pub inserts: bool,
    /// It only counts, in one row.
    pub counts: bool,
    /// It fetches some rows in an order.
    pub pages: bool,
    /// Columns its conditions are about, sorted.
    pub restricted: Vec<String>,
    pub offset: Option<Operand>,
    /// Values in the text it was learnt from: literals and parameters.
    pub values: usize,
    /// Its statement without values, shortened.
    pub statement: String,
}

const LONGEST_STATEMENT: usize = 120;

impl Profile {
    pub fn of(digest: &QueryDigest, dialect: &dyn Dialect) -> Profile {
        let sample = digest.samples.all().find(|sample| !sample.text.is_empty());
        let text = sample.map_or(digest.normalised.as_str(), |sample| sample.text.as_str());
        let statement = digest.normalised.split_whitespace().collect::<Vec<_>>().join(" ");
        let statement = statement.chars().take(LONGEST_STATEMENT).collect();
        let lexemes: Vec<Lexeme> = Scanner::new(text, dialect.lexis())
            .map_while(Result::ok)
            .filter(|lexeme| !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment))
            .collect();
        let values = lexemes.iter().filter(|lexeme| is_value(lexeme.kind)).count();
        let role = steering(dialect.session_statement(text).as_ref());
        let shape = dialect.shape(text);
        let Ok(shape) = shape else {
            return Profile { role, statement, values, ..Profile::default() };
        };
        let role = match role {
            Role::Other => of_shape(&shape, &lexemes, text),
            known => known,
        };
        Profile { role, statement, values, ..Profile::asks(&shape, &lexemes, text) }
    }

    fn asks(shape: &Shape, lexemes: &[Lexeme], text: &str) -> Profile {
        let mut tables: Vec<String> = shape.tables.iter().map(|table| table.name.clone()).collect();
        let table = tables.first().cloned().unwrap_or_default();
        tables.sort();
        tables.dedup();
        let key = key(shape);
        let words: Vec<String> =
            lexemes.iter().take(3).map(|lexeme| lexeme.text(text).to_ascii_uppercase()).collect();
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let writes = shape.kind == StatementKind::Write;
        let inserts = writes && matches!(word(0), "INSERT" | "REPLACE");
        let changes = writes && matches!(word(0), "UPDATE" | "DELETE") && tables.len() == 1;
        let has_groups =
            lexemes.iter().any(|lexeme| lexeme.text(text).eq_ignore_ascii_case("group"));
        let reads = shape.kind == StatementKind::Read;
        let mut restricted: Vec<String> = shape
            .predicates
            .iter()
            .filter_map(|predicate| predicate.column.as_ref().map(|column| column.name.clone()))
            .collect();
        restricted.sort();
        restricted.dedup();
        Profile {
            writes_one_row: (inserts && lists_of_values(lexemes, text) == 1)
                || (changes && key.is_some()),
            counts: reads
                && word(0) == "SELECT"
                && word(1) == "COUNT"
                && word(2) == "("
                && !has_groups
                && shape.limit.is_none(),
            pages: reads && shape.limit.is_some() && !shape.aggregates,
            offset: shape.offset.clone(),
            inserts,
            tables,
            table,
            key,
            restricted,
            ..Profile::default()
        }
    }

    /// It looks up, and does not change, rows by one value of a key.
    pub fn reads_by_key(&self) -> bool {
        self.role == Role::Read && self.key.is_some() && !self.pages
    }

    pub fn shares_a_table(&self, other: &Profile) -> bool {
        self.tables.iter().any(|table| other.tables.contains(table))
    }
}

fn is_value(kind: LexemeKind) -> bool {
    matches!(kind, LexemeKind::Text | LexemeKind::Number | LexemeKind::Placeholder)
}

fn steering(statement: Option<&SessionStatement>) -> Role {
    match statement {
        Some(SessionStatement::Begin) => Role::Begin,
        Some(SessionStatement::Commit | SessionStatement::Rollback) => Role::End,
        Some(
            SessionStatement::Set(_) | SessionStatement::ResetAll | SessionStatement::DiscardAll,
        ) => Role::Steering,
        _ => Role::Other,
    }
}

/// Functions that only tell something of the server or the session.
const TELLING: [&str; 8] = [
    "connection_id",
    "current_database",
    "current_schema",
    "current_user",
    "database",
    "now",
    "user",
    "version",
];

/// Whoever calls another function without a table lets it work.
fn calls_others(lexemes: &[Lexeme], text: &str) -> bool {
    lexemes.windows(2).any(|pair| {
        let [name, bracket] = pair else { return false };
        let called = name.kind == LexemeKind::Word && bracket.text(text) == "(";
        called && !TELLING.contains(&name.text(text).to_ascii_lowercase().as_str())
    })
}

fn of_shape(shape: &Shape, lexemes: &[Lexeme], text: &str) -> Role {
    let word = lexemes.first().map_or("", |first| first.text(text)).to_ascii_uppercase();
    match shape.kind {
        StatementKind::Read if word == "SHOW" => Role::Steering,
        StatementKind::Read if matches!(word.as_str(), "EXPLAIN" | "FETCH" | "COPY") => Role::Other,
        StatementKind::Read if shape.tables.is_empty() && word == "SELECT" => {
            if calls_others(lexemes, text) { Role::Other } else { Role::Steering }
        }
        StatementKind::Read => Role::Read,
        StatementKind::Write => Role::Write,
        _ => Role::Other,
    }
}

/// The column that one value is compared with, where all other conditions only narrow it down.
fn key(shape: &Shape) -> Option<String> {
    use PredicateKind::{Boolean, Equality, Inequality, NullTest};
    let narrows = |predicate: &Predicate| {
        matches!(predicate.kind, Equality | NullTest | Boolean | Inequality)
    };
    if !shape.predicates.iter().all(narrows) {
        return None;
    }
    let by_value = |predicate: &&Predicate| {
        predicate.kind == PredicateKind::Equality
            && predicate.op == "="
            && predicate.expression.is_none()
            && match &predicate.operand {
                Operand::Constant(_) | Operand::Parameter(_) => true,
                Operand::Expression(text) => text == "?",
                _ => false,
            }
    };
    let first = shape.predicates.iter().find(by_value)?;
    first.column.as_ref().map(|column| column.name.clone())
}

/// Lists behind VALUES: rows that an INSERT writes. 0 where it has none.
fn lists_of_values(lexemes: &[Lexeme], text: &str) -> usize {
    let is = |lexeme: &Lexeme, word: &str| lexeme.text(text).eq_ignore_ascii_case(word);
    let Some(start) = lexemes.iter().position(|lexeme| is(lexeme, "values") || is(lexeme, "value"))
    else {
        return 0;
    };
    let (mut depth, mut lists) = (0_usize, 0);
    for lexeme in &lexemes[start + 1..] {
        match lexeme.text(text) {
            "(" => {
                lists += usize::from(depth == 0);
                depth += 1;
            }
            ")" => depth = depth.saturating_sub(1),
            "," => {}
            _ if depth == 0 => break,
            _ => {}
        }
    }
    lists
}

//! Which words a value may follow.

/// Words after which a value, not an operator, stands.
const BEFORE_OPERANDS: [&str; 62] = [
    "ALL",
    "AND",
    "ANY",
    "ARRAY",
    "BETWEEN",
    "BINARY",
    "BY",
    "CALL",
    "CASE",
    "DISTINCT",
    "DIV",
    "ELSE",
    "ELSEIF",
    "ESCAPE",
    "EXISTS",
    "FETCH",
    "FIRST",
    "FOR",
    "FORWARD",
    "BACKWARD",
    "FROM",
    "GROUPS",
    "HAVING",
    "ILIKE",
    "IN",
    "IS",
    "ISNULL",
    "LIKE",
    "LIMIT",
    "MOD",
    "NEXT",
    "NOT",
    "OF",
    "OFFSET",
    "ON",
    "OR",
    "OVERLAPS",
    "PLACING",
    "RANGE",
    "REGEXP",
    "REPEATABLE",
    "RETURN",
    "RETURNING",
    "RLIKE",
    "ROWS",
    "SELECT",
    "SET",
    "SOME",
    "SYMMETRIC",
    "THEN",
    "TO",
    "TOP",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
    "WITH",
    "XOR",
    "ZONE",
    "BOTH",
    "LEADING",
    "TRAILING",
];

/// Names of types that stand before a literal: `DATE '2024-01-01'`. They may be names of columns as well.
const TYPES: [&str; 4] = ["DATE", "INTERVAL", "TIME", "TIMESTAMP"];

fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// After `word` a value stands, never an operator.
pub fn expects_operand(word: &str) -> bool {
    is_one_of(word, &BEFORE_OPERANDS)
}

pub fn is_type(word: &str) -> bool {
    is_one_of(word, &TYPES)
}

//! What only an interactive client knows: its own commands, its batch separators, data that follows a statement.

use super::{LexemeKind, Lexis, Scanner};

/// A line such as `\set name value`, without its backslash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCommand {
    pub text: String,
    /// 1-based.
    pub line: usize,
}

impl ClientCommand {
    pub fn name(&self) -> &str {
        self.text.split_whitespace().next().unwrap_or_default()
    }

    pub fn arguments(&self) -> &str {
        self.text.get(self.name().len()..).unwrap_or_default().trim()
    }
}

/// Commands that send the statement before them, each in its own way.
const SENDERS: [&str; 12] = [
    ";",
    "G",
    "bind",
    "bind_named",
    "crosstabview",
    "g",
    "gdesc",
    "gexec",
    "gset",
    "gx",
    "sendpipeline",
    "watch",
];

/// Whether the command named `name` belongs to the statement before it.
pub fn sends(name: &str) -> bool {
    SENDERS.contains(&name)
}

/// The command at the backslash that `rest` begins with: its text, and its bytes with the backslash.
pub fn client_command(rest: &str) -> (&str, usize) {
    let line = rest.lines().next().unwrap_or_default();
    let body = line.get(1..).unwrap_or_default();
    if body.starts_with(';') {
        return (";", 2);
    }
    // A shell's line goes to the shell as it is.
    let whole = body.starts_with('!') || body.starts_with("copy ");
    let end = if whole { None } else { next_command(body) };
    let text = body.get(..end.unwrap_or(body.len())).unwrap_or_default();
    // `\\` ends a command without beginning another one.
    let separator = if text.is_empty() && body.starts_with('\\') { 1 } else { 0 };
    (text.trim(), 1 + text.len() + separator)
}

/// A backslash outside of quotes.
fn next_command(body: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in body.char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '\\') => return Some(at),
            (None, _) => {}
        }
    }
    None
}

/// Words that a statement begins with.
const BEGINNINGS: [&str; 26] = [
    "ALTER", "ANALYZE", "BEGIN", "CALL", "COMMIT", "COPY", "CREATE", "DECLARE", "DELETE", "DROP",
    "EXECUTE", "EXPLAIN", "GO", "GRANT", "INSERT", "MERGE", "PREPARE", "REPLACE", "RESET",
    "ROLLBACK", "SELECT", "SET", "TRUNCATE", "UPDATE", "USE", "WITH",
];

/// `line` looks like the first one of a statement, or of what stands before one.
pub fn begins_anew(line: &str) -> bool {
    let line = line.trim_start();
    let end = line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len());
    let word = line.get(..end).unwrap_or_default();
    let is_beginning = BEGINNINGS.iter().any(|known| known.eq_ignore_ascii_case(word));
    is_beginning || line.starts_with("--") || line.starts_with("/*") || line.starts_with('\\')
}

/// Bytes of a line that is nothing but `GO` or `/`, which other servers' clients end a batch with. `before` is what
/// stands before it on its line. A slash between two lines may be a division: then no statement begins behind it.
pub fn batch_end(before: &str, rest: &str) -> Option<usize> {
    let line = rest.lines().next()?;
    let mut words = line.split_whitespace();
    let first = words.next()?;
    let count = words.next().unwrap_or("1");
    let is_end = first == "/" || first.eq_ignore_ascii_case("go");
    let counted = count.bytes().all(|byte| byte.is_ascii_digit()) && words.next().is_none();
    if !is_end || !counted || !before.trim().is_empty() || line.starts_with(char::is_whitespace) {
        return None;
    }
    let behind = rest.get(line.len()..).unwrap_or_default().trim_start();
    (behind.is_empty() || begins_anew(behind)).then_some(line.len())
}

/// `COPY … FROM STDIN`, with or without a backslash before it: rows of data follow it in the script.
pub fn reads_data(statement: &str, lexis: Lexis) -> bool {
    let lexemes = Scanner::new(statement, lexis).map_while(Result::ok);
    let words = lexemes.filter(|lexeme| lexeme.kind == LexemeKind::Word);
    let words: Vec<String> = words.map(|word| word.text(statement).to_ascii_uppercase()).collect();
    let from =
        words.windows(2).any(|pair| pair[0] == "FROM" && matches!(&*pair[1], "STDIN" | "PSTDIN"));
    words.first().is_some_and(|word| word == "COPY") && from
}

/// Bytes up to and with the line `\.` that ends the data; all of `rest` where there is none.
pub fn data_length(rest: &str) -> usize {
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        length += line.len();
        if line.trim_end() == "\\." {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_with_its_line_or_at_the_next_one() {
        assert_eq!(client_command("\\set a 'x\\'y'  \nSELECT"), ("set a 'x\\'y'", 15));
        assert_eq!(client_command("\\bind 1 \\g\n"), ("bind 1", 8));
        assert_eq!(client_command("\\; SELECT 2"), (";", 2));
        assert_eq!(client_command("\\! ls \\x\n"), ("! ls \\x", 8));
        assert_eq!(client_command("\\\\ SELECT"), ("", 2));
        assert_eq!(client_command("\\"), ("", 1));
    }

    #[test]
    fn a_slash_between_two_lines_may_be_a_division() {
        assert_eq!(batch_end("", "/\nSELECT 2"), Some(1));
        assert_eq!(batch_end("", "GO 2\r\n\r\n-- next"), Some(4));
        assert_eq!(batch_end("", "go"), Some(2));
        assert_eq!(batch_end("", "/\nnullif(sum(b), 0)"), None);
        assert_eq!(batch_end("SELECT 1 ", "/\nSELECT"), None);
        assert_eq!(batch_end("", "goal"), None);
    }
}

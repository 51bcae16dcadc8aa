//! From the text of one statement to a query.

use super::values::Parameters;
use crate::sql::{
    Dialect, Lexis, Shape, Slot, SplitError, Statement, numbered, split_at_cut, split_at_names,
};

/// A statement as the server takes it.
pub struct Written {
    pub sql: String,
    pub shape: Result<Shape, String>,
    pub parameters: Parameters,
    /// Nothing could make a query of it.
    pub refused: Option<String>,
}

/// As a client may have written it, before the server sees it.
pub fn client_lexis(dialect: &dyn Dialect) -> Lexis {
    Lexis { hash_parameters: true, ..dialect.lexis() }
}

/// Puts the server's parameters in place of others, and forms that only the server itself writes right.
pub fn written(text: &str, dialect: &dyn Dialect) -> Written {
    let foreign = match numbered(text, client_lexis(dialect)) {
        Ok(foreign) => foreign,
        Err(reason) => return refused(text, reason),
    };
    if let Some(numbered) = foreign {
        let (sql, shape) = parsed(&numbered.sql, dialect);
        // What cannot be parsed with parameters and can without them had none.
        match (&shape, dialect.shape(text)) {
            (Err(_), Ok(as_it_stands)) => return native(text.to_owned(), Ok(as_it_stands)),
            _ => {
                let parameters = Parameters::of(&numbered);
                if let Some(reason) =
                    shape.as_ref().err().and_then(|message| misplaced(message, &parameters))
                {
                    return refused(text, reason);
                }
                return Written { sql, shape, parameters, refused: None };
            }
        }
    }
    let (sql, shape) = parsed(text, dialect);
    native(sql, shape)
}

fn native(sql: String, shape: Result<Shape, String>) -> Written {
    let count = shape.as_ref().map_or(0, |shape| shape.parameters);
    Written { sql, shape, parameters: Parameters::native(count), refused: None }
}

pub fn refused(text: &str, reason: String) -> Written {
    Written {
        sql: text.to_owned(),
        shape: Err(reason.clone()),
        parameters: Parameters::default(),
        refused: Some(reason),
    }
}

fn parsed(sql: &str, dialect: &dyn Dialect) -> (String, Result<Shape, String>) {
    let sql = dialect.restored(sql).unwrap_or_else(|| sql.to_owned());
    let shape = dialect.shape(&sql).map_err(|error| error.message);
    (sql, shape)
}

/// Why no server would take it: a parameter stands where no value can. A message about `$1` would say nothing to who wrote
/// `:table`.
fn misplaced(message: &str, parameters: &Parameters) -> Option<String> {
    let number = message.split("\"$").nth(1)?.strip_suffix('"')?.parse::<usize>().ok()?;
    match parameters.slots.get(number.wrapping_sub(1))? {
        Slot::Named(name) => Some(format!(
            "`{name}` stands where no value can, only a name or a piece of the statement: write out what it stands for"
        )),
        Slot::Nth => None,
    }
}

pub fn cut_off(unclosed: &SplitError) -> String {
    format!(
        "{unclosed}; was its text cut off where it was copied from? A server keeps only so much of \
         each text (its track_activity_query_size); give the whole statement"
    )
}

/// What looks like one statement, and is several.
pub fn taken_apart(statement: &Statement, dialect: &dyn Dialect) -> Option<Vec<Statement>> {
    let lexis = client_lexis(dialect);
    split_at_names(statement, &lexis).or_else(|| split_at_cut(statement, &lexis))
}

pub const DATA: &str = "its rows stand in the file, or come from the client; `--load FILE` loads a file into a sandbox";

/// `COPY … FROM STDIN`.
pub fn copies_in(text: &str) -> bool {
    let words: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
    let from = words.windows(2).any(|pair| pair[0] == "FROM" && pair[1].starts_with("STDIN"));
    words.first().is_some_and(|word| word == "COPY") && from
}

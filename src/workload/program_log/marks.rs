//! How each library announces a statement in its log.

/// Where the statement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// In the rest of the line.
    Line,
    /// There, and in the lines below that are indented.
    Indented,
    /// There, and in all lines below up to the library's next word.
    UpTo(&'static str),
    /// In the line below.
    Next,
}

/// How the values are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// They stand in the statement.
    Written,
    /// A list behind the statement, behind this text: one value each, or pairs of a name and a value.
    Behind(&'static str),
    /// A list or a dictionary in a line below that holds this text.
    Below(&'static str),
    /// One line below for each, with its number.
    OneByOne(&'static str),
    /// A line below with all of them, the type of each in parentheses.
    Typed(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// A statement follows this text, or what `is_measure` takes for a time or a count.
    pub text: &'static str,
    pub span: Span,
    pub given: Given,
}

const fn mark(text: &'static str, span: Span, given: Given) -> Mark {
    Mark { text, span, given }
}

/// The more telling ones first.
pub const MARKS: [Mark; 15] = [
    mark("prisma:query ", Span::Line, Given::Behind(" Params: ")),
    mark("org.hibernate.SQL", Span::Indented, Given::OneByOne("binding parameter")),
    mark("Hibernate: ", Span::Indented, Given::OneByOne("binding parameter")),
    mark("Hibernate:", Span::Indented, Given::OneByOne("binding parameter")),
    mark("==>  Preparing: ", Span::Line, Given::Typed("==> Parameters: ")),
    mark("Executing (default): ", Span::Line, Given::Written),
    mark("Executed DbCommand (", Span::Indented, Given::Written),
    mark("Executing statement: ", Span::Line, Given::Behind(" (parameters: array")),
    mark("sqlalchemy.engine.Engine ", Span::UpTo("sqlalchemy.engine"), Given::Below("s] ")),
    mark("sqlalchemy.engine.base.Engine ", Span::UpTo("sqlalchemy.engine"), Given::Below("s] ")),
    mark("QUERY OK ", Span::Next, Given::Behind(" [")),
    mark("query: ", Span::Line, Given::Behind(" -- PARAMETERS: ")),
    mark("ms)  ", Span::Line, Given::Behind("  [[")),
    mark("[rows:", Span::Line, Given::Written),
    mark(") ", Span::Line, Given::Written),
];

/// The mark of `line`, and what stands behind it. A cache answered what says so.
pub fn announced(line: &str) -> Option<(Mark, &str)> {
    if line.trim_start().starts_with("CACHE ") {
        return None;
    }
    MARKS.iter().find_map(|mark| Some((*mark, behind(*mark, line)?)))
}

fn behind(mark: Mark, line: &str) -> Option<&str> {
    let (before, rest) = line.split_once(mark.text)?;
    let rest = match mark.text {
        // `(0.041) SELECT`: seconds, and nothing but them.
        ") " => {
            let (_, seconds) = before.rsplit_once('(')?;
            let measured = seconds.contains('.') && seconds.parse::<f64>().is_ok();
            rest.strip_prefix("").filter(|_| measured)?
        }
        "ms)  " => {
            let (_, time) = before.rsplit_once('(')?;
            rest.strip_prefix("").filter(|_| time.trim().parse::<f64>().is_ok())?
        }
        "[rows:" => rest.split_once(']')?.1,
        "Executed DbCommand (" => "",
        _ => rest,
    };
    let rest = rest.trim_start_matches([' ', '\t', ':', '-']);
    match mark.span {
        Span::Next => Some(""),
        Span::Line => is_statement(rest).then_some(rest),
        _ => (rest.is_empty() || is_statement(rest)).then_some(rest),
    }
}

pub fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default().to_ascii_uppercase();
    matches!(word.as_str(), "SELECT" | "WITH" | "INSERT" | "UPDATE" | "DELETE" | "MERGE")
}

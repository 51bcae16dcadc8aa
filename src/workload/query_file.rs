//! A `.sql` file as queries.

use std::path::Path;

use super::annotation::Annotations;
use super::{Query, WorkloadError};
use crate::sql::{Dialect, SplitError, Statement, explained, split_tolerant};

/// The queries of `text`; those without a name are numbered on from `numbered_from`.
pub fn queries(
    path: &Path,
    text: &str,
    numbered_from: usize,
    dialect: &dyn Dialect,
) -> Result<Vec<Query>, WorkloadError> {
    let statements = split_tolerant(text, &dialect.lexis());
    only_unclosed(path, &statements)?;
    let numbered = (numbered_from..).zip(&statements);
    let queries = numbered.map(|(number, statement)| query(path, number, statement, dialect));
    let queries = queries.collect::<Result<Vec<_>, _>>()?;
    if queries.is_empty() {
        return Err(WorkloadError::Empty { path: path.to_owned() });
    }
    some_is_sql(path, &queries)?;
    Ok(queries)
}

fn query(
    path: &Path,
    number: usize,
    statement: &Statement,
    dialect: &dyn Dialect,
) -> Result<Query, WorkloadError> {
    let complain =
        |(line, message)| WorkloadError::Annotation { path: path.to_owned(), line, message };
    let annotations = Annotations::read(&statement.comments).map_err(complain)?;
    // What a user explains by hand is what is to be looked at.
    let sql = explained(&statement.text, dialect.lexis()).unwrap_or(&statement.text);
    let shape = match &statement.unclosed {
        Some(unclosed) => Err(cut_off(unclosed)),
        None => dialect.shape(sql).map_err(|error| error.message),
    };
    if let Ok(shape) = &shape {
        check_counts(&annotations, shape.parameters).map_err(complain)?;
    }
    Ok(Query {
        id: annotations.name.unwrap_or_else(|| format!("q{number}")),
        sql: sql.to_owned(),
        cut_off: statement.unclosed.is_some(),
        line: statement.line,
        weight: annotations.weight.unwrap_or(1.0),
        params: annotations.params,
        shape,
    })
}

fn cut_off(unclosed: &SplitError) -> String {
    format!(
        "{unclosed}; was its text cut off where it was copied from? A server keeps only so much of \
         each text (its track_activity_query_size); give the whole statement"
    )
}

/// A file that is one unclosed statement holds nothing that could be measured.
fn only_unclosed(path: &Path, statements: &[Statement]) -> Result<(), WorkloadError> {
    match statements {
        [Statement { unclosed: Some(cause), .. }] => {
            Err(WorkloadError::Split { path: path.to_owned(), cause: cause.clone() })
        }
        _ => Ok(()),
    }
}

fn check_counts(annotations: &Annotations, expected: usize) -> Result<(), (usize, String)> {
    let Some(wrong) = annotations.params.iter().find(|set| set.len() != expected) else {
        return Ok(());
    };
    let several = if expected == 1 && wrong.len() > 1 {
        "; several sets of one value each are written [[1], [2]]"
    } else {
        ""
    };
    let message = format!(
        "the statement has {expected} parameters, and this set has {} values{several}",
        wrong.len()
    );
    Err((annotations.params_line, message))
}

/// One statement that does not parse is a row in the report; a file full of them is not SQL.
fn some_is_sql(path: &Path, queries: &[Query]) -> Result<(), WorkloadError> {
    let Some((line, message)) = queries.first().and_then(|first| {
        let message = first.shape.as_ref().err()?;
        Some((first.line, message.clone()))
    }) else {
        return Ok(());
    };
    if queries.iter().any(|query| query.shape.is_ok()) {
        return Ok(());
    }
    Err(WorkloadError::NotSql { path: path.to_owned(), count: queries.len(), line, message })
}

//! The statements that make, fill and finish the tables: `workloads/rental*/schema/`.

use include_dir::Dir;

use super::{SampleError, embedded};
use crate::sql::{Lexis, split};

/// How a statement begins that takes the generated rows, in whichever form.
const TAKES_ROWS: [&str; 2] = ["COPY ", "LOAD DATA "];

/// What to run, in order.
pub struct Schema {
    pub create: Vec<String>,
    /// On each session before it loads.
    pub prepare: Vec<String>,
    /// One part per table, for any session and in any order.
    pub parts: Vec<Part>,
    pub foreign_keys: Vec<String>,
    /// One per table, for any session and in any order.
    pub analyze: Vec<String>,
    pub later: Vec<String>,
}

/// How one table is filled and finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub table: String,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Takes the generated rows.
    Copy(String),
    Command(String),
}

impl Schema {
    /// The schema as `engine` takes it; `None` where it is written for others only.
    pub fn of(engine: &str, lexis: &Lexis) -> Option<Result<Schema, SampleError>> {
        embedded::form(engine).map(|form| Schema::read(form, lexis))
    }

    fn read(form: &'static Dir<'static>, lexis: &Lexis) -> Result<Schema, SampleError> {
        let script = |name: &str| {
            let missing = || SampleError::Schema(format!("{name} is missing"));
            embedded::text(form, &format!("schema/{name}.sql")).ok_or_else(missing)
        };
        let mut sections = script("load")?.split("\n-- table ");
        let prepare = sections.next().unwrap_or_default();
        Ok(Schema {
            create: statements(script("tables")?, lexis)?,
            prepare: statements(prepare, lexis)?,
            parts: sections.map(|section| part(section, lexis)).collect::<Result<_, _>>()?,
            foreign_keys: statements(script("foreign-keys")?, lexis)?,
            analyze: statements(script("analyze")?, lexis)?,
            later: statements(script("later")?, lexis)?,
        })
    }
}

fn part(section: &str, lexis: &Lexis) -> Result<Part, SampleError> {
    let (table, script) = section.split_once('\n').unwrap_or((section, ""));
    let takes_rows = |text: &str| TAKES_ROWS.iter().any(|opening| text.starts_with(opening));
    let step = |text: String| match takes_rows(&text) {
        true => Step::Copy(text),
        false => Step::Command(text),
    };
    let steps = statements(script, lexis)?.into_iter().map(step).collect();
    Ok(Part { table: table.trim().to_owned(), steps })
}

fn statements(script: &str, lexis: &Lexis) -> Result<Vec<String>, SampleError> {
    let statements = split(script, lexis).map_err(|e| SampleError::Schema(e.to_string()))?;
    Ok(statements.into_iter().map(|statement| statement.text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tables;

    const LEXIS: Lexis = Lexis {
        dollar_quotes: true,
        backslash_escapes: false,
        backtick_identifiers: false,
        double_quoted_strings: false,
        hash_comments: false,
        nested_comments: true,
        delimiter_command: false,
        numbered_parameters: true,
        hash_parameters: false,
        executable_comments: false,
        spaced_dash_comments: false,
    };

    #[test]
    fn every_table_is_created_copied_and_analysed_once() {
        let schema = Schema::of("postgres", &LEXIS).unwrap().unwrap();
        for table in tables() {
            let created = format!("CREATE TABLE {} (", table.name);
            assert_eq!(schema.create.iter().filter(|s| s.starts_with(&created)).count(), 1);
            let parts: Vec<_> = schema.parts.iter().filter(|p| p.table == table.name).collect();
            let [part] = parts[..] else { panic!("one part for {}", table.name) };
            assert_eq!(part.steps[0], Step::Copy(format!("COPY {} FROM stdin", table.name)));
            let analyzed = format!("VACUUM (ANALYZE) {}", table.name);
            assert_eq!(schema.analyze.iter().filter(|s| **s == analyzed).count(), 1);
        }
        assert_eq!((schema.parts.len(), schema.analyze.len()), (tables().len(), tables().len()));
        assert_eq!(schema.foreign_keys.len(), 21);
        assert_eq!((schema.prepare.len(), schema.later.len()), (2, 2));
    }

    #[test]
    fn the_other_form_has_every_table_too() {
        let lexis = Lexis {
            dollar_quotes: false,
            backslash_escapes: true,
            backtick_identifiers: true,
            numbered_parameters: false,
            ..LEXIS
        };
        let schema = Schema::of("mariadb", &lexis).unwrap().unwrap();
        for table in tables() {
            let created = format!("CREATE TABLE {} (", table.name);
            assert_eq!(schema.create.iter().filter(|s| s.starts_with(&created)).count(), 1);
            let parts: Vec<_> = schema.parts.iter().filter(|p| p.table == table.name).collect();
            let [part] = parts[..] else { panic!("one part for {}", table.name) };
            let Step::Copy(statement) = &part.steps[0] else { panic!("{:?}", part.steps) };
            assert!(statement.contains(&format!("INTO TABLE {} ", table.name)), "{statement}");
            assert!(schema.analyze.contains(&format!("ANALYZE TABLE {}", table.name)));
        }
        assert!(Schema::of("oracle", &lexis).is_none());
    }
}

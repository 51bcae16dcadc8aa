//! The statements that make, fill and finish the tables: `workloads/rental/schema/`.

use super::SampleError;
use crate::sql::{Lexis, split};

const TABLES: &str = include_str!("../../workloads/rental/schema/tables.sql");
const LOAD: &str = include_str!("../../workloads/rental/schema/load.sql");
const FOREIGN_KEYS: &str = include_str!("../../workloads/rental/schema/foreign-keys.sql");
const ANALYZE: &str = include_str!("../../workloads/rental/schema/analyze.sql");
const LATER: &str = include_str!("../../workloads/rental/schema/later.sql");

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
    pub fn read(lexis: &Lexis) -> Result<Schema, SampleError> {
        let mut sections = LOAD.split("\n-- table ");
        let prepare = sections.next().unwrap_or_default();
        Ok(Schema {
            create: statements(TABLES, lexis)?,
            prepare: statements(prepare, lexis)?,
            parts: sections.map(|section| part(section, lexis)).collect::<Result<_, _>>()?,
            foreign_keys: statements(FOREIGN_KEYS, lexis)?,
            analyze: statements(ANALYZE, lexis)?,
            later: statements(LATER, lexis)?,
        })
    }
}

fn part(section: &str, lexis: &Lexis) -> Result<Part, SampleError> {
    let (table, script) = section.split_once('\n').unwrap_or((section, ""));
    let step = |text: String| match text.starts_with("COPY ") {
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
        let schema = Schema::read(&LEXIS).unwrap();
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
}

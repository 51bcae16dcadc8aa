//! Reads a script from its first line to its last: what is above a statement decides what it means.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::passed_over::PassedOver;
use super::prepared::{Given, given};
use super::query::{
    DATA, Written, client_lexis, copies_in, cut_off, refused, taken_apart, written,
};
use super::shell::{Effect, effect, refusal_of_sender};
use super::steering::{Steering, Told};
use super::values::Parameters;
use super::variables::Variables;
use crate::engine::Params;
use crate::sql::{
    Argument, ClientCommand, Dialect, ScriptPart, SessionStatement, Statement, explained,
    query_of_cursor, split_script,
};
use crate::workload::annotation::{Annotations, ParameterSet};
use crate::workload::source::read_text;
use crate::workload::{Query, WorkloadError};

/// Scripts that include each other deeper than this are taken for a circle.
const MOST_NESTED: usize = 16;

pub struct Contents {
    pub queries: Vec<Query>,
    pub notes: Vec<String>,
}

/// The queries of `text`, which is the file at `path`; those without a name are numbered on from `numbered_from`. Other
/// files that it includes are added to `digest`.
pub fn read_script(
    path: &Path,
    text: &str,
    numbered_from: usize,
    dialect: &dyn Dialect,
    digest: &mut Sha256,
) -> Result<Contents, WorkloadError> {
    let mut reader = Reader {
        dialect,
        digest,
        numbered_from,
        variables: Variables::default(),
        steering: Steering::default(),
        prepared: HashMap::new(),
        queries: Vec::new(),
        passed_over: PassedOver::default(),
        waiting: None,
        open: Vec::new(),
    };
    reader.script(path, text)?;
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let notes = reader.passed_over.note(&file).into_iter().collect();
    Ok(Contents { queries: reader.queries, notes })
}

/// What a PREPARE has named.
struct Prepared {
    /// Position of the query.
    query: usize,
    parameters: Parameters,
}

struct Reader<'d> {
    dialect: &'d dyn Dialect,
    digest: &'d mut Sha256,
    numbered_from: usize,
    variables: Variables,
    steering: Steering,
    prepared: HashMap<String, Prepared>,
    queries: Vec<Query>,
    passed_over: PassedOver,
    /// Annotations above a statement that only steers: they are meant for the one behind it.
    waiting: Option<Annotations>,
    /// Scripts that are being read, each included by the one before it: the whole path, and as it is named.
    open: Vec<[PathBuf; 2]>,
}

/// Whether the script goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl Reader<'_> {
    fn script(&mut self, path: &Path, text: &str) -> Result<Flow, WorkloadError> {
        self.open.push([path.canonicalize().unwrap_or_else(|_| path.to_owned()), path.to_owned()]);
        for part in split_script(text, &client_lexis(self.dialect)) {
            match part {
                ScriptPart::Statement(statement) => self.statement(path, &statement)?,
                ScriptPart::Command(command) => {
                    if self.command(path, &command)? == Flow::End {
                        self.open.pop();
                        return Ok(Flow::End);
                    }
                }
            }
        }
        self.open.pop();
        Ok(Flow::On)
    }

    fn command(&mut self, path: &Path, command: &ClientCommand) -> Result<Flow, WorkloadError> {
        match effect(command) {
            Effect::Set => self.variables.set(command.arguments()),
            Effect::SetRandom => self.variables.set_random(command.arguments()),
            Effect::Unset => self.variables.unset(command.arguments()),
            Effect::Include { beside } => return self.include(path, command, beside),
            Effect::Quit => return Ok(Flow::End),
            Effect::PassedOver => {}
            Effect::NotFollowed => {
                self.passed_over.add(format!("\\{}", command.name()), command.line);
            }
            Effect::Refused(reason) => self.refuse(&spelt(command), command.line, reason),
        }
        Ok(Flow::On)
    }

    fn refuse(&mut self, text: &str, line: usize, reason: &str) {
        let written = refused(text, reason.to_owned());
        self.push(written, line, Annotations::default(), Vec::new());
    }

    /// Reads another script in the place of the command, as the shell would. One that cannot be read is a row.
    fn include(
        &mut self,
        path: &Path,
        command: &ClientCommand,
        beside: bool,
    ) -> Result<Flow, WorkloadError> {
        let name = self.variables.words(command.arguments()).into_iter().next().unwrap_or_default();
        let own = path.parent().unwrap_or(Path::new("")).join(&name);
        let here = PathBuf::from(&name);
        let included = if beside || !here.exists() { own } else { here };
        let line = command.line;
        let known = included.canonicalize().unwrap_or_else(|_| included.clone());
        if self.open.iter().any(|open| open[0] == known) {
            self.refuse(&spelt(command), line, "it includes a script that is being read already");
            return Ok(Flow::On);
        }
        if self.open.len() >= MOST_NESTED {
            self.refuse(&spelt(command), line, "scripts include each other too deeply");
            return Ok(Flow::On);
        }
        match read_text(&included) {
            Ok(text) => {
                self.digest.update(&text);
                // Leaving an included script leaves that one alone.
                self.script(&included, &text)?;
            }
            Err(error) => self.refuse(&spelt(command), line, &error.to_string()),
        }
        Ok(Flow::On)
    }

    fn statement(&mut self, path: &Path, statement: &Statement) -> Result<(), WorkloadError> {
        let complain =
            |(line, message)| WorkloadError::Annotation { path: path.to_owned(), line, message };
        let annotations = Annotations::read(&statement.comments).map_err(complain)?;
        let annotations = match self.waiting.take() {
            Some(waiting) => annotations.or(waiting),
            None => annotations,
        };
        if let Some(unclosed) = &statement.unclosed {
            let written = refused(&statement.text, cut_off(unclosed));
            self.push(written, statement.line, annotations, Vec::new());
            return Ok(());
        }
        let text = self.variables.replaced(&statement.text, self.dialect);
        // What a user explains by hand is what is to be looked at.
        let text = explained(&text, self.dialect.lexis()).unwrap_or(&text);
        let text = query_of_cursor(text, self.dialect.lexis()).unwrap_or(text);
        if let Some(reason) = statement.sent_by.iter().find_map(|by| refusal_of_sender(by)) {
            self.push(refused(text, reason.to_owned()), statement.line, annotations, Vec::new());
            return Ok(());
        }
        if let Some(steering) = self.dialect.session_statement(text) {
            return self.steer(path, statement.line, text, steering, annotations);
        }
        self.query(path, statement, text, annotations)
    }

    fn query(
        &mut self,
        path: &Path,
        statement: &Statement,
        text: &str,
        annotations: Annotations,
    ) -> Result<(), WorkloadError> {
        let written = written(text, self.dialect);
        if written.shape.is_err()
            && let Some(parts) = taken_apart(statement, self.dialect)
        {
            return parts.iter().try_for_each(|part| self.statement(path, part));
        }
        let written = match copies_in(text) && written.shape.is_ok() {
            true => refused(text, DATA.to_owned()),
            false => written,
        };
        let bound = statement.sent_by.iter().find_map(|by| by.strip_prefix("bind "));
        let bound =
            bound.map(|values| self.variables.words(values).into_iter().map(Some).collect());
        let params = match written.shape.is_ok() {
            true => self.params(path, &annotations, &written.parameters, bound)?,
            // How many it has is the server's to say.
            false => annotations.in_order(),
        };
        self.push(written, statement.line, annotations, params);
        Ok(())
    }

    /// Values from the annotation above, from the shell's own binding, or from what a script draws.
    fn params(
        &self,
        path: &Path,
        annotations: &Annotations,
        parameters: &Parameters,
        bound: Option<Params>,
    ) -> Result<Vec<Params>, WorkloadError> {
        let complain = |message| WorkloadError::Annotation {
            path: path.to_owned(),
            line: annotations.params_line,
            message,
        };
        if !annotations.params.is_empty() {
            let sets = annotations.params.iter().map(|set| parameters.values(set));
            return sets.collect::<Result<_, _>>().map_err(complain);
        }
        let bound = bound.and_then(|set| parameters.values(&ParameterSet::InOrder(set)).ok());
        Ok(match bound {
            Some(set) => vec![set],
            None => parameters.drawn(|name| self.variables.drawn(name).map(<[String]>::to_vec)),
        })
    }

    fn steer(
        &mut self,
        path: &Path,
        line: usize,
        text: &str,
        statement: SessionStatement,
        annotations: Annotations,
    ) -> Result<(), WorkloadError> {
        match statement {
            SessionStatement::Prepare { name, sql } => {
                let written = written(&sql, self.dialect);
                let parameters = written.parameters.clone();
                let params = self.params(path, &annotations, &parameters, None)?;
                self.prepared.insert(name, Prepared { query: self.queries.len(), parameters });
                self.push(written, line, annotations, params);
            }
            SessionStatement::Execute { name, arguments } => {
                self.execute(line, text, (&name, &arguments), annotations);
            }
            steering => match self.steering.follow(steering, self.dialect) {
                Told::Nothing => self.waiting = Some(annotations),
                Told::PassedOver(what) => {
                    self.passed_over.add(what, line);
                    self.waiting = Some(annotations);
                }
                Told::Refused(reason) => {
                    self.push(refused(text, reason), line, annotations, Vec::new());
                }
            },
        }
        Ok(())
    }

    /// The query that the PREPARE above is, with one more set of values; a query of its own where anything else differs.
    fn execute(
        &mut self,
        line: usize,
        text: &str,
        (name, arguments): (&str, &[Argument]),
        annotations: Annotations,
    ) {
        let known = self.prepared.get(name).and_then(|prepared| {
            Some((prepared.query, prepared.parameters.clone(), self.queries.get(prepared.query)?))
        });
        let Some((at, parameters, query)) = known else {
            return self.refuse(text, line, "no PREPARE above it in this file has that name");
        };
        let variable = |variable: &str| self.steering.value(variable).cloned();
        let values = match given(&query.sql, arguments, self.dialect, variable) {
            Given::Values(values) => parameters.values(&ParameterSet::InOrder(values)),
            Given::Written(sql) => {
                let written = written(&sql, self.dialect);
                return self.push(written, line, annotations, Vec::new());
            }
        };
        let settings = self.steering.settings();
        match values {
            Err(reason) => self.refuse(text, line, &reason),
            Ok(values) => {
                let first = query.params.is_empty();
                let plain = annotations.name.is_none() && annotations.weight.is_none();
                if plain && (first || query.settings == settings) {
                    let query = &mut self.queries[at];
                    query.settings = settings;
                    query.params.extend((!values.is_empty()).then_some(values));
                    return;
                }
                let sql = query.sql.clone();
                let params = if values.is_empty() { Vec::new() } else { vec![values] };
                self.push(written(&sql, self.dialect), line, annotations, params);
            }
        }
    }

    fn push(
        &mut self,
        written: Written,
        line: usize,
        annotations: Annotations,
        params: Vec<Params>,
    ) {
        let number = self.numbered_from + self.queries.len();
        self.queries.push(Query {
            id: annotations.name.unwrap_or_else(|| format!("q{number}")),
            sql: written.sql,
            refused: written.refused,
            settings: self.steering.settings(),
            file: self.open.last().map(|[_, named]| named.clone()).unwrap_or_default(),
            line,
            weight: annotations.weight.unwrap_or(1.0),
            parameters: written.parameters.names(),
            params,
            ignores: annotations.ignores,
            expects: annotations.expects,
            shape: written.shape,
            plans: Vec::new(),
        });
    }
}

fn spelt(command: &ClientCommand) -> String {
    format!("\\{}", command.text)
}

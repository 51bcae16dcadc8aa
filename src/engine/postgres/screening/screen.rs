//! Whether a statement may be sent: everything it calls is looked up, through views, policies, operators, casts,
//! triggers and the code of functions.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio_postgres::Client;

use super::body;
use super::built_in::{Standing, standing, standing_in_extension};
use super::lookup::{self, Found, Function, Relation};
use super::references::{Call, References, Spelling};
use super::refusal::{self, Way};
use crate::engine::{Access, AllowedFunctions, DbError};

/// What is going to happen to a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    Run,
    /// Planning calls functions too, but none that are volatile.
    Plan,
}

/// Decides for one session, and remembers: the same statement is sent many times.
#[derive(Debug)]
pub struct Screen {
    access: Access,
    allowed: AllowedFunctions,
    /// Of the server: its major version.
    major: u32,
    decided: HashMap<(Purpose, Written), Result<(), DbError>>,
    /// The same by what statements refer to: thousands of them differ in constants and aliases only.
    alike: HashMap<(Purpose, Written), Result<(), DbError>>,
}

/// A statement and the settings of its session: by another search path its names mean something else.
type Written = (String, Vec<(String, String)>);

impl Screen {
    pub fn new(access: Access, allowed: AllowedFunctions, major: u32) -> Screen {
        let (decided, alike) = (HashMap::new(), HashMap::new());
        Screen { access, allowed, major, decided, alike }
    }

    /// What was decided earlier. Where writes stay, everything may run.
    pub fn known(
        &self,
        sql: &str,
        settings: &[(String, String)],
        purpose: Purpose,
    ) -> Option<Result<(), DbError>> {
        if self.access == Access::Commit {
            return Some(Ok(()));
        }
        let same = self.decided.get(&(purpose, (sql.to_owned(), settings.to_vec())));
        let alike = || self.alike.get(&(purpose, (referred(sql), settings.to_vec())));
        same.or_else(alike).cloned()
    }

    /// Looks `sql` up in the catalog that `client` sees, under `settings` already. An error of the look-up itself is not remembered.
    pub async fn decide(
        &mut self,
        client: &Client,
        sql: &str,
        settings: &[(String, String)],
        purpose: Purpose,
    ) -> Result<(), DbError> {
        let mut walk = Walk::new(self, purpose, sql.contains('\\'));
        walk.later(references(sql), BTreeSet::new(), None);
        let decision = walk.look_at_all(client).await;
        if decision
            .as_ref()
            .err()
            .is_none_or(|error| error.kind == crate::engine::DbErrorKind::Refused)
        {
            let under = |text: String| (purpose, (text, settings.to_vec()));
            self.decided.insert(under(sql.to_owned()), decision.clone());
            self.alike.insert(under(referred(sql)), decision.clone());
        }
        decision
    }
}

/// Text that our parser does not know is taken by its words.
fn references(sql: &str) -> References {
    References::of_statement(sql).unwrap_or_else(|_| body::references(sql))
}

/// Everything of a statement that a decision depends on, as one text.
fn referred(sql: &str) -> String {
    format!("{:?} {}", references(sql), sql.contains('\\'))
}

struct Step {
    references: References,
    /// Functions known by number: of triggers and aggregates.
    numbers: BTreeSet<i64>,
    way: Way,
    /// It is the code of a function that is called: all of it runs, in planning too.
    called: bool,
}

struct Walk<'a> {
    screen: &'a Screen,
    purpose: Purpose,
    backslash: bool,
    steps: Vec<Step>,
    /// Of the step that is looked at.
    called: bool,
    functions: HashSet<i64>,
    relations: HashSet<(i64, u8)>,
}

impl<'a> Walk<'a> {
    fn new(screen: &'a Screen, purpose: Purpose, backslash: bool) -> Walk<'a> {
        let (functions, relations) = (HashSet::new(), HashSet::new());
        Walk { screen, purpose, backslash, steps: Vec::new(), called: false, functions, relations }
    }

    fn later(&mut self, references: References, numbers: BTreeSet<i64>, way: Way) {
        let called = self.called;
        self.steps.push(Step { references, numbers, way, called });
    }

    /// As [`Walk::later`], for the code of a function.
    fn code_later(&mut self, references: References, numbers: BTreeSet<i64>, way: Way) {
        self.steps.push(Step { references, numbers, way, called: true });
    }

    async fn look_at_all(&mut self, client: &Client) -> Result<(), DbError> {
        while let Some(step) = self.steps.pop() {
            self.called = step.called;
            self.by_grammar(&step)?;
            let written = self.screen.access == Access::Rollback && self.purpose == Purpose::Run;
            let found = lookup::find(
                client,
                &step.references,
                &step.numbers,
                if written { step.references.writes } else { 0 },
                self.screen.major,
            );
            self.judge(&step, found.await?)?;
        }
        Ok(())
    }

    fn by_grammar(&self, step: &Step) -> Result<(), DbError> {
        // A plan of such a statement does not run it.
        if self.purpose == Purpose::Plan && step.way.is_none() {
            return Ok(());
        }
        if let Some(what) = step.references.outside {
            return Err(refusal::outside(what, &step.way));
        }
        if step.references.dynamic {
            return Err(refusal::dynamic(&step.way));
        }
        Ok(())
    }

    fn judge(&mut self, step: &Step, found: Found) -> Result<(), DbError> {
        if found.backslashes && self.backslash {
            return Err(refusal::backslashes());
        }
        for function in found.functions {
            let calls: Vec<&Call> =
                step.references.calls.iter().filter(|call| function.answers(call)).collect();
            if calls.is_empty() && function.implied.is_none() {
                continue;
            }
            let arguments = calls.iter().filter_map(|call| match call.spelling {
                Spelling::Arguments(count) => Some(count),
                _ => None,
            });
            let arguments = arguments.min().unwrap_or(function.arguments);
            self.function(function, arguments, calls.is_empty(), &step.way)?;
        }
        for relation in found.relations {
            self.relation(relation, step.references.writes, &step.way)?;
        }
        if !found.event_triggers.is_empty() && self.purpose == Purpose::Run {
            let numbers = found.event_triggers.into_iter().collect();
            self.later(References::default(), numbers, Some("a trigger on events".to_owned()));
        }
        for check in found.checks {
            self.expression(&check, Some("a domain's check".to_owned()));
        }
        Ok(())
    }

    fn function(
        &mut self,
        function: Function,
        arguments: usize,
        unwritten: bool,
        way: &Way,
    ) -> Result<(), DbError> {
        let volatile = function.is_volatile();
        let by_cast = unwritten && function.implied.as_deref() == Some("cast");
        // The planner calls no volatile function, but what the functions that it does call do is done. A cast may be one
        // that it does not see as volatile.
        let skipped = self.purpose == Purpose::Plan && volatile && !by_cast && !self.called;
        if skipped || !self.functions.insert(function.oid) {
            return Ok(());
        }
        let own = !function.is_built_in() && function.extension.is_none();
        if self.screen.allowed.allows(&function.schema, &function.name, own) {
            return Ok(());
        }
        match &function.extension {
            _ if function.is_built_in() => {
                self.stands(standing(&function.name, volatile, arguments), &function, way)
            }
            Some(extension) => {
                let standing = standing_in_extension(&function.name, extension, volatile);
                self.stands(standing, &function, way)
            }
            None if volatile && !by_cast && self.screen.access == Access::ReadOnly => {
                Err(refusal::volatile(&function, way))
            }
            None => self.code(&function, way),
        }
    }

    fn stands(&self, standing: Standing, function: &Function, way: &Way) -> Result<(), DbError> {
        match (standing, self.screen.access) {
            (Standing::Harmless, _) | (Standing::RolledBack, Access::Rollback) => Ok(()),
            (Standing::RolledBack, _) => Err(refusal::writes(function, way)),
            (Standing::Refused, _) => Err(refusal::reaches_out(function, way)),
        }
    }

    /// A function of the database's own, by what its code calls.
    fn code(&mut self, function: &Function, way: &Way) -> Result<(), DbError> {
        let inner = Some(format!("the function {}", function.shown()));
        if let Some(defaults) = &function.default_values {
            self.expression(defaults, inner.clone());
        }
        if !function.support.is_empty() {
            let numbers = function.support.iter().copied().filter(|oid| *oid != 0).collect();
            self.code_later(References::default(), numbers, inner);
            return Ok(());
        }
        let code = function.code.as_deref().unwrap_or_default();
        match function.language.as_str() {
            "sql" => {
                let words = || body::references(code);
                self.code_later(
                    References::of_script(code).unwrap_or_else(|_| words()),
                    BTreeSet::new(),
                    inner,
                );
                Ok(())
            }
            "plpgsql" => {
                self.code_later(body::references(code), BTreeSet::new(), inner);
                Ok(())
            }
            "internal" => self.stands(
                standing(code, function.is_volatile(), function.arguments),
                function,
                way,
            ),
            "c" if !function.is_volatile() => Ok(()),
            language => Err(refusal::opaque(function, &format!("a function in {language}"), way)),
        }
    }

    /// `writes`: how the statement changes rows, which through a view are those of its tables.
    fn relation(&mut self, relation: Relation, writes: u8, way: &Way) -> Result<(), DbError> {
        if !self.relations.insert((relation.oid, writes)) {
            return Ok(());
        }
        let name = &relation.name;
        if relation.program && self.purpose == Purpose::Run {
            return Err(refusal::program(name, way));
        }
        let statements = relation.definition.iter().map(|text| (text, format!("the view {name}")));
        let rules = relation.rules.iter().map(|text| (text, format!("a rule of {name}")));
        for (text, way) in statements.chain(rules) {
            let mut references =
                References::of_statement(text).unwrap_or_else(|_| body::references(text));
            references.writes |= writes;
            self.later(references, BTreeSet::new(), Some(way));
        }
        for policy in &relation.policies {
            self.expression(policy, Some(format!("row security of {name}")));
        }
        for expression in &relation.expressions {
            self.expression(expression, Some(format!("a default, check or index of {name}")));
        }
        if !relation.triggers.is_empty() {
            let numbers = relation.triggers.iter().copied().collect();
            self.later(References::default(), numbers, Some(format!("a trigger of {name}")));
        }
        Ok(())
    }

    fn expression(&mut self, text: &str, way: Way) {
        let references = References::of_expression(text).unwrap_or_else(|_| body::references(text));
        self.later(references, BTreeSet::new(), way);
    }
}

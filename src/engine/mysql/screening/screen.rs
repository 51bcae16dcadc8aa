//! Whether a statement may be sent, by everything it calls: through executable comments, views, triggers and the code
//! of routines, which cannot hold SQL that is put together while it runs.

use std::collections::{HashMap, HashSet};

use mysql_async::Conn;

use super::executable::{Readings, readings};
use super::lookup::{self, Coded};
use super::words::Words;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::session::access;
use crate::engine::{Access, AllowedFunctions, DbError, DbErrorKind};
use crate::sql::Dialect;

/// Decides for one session, and remembers.
#[derive(Debug)]
pub struct Screen {
    access: Access,
    allowed: AllowedFunctions,
    decided: HashMap<String, Result<(), DbError>>,
}

impl Screen {
    pub fn new(access: Access, allowed: AllowedFunctions) -> Screen {
        Screen { access, allowed, decided: HashMap::new() }
    }

    /// `planned`: it is only explained, so what kind of statement it is does not matter.
    pub async fn check(
        &mut self,
        conn: &mut Conn,
        sql: &str,
        planned: bool,
    ) -> Result<(), DbError> {
        if self.access == Access::Commit {
            return Ok(());
        }
        let texts = match readings(sql) {
            Readings::One(text) => vec![text],
            Readings::Two { executed, left_out } => vec![executed, left_out],
            Readings::Unforeseeable => {
                return Err(refused(
                    "what the server reads of its comments cannot be foreseen",
                    &None,
                ));
            }
        };
        for text in texts {
            if !planned {
                let shape = MysqlDialect.shape(&text).ok();
                access::check(shape.as_ref(), &text, self.access)?;
            }
            if let Some(decided) = self.decided.get(&text) {
                decided.clone()?;
                continue;
            }
            let decision = Walk::new(self).look_at_all(conn, &text).await;
            if decision.as_ref().err().is_none_or(|error| error.kind == DbErrorKind::Refused) {
                self.decided.insert(text, decision.clone());
            }
            decision?;
        }
        Ok(())
    }
}

struct Walk<'a> {
    screen: &'a Screen,
    steps: Vec<(Words, Option<String>)>,
    seen: HashSet<String>,
}

impl<'a> Walk<'a> {
    fn new(screen: &'a Screen) -> Walk<'a> {
        Walk { screen, steps: Vec::new(), seen: HashSet::new() }
    }

    async fn look_at_all(mut self, conn: &mut Conn, sql: &str) -> Result<(), DbError> {
        self.steps.push((Words::of(sql), None));
        while let Some((words, way)) = self.steps.pop() {
            self.by_words(&words, &way)?;
            if let Some(name) = lookup::library_functions(conn, &words.calls).await.first()
                && !self.screen.allowed.allows("", name, false)
            {
                let what = format!("it calls {name}, a function of a library");
                return Err(allowing(refused(&what, &way), name));
            }
            if way.is_some()
                && let Some(name) = lookup::settings(conn, &words.assigned).await?.first()
            {
                let what = format!("it changes the setting {name}");
                return Err(way_allowing(refused(&what, &way), &way));
            }
            // A procedure may call itself by CALL, a function by a parenthesis: both are names before one.
            for routine in lookup::routines(conn, &words.calls).await? {
                self.routine(routine, &way)?;
            }
            for view in lookup::views(conn, &words.names).await? {
                self.view(view, &words);
            }
            if words.writes && self.screen.access == Access::Rollback {
                self.written(conn, &words, &way).await?;
            }
        }
        Ok(())
    }

    fn by_words(&self, words: &Words, way: &Option<String>) -> Result<(), DbError> {
        if let Some(what) = &words.outside {
            return Err(way_allowing(refused(&format!("it {what}"), way), way));
        }
        let reads = self.screen.access == Access::ReadOnly;
        // The server refuses a plain write itself; one in a routine is named before.
        if reads && words.writes && way.is_some() {
            return Err(way_allowing(refused("it writes", way), way));
        }
        if reads && words.draws {
            return Err(refused("it draws a number from a sequence", way)
                .with_remedy("--writes rollback measures it; the number stays drawn"));
        }
        Ok(())
    }

    fn routine(&mut self, routine: Coded, way: &Option<String>) -> Result<(), DbError> {
        let name = format!("{}.{}", routine.schema, routine.name);
        if self.screen.allowed.allows(&routine.schema, &routine.name, true) {
            return Ok(());
        }
        if routine.code.is_none() {
            let what = format!("it calls {name}, whose code this login may not see");
            return Err(allowing(refused(&what, way), &name));
        }
        self.code(routine, "the function");
        Ok(())
    }

    /// A change through a view changes its tables.
    fn view(&mut self, view: Coded, words: &Words) {
        let way = format!("the view {}.{}", view.schema, view.name);
        let Some(code) = view.code else { return };
        let mut inner = Words::of(&code);
        inner.writes |= words.writes;
        if self.seen.insert(format!("{way} {code} {}", inner.writes)) {
            self.steps.push((inner, Some(way)));
        }
    }

    fn code(&mut self, coded: Coded, kind: &str) {
        let way = format!("{kind} {}.{}", coded.schema, coded.name);
        let Some(code) = coded.code else { return };
        if self.seen.insert(format!("{way} {code}")) {
            self.steps.push((Words::of(&code), Some(way)));
        }
    }

    /// What a write sets off, and whether it can be rolled back.
    async fn written(
        &mut self,
        conn: &mut Conn,
        words: &Words,
        way: &Option<String>,
    ) -> Result<(), DbError> {
        if let Some((table, engine)) = lookup::without_transactions(conn, &words.names).await? {
            let what = format!("table {table} is stored by {engine}, which cannot roll back");
            return Err(way_allowing(refused(&what, way), way));
        }
        for trigger in lookup::triggers(conn, &words.names).await? {
            self.code(trigger, "a trigger of");
        }
        Ok(())
    }
}

fn refused(what: &str, way: &Option<String>) -> DbError {
    let way = way.as_ref().map_or(String::new(), |way| format!(", by way of {way}"));
    DbError::new(DbErrorKind::Refused, format!("not run: {what}{way}"))
        .with_remedy("leave it out, or use --writes commit=DATABASE on a database you can lose")
}

fn allowing(error: DbError, function: &str) -> DbError {
    error.with_remedy(format!(
        "leave it out; --allow-functions={function} runs it all the same, and what it changes may stay"
    ))
}

/// Where the way is a function, it can be allowed.
fn way_allowing(error: DbError, way: &Option<String>) -> DbError {
    match way.as_deref().and_then(|way| way.strip_prefix("the function ")) {
        Some(function) => allowing(error, function),
        None => error,
    }
}

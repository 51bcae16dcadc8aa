//! Making changes on a database that others use, one at a time, and taking them back.

use std::time::Instant;

use super::change::Change;
use super::owned::{Leftover, Owned};
use crate::advise::{Advice, IndexAdvice, Outcome, Shortfall, ShortfallKind};
use crate::ddl::Script;
use crate::engine::{Catalog, DbError, Engine, IndexGrammar, NewObject, ObjectKind, Session};
use crate::rule::GainClass;

/// Suffixes that are tried where a name is taken.
const MOST_NAMES: usize = 100;

/// The statements of a script, each of which creates an index, as changes.
pub fn of_script(script: &Script, grammar: &dyn IndexGrammar, advice: &mut Advice) {
    for statement in &script.statements {
        let Some(object) = grammar.creates(&statement.text) else { continue };
        advice.indexes.push(IndexAdvice {
            name: object.name,
            schema: object.schema.unwrap_or_default(),
            table: object.table,
            ddl: statement.text.clone(),
            undo: object.undo,
            why: script.origin(statement),
            class: GainClass::Measured,
            ..IndexAdvice::default()
        });
    }
}

/// What each change creates, with the name that it has now.
pub fn objects(advice: &Advice, change: Change, grammar: &dyn IndexGrammar) -> Vec<NewObject> {
    let statements = change.statements(advice);
    statements.iter().filter_map(|statement| grammar.creates(statement)).collect()
}

/// Gives an index of ours other names where those it has are taken.
pub async fn find_free_names(
    session: &mut dyn Session,
    advice: &mut Advice,
    change: Change,
    grammar: &dyn IndexGrammar,
) -> Result<(), DbError> {
    let Change::Index(i) = change else { return Ok(()) };
    for object in objects(advice, change, grammar) {
        if object.kind != ObjectKind::Index || session.occupant(&object).await?.is_none() {
            continue;
        }
        for n in 2..MOST_NAMES {
            let name = with_suffix(&object.name, n, grammar.longest_name());
            let other = NewObject { name: name.clone(), ..object.clone() };
            if session.occupant(&other).await?.is_none() {
                rename(&mut advice.indexes[i], &object.name, &name, grammar);
                break;
            }
        }
    }
    Ok(())
}

fn with_suffix(name: &str, n: usize, longest: usize) -> String {
    let suffix = format!("_{n}");
    let most = longest - suffix.len();
    let end = (0..=most.min(name.len())).rev().find(|at| name.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{suffix}", &name[..end])
}

fn rename(index: &mut IndexAdvice, old: &str, new: &str, grammar: &dyn IndexGrammar) {
    let renamed = |text: &str| grammar.renamed(text, old, new);
    index.ddl = renamed(&index.ddl);
    index.undo = renamed(&index.undo);
    index.steps.iter_mut().for_each(|step| *step = renamed(step));
    if index.name == old {
        index.name = new.to_owned();
    }
}

/// Whether the change stands now; if not, it is marked as failed, and what could not be taken back of it is in
/// `left`. An error means that the session is lost.
pub async fn make(
    session: &mut dyn Session,
    engine: &dyn Engine,
    advice: &mut Advice,
    change: Change,
    owned: &mut Owned<'_>,
    left: &mut Vec<Leftover>,
) -> Result<bool, DbError> {
    let started = Instant::now();
    for statement in change.statements(advice) {
        let object = engine.index_grammar().and_then(|grammar| grammar.creates(&statement));
        let outcome = match object {
            Some(object) => owned.create(session, change, object).await,
            None => session.command(&statement).await,
        };
        let Err(error) = outcome else { continue };
        if error.ends_session() {
            return Err(error);
        }
        left.extend(owned.undo(session, change).await?);
        change.set_outcome(advice, Outcome::Failed { error: error.to_string() });
        return Ok(false);
    }
    if let Change::Index(i) = change {
        advice.indexes[i].build_seconds = Some(started.elapsed().as_secs_f64());
    }
    Ok(true)
}

/// Takes a change back; what could not be is in `left`, and the outcome says so.
pub async fn take_back(
    session: &mut dyn Session,
    advice: &mut Advice,
    change: Change,
    reason: &str,
    owned: &mut Owned<'_>,
) -> Result<Vec<Leftover>, DbError> {
    let left = owned.undo(session, change).await?;
    let outcome = match (left.is_empty(), change.undo(advice)) {
        // Gathered statistics have no way back, and need none.
        (true, None) => Outcome::Kept { ratio: 1.0 },
        (true, Some(_)) => Outcome::Dropped { reason: reason.to_owned() },
        (false, _) => {
            let statements: Vec<&str> = left.iter().map(|left| left.statement.as_str()).collect();
            let (why, run) = (&left[0].reason, statements.join(" "));
            Outcome::Failed {
                error: format!("to be taken back ({reason}), and could not be: {why}. Run: {run}"),
            }
        }
    };
    change.set_outcome(advice, outcome);
    Ok(left)
}

/// Tells of all of them at once, with the statements that take them away.
pub fn tell(advice: &mut Advice, left: &[Leftover]) {
    if left.is_empty() {
        return;
    }
    let mut reasons: Vec<&str> = left.iter().map(|left| left.reason.as_str()).collect();
    reasons.dedup();
    let statements: Vec<String> = left.iter().map(|left| left.statement.clone()).collect();
    let (is, them) = if left.len() == 1 { ("one thing", "it") } else { ("things", "them") };
    advice.shortfalls.push(Shortfall {
        kind: ShortfallKind::LeftBehind,
        message: format!(
            "LEFT BEHIND on the database: {is} that this run made and could not take away ({}). An index among \
             {them} may be invalid: it slows writes down and serves no reads",
            reasons.join("; ")
        ),
        statements,
        database_failed: true,
    });
}

/// What only the catalog knows of an index that a script has made.
pub fn describe(advice: &mut Advice, catalog: &Catalog) {
    for index in advice.indexes.iter_mut().filter(|index| index.columns.is_empty()) {
        let schema = (!index.schema.is_empty()).then_some(index.schema.as_str());
        let Some(table) = catalog.table(schema, &index.table) else { continue };
        let Some(built) = table.indexes.iter().find(|built| built.name == index.name) else {
            continue;
        };
        index.schema.clone_from(&table.schema);
        index.columns = built.keys.iter().map(|key| key.text.clone()).collect();
        index.include.clone_from(&built.include);
        index.method.clone_from(&built.method);
        index.predicate.clone_from(&built.predicate);
        index.size_bytes = Some(built.bytes);
    }
}

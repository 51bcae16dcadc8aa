//! A database without rows that its optimiser takes for the source: schema by the owner, who may do no harm with what a
//! snapshot says; statistics by the superuser, who runs none of it.

use std::time::Duration;

use super::{added, identifier, literal};
use crate::engine::mysql::session::{MysqlSession, rows};
use crate::engine::mysql::statistics::{Kept, StoredTable, statements, tables};
use crate::engine::{
    Access, DbError, DbErrorKind, PlannerState, RestorePlace, Restored, SessionOptions,
};

pub fn patient() -> SessionOptions {
    SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::ZERO,
        lock_timeout: Duration::from_secs(60),
        ..SessionOptions::default()
    }
}

/// MySQL's tables of costs, with the columns of each.
pub const COSTS: [(&str, &[&str]); 2] = [
    ("server_cost", &["cost_name", "cost_value"]),
    ("engine_cost", &["engine_name", "device_type", "cost_name", "cost_value"]),
];

pub async fn restore(state: &PlannerState, place: RestorePlace<'_>) -> Result<Restored, DbError> {
    let mut owner = MysqlSession::connect(place.owner_url, &patient()).await?;
    let mut superuser = MysqlSession::connect(place.url, &patient()).await?;
    let mut restored = Restored::default();
    let (here, there) = (superuser.version.number, state.version_number);
    if here != there {
        restored.differing.push(format!(
            "the source is version {}.{}, and this server {}.{}",
            there[0], there[1], here[0], here[1]
        ));
    }
    let page = rows::one(&mut superuser.conn, "SELECT @@innodb_page_size").await?;
    if page.as_deref() != Some(&state.database.block_bytes.to_string()) {
        restored.differing.push(format!(
            "the source has pages of {} bytes, and this server of {}",
            state.database.block_bytes,
            page.unwrap_or_default()
        ));
    }
    schema(&mut owner, state, &mut restored).await?;
    let database = &state.database.name;
    known(&mut superuser, state, database, &mut restored).await?;
    for statement in place.change {
        let head: String = statement.chars().take(60).collect();
        rows::run(&mut owner.conn, statement).await.map_err(|error| DbError {
            message: format!("{head} …: {}", error.message),
            ..error
        })?;
    }
    if !place.change.is_empty() {
        restored.differing.extend(added::added(&mut superuser, state).await?);
        // A change may have made tables anew, with figures of their own.
        known(&mut superuser, state, database, &mut Restored::default()).await?;
    }
    Ok(restored)
}

/// Functions, tables, views; each kind again and again while that helps.
async fn schema(
    owner: &mut MysqlSession,
    state: &PlannerState,
    restored: &mut Restored,
) -> Result<(), DbError> {
    let use_it = format!("USE {}", identifier(&state.database.name));
    // Rows are not checked against each other where there are none, and tables come in any order.
    for statement in [use_it.as_str(), "SET foreign_key_checks = 0", "SET sql_mode = ''"] {
        rows::run(&mut owner.conn, statement).await?;
    }
    let relations = |view: bool| {
        let all = state.relations.iter().filter(move |r| (r.kind == "view") == view);
        all.filter_map(|r| Some((format!("{} {}", r.kind, r.name), r.definition.clone()?)))
    };
    let routines = state.objects.iter();
    let routines = routines.map(|o| (format!("{} {}", o.kind, o.name), o.statement.clone()));
    let mut left: Vec<(String, String)> =
        relations(false).chain(routines).chain(relations(true)).collect();
    loop {
        let (before, mut failed) = (left.len(), Vec::new());
        for (what, statement) in left {
            match rows::run(&mut owner.conn, &statement).await {
                Ok(()) => {}
                Err(error) if error.ends_session() => return Err(error),
                Err(error) => failed.push((what, statement, error)),
            }
        }
        if failed.is_empty() || failed.len() == before {
            let sentence = |(what, _, error): (String, String, DbError)| {
                format!("{what} is left out: {}", error.message)
            };
            restored.differing.extend(failed.into_iter().map(sentence));
            return Ok(());
        }
        left = failed.into_iter().map(|(what, statement, _)| (what, statement)).collect();
    }
}

/// Figures of the storage engine and histograms, into the server's own tables.
pub async fn known(
    superuser: &mut MysqlSession,
    state: &PlannerState,
    database: &str,
    restored: &mut Restored,
) -> Result<(), DbError> {
    let stored: Vec<StoredTable> = tables(state.storage.clone());
    let kept: Vec<Kept> = state.kept.iter().filter_map(Kept::of_facts).collect();
    let mut refused = Vec::new();
    for statement in statements(&stored, &kept, database) {
        match rows::run(&mut superuser.conn, &statement).await {
            Ok(()) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => refused.push(error.message),
        }
    }
    for statement in costs(state) {
        rows::run(&mut superuser.conn, &statement).await?;
    }
    refused.sort();
    refused.dedup();
    let sentence = |why: String| format!("some statistics are left out: {why}");
    restored.differing.extend(refused.into_iter().map(sentence));
    Ok(())
}

/// The share of pages in memory goes by this name among what is kept.
pub const CACHED: &str = "cached_share";
/// MySQL's own, of a block in memory and of one on a disk.
const BLOCK_COSTS: [(&str, f64); 2] =
    [("memory_block_read_cost", 0.25), ("io_block_read_cost", 1.0)];

/// The server here has nothing in memory: a block on its disk costs what one of the source does on average.
fn cost_of_a_block(state: &PlannerState) -> Option<String> {
    let cached = state.kept.iter().find(|facts| facts.of == CACHED)?;
    let share: f64 = cached.values.first()?.as_deref()?.parse().ok()?;
    let [memory, disk] = BLOCK_COSTS.map(|(name, built_in)| {
        let changed = state.kept.iter().filter(|facts| facts.of == "engine_cost");
        let mut own = changed.filter(|facts| facts.values.get(2) == Some(&Some(name.to_owned())));
        let value = own.next().and_then(|facts| facts.values.get(3)?.as_deref()?.parse().ok());
        value.unwrap_or(built_in)
    });
    let share = share.clamp(0.0, 1.0);
    let cost = share * memory + (1.0 - share) * disk;
    cost.is_finite().then(|| {
        format!("UPDATE mysql.engine_cost SET cost_value = {cost} WHERE cost_name = 'io_block_read_cost'")
    })
}

fn costs(state: &PlannerState) -> Vec<String> {
    let mut all = Vec::new();
    for (of, columns) in COSTS {
        for facts in state.kept.iter().filter(|facts| facts.of == of) {
            if facts.values.len() != columns.len() {
                continue;
            }
            let is = |(name, value): (&&str, &Option<String>)| {
                format!("{name} = {}", literal(value.as_deref().unwrap_or_default()))
            };
            let (last, keys) = (columns.len() - 1, columns.iter().zip(&facts.values));
            let keys: Vec<String> = keys.take(last).map(is).collect();
            let value = is((&columns[last], &facts.values[last]));
            all.push(format!("UPDATE mysql.{of} SET {value} WHERE {}", keys.join(" AND ")));
        }
    }
    all.extend(cost_of_a_block(state));
    if !all.is_empty() {
        all.push("FLUSH OPTIMIZER_COSTS".to_owned());
    }
    all
}

/// Settings, once the server runs that is going to be asked.
pub async fn started(state: &PlannerState, url: &str) -> Result<Vec<String>, DbError> {
    let mut superuser = MysqlSession::connect(url, &patient()).await?;
    let same = superuser.version.number == state.version_number;
    let mut differing = Vec::new();
    let known = state.settings.iter().filter(|s| super::read::SETTINGS.contains(&s.name.as_str()));
    for setting in known.filter(|setting| same || setting.changed) {
        let value = match setting.value.parse::<f64>() {
            Ok(_) => setting.value.clone(),
            Err(_) => literal(&setting.value),
        };
        let sql = format!("SET GLOBAL {} = {value}", identifier(&setting.name));
        match rows::run(&mut superuser.conn, &sql).await {
            Ok(()) => {}
            Err(error) if error.ends_session() => return Err(error),
            Err(error) => differing.push(format!(
                "{} is {} on the source and cannot be set here: {}",
                setting.name, setting.value, error.message
            )),
        }
    }
    // There is nothing to be found in an index that holds nothing: averages say more.
    rows::run(&mut superuser.conn, "SET GLOBAL eq_range_index_dive_limit = 1").await?;
    if !super::read::is_persistent(&mut superuser.conn).await? {
        let message = "the server here keeps no statistics of tables (innodb_stats_persistent)";
        return Err(DbError::new(DbErrorKind::Unsupported, message));
    }
    Ok(differing)
}

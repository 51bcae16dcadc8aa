//! Everything that checks are judged from, as one login sees it at one moment.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::engine::{
    self, Counters, DbError, DbErrorKind, Engine, Look, Seen, ServerInfo, Session, Setting,
};
use crate::server::{CounterSample, Hidden, Host, Machine, Told};

/// What was seen of a server.
#[derive(Debug, Clone)]
pub struct Sight {
    pub server: ServerInfo,
    pub settings: Vec<Setting>,
    pub host: Host,
    pub taken: Timestamp,
    /// Since the counters began.
    pub counters: Counters,
    pub observed: Option<Observed>,
    /// Rows by the name of the look. One that was refused, or is not of this version, is not there.
    pub looks: BTreeMap<String, Vec<Seen>>,
    /// Those of them that answer with one row.
    pub singles: Vec<String>,
    pub hidden: Vec<Hidden>,
    /// Its settings and its past are planwise's own.
    pub throwaway: bool,
    /// What reading all of it took.
    pub took: Duration,
}

/// Growth of the counters over some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub counters: Counters,
    pub seconds: f64,
    /// There was no earlier look: the growth is all that was ever counted.
    pub since_start: bool,
}

/// What the growth of counters is measured from.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Since {
    /// Since they began.
    #[default]
    Start,
    /// Two looks, so far apart.
    Observe(Duration),
    /// A look of an earlier call.
    Earlier(CounterSample),
    /// A replay counted it already.
    Counted(Counters, Duration),
}

impl Sight {
    /// Reads the server that `session` is connected to. What the login may not see is listed and no error.
    ///
    /// # Errors
    /// The server went away, or does not even say what it is.
    pub async fn read(
        session: &mut dyn Session,
        told: &Told,
        since: Since,
    ) -> Result<Sight, DbError> {
        let started = Instant::now();
        let server = session.server().await?;
        let engine = engine::by_name(&server.engine).ok_or_else(|| unknown(&server.engine))?;
        let mut hidden = Vec::new();
        let settings = seen(session.settings().await, "settings", &mut hidden)?;
        let settings: Vec<Setting> = settings.into_iter().map(Setting::without_secret).collect();
        let before = seen(session.counters().await, "activity counters", &mut hidden)?;
        let mut sight = Sight {
            host: host(session, engine, &server, &settings, told).await?,
            taken: Timestamp::now(),
            observed: None,
            counters: before,
            looks: BTreeMap::new(),
            singles: Vec::new(),
            hidden,
            throwaway: false,
            took: Duration::ZERO,
            server,
            settings,
        };
        for look in engine.looks(sight.server.version_number) {
            match &look.each_of {
                None => sight.look(session, &look).await?,
                Some(of) if told.exact => sight.look_at_each(session, &look, of).await?,
                Some(_) => {}
            }
        }
        sight.took = started.elapsed();
        sight.observe(session, since).await?;
        Ok(sight)
    }

    async fn observe(&mut self, session: &mut dyn Session, since: Since) -> Result<(), DbError> {
        let (counters, over) = match since {
            Since::Start => return Ok(()),
            Since::Observe(over) => {
                tokio::time::sleep(over).await;
                let now = seen(session.counters().await, "activity counters", &mut Vec::new())?;
                let grown = now.since(&self.counters);
                self.counters = now;
                let passed = Timestamp::now().duration_since(self.taken);
                self.taken = Timestamp::now();
                (grown, Duration::try_from(passed).unwrap_or(over))
            }
            Since::Earlier(sample) => {
                let over = Duration::try_from(self.taken.duration_since(sample.at));
                let Some(over) = over.ok().filter(|over| !over.is_zero()) else { return Ok(()) };
                (self.counters.since(&sample.values), over)
            }
            Since::Counted(counters, over) => (counters, over),
        };
        let (seconds, since_start) = (over.as_secs_f64(), false);
        self.observed = Some(Observed { counters, seconds, since_start });
        Ok(())
    }

    async fn look(&mut self, session: &mut dyn Session, look: &Look) -> Result<(), DbError> {
        if look.extension.is_some() && !self.has_extension(look) {
            return Ok(());
        }
        if look.needs.as_ref().is_some_and(|right| !self.may(right)) {
            let (what, right) = (look.what.clone(), look.right.clone());
            self.hidden.push(Hidden { what: format!("{} (in part)", what), right });
        }
        match session.look(look).await {
            Ok(rows) => {
                if !look.many {
                    self.singles.push(look.name.clone());
                }
                self.looks.insert(look.name.clone(), rows);
            }
            Err(error) if error.ends_session() => return Err(error),
            Err(_) if look.optional => {}
            Err(error) => {
                // A right that is not what was missing is no help.
                let right = match (look.right.is_empty(), error.kind) {
                    (_, DbErrorKind::Timeout) => "more time: it took too long".to_owned(),
                    (false, DbErrorKind::Permission) => look.right.clone(),
                    (_, DbErrorKind::Permission) => error.remedy.unwrap_or(error.message),
                    _ => format!("the server answers: {}", error.message),
                };
                self.hidden.retain(|hidden| hidden.what != format!("{} (in part)", look.what));
                self.hidden.push(Hidden { what: look.what.clone(), right });
            }
        }
        Ok(())
    }

    /// What was estimated, measured: of the first rows of the look `of`, which names the worst first.
    async fn look_at_each(
        &mut self,
        session: &mut dyn Session,
        look: &Look,
        of: &str,
    ) -> Result<(), DbError> {
        const MOST: usize = 5;
        let lacking = |why: String| Hidden {
            what: look.what.clone(),
            right: format!("{} ({why})", look.right),
        };
        if !self.has_extension(look) {
            self.hidden.push(lacking("the extension is not there".to_owned()));
            return Ok(());
        }
        let Some(rows) = self.looks.get_mut(of) else { return Ok(()) };
        for row in rows.iter_mut().take(MOST) {
            let Some(oid) = row.get("oid").and_then(serde_json::Value::as_i64) else { continue };
            let asked = Look { sql: look.sql.replace("{oid}", &oid.to_string()), ..look.clone() };
            match session.look(&asked).await {
                Ok(seen) => row.extend(seen.into_iter().flatten()),
                Err(error) if error.ends_session() => return Err(error),
                Err(error) => {
                    self.hidden.push(lacking(error.message));
                    break;
                }
            }
        }
        Ok(())
    }

    /// Statements and definitions, which may hold literals, are shown no more.
    pub fn hide_statements(&mut self) {
        const TEXTS: [&str; 6] =
            ["query", "blocker_query", "waiting_query", "text", "statement", "error"];
        let looks = self.looks.values_mut().flatten();
        for (name, value) in looks.flat_map(|row| row.iter_mut()) {
            let defines = name == "ddl" && value.as_str().is_some_and(holds_literals);
            if (TEXTS.contains(&name.as_str()) || defines) && value.is_string() {
                *value = "<statement>".into();
            }
        }
    }

    /// The look `instance` says what is there, in a column `has_` and the extension's name.
    fn has_extension(&self, look: &Look) -> bool {
        let Some(extension) = &look.extension else { return true };
        let instance = self.looks.get("instance").and_then(|rows| rows.first());
        instance.and_then(|row| row.get(&format!("has_{extension}"))).is_some_and(is_true)
    }

    fn may(&self, right: &str) -> bool {
        let rights = self.looks.get("rights").and_then(|rows| rows.first());
        rights.and_then(|row| row.get(right)).is_none_or(is_true)
    }

    /// Looks of one row, with that row.
    pub fn single(&self) -> impl Iterator<Item = (&str, &Seen)> {
        self.singles.iter().filter_map(|name| Some((name.as_str(), self.looks.get(name)?.first()?)))
    }

    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// The growth that rates are taken from.
    pub fn observation(&self) -> Observed {
        let seconds = || {
            let clock = self.looks.get("clock")?.first()?;
            clock.get("seconds")?.as_f64()
        };
        self.observed.clone().unwrap_or_else(|| Observed {
            counters: self.counters.clone(),
            seconds: seconds().unwrap_or(1.0).max(1.0),
            since_start: true,
        })
    }

    pub fn sample(&self) -> CounterSample {
        CounterSample { at: self.taken, values: self.counters.clone() }
    }
}

/// A definition of an index: its condition and its expressions may, its names do not.
fn holds_literals(definition: &str) -> bool {
    definition.contains('\'') || definition.contains(" WHERE ")
}

fn is_true(value: &serde_json::Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_f64().is_some_and(|number| number != 0.0))
}

async fn host(
    session: &mut dyn Session,
    engine: &dyn Engine,
    server: &ServerInfo,
    settings: &[Setting],
    told: &Told,
) -> Result<Host, DbError> {
    let machine = Machine::of(&server.address);
    let process = session.process().await?;
    let folder = settings.iter().find(|s| ["data_directory", "datadir"].contains(&s.name.as_str()));
    let data = folder.map(|setting| Path::new(&setting.value));
    let mut host = Host::find(machine.as_ref(), process, data, told);
    if let (None, Some(grammar)) = (told.platform, engine.setting_grammar()) {
        host.platform = grammar.platform(settings);
    }
    Ok(host)
}

/// A refusal is remembered with what would lift it.
fn seen<T: Default>(
    read: Result<T, DbError>,
    what: &str,
    hidden: &mut Vec<Hidden>,
) -> Result<T, DbError> {
    match read {
        Ok(value) => Ok(value),
        Err(error) if error.ends_session() => Err(error),
        Err(error) => {
            let right = error.remedy.clone().unwrap_or(error.message);
            hidden.push(Hidden { what: what.to_owned(), right });
            Ok(T::default())
        }
    }
}

fn unknown(engine: &str) -> DbError {
    DbError::new(DbErrorKind::Unsupported, format!("planwise knows no health of {engine}"))
}

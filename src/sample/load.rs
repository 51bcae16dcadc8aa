//! Making the tables in a database and filling them, on two sessions at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tokio::task::JoinSet;

use super::schema::{Part, Schema, Step};
use super::{SampleError, SampleSpec, Table, TableReader, World, embedded, tables};
use crate::engine::{Access, DbError, Engine, Session, SessionOptions};
use crate::progress::Progress;

/// What was loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub rows: u64,
    pub elapsed: Duration,
}

/// Two sessions keep two cores busy; more would only wait for one another.
const SESSIONS: usize = 2;

/// Creates the tables of `spec` in the empty database behind `url`, fills them, builds keys and
/// indexes and analyses them. Dropping the future stops the loading.
pub async fn load(
    engine: &'static dyn Engine,
    url: &str,
    spec: &SampleSpec,
    progress: Progress,
) -> Result<Loaded, SampleError> {
    let started = Instant::now();
    let schema = Schema::of(engine.name(), &engine.dialect().lexis());
    let schema = Arc::new(schema.unwrap_or_else(|| Err(other_engine(engine, spec)))?);
    let work = Arc::new(Work::new(spec, &schema, progress));
    run_all(&mut *connect(engine, url).await?, &schema.create).await?;
    let rows = fill(engine, url, &schema, &work).await?;
    run_all(&mut *connect(engine, url).await?, &schema.foreign_keys).await?;
    analyze(engine, url, &schema.analyze).await?;
    run_all(&mut *connect(engine, url).await?, &schema.later).await?;
    work.bar.finish_and_clear();
    let elapsed = started.elapsed();
    tracing::info!(rows, seconds = elapsed.as_secs_f64(), "sample loaded");
    Ok(Loaded { rows, elapsed })
}

fn other_engine(engine: &dyn Engine, spec: &SampleSpec) -> SampleError {
    SampleError::OtherEngine {
        generator: spec.generator.clone(),
        wanted: embedded::known(),
        engine: engine.name().to_owned(),
    }
}

/// Tables that wait for a session, the longest first.
struct Work {
    world: Arc<World>,
    waiting: Mutex<VecDeque<(Table, Part)>>,
    bar: ProgressBar,
}

impl Work {
    fn new(spec: &SampleSpec, schema: &Schema, progress: Progress) -> Self {
        let world = Arc::new(World::new(spec));
        let part = |table: Table| {
            let part = schema.parts.iter().find(|part| part.table == table.name)?;
            Some((table, part.clone()))
        };
        let waiting: VecDeque<_> = tables().into_iter().filter_map(part).collect();
        let steps = waiting.iter().map(|(table, _)| (table.steps)(&world)).sum();
        let bar = progress.bar(steps, "loading sample data");
        Work { world, waiting: Mutex::new(waiting), bar }
    }

    fn take(&self) -> Option<(Table, Part)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

async fn fill(
    engine: &'static dyn Engine,
    url: &str,
    schema: &Arc<Schema>,
    work: &Arc<Work>,
) -> Result<u64, SampleError> {
    let mut sessions = JoinSet::new();
    for _ in 0..SESSIONS {
        let (url, schema, work) = (url.to_owned(), schema.clone(), work.clone());
        sessions.spawn(async move { fill_waiting(engine, &url, &schema, &work).await });
    }
    let mut rows = 0;
    while let Some(finished) = sessions.join_next().await {
        // A panic in a session is a bug: let it be seen as one.
        rows += finished.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    }
    Ok(rows)
}

/// One session's share: table after table until none is waiting.
async fn fill_waiting(
    engine: &'static dyn Engine,
    url: &str,
    schema: &Schema,
    work: &Work,
) -> Result<u64, SampleError> {
    let mut session = connect(engine, url).await?;
    run_all(&mut *session, &schema.prepare).await?;
    let mut rows = 0;
    while let Some((table, part)) = work.take() {
        rows += fill_table(&mut *session, work, table, &part).await?;
    }
    Ok(rows)
}

async fn fill_table(
    session: &mut dyn Session,
    work: &Work,
    table: Table,
    part: &Part,
) -> Result<u64, SampleError> {
    let mut rows = 0;
    for step in &part.steps {
        match step {
            Step::Command(statement) => run(session, statement).await?,
            Step::Copy(statement) => {
                let mut reader = TableReader::new(work.world.clone(), table, work.bar.clone());
                let copied = session.copy_in(statement, &mut reader).await;
                rows += copied.map_err(|error| failed(statement, error))?;
            }
        }
    }
    Ok(rows)
}

/// Every second statement on each of two fresh sessions.
async fn analyze(engine: &dyn Engine, url: &str, statements: &[String]) -> Result<(), SampleError> {
    let (mut one, mut other) = (connect(engine, url).await?, connect(engine, url).await?);
    let even: Vec<String> = statements.iter().step_by(2).cloned().collect();
    let odd: Vec<String> = statements.iter().skip(1).step_by(2).cloned().collect();
    tokio::try_join!(run_all(&mut *one, &even), run_all(&mut *other, &odd))?;
    Ok(())
}

async fn connect(engine: &dyn Engine, url: &str) -> Result<Box<dyn Session>, SampleError> {
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: Duration::from_secs(1_800),
        ..SessionOptions::default()
    };
    engine.connect(url, &options).await.map_err(|error| failed("connecting", error))
}

async fn run_all(session: &mut dyn Session, statements: &[String]) -> Result<(), SampleError> {
    for statement in statements {
        run(session, statement).await?;
    }
    Ok(())
}

async fn run(session: &mut dyn Session, statement: &str) -> Result<(), SampleError> {
    session.command(statement).await.map_err(|error| failed(statement, error))
}

fn failed(statement: &str, error: DbError) -> SampleError {
    let what = statement.lines().next().unwrap_or_default().to_owned();
    SampleError::Database { what, error }
}

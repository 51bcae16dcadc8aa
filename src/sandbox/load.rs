//! `--load FILE…`: scripts, dumps and CSV files into a throwaway server.

use std::path::PathBuf;

use indicatif::ProgressBar;

use super::launch::unlimited;
use super::source_file::{Content, SourceFile};
use super::{Sandbox, SandboxError, csv_file};
use crate::engine::{Access, Dump, LoadNote, LoadReport, Session};
use crate::progress::Progress;

/// What came of loading files.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Statements carried out.
    pub statements: u64,
    /// Rows copied from data blocks and CSV files.
    pub rows: u64,
    /// What was passed over, with the file it is in.
    pub notes: Vec<(PathBuf, LoadNote)>,
}

impl Sandbox {
    /// Loads the files in order, on one session, and lets the server settle: statistics are gathered
    /// and rows marked visible, as they are on a server that has had its data for a while.
    /// All files are looked at before the first is loaded. Dropping the future stops the loading.
    pub async fn load(
        &mut self,
        files: &[PathBuf],
        progress: Progress,
    ) -> Result<Loaded, SandboxError> {
        let files = files.iter().map(|path| SourceFile::open(path));
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let mut session = self.connect_as_owner(&unlimited(Access::Commit)).await?;
        let mut loaded = Loaded::default();
        for file in &files {
            let bar = progress.bytes(file.bytes, &format!("loading {}", file.path().display()));
            let started = std::time::Instant::now();
            let report = self.load_file(session.as_mut(), file, &bar).await?;
            bar.finish_and_clear();
            let (file_name, seconds) = (file.path().display(), started.elapsed().as_secs_f64());
            tracing::info!(file = %file_name, statements = report.statements, rows = report.rows, seconds, "loaded");
            loaded.add(file, report, self);
        }
        if !files.is_empty() {
            self.settle(session, progress).await?;
        }
        Ok(loaded)
    }

    /// Restores a copy of a database in [`Sandbox::database`] and lets the server settle.
    /// Dropping the future stops it.
    pub async fn load_dump(
        &mut self,
        mut dump: Dump,
        progress: Progress,
    ) -> Result<LoadReport, SandboxError> {
        let mut session = self.connect_as_owner(&unlimited(Access::Commit)).await?;
        let bar = progress.spinner(&format!("copying {}", dump.name));
        let report = session.load_script(&mut *dump.source, &dump.name, &bar).await?;
        bar.finish_and_clear();
        self.settle(session, progress).await?;
        Ok(report)
    }

    async fn load_file(
        &self,
        session: &mut dyn Session,
        file: &SourceFile<'_>,
        bar: &ProgressBar,
    ) -> Result<LoadReport, SandboxError> {
        if file.content == Content::Rows {
            let rows = csv_file::load(self.engine(), session, file, bar).await?;
            return Ok(LoadReport { rows, ..LoadReport::default() });
        }
        let mut source = file
            .reader(bar)
            .map_err(|cause| SandboxError::File { path: file.path().to_owned(), cause })?;
        let name = file.path().display().to_string();
        // The bar follows the bytes of the file, which the reader counts; compressed ones are fewer.
        Ok(session.load_script(&mut *source, &name, &ProgressBar::hidden()).await?)
    }

    /// Gathers statistics in the database that was loaded into by `loading`, which ends.
    async fn settle(
        &self,
        mut loading: Box<dyn Session>,
        progress: Progress,
    ) -> Result<(), SandboxError> {
        let spinner = progress.spinner("gathering statistics");
        let launcher = self.engine().launcher();
        if let Some(query) = launcher.before_settling() {
            let _ = loading.query_text(query).await;
        }
        drop(loading);
        let mut session = self.connect_as_owner(&unlimited(Access::Commit)).await?;
        let statements = session.query_text(launcher.settle_query()).await?;
        for statement in statements.into_iter().flatten() {
            session.command(&statement).await?;
        }
        spinner.finish_and_clear();
        Ok(())
    }
}

impl Loaded {
    fn add(&mut self, file: &SourceFile<'_>, report: LoadReport, sandbox: &mut Sandbox) {
        self.statements += report.statements;
        self.rows += report.rows;
        let notes = report.notes.into_iter().map(|note| (file.path().to_owned(), note));
        self.notes.extend(notes);
        if let Some(database) = report.database {
            sandbox.set_database(database);
        }
    }
}

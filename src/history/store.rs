//! Opening, storing, finding.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::index::{Index, SUFFIX};
use super::lock::Lock;
use super::{Entry, HistoryError, Mark, Outcome, record};
use crate::bounded;
use crate::durable;
use crate::run::Run;

/// Version of the folder's layout. Raised when an older planwise could do harm in it.
pub const LAYOUT: u32 = 1;

/// A run in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub entry: Entry,
    pub mark: Mark,
}

#[derive(Debug, Clone)]
pub struct History {
    folder: PathBuf,
}

impl History {
    /// Opens the history in `folder`, which is made if it is not there.
    pub fn create(folder: &Path) -> Result<History, HistoryError> {
        for part in [folder.to_owned(), folder.join("records"), folder.join("marks")] {
            fs::create_dir_all(&part).map_err(HistoryError::io("make", &part))?;
        }
        let history = History { folder: folder.to_owned() };
        let layout = history.folder.join("layout");
        if !layout.exists() {
            let text = format!("{LAYOUT}\n");
            durable::write(&layout, text.as_bytes()).map_err(HistoryError::io("write", &layout))?;
        }
        history.refuse_newer()?;
        Ok(history)
    }

    /// Opens one that is there.
    pub fn open(folder: &Path) -> Result<History, HistoryError> {
        if !folder.join("records").is_dir() {
            return Err(HistoryError::Missing { path: folder.to_owned() });
        }
        let history = History { folder: folder.to_owned() };
        history.refuse_newer()?;
        Ok(history)
    }

    fn refuse_newer(&self) -> Result<(), HistoryError> {
        let text =
            bounded::read_text(&self.folder.join("layout"), bounded::SMALL).unwrap_or_default();
        match text.trim().parse() {
            Ok(layout) if layout > LAYOUT => {
                Err(HistoryError::Newer { path: self.folder.clone(), layout })
            }
            _ => Ok(()),
        }
    }

    /// Stores a run with what became of it, and returns its id. The same run twice is one record.
    pub fn store(&self, run: &Run, mark: &Mark) -> Result<String, HistoryError> {
        let failed = |path: &Path| HistoryError::io("write", path.to_owned());
        let canonical = record::canonical(run).map_err(failed(&self.folder))?;
        let packed = record::packed(&canonical).map_err(failed(&self.folder))?;
        let id = record::name_of(&canonical);
        let _lock = self.lock()?;
        // The mark comes first: a record is never seen without it.
        self.write_mark(&id, mark)?;
        let path = self.record_path(&id);
        durable::write(&path, &packed).map_err(failed(&path))?;
        self.refresh()?;
        Ok(id)
    }

    /// Every run, oldest first, and sentences about records and marks that cannot be read.
    pub fn list(&self) -> Result<(Vec<Kept>, Vec<String>), HistoryError> {
        let looked = Index::look(&self.index_path(), &self.folder.join("records"))?;
        let entries = looked.index.into_entries();
        let kept = |entry: Entry| Kept { mark: self.mark(&entry.id), entry };
        let all: Vec<Kept> = entries.into_iter().map(kept).collect();
        let damaged = all.iter().filter(|kept| kept.mark.damaged);
        let damaged = damaged.map(|kept| self.damaged_mark(&kept.entry.id).to_string());
        let troubles = looked.troubles.into_iter().chain(damaged).collect();
        Ok((all, troubles))
    }

    /// The whole record.
    pub fn load(&self, id: &str) -> Result<Run, HistoryError> {
        let path = self.record_path(id);
        let bytes =
            bounded::read(&path, bounded::LARGE).map_err(HistoryError::io("read", &path))?;
        record::opened(&bytes, id, &path)
    }

    /// The run that a tag, a label, a commit or the beginning of an id stands for; of several with the
    /// same label the newest.
    pub fn find(&self, name: &str) -> Result<Kept, HistoryError> {
        let (all, _) = self.list()?;
        let newest = |test: &dyn Fn(&&Kept) -> bool| all.iter().rev().find(test).cloned();
        let named = newest(&|kept| kept.mark.tags.iter().any(|tag| tag == name))
            .or_else(|| newest(&|kept| kept.entry.label.as_deref() == Some(name)))
            .or_else(|| newest(&|kept| kept.entry.commit.as_deref() == Some(name)));
        if let Some(kept) = named {
            return Ok(kept);
        }
        let mut begun =
            all.iter().filter(|kept| name.len() >= 4 && kept.entry.id.starts_with(name));
        match (begun.next(), begun.count()) {
            (None, _) => Err(HistoryError::NoSuchRun { name: name.to_owned() }),
            (Some(kept), 0) => Ok(kept.clone()),
            (Some(_), more) => {
                Err(HistoryError::Ambiguous { name: name.to_owned(), count: more + 1 })
            }
        }
    }

    /// Changes what became of a run.
    pub fn change_mark(
        &self,
        id: &str,
        change: impl FnOnce(&mut Mark),
    ) -> Result<(), HistoryError> {
        let _lock = self.lock()?;
        let mut mark = self.mark(id);
        change(&mut mark);
        self.write_mark(id, &mark)
    }

    /// Takes runs away for good.
    pub(super) fn remove(&self, ids: &[String]) -> Result<(), HistoryError> {
        let _lock = self.lock()?;
        for id in ids {
            let path = self.record_path(id);
            fs::remove_file(&path).map_err(HistoryError::io("remove", &path))?;
            let _ = fs::remove_file(self.mark_path(id));
        }
        self.refresh()
    }

    fn write_mark(&self, id: &str, mark: &Mark) -> Result<(), HistoryError> {
        let mark = Mark { set: Some(Timestamp::now()), ..mark.clone() };
        mark.write(&self.mark_path(id))
    }

    /// With the lock held. What killed writers left is swept away.
    fn lock(&self) -> Result<Lock, HistoryError> {
        let lock = Lock::take(&self.folder)?;
        for part in ["", "records", "marks"] {
            durable::sweep(&self.folder.join(part));
        }
        Ok(lock)
    }

    fn refresh(&self) -> Result<(), HistoryError> {
        let looked = Index::look(&self.index_path(), &self.folder.join("records"))?;
        if looked.stale { looked.index.write(&self.index_path()) } else { Ok(()) }
    }

    fn mark(&self, id: &str) -> Mark {
        Mark::read(&self.mark_path(id))
    }

    pub(super) fn damaged_mark(&self, id: &str) -> HistoryError {
        HistoryError::DamagedMark { path: self.mark_path(id), id: id.to_owned() }
    }

    fn record_path(&self, id: &str) -> PathBuf {
        self.folder.join("records").join(format!("{id}{SUFFIX}"))
    }

    fn mark_path(&self, id: &str) -> PathBuf {
        self.folder.join("marks").join(format!("{id}.json"))
    }

    fn index_path(&self) -> PathBuf {
        self.folder.join("index.json")
    }
}

impl Kept {
    pub fn is_good(&self) -> bool {
        self.mark.outcome == Outcome::Good
    }
}

//! What makes statements of entries, one batch after the other.

use super::batch::Batch;
use super::collect::Collector;
use crate::trace::TraceError;

pub trait Consumer {
    /// `first_line`: lines of the file before this batch.
    fn take(
        &mut self,
        batch: &Batch,
        file: u32,
        first_line: u64,
        collector: &mut Collector,
    ) -> Result<(), TraceError>;

    /// No more batches come, of any file.
    fn finish(&mut self, collector: &mut Collector) -> Result<(), TraceError>;

    /// Entries since the last call that are no statements.
    fn other_entries(&mut self) -> u64 {
        0
    }

    /// From now on sessions belong to another server.
    fn set_namespace(&mut self, namespace: String) {
        let _ = namespace;
    }
}

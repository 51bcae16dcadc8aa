//! What one session has said and not finished yet.

use crate::capture::batch::{Batch, Entry, Sql};
use crate::capture::collect::{Collected, Collector};
use crate::trace::{Event, Failure, KeptPlan, Protocol, TraceError};

/// Where an entry stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub file: u32,
    pub line: u64,
}

/// A plan that came before the end of its statement.
#[derive(Debug)]
pub(super) struct WaitingPlan {
    pub event: Event,
    pub plan: KeptPlan,
}

#[derive(Debug, Default)]
pub struct Pending {
    pub collected: Collected,
    /// The last statement; a detail or a duration may still belong to it.
    pub(super) event: Option<Event>,
    /// Its duration is still to come.
    pub(super) awaiting: bool,
    pub(super) plan: Option<KeptPlan>,
    /// Parsed or bound, not executed yet.
    pub(super) prepared: Option<Event>,
    /// Durations without a word about what they are of.
    pub(super) unsaid: Vec<Event>,
    pub(super) plans: Vec<WaitingPlan>,
    /// Temporary files and their bytes, told before the statement that wrote them: servers that log durations only name it
    /// when it is over.
    spilled: (u64, u64),
    /// Number of the batch that spoke of it last.
    pub last_batch: u64,
}

/// More of them stand for nothing that will still be explained.
pub(super) const MOST_WAITING: usize = 64;

impl Pending {
    pub fn is_idle(&self) -> bool {
        !self.awaiting && self.prepared.is_none() && self.unsaid.is_empty() && self.plans.is_empty()
    }

    pub(super) fn event(
        &self,
        batch: &Batch,
        entry: &Entry,
        sql: &Sql,
        place: Place,
        collector: &mut Collector,
    ) -> Event {
        let mut event = collector.blank();
        (event.file, event.line, event.is_call) = (place.file, place.line, true);
        event.start_us = entry.time_us;
        collector.place(batch, sql, entry, &mut event);
        event
    }

    /// A statement begins: `log_statement`.
    pub fn begins(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        sql: &Sql,
        extended: bool,
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        self.flush(collector)?;
        let mut event = self.event(batch, entry, sql, place, collector);
        if extended {
            event.protocol = Protocol::Extended;
            self.preparation(&mut event, collector)?;
        } else {
            self.flush_preparation(collector)?;
        }
        (self.event, self.awaiting) = (Some(event), true);
        Ok(())
    }

    pub fn plan(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        (ns, sql, plan): (Option<u64>, &Sql, &[u8]),
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        let mut event = self.event(batch, entry, sql, place, collector);
        event.took_ns = ns;
        event.start_us = entry.time_us.map(|end| end - (ns.unwrap_or(0) / 1000) as i64);
        let plan = KeptPlan {
            text: String::from_utf8_lossy(plan).into_owned(),
            took_ns: ns,
            file: collector.file_name(place.file),
            line: place.line,
        };
        if self.awaiting && self.event.as_ref().is_some_and(|known| known.query == event.query) {
            self.plan = Some(plan);
            return Ok(());
        }
        if !self.awaiting {
            self.flush(collector)?;
        }
        if self.plans.len() >= MOST_WAITING {
            self.flush_plans(collector)?;
        }
        self.plans.push(WaitingPlan { event, plan });
        Ok(())
    }

    pub fn failed(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        failure: Failure,
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        let sql = entry.statement;
        if sql.text.is_empty() {
            // Its statement, if it was announced, is the one that waits.
            if self.awaiting
                && let Some(event) = &mut self.event
            {
                event.failure = Some(failure);
                self.awaiting = false;
            }
            return Ok(());
        }
        let event = self.event(batch, entry, &sql, place, collector);
        self.failed_as(event, failure, collector)
    }

    fn failed_as(
        &mut self,
        mut event: Event,
        failure: Failure,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        if self.awaiting
            && let Some(known) = self.event.as_mut().filter(|known| known.query == event.query)
        {
            known.failure = Some(failure);
            self.awaiting = false;
            return Ok(());
        }
        self.flush(collector)?;
        if let Some(before) = self.prepared.take() {
            match before.query == event.query {
                true => {
                    event.protocol = Protocol::Extended;
                    super::timed::join(&mut event, before);
                }
                false => self.emit(before, None, collector)?,
            }
        }
        event.failure = Some(failure);
        self.event = Some(event);
        Ok(())
    }

    /// A temporary file of the statement that is under way, whose text its entry does not tell.
    pub fn spills(&mut self, bytes: u64, collector: &mut Collector) {
        self.spilled = (self.spilled.0 + 1, self.spilled.1 + bytes);
        if self.awaiting
            && let Some(event) = &self.event
        {
            credit(&mut self.spilled, event.query, collector);
        }
    }

    /// What was spilled is of the statement that ended at `place`.
    pub fn ended(&mut self, place: Place, collector: &mut Collector) {
        let here = |event: &&Event| (event.file, event.line) == (place.file, place.line);
        if let Some(event) = self.event.as_ref().filter(here) {
            credit(&mut self.spilled, event.query, collector);
        }
    }

    /// A detail whose entry is in another block, or is not near.
    pub fn detail(&mut self, batch: &Batch, entry: &Entry) {
        let event = match (&mut self.event, &mut self.prepared) {
            (Some(event), None) => event,
            (_, Some(prepared)) => prepared,
            (None, None) => return,
        };
        if let Some(values) = super::assemble::values(batch, entry)
            && event.values.is_empty()
        {
            event.bind_each(values);
        }
    }

    pub(super) fn emit(
        &mut self,
        event: Event,
        plan: Option<KeptPlan>,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        collector.take(event, &mut self.collected, plan).map(|_| ())
    }

    /// The statement is over, whatever is still missing of it.
    pub fn flush(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        self.awaiting = false;
        let plan = self.plan.take();
        match self.event.take() {
            Some(event) => self.emit(event, plan, collector),
            None => Ok(()),
        }
    }

    /// The statement, if nothing of it is missing but details.
    pub fn flush_complete(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        match self.awaiting {
            true => Ok(()),
            false => self.flush(collector),
        }
    }

    pub(super) fn flush_preparation(
        &mut self,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        if let Some(before) = self.prepared.take() {
            self.emit(before, None, collector)?;
        }
        self.flush_unsaid(collector)
    }

    pub(super) fn flush_unsaid(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        for event in std::mem::take(&mut self.unsaid) {
            collector.textless(event, &mut self.collected)?;
        }
        Ok(())
    }

    fn flush_plans(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        for waiting in std::mem::take(&mut self.plans) {
            self.emit(waiting.event, Some(waiting.plan), collector)?;
        }
        Ok(())
    }

    /// The session is over.
    pub fn close(&mut self, collector: &mut Collector) -> Result<(), TraceError> {
        self.flush(collector)?;
        self.flush_preparation(collector)?;
        self.flush_plans(collector)
    }
}

fn credit(spilled: &mut (u64, u64), query: u32, collector: &mut Collector) {
    if let Some(digest) = collector.queries.digests.get_mut(query as usize) {
        let (files, bytes) = std::mem::take(spilled);
        digest.temporary_files += files;
        digest.temporary_bytes += bytes;
    }
}

//! Durations of one session: each finds the statement it is of, or waits for it.

use super::pending::{MOST_WAITING, Pending, Place};
use crate::capture::batch::{Batch, Entry, Sql, Timed};
use crate::capture::collect::Collector;
use crate::trace::{Event, Protocol, TraceError};

impl Pending {
    /// What an execution spent before it: the server logs parsing and binding first.
    pub(super) fn preparation(
        &mut self,
        event: &mut Event,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        if let Some(before) = self.prepared.take() {
            if before.query == event.query {
                join(event, before);
            } else {
                self.emit(before, None, collector)?;
            }
        }
        // `log_duration` alone does not say which is which: the last two were, in this order, parsing and binding.
        if event.parse_ns + event.bind_ns == 0 {
            let bind = self.unsaid.pop();
            let parse = self.unsaid.pop();
            event.bind_ns = bind.as_ref().and_then(|event| event.took_ns).unwrap_or(0);
            event.parse_ns = parse.as_ref().and_then(|event| event.took_ns).unwrap_or(0);
        }
        self.flush_unsaid(collector)
    }

    /// A duration, alone or with its statement.
    pub fn lasted(
        &mut self,
        batch: &Batch,
        entry: &Entry,
        (ns, of, sql): (u64, Timed, &Sql),
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        let start_us = entry.time_us.map(|end| end - (ns / 1000) as i64);
        if of == Timed::Unsaid {
            return self.lasted_unsaid(ns, start_us, place, collector);
        }
        let mut event = self.event(batch, entry, sql, place, collector);
        event.start_us = start_us;
        match of {
            Timed::Parse | Timed::Bind => {
                event.is_call = false;
                event.protocol = Protocol::Extended;
                if of == Timed::Parse {
                    event.parse_ns = ns
                } else {
                    event.bind_ns = ns
                }
                return self.prepares(event, of, collector);
            }
            Timed::Execute => {
                event.protocol = Protocol::Extended;
                event.took_ns = Some(ns);
                // The statement may have been announced before.
                if self.awaiting
                    && self.event.as_ref().is_some_and(|known| known.query == event.query)
                {
                    self.event = None;
                    self.awaiting = false;
                }
                self.flush(collector)?;
                if let Some(before) = self.prepared.take() {
                    match before.query == event.query {
                        true => join(&mut event, before),
                        false => self.emit(before, None, collector)?,
                    }
                }
            }
            _ => {
                event.took_ns = Some(ns);
                self.flush(collector)?;
            }
        }
        self.complete(event, collector)
    }

    fn lasted_unsaid(
        &mut self,
        ns: u64,
        start_us: Option<i64>,
        place: Place,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        if self.awaiting
            && let Some(mut event) = self.event.take()
        {
            event.took_ns = Some(ns);
            self.awaiting = false;
            return self.complete(event, collector);
        }
        if self.unsaid.len() >= MOST_WAITING {
            self.flush_unsaid(collector)?;
        }
        let (file, line) = (place.file, place.line);
        self.unsaid.push(Event { start_us, took_ns: Some(ns), file, line, ..Event::default() });
        Ok(())
    }

    fn prepares(
        &mut self,
        mut event: Event,
        of: Timed,
        collector: &mut Collector,
    ) -> Result<(), TraceError> {
        self.flush(collector)?;
        if let Some(before) = self.prepared.take() {
            // Binding follows its own parsing; a second parsing is of another statement.
            if of == Timed::Bind && before.bind_ns == 0 && before.query == event.query {
                let start_us = before.start_us;
                event.parse_ns = before.parse_ns;
                event.start_us = start_us;
            } else {
                self.emit(before, None, collector)?;
            }
        }
        self.prepared = Some(event);
        Ok(())
    }

    /// The statement has its duration: plans that came before are its own, or of statements inside of it.
    fn complete(&mut self, event: Event, collector: &mut Collector) -> Result<(), TraceError> {
        self.flush_preparation(collector)?;
        for mut waiting in std::mem::take(&mut self.plans) {
            if waiting.event.query == event.query && self.plan.is_none() {
                self.plan = Some(waiting.plan);
            } else {
                waiting.event.is_call = false;
                waiting.event.took_ns = None;
                self.emit(waiting.event, Some(waiting.plan), collector)?;
            }
        }
        self.event = Some(event);
        Ok(())
    }
}

/// What was parsed and bound before belongs to the execution.
pub(super) fn join(event: &mut Event, before: Event) {
    event.parse_ns = before.parse_ns;
    event.bind_ns = before.bind_ns;
    event.start_us = before.start_us.or(event.start_us);
    if event.values.is_empty() {
        event.values = before.values;
    }
}

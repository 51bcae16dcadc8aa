//! What has to be known before the first statement is sent: how long the capture is, and how many statements each session has.

use std::collections::HashMap;

use crate::trace::{Reader, TraceError};

/// One pass over the file, without its texts.
#[derive(Debug, Default)]
pub struct Course {
    pub events: u64,
    pub first_us: Option<i64>,
    /// Events of each session, by its number.
    pub per_session: HashMap<u32, u64>,
}

pub fn course(reader: &mut Reader) -> Result<Course, TraceError> {
    let mut course = Course::default();
    reader.each_event(|_, event| {
        course.events += 1;
        *course.per_session.entry(event.session).or_default() += 1;
        if let Some(start) = event.start_us {
            course.first_us = Some(course.first_us.map_or(start, |first| first.min(start)));
        }
        Ok(())
    })?;
    Ok(course)
}

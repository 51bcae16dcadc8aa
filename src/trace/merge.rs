//! Several captures as one: the same totals as if all logs had been captured together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::fold::Folding;
use super::{Event, Reader, Summary, TraceError, Writer};

/// What is known of all parts so far.
struct Merged {
    writer: Writer,
    folding: Folding,
    summary: Summary,
    /// Numbers by what tells queries apart, and by a session's name in its log.
    queries: HashMap<String, u32>,
    sessions: HashMap<String, u32>,
}

/// Adds `parts` up into `target`. `tick` is told of each event.
pub fn merge(
    target: &Path,
    parts: &[PathBuf],
    folding: Folding,
    mut tick: impl FnMut(u64),
) -> Result<Summary, TraceError> {
    let writer = Writer::create(target)?;
    let (queries, sessions) = (HashMap::new(), HashMap::new());
    let mut merged = Merged { writer, folding, summary: Summary::default(), queries, sessions };
    for part in parts {
        merged.add(Reader::open(part)?, &mut tick)?;
    }
    merged.writer.finish(&merged.summary)?;
    Ok(merged.summary)
}

impl Merged {
    fn add(&mut self, mut part: Reader, tick: &mut dyn FnMut(u64)) -> Result<(), TraceError> {
        self.agree(&part)?;
        let queries = self.match_queries(&mut part);
        let sessions = self.match_sessions(&part);
        let files: Vec<u32> = part.files.iter().map(|file| self.writer.file(file)).collect();
        let mut skeletons = HashMap::new();
        self.summary.add_figures(&part.summary);
        let has_events = part.has_events();
        part.each_event(|part, mut event| {
            let number = |numbers: &[u32], at: u32| numbers.get(at as usize).copied().unwrap_or(0);
            event.query = number(&queries, event.query);
            event.session = number(&sessions, event.session);
            event.file = number(&files, event.file);
            self.place_text(part, &mut event, &mut skeletons);
            tick(1);
            self.writer.event(&event)
        })?;
        if !has_events {
            self.summary.sessions += part.summary.sessions;
        } else {
            self.summary.sessions = self.sessions.len() as u64;
        }
        Ok(())
    }

    fn agree(&mut self, part: &Reader) -> Result<(), TraceError> {
        let theirs = &part.summary;
        if self.summary.engine.is_empty() {
            self.summary.engine.clone_from(&theirs.engine);
            self.summary.origin.clone_from(&theirs.origin);
        }
        if self.summary.engine != theirs.engine || self.summary.origin != theirs.origin {
            let message = format!(
                "{} was captured from {} ({}), and the files before it from {} ({}); their figures mean different things: \
                 merge those of one kind",
                part.path().display(),
                theirs.engine,
                theirs.origin,
                self.summary.engine,
                self.summary.origin
            );
            return Err(TraceError::Mismatch { message });
        }
        Ok(())
    }

    fn match_queries(&mut self, part: &mut Reader) -> Vec<u32> {
        let theirs = std::mem::take(&mut part.summary.queries);
        let matched = theirs.into_iter().map(|query| {
            let key = self.folding.key(&query);
            match self.queries.get(&key) {
                Some(number) => {
                    self.summary.queries[*number as usize].add(query);
                    *number
                }
                None => {
                    let number = self.summary.queries.len() as u32;
                    self.queries.insert(key, number);
                    self.summary.queries.push(query);
                    number
                }
            }
        });
        matched.collect()
    }

    fn match_sessions(&mut self, part: &Reader) -> Vec<u32> {
        let matched = part.sessions.iter().map(|session| match self.sessions.get(&session.key) {
            Some(number) => *number,
            None => {
                let number = self.writer.session(None, session);
                self.sessions.insert(session.key.clone(), number);
                number
            }
        });
        matched.collect()
    }

    fn place_text(&mut self, part: &Reader, event: &mut Event, known: &mut HashMap<u32, u32>) {
        if event.skeleton == 0 {
            return;
        }
        let number = *known.entry(event.skeleton).or_insert_with(|| {
            part.skeleton(event.skeleton).map_or(0, |skeleton| self.writer.skeleton(skeleton))
        });
        if number == 0 {
            let text = part.text(event).unwrap_or_default();
            return event.set_whole_text(&text);
        }
        event.skeleton = number;
    }
}

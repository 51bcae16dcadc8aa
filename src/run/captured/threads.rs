//! Threads of their own for connections: what a statement goes through on its way, to its connection and back, stays on one
//! core, and nothing is handed from thread to thread in between.

use std::io;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// One runtime a thread. Dropping this ends them, and what still runs on them.
pub struct Threads {
    handles: Vec<Handle>,
    _running: Vec<oneshot::Sender<()>>,
    next: usize,
}

impl Threads {
    /// As many as there are cores, and no more than `most`.
    pub fn start(most: usize) -> io::Result<Threads> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut threads = Threads { handles: Vec::new(), _running: Vec::new(), next: 0 };
        for _ in 0..cores.min(most).max(1) {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let (running, stopped) = oneshot::channel::<()>();
            threads.handles.push(runtime.handle().clone());
            threads._running.push(running);
            let thread = std::thread::Builder::new().name("replay".to_owned());
            thread.spawn(move || {
                // Until the sender is dropped.
                let _ = runtime.block_on(stopped);
            })?;
        }
        Ok(threads)
    }

    /// Each in turn.
    pub fn next(&mut self) -> &Handle {
        self.next = (self.next + 1) % self.handles.len();
        &self.handles[self.next]
    }
}

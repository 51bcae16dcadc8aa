//! Ctrl-C, as a value that can be asked and awaited.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// Set once by the first Ctrl-C or SIGTERM; everybody who holds a clone winds down and keeps what there is.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    set: AtomicBool,
    notify: Notify,
}

impl Interrupt {
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts to listen for SIGINT and SIGTERM. A second signal ends the process at once with
    /// status 130: the user has lost patience, and leftovers are found by the next start. Signals
    /// right after the first are the same one come twice: `timeout` and process supervisors send
    /// theirs to the process and to its group.
    pub fn listen(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupts = signal(SignalKind::interrupt())?;
        let mut terminations = signal(SignalKind::terminate())?;
        let interrupt = self.clone();
        tokio::spawn(async move {
            let mut first: Option<Instant> = None;
            loop {
                tokio::select! {
                    _ = interrupts.recv() => {}
                    _ = terminations.recv() => {}
                }
                if first.is_some_and(|first| first.elapsed() > SAME_SIGNAL) {
                    std::process::exit(130);
                }
                first = first.or_else(|| Some(Instant::now()));
                interrupt.set();
            }
        });
        Ok(())
    }

    pub fn set(&self) {
        self.inner.set.store(true, Ordering::SeqCst);
        self.inner.notify.notify_waiters();
    }

    pub fn is_set(&self) -> bool {
        self.inner.set.load(Ordering::SeqCst)
    }

    /// Returns as soon as the interrupt is set.
    pub async fn wait(&self) {
        let notified = self.inner.notify.notified();
        tokio::pin!(notified);
        notified.as_mut().enable();
        if !self.is_set() {
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_when_set_before_or_after() {
        let interrupt = Interrupt::new();
        let waiter = tokio::spawn({
            let interrupt = interrupt.clone();
            async move { interrupt.wait().await }
        });
        interrupt.set();
        waiter.await.unwrap();
        interrupt.wait().await;
        assert!(interrupt.is_set());
    }
}

//! Ctrl-C and its like, as a value that can be asked and awaited.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tokio::sync::Notify;

const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// Set once by the first Ctrl-C, SIGTERM or SIGHUP; everybody who holds a clone winds down and keeps what there is.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    set: AtomicBool,
    notify: Notify,
    /// How many pieces of work are going that may simply be cut off.
    cut_off: AtomicUsize,
    owed: Mutex<Vec<String>>,
}

impl Interrupt {
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts to listen for SIGINT, SIGTERM, and SIGHUP: a terminal that closes ends a command as
    /// Ctrl-C does, results saved and servers stopped, unless it was started with `nohup`. A second
    /// signal ends the process at once with status 130: the user has lost patience, what is still owed
    /// to a database is said, and other leftovers are found by the next start. Signals right after the first are the same one come twice:
    /// `timeout` and process supervisors send theirs to the process and to its group.
    pub fn listen(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        // A limit on the size of files then fails the write, which is said, in place of ending the process.
        let _ = signal(SignalKind::from_raw(Signal::SIGXFSZ as i32))?;
        let mut interrupts = signal(SignalKind::interrupt())?;
        let mut terminations = signal(SignalKind::terminate())?;
        let mut hang_ups = match is_ignored(Signal::SIGHUP) {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        let interrupt = self.clone();
        tokio::spawn(async move {
            let mut first: Option<Instant> = None;
            loop {
                tokio::select! {
                    _ = interrupts.recv() => {}
                    _ = terminations.recv() => {}
                    _ = next(&mut hang_ups) => {}
                }
                if first.is_some_and(|first| first.elapsed() > SAME_SIGNAL) {
                    interrupt.say_what_is_owed();
                    std::process::exit(130);
                }
                if interrupt.inner.cut_off.load(Ordering::SeqCst) > 0 {
                    // Nobody asks while it goes on, and nothing would be lost.
                    let _ = writeln!(std::io::stderr().lock(), "interrupted");
                    std::process::exit(130);
                }
                first = first.or_else(|| Some(Instant::now()));
                interrupt.set();
            }
        });
        Ok(())
    }

    /// Does work that leaves nothing behind and holds nothing to be kept, such as reading a large file: a signal
    /// meanwhile ends the process at once with status 130.
    pub fn may_cut_off<T>(&self, work: impl FnOnce() -> T) -> T {
        self.inner.cut_off.fetch_add(1, Ordering::SeqCst);
        let result = work();
        self.inner.cut_off.fetch_sub(1, Ordering::SeqCst);
        result
    }

    pub fn set(&self) {
        self.inner.set.store(true, Ordering::SeqCst);
        self.inner.notify.notify_waiters();
    }

    /// Until [`Interrupt::settle`], ending at once leaves something on a database that `statement` takes away.
    pub fn owe(&self, statement: &str) {
        self.owed().push(statement.to_owned());
    }

    /// It was taken away, or is there to stay.
    pub fn settle(&self, statement: &str) {
        self.owed().retain(|owed| owed != statement);
    }

    fn owed(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.inner.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say_what_is_owed(&self) {
        let owed = self.owed();
        if owed.is_empty() {
            return;
        }
        let harmless = |statement: &String| -> String {
            statement.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
        };
        let statements: Vec<String> = owed.iter().rev().map(harmless).collect();
        // A terminal that is gone is no reason to panic.
        let _ = writeln!(
            std::io::stderr().lock(),
            "interrupted twice: what this run made may still be there, finished or not. Look, and run:\n    {}",
            statements.join("\n    ")
        );
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

/// The next signal; never, where it is not listened for.
async fn next(signals: &mut Option<tokio::signal::unix::Signal>) {
    match signals {
        Some(signals) => drop(signals.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether this process was started with the signal ignored, as `nohup` does. Asked of the system,
/// because a handler that is installed replaces that wish.
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored_signals(&status) & (1 << (signal as i32 - 1)) != 0
}

/// The bit mask of ignored signals in the text of `/proc/PID/status`.
fn ignored_signals(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        assert_eq!(ignored_signals("Name:\tx\nSigIgn:\t0000000000001001\n"), 0x1001);
        assert_eq!(ignored_signals("Name:\tx\n"), 0);
        assert!(!is_ignored(Signal::SIGTERM));
    }

    #[test]
    fn what_is_settled_is_owed_no_longer() {
        let interrupt = Interrupt::new();
        interrupt.owe("DROP INDEX a;");
        interrupt.owe("DROP INDEX b;");
        interrupt.settle("DROP INDEX a;");
        assert_eq!(*interrupt.owed(), ["DROP INDEX b;"]);
    }

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

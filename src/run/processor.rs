//! How long a process of this machine waited for a processor that others were using.

use std::path::PathBuf;
use std::time::Duration;

/// One process, by the system's own account of it.
#[derive(Debug, Clone)]
pub struct Processor {
    account: PathBuf,
}

impl Processor {
    /// `None` where this system keeps no such account, or there is no such process.
    pub fn of(process: u32) -> Option<Processor> {
        let processor = Processor { account: format!("/proc/{process}/schedstat").into() };
        processor.waited().map(|_| processor)
    }

    /// Since the process began: ready to run, and not running. Linux counts it in nanoseconds, in the second of
    /// three figures (Documentation/scheduler/sched-stats), at the end of each wait: over many executions it is right, of a
    /// single one it may belong to the one before, so that no execution's time may be corrected by it.
    pub fn waited(&self) -> Option<Duration> {
        let text = std::fs::read_to_string(&self.account).ok()?;
        text.split_ascii_whitespace().nth(1)?.parse().ok().map(Duration::from_nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_only_grows_and_no_process_has_no_account() {
        assert!(Processor::of(u32::MAX).is_none());
        let Some(own) = Processor::of(std::process::id()) else { return };
        let earlier = own.waited().unwrap();
        std::thread::yield_now();
        assert!(own.waited().unwrap() >= earlier);
    }
}

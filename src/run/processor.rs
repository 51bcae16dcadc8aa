//! A server's process on this machine: how long it waited for a processor, and which one it runs on.

use std::path::PathBuf;
use std::time::Duration;

#[cfg(target_os = "linux")]
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// One process, by the system's own account of it.
#[derive(Debug, Clone)]
pub struct Processor {
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    process: Pid,
    account: PathBuf,
}

impl Processor {
    /// `None` where this system keeps no such account, or there is no such process.
    pub fn of(process: u32) -> Option<Processor> {
        let account = format!("/proc/{process}/schedstat").into();
        let process = Pid::from_raw(i32::try_from(process).ok()?);
        let processor = Processor { process, account };
        processor.waited().map(|_| processor)
    }

    /// Lets both run on one processor only, the same for both: the `turn`-th of those that either may use.
    /// `false`, and nothing changed, where that is not allowed (the server is another user's, and this program not root's).
    ///
    /// The system leaves a process on the core it is on, and every core has its own neighbours. Over 16 blocks of
    /// 12 alternating executions on two rented cores, the logarithm of the ratio of two equals had a standard deviation
    /// of 0.28 where the system chose, and of 0.02 to 0.09 on a common core.
    #[cfg(target_os = "linux")]
    pub fn share(&self, other: &Processor, turn: usize) -> bool {
        let Some((own, others)) = self.allowed().zip(other.allowed()) else { return false };
        let common: Vec<usize> = (0..CpuSet::count())
            .filter(|core| [own, others].iter().all(|set| set.is_set(*core) == Ok(true)))
            .collect();
        if common.is_empty() {
            return false;
        }
        let mut one = CpuSet::new();
        let both = one.set(common[turn % common.len()]).is_ok()
            && sched_setaffinity(self.process, &one).is_ok()
            && sched_setaffinity(other.process, &one).is_ok();
        if !both {
            // Half of it would be worse than nothing. A process that has ended needs nothing.
            _ = sched_setaffinity(self.process, &own);
        }
        both
    }

    #[cfg(not(target_os = "linux"))]
    pub fn share(&self, _other: &Processor, _turn: usize) -> bool {
        false
    }

    #[cfg(target_os = "linux")]
    fn allowed(&self) -> Option<CpuSet> {
        sched_getaffinity(self.process).ok()
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

    #[cfg(target_os = "linux")]
    #[test]
    fn two_processes_share_each_processor_in_turn() {
        let mut children = [1, 2].map(|_| {
            std::process::Command::new("sleep").arg("60").spawn().expect("sleep is on every system")
        });
        let [a, b] = [0, 1].map(|i| Processor::of(children[i].id()));
        let Some((a, b)) = a.zip(b) else { return };
        let before = a.allowed().unwrap();
        let cores: Vec<usize> =
            (0..CpuSet::count()).filter(|core| before.is_set(*core) == Ok(true)).collect();
        for turn in 0..cores.len() + 1 {
            assert!(a.share(&b, turn));
            let mut one = CpuSet::new();
            one.set(cores[turn % cores.len()]).unwrap();
            assert_eq!((a.allowed().unwrap(), b.allowed().unwrap()), (one, one));
            for one in [&a, &b] {
                sched_setaffinity(one.process, &before).unwrap();
            }
        }
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(!a.share(&b, 0), "processes that have ended");
    }
}

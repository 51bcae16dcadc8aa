//! One writer at a time.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::HistoryError;

/// Writing takes a fraction of a second; whoever holds the lock for this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Held until it is dropped; the system takes it from a process that dies.
#[derive(Debug)]
pub struct Lock {
    _held: Flock<File>,
}

impl Lock {
    /// Waits for other writers.
    pub fn take(folder: &Path) -> Result<Lock, HistoryError> {
        Lock::within(folder, PATIENCE)
    }

    fn within(folder: &Path, patience: Duration) -> Result<Lock, HistoryError> {
        let path = folder.join("lock");
        let end = Instant::now() + patience;
        let options = || OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let mut file = options().map_err(HistoryError::io("lock", &path))?;
        loop {
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                Ok(held) => return Ok(Lock { _held: held }),
                Err((same, Errno::EWOULDBLOCK | Errno::EINTR)) if Instant::now() < end => {
                    file = same
                }
                Err((_, Errno::EWOULDBLOCK)) => {
                    let seconds = patience.as_secs();
                    return Err(HistoryError::Busy { path: folder.to_owned(), seconds });
                }
                Err((_, errno)) => return Err(HistoryError::io("lock", &path)(errno.into())),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_waits_and_is_told_when_it_takes_too_long() {
        let folder = tempfile::TempDir::new().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let second = Lock::within(folder.path(), Duration::from_millis(50));
        assert!(second.unwrap_err().to_string().contains("held by another planwise"));
        drop(first);
        assert!(Lock::within(folder.path(), Duration::from_millis(50)).is_ok());
    }
}

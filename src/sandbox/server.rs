//! The server's process: started in the background, stopped at once, its words kept in a file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::confinement;
use crate::engine::RunAs;

/// Holds the process id of the server, for a later start that finds it abandoned.
pub const PID_FILE: &str = "server.pid";
const LOG_FILE: &str = "server.log";
const STOP_PATIENCE: Duration = Duration::from_secs(6);

/// A running server. Killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    stop_signal: i32,
}

impl Server {
    /// Runs `command` in the background, unable to write anywhere but in `directory`. A server that daemonises itself is
    /// not one of ours.
    pub fn spawn(
        mut command: Command,
        directory: &Path,
        stop_signal: i32,
        talks_to_itself: bool,
    ) -> io::Result<Server> {
        let child = confinement::spawn(&mut command, directory, talks_to_itself)?;
        Server::watch(child, directory, stop_signal)
    }

    /// As [`Server::spawn`], as free as planwise itself: for a program that is not the server's, and where that is asked for.
    pub fn spawn_free(
        mut command: Command,
        directory: &Path,
        stop_signal: i32,
    ) -> io::Result<Server> {
        Server::watch(command.spawn()?, directory, stop_signal)
    }

    fn watch(child: Child, directory: &Path, stop_signal: i32) -> io::Result<Server> {
        let server = Server { child, stop_signal };
        fs::write(directory.join(PID_FILE), server.pid().to_string())?;
        Ok(server)
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Holds the server where it is until what is returned is dropped.
    pub fn paused(&self) -> Paused {
        let _ = kill(self.pid(), Signal::SIGSTOP);
        Paused(self.pid())
    }

    /// Sends `signal` and waits; kills the server and what it started when it does not obey.
    pub fn stop(&mut self, signal: i32) {
        if self.ended().is_some() {
            return;
        }
        if let Ok(signal) = Signal::try_from(signal) {
            let _ = kill(self.pid(), signal);
        }
        let deadline = Instant::now() + STOP_PATIENCE;
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(3));
        }
        if self.ended().is_none() {
            let _ = killpg(self.pid(), Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// Goes on when dropped.
pub struct Paused(Pid);

impl Drop for Paused {
    fn drop(&mut self) {
        let _ = kill(self.0, Signal::SIGCONT);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(self.stop_signal);
    }
}

/// Prepares a server's program: another account when there is one, nothing of our environment that
/// could change what it does, its output into the directory's log, and a process group of its own,
/// so that the terminal's Ctrl-C reaches planwise alone.
pub fn confine(
    mut command: Command,
    directory: &Path,
    run_as: Option<&RunAs>,
) -> io::Result<Command> {
    let log = open_log(directory)?;
    command.env_clear().envs(kept_environment());
    command.env("HOME", directory).env("TMPDIR", directory);
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.current_dir(directory).process_group(0).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log);
    if let Some(account) = run_as {
        // Setting the uid also clears root's supplementary groups.
        command.uid(account.uid).gid(account.gid);
    }
    Ok(command)
}

fn kept_environment() -> Vec<(&'static str, std::ffi::OsString)> {
    let kept = ["PATH", "LD_LIBRARY_PATH"];
    kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))).collect()
}

fn log_path(directory: &Path) -> PathBuf {
    directory.join(LOG_FILE)
}

/// A plain file, not a pipe: nobody has to read for the server to go on.
fn open_log(directory: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(log_path(directory))
}

/// The last lines that say something, at most `lines`.
pub fn end_of_log(directory: &Path, lines: usize) -> String {
    let text = tail(&log_path(directory), 8192).unwrap_or_default();
    let said: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    said[said.len().saturating_sub(lines)..].join("\n")
}

fn tail(path: &Path, bytes: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ignores_the_signal_is_killed_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' TERM; echo said; while :; do sleep 0.01; done"]);
        let command = confine(shell, directory.path(), None).unwrap();
        let mut server = Server::spawn(command, directory.path(), 9, false).unwrap();
        while end_of_log(directory.path(), 1) != "said" {
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = fs::read_to_string(directory.path().join(PID_FILE)).unwrap();
        assert!(server.ended().is_none());
        server.stop(9);
        assert!(server.ended().is_some());
        assert!(!Path::new("/proc").join(pid).exists());
    }

    #[test]
    fn only_the_end_of_a_long_log_is_quoted() {
        let directory = tempfile::tempdir().unwrap();
        let lines: Vec<String> = (0..5000).map(|n| format!("line {n}\n\n")).collect();
        fs::write(log_path(directory.path()), lines.concat()).unwrap();
        assert_eq!(end_of_log(directory.path(), 2), "line 4998\nline 4999");
    }
}

//! A running dump, as something to read from.

use std::io::{self, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;

/// Standard output of a child. Its end is an error unless the child ended well, so that half a
/// dump is never taken for a whole one. Dropping it ends the child.
pub struct Output {
    child: Child,
    stdout: ChildStdout,
    /// Collects what the child says, so that it never waits for a reader of its complaints.
    complaints: Option<JoinHandle<String>>,
    ended: bool,
}

/// The end of what a failing program says is what matters.
const KEPT: usize = 4096;

impl Output {
    pub fn of(command: &mut Command) -> io::Result<Output> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("the program has no output");
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let mut stderr = child.stderr.take().ok_or_else(missing)?;
        let complaints = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stderr.read_to_end(&mut text);
            let kept = text.get(text.len().saturating_sub(KEPT)..).unwrap_or_default();
            String::from_utf8_lossy(kept).trim().to_owned()
        });
        Ok(Output { child, stdout, complaints: Some(complaints), ended: false })
    }

    fn end(&mut self) -> io::Result<()> {
        self.ended = true;
        let status = self.child.wait()?;
        if status.success() {
            return Ok(());
        }
        let complaints = self.complaints.take().and_then(|thread| thread.join().ok());
        Err(io::Error::other(format!("{status}: {}", complaints.unwrap_or_default())))
    }
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        let length = self.stdout.read(buffer)?;
        if length == 0 {
            self.end()?;
        }
        Ok(length)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (io::Result<usize>, String) {
        let mut output = Output::of(Command::new("sh").args(["-c", script])).unwrap();
        let mut text = String::new();
        let read = output.read_to_string(&mut text);
        (read, text)
    }

    #[test]
    fn a_failing_program_is_an_error_at_its_end() {
        let (read, text) = shell("echo part; echo 'no right' >&2; exit 3");
        assert_eq!(text, "part\n");
        let error = read.unwrap_err().to_string();
        assert!(error.contains("no right") && error.contains('3'), "{error}");
        assert_eq!(shell("echo whole").1, "whole\n");
    }

    #[test]
    fn dropping_it_ends_the_program() {
        let output = Output::of(Command::new("sleep").arg("600")).unwrap();
        let pid = nix::unistd::Pid::from_raw(output.child.id().try_into().unwrap());
        drop(output);
        assert!(nix::sys::signal::kill(pid, None).is_err());
    }
}

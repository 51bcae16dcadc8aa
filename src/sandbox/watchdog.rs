//! Cleans up after a planwise that was killed outright: ends what runs in a sandbox's folder and removes it.
//!
//! A shell waits for the end of a pipe that only planwise holds open. However planwise dies, the
//! system closes the pipe; a parent-death signal would be tied to the thread that started the server.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// `$1` is the folder. A process is one of the sandbox's when it works there, or in a folder that was there:
/// folders are compared by what they are, for the reason given in `whereabouts`. Servers get a moment to end
/// their children before they are killed; a program that is still writing there may make the first removal
/// fail.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM PIPE
read -r _
works_in() {
    case $(readlink "$1/cwd" 2>/dev/null) in "$2" | "$2"/*) return 0 ;; esac
    for above in . .. ../.. ../../.. ../../../..; do
        [ "$1/cwd/$above" -ef "$2" ] && return 0
    done
    return 1
}
end() {
    for process in /proc/[0-9]*; do
        works_in "$process" "$2" && kill -s "$1" "${process#/proc/}" 2>/dev/null
    done
}
end QUIT "$1"
tries=0
while [ -e "$1" ] && [ $tries -lt 20 ]; do
    sleep 0.2
    end KILL "$1"
    rm -rf -- "$1" 2>/dev/null
    tries=$((tries + 1))
done
"#;

/// Dropping it calls the watchdog off.
#[derive(Debug)]
pub struct Watchdog {
    shell: Child,
    /// Held open for as long as this process lives, and written to by nobody.
    #[cfg_attr(not(test), expect(dead_code))]
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Watches over `folder`. `None` where no shell can be started: the next start of planwise then
    /// finds what was left behind.
    pub fn over(folder: &Path) -> Option<Watchdog> {
        let folder = folder.canonicalize().ok()?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "planwise-watchdog"]).arg(folder).env_clear();
        command.env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.spawn();
        let mut shell = started.map_err(|error| tracing::debug!("no watchdog: {error}")).ok()?;
        let pipe = shell.stdin.take();
        Some(Watchdog { shell, pipe })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What the death of planwise does: the system closes its end of the pipe.
    fn die(watchdog: Watchdog) {
        let mut watchdog = watchdog;
        drop(watchdog.pipe.take());
        watchdog.shell.wait().unwrap();
    }

    #[test]
    fn what_works_in_the_folder_of_a_dead_planwise_is_ended_and_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("it's \"here\"");
        fs::create_dir_all(folder.join("data")).unwrap();
        let mut server =
            Command::new("sleep").arg("600").current_dir(folder.join("data")).spawn().unwrap();
        let mut stranger = Command::new("sleep").arg("600").current_dir(&root).spawn().unwrap();
        die(Watchdog::over(&folder).unwrap());
        assert!(!server.wait().unwrap().success());
        assert!(!folder.exists());
        assert_eq!(stranger.try_wait().unwrap(), None);
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[test]
    fn a_watchdog_that_is_called_off_touches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Watchdog::over(folder.path()).unwrap());
        assert!(folder.path().exists());
    }
}

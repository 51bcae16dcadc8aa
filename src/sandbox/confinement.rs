//! What a server's process can reach: files of its own folder to write to, and no network, as far as the system lets
//! us say so. What it does not let us is said under `-v`, and the server starts all the same.
//!
//! The system's restrictions hold for a thread and for everything that is started by it. A thread of its own
//! therefore takes them upon itself, starts the program and ends; planwise stays as free as it was.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::Uid;

/// The newest of Landlock's rights that are asked for; older kernels give those they know.
const RIGHTS: ABI = ABI::V6;

/// Where other servers of the machine have their sockets, and shared memory its names: covered by empty folders.
const COVERED: [&str; 2] = ["/run", "/dev/shm"];

/// Makes a network of its own for a user who may not simply ask for one. Part of every Linux.
const TOOL: &str = "unshare";
const TOOL_OPTIONS: [&str; 4] = ["--user", "--map-current-user", "--net", "--"];

/// The program of `command`, started where there is no network. To be called before anything but arguments is set.
/// A server that `talks_to_itself` keeps the machine's loopback address where this user cannot give it another.
pub fn without_network(command: Command, talks_to_itself: bool) -> Command {
    if Uid::effective().is_root() || !tool_works() {
        return command;
    }
    if talks_to_itself {
        say_once("this version's processes talk by the loopback address: no network namespace");
        return command;
    }
    let mut wrapped = Command::new(TOOL);
    wrapped.args(TOOL_OPTIONS).arg(command.get_program()).args(command.get_args());
    wrapped
}

/// Whether this user may have a network namespace: some systems forbid it.
fn tool_works() -> bool {
    static WORKS: OnceLock<bool> = OnceLock::new();
    *WORKS.get_or_init(|| {
        let mut probe = Command::new(TOOL);
        probe.args(TOOL_OPTIONS).arg("true");
        probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    })
}

/// Starts `command`, which can write below `folder` and nowhere else. One that `talks_to_itself` has a loopback address of
/// its own.
pub fn spawn(command: &mut Command, folder: &Path, talks_to_itself: bool) -> io::Result<Child> {
    let (started, missing) = std::thread::scope(|scope| {
        let restricted = scope.spawn(|| {
            let missing = restrict(folder, talks_to_itself);
            (command.spawn(), missing)
        });
        restricted.join().map_err(|_| io::Error::other("the thread that starts it ended early"))
    })?;
    missing.iter().for_each(|missing| say_once(missing));
    started
}

/// Restricts the calling thread for good. What the system refused is returned.
fn restrict(folder: &Path, talks_to_itself: bool) -> Vec<String> {
    let mut missing = Vec::new();
    let network = match Uid::effective().is_root() {
        true => unshare(CloneFlags::CLONE_NEWNET).map_err(|error| error.to_string()),
        false if tool_works() => Ok(()),
        false => Err(format!("{TOOL} is not permitted")),
    };
    let network_left = match &network {
        Ok(()) => "",
        Err(_) => " but connecting and listening by TCP is forbidden where the kernel can (6.7)",
    };
    let namespace = network.is_ok() && Uid::effective().is_root();
    if let Err(error) = network {
        missing.push(format!("no network namespace ({error}){network_left}"));
    }
    if Uid::effective().is_root()
        && let Err(error) = cover(folder)
    {
        missing.push(format!("no mount namespace ({error}): {} stay visible", COVERED.join(", ")));
    }
    if namespace
        && talks_to_itself
        && let Err(error) = raise_loopback()
    {
        missing.push(format!("no loopback address ({error}): its counters are slow to read"));
    }
    match restrict_writing(folder) {
        Ok(RulesetStatus::NotEnforced) => {
            missing.push("no Landlock in this kernel: files elsewhere can be written".to_owned());
        }
        Ok(_) => {}
        Err(error) => {
            missing.push(format!("no Landlock ({error}): files elsewhere can be written"));
        }
    }
    missing
}

/// A view of the file system of its own, in which [`COVERED`] are empty.
fn cover(folder: &Path) -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let (none, private) = (None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE);
    mount(none, "/", none, private, none)?;
    for place in COVERED.map(Path::new) {
        if place.is_dir() && !folder.starts_with(place) {
            mount(Some("tmpfs"), place, Some("tmpfs"), MsFlags::MS_NOSUID, Some("mode=1777"))?;
        }
    }
    Ok(())
}

/// In a network namespace and a view of the file system of its own: the loopback interface that it was born with, down.
fn raise_loopback() -> io::Result<()> {
    let (none, system) = (None::<&str>, Some("sysfs"));
    mount(system, "/sys", system, MsFlags::MS_NOSUID | MsFlags::MS_NODEV, none)?;
    std::fs::write("/sys/class/net/lo/flags", "0x9")
}

fn restrict_writing(folder: &Path) -> Result<RulesetStatus, RulesetError> {
    let writing = AccessFs::from_write(RIGHTS);
    let mut places = vec![folder.to_owned(), "/dev/null".into(), "/dev/shm".into()];
    if !Uid::effective().is_root() {
        // Where a process says which user of its namespace is which; nothing else there is a user's to write.
        places.push(PathBuf::from("/proc"));
    }
    let created = Ruleset::default()
        // A kernel without this right forbids every rename from folder to folder, and servers do that.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(writing)?
        .handle_access(AccessNet::from_all(RIGHTS))?
        .scope(Scope::from_all(RIGHTS))?
        .create()?;
    let status = created.add_rules(path_beneath_rules(places, writing))?.restrict_self()?;
    Ok(status.ruleset)
}

/// Each once in the life of a process, however many servers it starts.
fn say_once(missing: &str) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if !said.iter().any(|said| said == missing) {
        tracing::info!("throwaway servers run less confined here: {missing}");
        said.push(missing.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(folder: &Path, script: &str) -> bool {
        confined(folder, script, false)
    }

    fn confined(folder: &Path, script: &str, talks_to_itself: bool) -> bool {
        let shell = {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", script]);
            shell
        };
        let mut command = without_network(shell, talks_to_itself);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        spawn(&mut command, folder, talks_to_itself).unwrap().wait().unwrap().success()
    }

    #[test]
    fn a_program_writes_in_its_folder_and_nowhere_else() {
        let own = tempfile::tempdir().unwrap();
        // Not in shared memory, where servers must write.
        let other = tempfile::tempdir_in("/var/tmp").unwrap();
        let path = |folder: &tempfile::TempDir, name: &str| folder.path().join(name);
        std::fs::write(path(&other, "there"), "x").unwrap();
        let renames = format!(
            "cd {} && mkdir a b && echo x > a/file && mv a/file b/file && cat b/file > /dev/null",
            own.path().display()
        );
        assert!(sh(own.path(), &renames));
        for attempt in ["echo x > new", "echo x >> there", "rm there", "mkdir folder", "ln -s x y"]
        {
            let attempt = format!("cd {} && {attempt}", other.path().display());
            assert!(!sh(own.path(), &attempt), "{attempt}");
        }
        assert_eq!(std::fs::read_to_string(path(&other, "there")).unwrap(), "x");
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 1);
        // This process itself is free.
        std::fs::write(path(&other, "new"), "x").unwrap();
    }

    #[test]
    fn a_program_has_no_network() {
        let own = tempfile::tempdir().unwrap();
        // The header and one line for each interface that is up or down: only the loopback one.
        assert!(sh(own.path(), "test $(grep -c : /proc/net/dev) -eq 1"));
        assert!(std::net::TcpListener::bind("127.0.0.1:0").is_ok());
    }

    #[test]
    fn a_program_that_talks_to_itself_has_a_loopback_address() {
        let own = tempfile::tempdir().unwrap();
        let says = "echo x > /dev/udp/127.0.0.1/9";
        assert!(confined(own.path(), &format!("bash -c '{says}'"), true));
        if Uid::effective().is_root() {
            assert!(!confined(own.path(), &format!("bash -c '{says}'"), false));
            assert!(confined(own.path(), "test $(grep -c : /proc/net/dev) -eq 1", true));
        }
    }
}

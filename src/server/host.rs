//! The machine, or the part of one, that a server may use: seen, or told.

use std::fs;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Machine;
use crate::engine::Platform;

/// Kinds of storage as far as advice tells them apart.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Storage {
    /// A disk that turns.
    Hdd,
    Ssd,
    /// Behind a network or a controller with its own memory.
    San,
    Nvme,
}

/// What the server may use. `None` where neither seen nor told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Host {
    pub memory_bytes: Option<u64>,
    pub cores: Option<f64>,
    pub storage: Option<Storage>,
    pub platform: Platform,
    /// Where the figures come from, as a sentence without its full stop.
    pub source: String,
}

/// What the user says of the machine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Told {
    pub memory_bytes: Option<u64>,
    pub cores: Option<f64>,
    pub storage: Option<Storage>,
    pub platform: Option<Platform>,
    /// What can be measured is not only estimated, whatever it reads.
    pub exact: bool,
}

impl Host {
    /// What was told goes before what is seen: the server may share its machine, or be on another one.
    /// `process` is the server's own, where it is known; its container's limits are its machine.
    pub fn find(
        machine: Option<&Machine>,
        process: Option<u32>,
        data: Option<&Path>,
        told: &Told,
    ) -> Host {
        let limits = machine.map(|_| Limits::of(Path::new("/"), process)).unwrap_or_default();
        let seen_memory = machine.map(|m| least(m.memory_bytes, limits.memory_bytes));
        let seen_cores =
            machine.map(|m| limits.cores.map_or(m.cores as f64, |c| c.min(m.cores as f64)));
        let seen_storage = machine.and(data).and_then(|data| turning(Path::new("/sys"), data));
        let source = match (told.memory_bytes.or(told.cores.map(|_| 0)), machine) {
            (Some(_), _) => "as given",
            (None, Some(_)) if limits != Limits::default() => "the limits of its container",
            (None, Some(_)) => "this machine",
            (None, None) => {
                "not known: the server runs elsewhere; --ram, --cores and --storage say it"
            }
        };
        Host {
            memory_bytes: told.memory_bytes.or(seen_memory),
            cores: told.cores.or(seen_cores),
            storage: told.storage.or(seen_storage),
            platform: told.platform.unwrap_or_default(),
            source: source.to_owned(),
        }
    }
}

fn least(machine: u64, limit: Option<u64>) -> u64 {
    limit.map_or(machine, |limit| limit.min(machine))
}

/// What a control group grants.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Limits {
    memory_bytes: Option<u64>,
    cores: Option<f64>,
}

impl Limits {
    /// Of the process, else of this one: the tightest of its group and all groups above.
    fn of(root: &Path, process: Option<u32>) -> Limits {
        let name = process.map_or("self".to_owned(), |id| id.to_string());
        let listed = fs::read_to_string(root.join("proc").join(name).join("cgroup"));
        let listed = listed.unwrap_or_default();
        let groups = root.join("sys/fs/cgroup");
        let mut limits = Limits::default();
        for line in listed.lines() {
            let mut parts = line.splitn(3, ':');
            let (_, kinds, path) = (parts.next(), parts.next(), parts.next().unwrap_or("/"));
            let (folder, unified) = match kinds {
                Some("") => (groups.clone(), true),
                Some(kinds) if kinds.split(',').any(|kind| kind == "memory") => {
                    (groups.join("memory"), false)
                }
                Some(kinds) if kinds.split(',').any(|kind| kind == "cpu") => {
                    (groups.join("cpu"), false)
                }
                _ => continue,
            };
            // Inside a container the path may be that of the machine outside: then its root is ours.
            for group in above(&folder, path) {
                limits.tighten(&group, unified);
            }
        }
        limits
    }

    fn tighten(&mut self, group: &Path, unified: bool) {
        let read = |name: &str| fs::read_to_string(group.join(name)).ok();
        let number = |text: Option<String>| text.and_then(|text| text.trim().parse::<f64>().ok());
        let (memory, cores) = if unified {
            let share = read("cpu.max").and_then(|text| {
                let (quota, period) = text.trim().split_once(' ')?;
                Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?)
            });
            (number(read("memory.max")), share)
        } else {
            let quota = number(read("cpu.cfs_quota_us")).filter(|quota| *quota > 0.0);
            let period = number(read("cpu.cfs_period_us")).filter(|period| *period > 0.0);
            (number(read("memory.limit_in_bytes")), quota.zip(period).map(|(q, p)| q / p))
        };
        // "No limit" of the older kind is a number beyond every machine.
        let memory = memory.filter(|bytes| *bytes < 1e17).map(|bytes| bytes as u64);
        self.memory_bytes = [self.memory_bytes, memory].into_iter().flatten().min();
        self.cores = [self.cores, cores].into_iter().flatten().reduce(f64::min);
    }
}

fn above(folder: &Path, path: &str) -> Vec<PathBuf> {
    let own = folder.join(path.trim_start_matches('/'));
    own.ancestors().take_while(|group| group.starts_with(folder)).map(Path::to_path_buf).collect()
}

/// Whether the disk under `data` turns, where the system says so.
fn turning(sys: &Path, data: &Path) -> Option<Storage> {
    use std::os::unix::fs::MetadataExt;
    let device = fs::metadata(data).ok()?.dev();
    let (major, minor) = (nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let block = fs::canonicalize(sys.join(format!("dev/block/{major}:{minor}"))).ok()?;
    let asked = [block.join("queue/rotational"), block.join("../queue/rotational")];
    let said = asked.iter().find_map(|file| fs::read_to_string(file).ok())?;
    match said.trim() {
        "1" => Some(Storage::Hdd),
        "0" if block.to_string_lossy().contains("nvme") => Some(Storage::Nvme),
        "0" => Some(Storage::Ssd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            os: String::new(),
            cpu: String::new(),
            cores: 16,
            memory_bytes: 64 << 30,
            load: 0.0,
        }
    }

    fn put(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    #[test]
    fn the_tightest_group_on_the_way_up_counts() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "proc/7/cgroup", "0::/pods/a\n");
        put(root.path(), "sys/fs/cgroup/pods/memory.max", "4294967296\n");
        put(root.path(), "sys/fs/cgroup/pods/a/memory.max", "max\n");
        put(root.path(), "sys/fs/cgroup/pods/a/cpu.max", "150000 100000\n");
        let limits = Limits::of(root.path(), Some(7));
        assert_eq!(limits, Limits { memory_bytes: Some(4 << 30), cores: Some(1.5) });
    }

    #[test]
    fn groups_of_the_older_kind_are_read_and_their_no_limit_is_none() {
        let root = tempfile::tempdir().unwrap();
        put(root.path(), "proc/7/cgroup", "5:memory:/x\n3:cpu,cpuacct:/x\n");
        put(root.path(), "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        put(root.path(), "sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1073741824\n");
        put(root.path(), "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n");
        put(root.path(), "sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
        let limits = Limits::of(root.path(), Some(7));
        assert_eq!(limits, Limits { memory_bytes: Some(1 << 30), cores: None });
    }

    #[test]
    fn what_is_told_goes_before_what_is_seen() {
        let told =
            Told { memory_bytes: Some(8 << 30), storage: Some(Storage::Hdd), ..Told::default() };
        let host = Host::find(Some(&machine()), Some(0), None, &told);
        assert_eq!((host.memory_bytes, host.storage), (Some(8 << 30), Some(Storage::Hdd)));
        assert_eq!(host.source, "as given");
        let remote = Host::find(None, None, None, &Told::default());
        assert_eq!((remote.memory_bytes, remote.cores), (None, None));
        assert!(remote.source.contains("--ram"), "{}", remote.source);
    }
}

//! The machine a server runs on, where it is this one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    pub os: String,
    pub cpu: String,
    pub cores: usize,
    pub memory_bytes: u64,
    /// One-minute load average.
    pub load: f64,
}

impl Machine {
    /// This machine.
    pub fn here() -> Machine {
        let kinds = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(kinds);
        Machine {
            os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.to_owned()),
            cpu: system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_default(),
            cores: system.cpus().len().max(1),
            memory_bytes: system.total_memory(),
            load: System::load_average().one,
        }
    }

    /// This machine, where a server at `address` runs on it: reached over a socket file or the loopback interface.
    pub fn of(address: &str) -> Option<Machine> {
        let host = address.trim_start_matches('[');
        let local = address.contains('/')
            || ["localhost", "127.", "::1"].iter().any(|prefix| host.starts_with(prefix));
        local.then(Machine::here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_has_one() {
        assert!(Machine::of("/tmp/x/.s.PGSQL.5432").is_some_and(|machine| machine.cores >= 1));
        assert!(Machine::of("127.0.0.1:3306").is_some() && Machine::of("[::1]:5432").is_some());
        assert_eq!(Machine::of("db.example.com:5432"), None);
    }
}

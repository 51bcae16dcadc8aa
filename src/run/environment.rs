//! The machine a run happened on.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, RefreshKind, System};

use super::Environment;

/// Reads the machine's facts; the load after the run is filled in by [`settle`].
pub(super) fn observe(server_address: &str) -> Environment {
    let kinds = RefreshKind::nothing()
        .with_cpu(CpuRefreshKind::nothing())
        .with_memory(MemoryRefreshKind::nothing().with_ram());
    let system = System::new_with_specifics(kinds);
    let load = System::load_average().one;
    Environment {
        os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.to_owned()),
        cpu: system.cpus().first().map(|c| c.brand().trim().to_owned()).unwrap_or_default(),
        cores: system.cpus().len().max(1),
        memory_bytes: system.total_memory(),
        load_before: load,
        load_after: load,
        server_is_local: is_local(server_address),
    }
}

pub(super) fn settle(environment: &mut Environment) {
    environment.load_after = System::load_average().one;
}

/// Reached over a socket file or the loopback interface.
fn is_local(address: &str) -> bool {
    let host = address.trim_start_matches('[');
    address.contains('/')
        || ["localhost", "127.", "::1"].iter().any(|prefix| host.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_and_loopback_are_local() {
        for local in ["/tmp/x/.s.PGSQL.5432", "localhost:5432", "127.0.0.1:3306", "[::1]:5432"] {
            assert!(is_local(local), "{local}");
        }
        assert!(!is_local("db.example.com:5432"));
    }

    #[test]
    fn this_machine_has_cores_and_memory() {
        let environment = observe("localhost");
        assert!(environment.cores >= 1 && environment.memory_bytes > 1 << 20);
    }
}

//! Whether this process, and the server that inherits its limits, may open enough files.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

use super::SandboxError;

/// One server refuses to start with fewer than 64 beside those that are open already (`FD_MINFREE` and `max_safe_fds` in
/// its fd.c), others need about as many, and the program itself its connections, files and pipes.
const LEAST: rlim_t = 128;
/// What the soft limit is raised to where it is lower and the hard limit allows it: the usual default of shells.
const USUAL: rlim_t = 1024;

/// Raises a soft limit that is too low as far as the hard limit allows; an error names both where that is not enough.
pub fn allow_enough() -> Result<(), SandboxError> {
    // Where the limit cannot be asked for, the server itself says what it lacks.
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return Ok(()) };
    let wanted = soft.max(USUAL.min(hard));
    let raised = soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok();
    enough(if raised { wanted } else { soft })
}

fn enough(allowed: rlim_t) -> Result<(), SandboxError> {
    match allowed >= LEAST {
        true => Ok(()),
        false => Err(SandboxError::OpenFiles { allowed, needed: LEAST }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_too_low_for_a_server_is_named_with_the_remedy() {
        assert!(enough(LEAST).is_ok());
        let error = enough(LEAST - 1).unwrap_err().to_string();
        assert!(error.contains("127 open files") && error.contains("ulimit -n"), "{error}");
    }
}

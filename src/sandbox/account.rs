//! The account a server runs as: servers refuse to run as root.

use std::path::Path;

use nix::unistd::{Uid, User};

use super::SandboxError;
use crate::engine::{Launcher, RunAs};

/// `None` when planwise is not root: the server then runs as the user.
pub fn choose(launcher: &dyn Launcher) -> Result<Option<RunAs>, SandboxError> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    let candidates = [launcher.account(), "nobody"];
    let found = candidates.into_iter().find_map(existing);
    found.map(Some).ok_or(SandboxError::NoAccount(launcher.account()))
}

fn existing(name: &str) -> Option<RunAs> {
    let user = User::from_name(name).ok().flatten()?;
    Some(RunAs { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
}

/// Whether every account can walk down to `path`.
pub fn everybody_can_enter(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let open = |folder: &Path| {
        std::fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 0o001 != 0)
    };
    path.canonicalize().is_ok_and(|path| path.ancestors().all(open))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_folder_keeps_other_accounts_out_of_everything_below() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let below = folder.path().join("below");
        std::fs::create_dir(&below).unwrap();
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o700)).unwrap();
        assert!(!everybody_can_enter(&below));
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        std::fs::set_permissions(&below, PermissionsExt::from_mode(0o755)).unwrap();
        assert!(everybody_can_enter(&below));
    }
}

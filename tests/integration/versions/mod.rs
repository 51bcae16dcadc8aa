//! The same on every version of PostgreSQL that planwise supports, with real servers.
//! They have contrib, but not hypopg.

mod dump;
mod explain;
mod program;
mod server;

/// One test for each version, so that a failure names it. The case gets the folder of the server's
/// programs and the version.
macro_rules! on_every_version {
    ($($case:ident),+ $(,)?) => {$(
        mod $case {
            $crate::versions::on_every_version! { @one $case 13 postgres_13 }
            $crate::versions::on_every_version! { @one $case 14 postgres_14 }
            $crate::versions::on_every_version! { @one $case 15 postgres_15 }
            $crate::versions::on_every_version! { @one $case 16 postgres_16 }
            $crate::versions::on_every_version! { @one $case 17 postgres_17 }
            $crate::versions::on_every_version! { @one $case 18 postgres_18 }
        }
    )+};
    (@one $case:ident $major:literal $name:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some(programs) = $crate::parts::postgres_version($major) else { return };
            super::$case(&programs, $major).await;
        }
    };
}
use on_every_version;

use std::path::Path;

use planwise::sandbox::{Sandbox, SandboxOptions};

/// A server of the version whose programs are in `programs`.
async fn start(programs: &Path) -> Sandbox {
    let options =
        SandboxOptions { bin_dir: Some(programs.to_owned()), ..SandboxOptions::default() };
    let sandbox = crate::parts::sandbox("postgres", options).await;
    sandbox.unwrap_or_else(|| panic!("{} holds no server", programs.display()))
}

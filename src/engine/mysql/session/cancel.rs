//! Stopping what the server is still doing for us.

use std::time::Duration;

use mysql_async::{Conn, Opts};

use super::rows;

const PATIENCE: Duration = Duration::from_secs(2);

/// Ends connection `id` with its statement, from a second connection. Waited for, on a thread and a runtime of its
/// own: the process may be about to end, and a statement left behind would run on. Best effort.
pub fn kill_blocking(options: Opts, id: u32) {
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            let kill = async {
                let Ok(mut other) = Conn::new(options).await else { return };
                let _ = rows::run(&mut other, &format!("KILL {id}")).await;
                let _ = other.disconnect().await;
            };
            let _ = runtime.block_on(async { tokio::time::timeout(PATIENCE, kill).await });
        }
    });
    let _ = worker.join();
}

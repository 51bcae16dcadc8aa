//! Stopping what the server is still doing for us.

use std::time::Duration;

use mysql_async::{Conn, Opts};

use super::rows;

const PATIENCE: Duration = Duration::from_secs(2);

/// How to end what connection `id` does, from a second connection.
#[derive(Clone)]
pub struct Kill {
    pub options: Opts,
    pub id: u32,
}

impl Kill {
    /// Ends the statement; the connection stays. Best effort: a server that is gone needs no telling.
    pub async fn query(self) {
        self.send("KILL QUERY").await;
    }

    async fn send(self, verb: &str) {
        let kill = async {
            let Ok(mut other) = Conn::new(self.options).await else { return };
            let _ = rows::run(&mut other, &format!("{verb} {}", self.id)).await;
            let _ = other.disconnect().await;
        };
        let _ = tokio::time::timeout(PATIENCE, kill).await;
    }

    /// Ends the connection with its statement. Waited for, on a thread and a runtime of its
    /// own: the process may be about to end, and a statement left behind would run on. Best effort.
    pub fn connection_blocking(self) {
        let worker = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(self.send("KILL"));
            }
        });
        let _ = worker.join();
    }
}

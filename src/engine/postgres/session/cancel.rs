//! Stopping what the server is still doing for us.

use std::time::Duration;

use tokio_postgres::CancelToken;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::postgres_session::PostgresSession;

const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the server to cancel the running statement. Best effort: a server that is gone needs no cancelling.
pub async fn cancel(token: &CancelToken, tls: &MakeRustlsConnect) {
    let _ = tokio::time::timeout(PATIENCE, token.cancel_query(tls.clone())).await;
}

impl Drop for PostgresSession {
    fn drop(&mut self) {
        if self.busy && !self.link.client.is_closed() {
            cancel_blocking(self.link.cancel.clone(), self.link.tls.clone());
        }
    }
}

/// As [`cancel`], from where nothing can be awaited. It has a runtime of its own, because the
/// one that the session lived in may be shutting down.
fn cancel_blocking(token: CancelToken, tls: MakeRustlsConnect) {
    let worker = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(cancel(&token, &tls));
        }
    });
    let _ = worker.join();
}

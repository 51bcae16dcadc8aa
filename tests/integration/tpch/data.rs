//! TPC-H rows for a sandbox, generated while they are loaded.

use std::fmt::Display;
use std::io::Read;
use std::path::Path;

use planwise::engine::{Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::Sandbox;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator,
    PartSuppGenerator, RegionGenerator, SupplierGenerator,
};

/// Loads schema and rows, then gathers statistics once: from then on they stay as they are.
pub async fn load(sandbox: &Sandbox, folder: &Path, scale: f64) {
    let mut session = {
        let options = SessionOptions {
            access: Access::Commit,
            statement_timeout: std::time::Duration::ZERO,
            ..SessionOptions::default()
        };
        sandbox.connect(&options).await.expect("the sandbox takes connections")
    };
    let schema = std::fs::read(folder.join("schema.sql")).expect("schema.sql can be read");
    let mut source = schema.as_slice();
    let bar = Progress::hidden().bar(1, "");
    session.load_script(&mut source, "schema.sql", &bar).await.expect("the schema loads");
    let session = session.as_mut();
    copy(session, "nation", NationGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "region", RegionGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "part", PartGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "supplier", SupplierGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "partsupp", PartSuppGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "customer", CustomerGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "orders", OrderGenerator::new(scale, 1, 1).iter()).await;
    copy(session, "lineitem", LineItemGenerator::new(scale, 1, 1).iter()).await;
    session.command("VACUUM (ANALYZE)").await.expect("statistics are gathered");
}

async fn copy<T: Display + Send>(
    session: &mut dyn Session,
    table: &str,
    rows: impl Iterator<Item = T> + Send,
) {
    let mut lines = Lines { rows, line: Vec::new(), read: 0 };
    let statement = format!("COPY {table} FROM STDIN (DELIMITER '|')");
    session.copy_in(&statement, &mut lines).await.expect("rows load");
}

/// Rows as lines of text; the generator ends each with one separator too many.
struct Lines<I> {
    rows: I,
    line: Vec<u8>,
    read: usize,
}

impl<T: Display, I: Iterator<Item = T>> Read for Lines<I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.read == self.line.len() {
            let Some(row) = self.rows.next() else { return Ok(0) };
            let text = row.to_string();
            self.line.clear();
            self.line.extend_from_slice(text.strip_suffix('|').unwrap_or(&text).as_bytes());
            self.line.push(b'\n');
            self.read = 0;
        }
        let rest = &self.line[self.read..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.read += count;
        Ok(count)
    }
}

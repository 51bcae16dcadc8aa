//! A small database for these tests.

use planwise::engine::SessionOptions;
use planwise::sandbox::Sandbox;

/// 20,000 orders of 500 customers, and a table that a limited login may not read.
const SCHEMA: &str = "
    CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL, status text NOT NULL, total numeric NOT NULL);
    INSERT INTO orders (customer, status, total)
        SELECT i % 500, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END, i % 97 FROM generate_series(1, 20000) i;
    CREATE TABLE secret (pin text);
    CREATE ROLE limited LOGIN PASSWORD 'limited-password';
    GRANT SELECT ON orders TO limited;
    ANALYZE";

pub struct Shop {
    pub sandbox: Sandbox,
}

impl Shop {
    pub fn open() -> Option<Shop> {
        let sandbox = block_on(crate::parts::postgres())?;
        let shop = Shop { sandbox };
        for statement in SCHEMA.split(';') {
            shop.command(statement);
        }
        Some(shop)
    }

    pub fn url(&self) -> String {
        self.sandbox.url(self.sandbox.database())
    }

    /// The server's socket.
    pub fn socket(&self) -> String {
        let url = self.url();
        let part = |name: &str| {
            let value = url.split(name).nth(1).map(|rest| rest.split('&').next().unwrap());
            value.map(str::to_owned)
        };
        let port = part("port=").unwrap_or_else(|| "5432".to_owned());
        format!("{}/.s.PGSQL.{port}", part("host=").unwrap())
    }

    /// The same database for another login.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        self.url().replace("user=postgres", &format!("user={user}&password={password}"))
    }

    pub fn command(&self, sql: &str) {
        block_on(async {
            let mut session = self.sandbox.connect(&SessionOptions::default()).await.unwrap();
            session.command(sql).await.unwrap();
        });
    }

    /// A table that nobody else can read until this is dropped.
    pub fn lock(&self, table: &str) -> Lock {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let session = runtime.block_on(async {
            let mut session = self.sandbox.connect(&SessionOptions::default()).await.unwrap();
            let lock = format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE");
            session.command(&lock).await.unwrap();
            session
        });
        Lock { _session: session, _runtime: runtime }
    }

    /// First column of the first row.
    pub fn value(&self, sql: &str) -> String {
        block_on(async {
            let mut session = self.sandbox.connect(&SessionOptions::default()).await.unwrap();
            session.query_text(sql).await.unwrap().remove(0).unwrap()
        })
    }
}

/// Dropped in this order: the session needs its runtime.
pub struct Lock {
    _session: Box<dyn planwise::engine::Session>,
    _runtime: tokio::runtime::Runtime,
}

/// A runtime of its own for each call: these tests wait for a child process in between.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

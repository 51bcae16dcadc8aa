//! What hangs on tables comes along as it is.

use super::stand::{database, patient, replica, snapshot};
use crate::parts;
use planwise::engine::Access;
use planwise::sandbox::Sandbox;

const HANGING: &str = "
CREATE TABLE house (id int PRIMARY KEY, street text DEFAULT 'none', CHECK (id > 0));
CREATE FUNCTION last_house() RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT max(id) FROM house; END;
CREATE TABLE room (id int PRIMARY KEY, house int DEFAULT last_house() REFERENCES house DEFERRABLE, size int DEFAULT 5 NOT NULL);
CREATE TABLE guest (id int, room int REFERENCES room ON DELETE CASCADE, at date DEFAULT now(), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE guest_old PARTITION OF guest FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE visit (guest int, at date, room int, FOREIGN KEY (guest, at) REFERENCES guest);
ALTER TABLE visit ADD FOREIGN KEY (room) REFERENCES room NOT VALID;
ALTER TABLE visit ADD CONSTRAINT visit_room CHECK (room > 0) NOT VALID;
";

async fn ask(sandbox: &Sandbox, sql: &str) -> Vec<Option<String>> {
    let url = sandbox.url(sandbox.database());
    let mut session = sandbox.engine().connect(&url, &patient(Access::ReadOnly)).await.unwrap();
    session.query_text(sql).await.unwrap()
}

const CONSTRAINTS: &str = "SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) \
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1";
const DEFAULTS: &str = "SELECT adrelid::regclass || ' ' || adnum || ' ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn constraints_and_defaults_are_those_of_the_source() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "hanging", HANGING).await;
    let replica = replica(&snapshot(&sandbox).await, None).await;
    assert_eq!(replica.differing, Vec::<String>::new());
    for sql in [CONSTRAINTS, DEFAULTS] {
        let there = ask(&sandbox, sql).await;
        assert!(there.len() > 4, "{there:?}");
        assert_eq!(ask(&replica.sandbox, sql).await, there);
    }
    // One key of the source was never checked, and the planner may know.
    let unchecked = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated";
    assert_eq!(ask(&replica.sandbox, unchecked).await, [Some("visit_room_fkey".to_owned())]);
}

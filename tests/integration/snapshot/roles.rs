//! Row security, and what a text search is made with.

use planwise::engine::{Access, ExplainMode};

use super::stand::{agreement, database, patient, plans, queries, replica, run, snapshot};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

const TENANTS: &str = "
CREATE ROLE clerk; CREATE ROLE \"branch \"\"7\" IN ROLE clerk; CREATE ROLE auditor BYPASSRLS;
CREATE TABLE account (id int PRIMARY KEY, tenant int NOT NULL, open bool NOT NULL);
INSERT INTO account SELECT n, n % 500, n % 10 = 0 FROM generate_series(1, 60000) n;
CREATE INDEX account_tenant ON account (tenant);
ALTER TABLE account ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON account FOR SELECT TO clerk USING (tenant = 42);
CREATE POLICY opened ON account AS RESTRICTIVE TO PUBLIC USING (open);
GRANT SELECT ON account TO clerk, auditor;
CREATE TEXT SEARCH DICTIONARY plain_words (TEMPLATE = pg_catalog.simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION notes (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION notes ALTER MAPPING FOR asciiword WITH plain_words, english_stem;
CREATE TABLE note (id int, body text);
INSERT INTO note SELECT n, 'word' || n % 50 || ' and the rest' FROM generate_series(1, 5000) n;
CREATE INDEX note_words ON note USING gin (to_tsvector('notes', body));
";

const QUERIES: &str = "
-- name: whole
SELECT * FROM account;
-- name: words
SELECT * FROM note WHERE to_tsvector('notes', body) @@ to_tsquery('notes', 'word7');
";

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_those_of_the_role_that_is_asked_for() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "tenants", TENANTS).await;
    let snapshot = snapshot(&sandbox).await;
    let workload = queries(QUERIES);
    let replica = replica(&snapshot, None).await;
    assert_eq!(replica.differing, Vec::<String>::new());
    let there = plans(&sandbox, &workload, &[]).await;
    let here = plans(&replica.sandbox, &workload, &[]).await;
    let same = agreement("owner", there, here);
    assert_eq!((same.same_shape, same.same_cost), (2, 2), "{same:#?}");
    let whole = "SELECT * FROM account";
    for role in ["clerk", "branch \"7", "auditor"] {
        let settings = vec![("role".to_owned(), role.to_owned())];
        let options = planwise::engine::SessionOptions { settings, ..patient(Access::ReadOnly) };
        let mut costs = Vec::new();
        for url in [sandbox.url("tenants"), replica.sandbox.owner_url("tenants")] {
            let mut session = sandbox.engine().connect(&url, &options).await.unwrap();
            let plan = session.explain(whole, &Vec::new(), ExplainMode::Estimate).await.unwrap();
            costs.push((plan.plan.root.total_cost, plan.plan.root.plan_rows));
        }
        assert_eq!(costs[0], costs[1], "{role}");
    }

    let desk = Desk::new();
    let file = desk.path("tenants.snapshot");
    snapshot.write(&file).unwrap();
    let queries = desk.write(
        "queries.sql",
        "-- name: whole\n-- expect: index(account_tenant)\nSELECT * FROM account;\n",
    );
    let judged = |more: &[&str]| {
        let mut command = planwise();
        command.arg("assert").arg(&queries).arg("--snapshot").arg(&file).args(more);
        command.output().unwrap()
    };
    let output = judged(&[]);
    assert_status(&output, 1);
    assert_says(&stdout(&output), &["row security is on for 1 table", "--role ROLE"]);
    assert_status(&judged(&["--role", "branch \"7"]), 0);
    assert_status(&judged(&["--role", "auditor"]), 1);
    let output = judged(&["--role", "nobody"]);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["--role nobody", "no such role", "clerk"]);
    let mut session = sandbox.connect(&patient(Access::Commit)).await.unwrap();
    run(
        session.as_mut(),
        "DROP OWNED BY clerk, auditor; DROP ROLE \"branch \"\"7\", clerk, auditor",
    )
    .await;
}

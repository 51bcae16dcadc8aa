//! On the database itself.

use std::time::Duration;

use planwise::advise::{Advice, Outcome, ShortfallKind};
use planwise::compare::Method;
use planwise::ddl::Script;
use planwise::engine::{Access, DbError, SessionOptions};
use planwise::progress::Progress;
use planwise::tune::{Journal, Proven, TestBed, prove_in_place};

use super::shop::{Shop, reason, two_indexes};

async fn proven(shop: &Shop, advice: Advice, script: Option<&Script>) -> Result<Proven, DbError> {
    let run = shop.run().await;
    let bench = TestBed {
        before: &shop.target,
        run: &run,
        after: shop.target.clone(),
        workload: &shop.workload,
        options: &shop.options,
        interrupt: shop.interrupt.clone(),
        progress: Progress::hidden(),
    };
    let out = tempfile::tempdir().unwrap();
    prove_in_place(bench, advice, script, Journal::in_folder(out.path())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_helps_stays_and_what_does_not_goes() {
    let Some(shop) = Shop::open().await else { return };
    let script = shop.script(
        "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
         CREATE INDEX CONCURRENTLY orders_note ON orders (note);",
    );
    let proven = proven(&shop, Advice::default(), Some(&script)).await.unwrap();
    assert!(matches!(proven.advice.indexes[0].outcome, Outcome::Kept { ratio } if ratio < 0.5));
    assert_eq!(reason(&proven.advice.indexes[1].outcome), "no plan uses it");
    let comparison = proven.comparison.unwrap();
    assert_eq!(comparison.method, Method::Sequential);
    assert!(comparison.notes.iter().any(|note| note.contains("one after the other")));
    assert_eq!(shop.indexes(&shop.target.url).await, ["orders_customer"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_takes_everything_back() {
    let Some(shop) = Shop::open().await else { return };
    // The second leaves an invalid index behind when it fails.
    let script = shop.script(
        "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
         CREATE UNIQUE INDEX CONCURRENTLY orders_twice ON orders (customer);",
    );
    let proven = proven(&shop, Advice::default(), Some(&script)).await.unwrap();
    assert!(reason(&proven.advice.indexes[0].outcome).contains("another change failed"));
    assert!(proven.comparison.is_none());
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_takes_everything_back() {
    let Some(shop) = Shop::open().await else { return };
    let script = shop.script("CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);");
    let press = async {
        while shop.indexes(&shop.target.url).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shop.interrupt.set();
    };
    let (proven, ()) = tokio::join!(proven(&shop, Advice::default(), Some(&script)), press);
    proven.unwrap();
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_taken_is_nobodys_to_drop() {
    let Some(shop) = Shop::open().await else { return };
    shop.command("CREATE INDEX orders_customer ON orders (note)").await;
    let script = shop.script(
        "CREATE INDEX CONCURRENTLY orders_id ON orders (id, note);
         CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_customer ON orders (customer);",
    );
    let refused = proven(&shop, Advice::default(), Some(&script)).await.unwrap();
    assert!(refused.comparison.is_none());
    let [shortfall] = refused.advice.shortfalls.as_slice() else { panic!("{:?}", refused.advice) };
    assert!(shortfall.message.contains("the name orders_customer is taken"), "{shortfall:?}");
    assert_eq!(shop.indexes(&shop.target.url).await, ["orders_customer"]);

    let renamed = proven(&shop, two_indexes(), None).await.unwrap();
    let [customer, note] = renamed.advice.indexes.as_slice() else { panic!() };
    assert_eq!(customer.name, "orders_customer_2");
    assert!(customer.undo.contains("orders_customer_2;"), "{}", customer.undo);
    assert!(matches!(customer.outcome, Outcome::Kept { .. }), "{:?}", customer.outcome);
    assert_eq!(reason(&note.outcome), "no plan uses it");
    assert_eq!(shop.indexes(&shop.target.url).await, ["orders_customer", "orders_customer_2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_create_meanwhile_stays() {
    let Some(shop) = Shop::open().await else { return };
    let script = shop.script(
        "CREATE INDEX CONCURRENTLY ON orders (note);
         CREATE UNIQUE INDEX CONCURRENTLY orders_twice ON orders (customer);",
    );
    let create =
        when_built(&shop, "CREATE TABLE others (a int); CREATE INDEX theirs ON others (a)");
    let (proven, ()) = tokio::join!(proven(&shop, Advice::default(), Some(&script)), create);
    let advice = proven.unwrap().advice;
    assert!(reason(&advice.indexes[0].outcome).contains("another change failed"));
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
    let mut session = shop.sandbox.connect(&SessionOptions::default()).await.unwrap();
    let theirs = session.query_text("SELECT to_regclass('theirs')").await.unwrap();
    assert_eq!(theirs, [Some("theirs".to_owned())]);
}

/// Somebody who has written to the table and thinks about it.
async fn writer(shop: &Shop) -> Box<dyn planwise::engine::Session> {
    let writing = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let mut session = shop.sandbox.connect(&writing).await.unwrap();
    session.command("BEGIN; UPDATE orders SET note = note WHERE id = 1").await.unwrap();
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_finished_is_removed_or_listed_with_its_statement() {
    let Some(mut shop) = Shop::open().await else { return };
    let writer = writer(&shop).await;
    shop.target.options.lock_timeout = Duration::from_millis(300);
    let script = shop.script("CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);");
    let held = proven(&shop, Advice::default(), Some(&script)).await.unwrap().advice;
    assert!(
        matches!(&held.indexes[0].outcome, Outcome::Failed { error } if error.contains("lock timeout"))
    );
    let left = held.shortfalls.iter().find(|s| s.kind == ShortfallKind::LeftBehind).unwrap();
    assert_eq!(left.statements, ["DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer;"]);
    assert_eq!(shop.indexes(&shop.target.url).await, ["orders_customer"]);
    drop(writer);

    shop.command(&left.statements[0]).await;
    let reading = SessionOptions::default();
    let mut reader = shop.sandbox.connect(&reading).await.unwrap();
    // A snapshot of another table keeps the build from ending, and is no hindrance to dropping.
    reader.command("CREATE TABLE other (a int); BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM other").await.unwrap();
    let held = proven(&shop, Advice::default(), Some(&script)).await.unwrap().advice;
    assert!(matches!(&held.indexes[0].outcome, Outcome::Failed { .. }), "{held:?}");
    assert!(held.shortfalls.iter().all(|s| s.kind == ShortfallKind::NotApplied), "{held:?}");
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_while_a_build_waits_takes_it_back() {
    let Some(shop) = Shop::open().await else { return };
    let writer = writer(&shop).await;
    let script = shop.script("CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);");
    let press = async {
        while shop.indexes(&shop.target.url).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shop.interrupt.set();
        drop(writer);
    };
    let (proven, ()) = tokio::join!(proven(&shop, Advice::default(), Some(&script)), press);
    assert!(proven.unwrap().advice.shortfalls.iter().all(|s| s.kind != ShortfallKind::LeftBehind));
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
}

/// Ends planwise's own sessions, or all of them for good, as soon as an index is there.
async fn when_built(shop: &Shop, sql: &str) {
    while shop.indexes(&shop.target.url).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    shop.command(sql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_undone_on_a_new_one() {
    let Some(shop) = Shop::open().await else { return };
    let kill = when_built(
        &shop,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'planwise' AND pid <> pg_backend_pid()",
    );
    let (proven, ()) = tokio::join!(proven(&shop, two_indexes(), None), kill);
    let Err(error) = proven else { panic!("the connection was cut while an index was built") };
    assert!(error.to_string().contains("undone on a new one"), "{error}");
    assert_eq!(shop.indexes(&shop.target.url).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_leaves_the_statements_that_undo() {
    let Some(shop) = Shop::open().await else { return };
    let stop = when_built(&shop, STOP);
    let (proven, ()) = tokio::join!(proven(&shop, two_indexes(), None), stop);
    let Err(error) = proven else { panic!("a dead server proves nothing") };
    let text = error.to_string();
    assert!(text.contains("DROP INDEX CONCURRENTLY IF EXISTS orders_customer;"), "{text}");
    assert!(text.contains("When the server is back"), "{text}");
}

/// The server ends itself, by the hand of its superuser.
const STOP: &str = "COPY (SELECT 1) TO PROGRAM 'kill -QUIT $(head -1 postmaster.pid)'";

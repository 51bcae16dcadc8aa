//! On the database itself.

use std::time::Duration;

use planwise::advise::{Advice, Outcome};
use planwise::compare::Method;
use planwise::ddl::Script;
use planwise::engine::DbError;
use planwise::progress::Progress;
use planwise::tune::{Bench, Proven, prove_in_place};

use super::shop::{Shop, reason, two_indexes};

async fn proven(shop: &Shop, advice: Advice, script: Option<&Script>) -> Result<Proven, DbError> {
    let run = shop.run().await;
    let bench = Bench {
        before: &shop.target,
        run: &run,
        after: shop.target.clone(),
        workload: &shop.workload,
        options: &shop.options,
        interrupt: &shop.interrupt,
        progress: Progress::hidden(),
    };
    prove_in_place(bench, advice, script).await
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

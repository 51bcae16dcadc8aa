//! Copies of databases.

use planwise::engine::SessionOptions;
use planwise::progress::Progress;
use planwise::run::Target;
use planwise::tune::{CopyLimit, copy_of};

use super::shop::Shop;

const SUM: &str = "SELECT count(*) || ' ' || sum(hashtext(o::text)) FROM orders o";

async fn sum(shop: &Shop, url: &str) -> String {
    let engine = shop.target.engine;
    let mut session = engine.connect(url, &SessionOptions::default()).await.unwrap();
    session.query_text(SUM).await.unwrap().remove(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_restored_elsewhere_row_by_row() {
    let Some(shop) = Shop::open().await else { return };
    let run = shop.run().await;
    let copy = copy_of(&shop.target, &run, CopyLimit::default(), None, Progress::hidden());
    let copy = copy.await.unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)));
    assert_ne!(copy.target.url, shop.target.url);
    assert_eq!(sum(&shop, &copy.target.url).await, sum(&shop, &shop.target.url).await);
    assert_eq!(copy.sandbox.installation().version_number[0], run.server.version_number[0]);
    let after =
        Target { url: copy.sandbox.duplicate("after").await.unwrap(), ..copy.target.clone() };
    assert_eq!(sum(&shop, &after.url).await, sum(&shop, &shop.target.url).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_above_the_limit_is_not_copied() {
    let Some(shop) = Shop::open().await else { return };
    let run = shop.run().await;
    let limit = CopyLimit(1 << 20);
    let refused = copy_of(&shop.target, &run, limit, None, Progress::hidden()).await;
    let message = format!("{:#}", anyhow::Error::from(refused.err().unwrap()));
    assert!(
        message.contains("too large to copy") && message.contains("the limit is 2 MB"),
        "{message}"
    );
}

//! The sample workload: every planted fault that an index mends, and no index where none is missing.

use std::path::Path;

use planwise::progress::Progress;
use planwise::sample;
use planwise::workload::{self, FaultFinder};

use super::shop::{Asked, Shop};
use crate::parts;

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_workloads_missing_indexes_are_found() {
    let Some(sandbox) = parts::postgres().await else { return };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads/rental");
    let shop = Shop::on(sandbox);
    let workload = workload::read(&folder, shop.engine().dialect()).unwrap();
    let data = workload.data.clone().unwrap();
    let spec = sample::SampleSpec::from_data(&data, None, None).unwrap();
    let url = shop.url();
    sample::load(shop.engine(), &url, &spec, Progress::hidden()).await.unwrap();

    let advice = shop.advise(&workload, Asked::Copy).await;
    let score = sample::score(&workload, &[], &advice);
    for index in &advice.indexes {
        println!("{:?} {:?}\n    {}", index.queries, index.size_bytes, index.ddl);
    }
    println!("{:#?}\n{:?}\n{score}", advice.drops, advice.notes);
    let by_advice = workload.faults.iter().filter(|fault| {
        let finders = fault.found_by.iter();
        finders.clone().any(|f| !matches!(f, FaultFinder::Rule { .. }))
    });
    for fault in by_advice {
        assert!(!score.missed.contains(&fault.id), "{} is not advised", fault.id);
    }
    assert!(score.false_alarms.is_empty(), "{:?}", score.false_alarms);
}

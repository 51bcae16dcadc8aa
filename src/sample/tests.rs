//! What the data promises: the same bytes, references that lead somewhere, skew.

use std::io::Read;
use std::sync::Arc;

use super::*;

/// Not a test: `DUMP=dir SCALE=0.25 cargo test dump_files -- --ignored`.
#[test]
#[ignore]
fn dump_files() {
    let dir = std::env::var("DUMP").unwrap();
    let scale = std::env::var("SCALE").unwrap().parse().unwrap();
    let world = Arc::new(World::new(&SampleSpec { generator: "rental".into(), scale, seed: 1 }));
    for table in tables() {
        let started = std::time::Instant::now();
        let mut reader = TableReader::new(world.clone(), table, indicatif::ProgressBar::hidden());
        let mut file = std::fs::File::create(format!("{dir}/{}.copy", table.name)).unwrap();
        let n = std::io::copy(&mut reader, &mut file).unwrap();
        println!("{} {n} bytes {:?}", table.name, started.elapsed());
    }
    let _ = std::io::empty().read(&mut []);
}

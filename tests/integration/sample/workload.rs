//! The rental workload as a file: that it reads, and that its faults name what exists.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use planwise::engine;
use planwise::rule::RuleSet;
use planwise::sample::SampleSpec;
use planwise::workload::{self, FaultFinder, Workload};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads").join(name)
}

fn read(name: &str) -> Workload {
    let engine = engine::by_name("postgres").expect("the engine is registered");
    let read = workload::read(&folder(name), engine.dialect());
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_query_parses_and_its_data_can_be_made() {
    let workload = read("rental");
    for query in &workload.queries {
        assert!(query.shape.is_ok(), "{}: {:?}", query.id, query.shape);
    }
    let data = workload.data.as_ref().expect("it brings its data");
    assert_eq!(SampleSpec::from_data(data, None, None).unwrap().seed, 1);
}

#[test]
fn enough_is_planted_and_enough_is_healthy() {
    let workload = read("rental");
    let ids: HashSet<&str> = workload.faults.iter().map(|fault| fault.id.as_str()).collect();
    assert_eq!(ids.len(), workload.faults.len());
    assert!(ids.len() >= 20, "{}", ids.len());
    let sick: HashSet<&str> =
        workload.faults.iter().filter_map(|fault| fault.query.as_deref()).collect();
    let healthy = workload.queries.iter().filter(|query| !sick.contains(query.id.as_str()));
    assert!(healthy.count() >= 12);
}

/// A finder that names a table or an index which does not exist could never find anything.
#[test]
fn finders_name_tables_and_indexes_of_the_schema() {
    let schema = std::fs::read_to_string(folder("rental").join("schema/tables.sql")).unwrap();
    let load = std::fs::read_to_string(folder("rental").join("schema/load.sql")).unwrap();
    for finder in read("rental").faults.iter().flat_map(|fault| &fault.found_by) {
        match finder {
            FaultFinder::Rule { .. } => {}
            FaultFinder::Index { index, keys, .. } => {
                assert!(schema.contains(&format!("CREATE TABLE {index} (")), "{index}");
                assert!(!keys.is_empty());
            }
            FaultFinder::Drop { drop } => {
                assert!(load.contains(&format!("CREATE INDEX {drop} ")), "{drop}");
            }
        }
    }
}

#[test]
fn finders_name_rules_that_exist() {
    let rules = RuleSet::load(&[]).unwrap_or_else(|problems| panic!("{problems}"));
    for finder in read("rental").faults.iter().flat_map(|fault| &fault.found_by) {
        if let FaultFinder::Rule { rule } = finder {
            assert!(rules.rule(rule).is_some(), "{rule}");
        }
    }
}

#[test]
fn the_playbook_reads_for_both_of_its_databases() {
    for name in ["pagila", "sakila"] {
        let workload = read(name);
        let ids: Vec<&str> = workload.queries.iter().map(|query| query.id.as_str()).collect();
        assert_eq!(ids, ["category-newest-rentals", "busiest-actors"]);
        assert!(workload.queries.iter().all(|query| query.shape.is_ok()));
    }
}

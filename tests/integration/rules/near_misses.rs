//! Plans as strangers paste them, each beside what a rule is about: what was said wrongly of such plans once.

use planwise::engine;
use planwise::plan::measure;
use planwise::rule::{Finding, Severity, judge_plan};

use super::case::rules;

fn said(plan: &str) -> Vec<Finding> {
    let postgres = engine::by_name("postgres").expect("an engine");
    let plan = postgres.parse_plan(plan).expect("a plan");
    judge_plan(&plan, &measure(&plan), None, &rules(), postgres).findings
}

fn of<'f>(findings: &'f [Finding], rule: &str) -> &'f Finding {
    let found = findings.iter().find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic!("{rule} is silent: {findings:#?}"))
}

/// The sort has a key more than there are groups: the aggregate asks for its rows in that order.
#[test]
fn groups_whose_rows_are_wanted_in_order_are_not_hashed() {
    let plan = "\
GroupAggregate  (cost=140000.00..160000.00 rows=900 width=40) (actual time=900.0..1300.0 rows=900 loops=1)
  Group Key: shop
  ->  Sort  (cost=140000.00..142500.00 rows=1000000 width=40) (actual time=890.0..1000.0 rows=1000000 loops=1)
        Sort Key: shop, total
        Sort Method: quicksort  Memory: 102000kB
        ->  Seq Scan on sale  (cost=0.00..20000.00 rows=1000000 width=40) (actual time=0.1..90.0 rows=1000000 loops=1)
Planning Time: 0.3 ms
Execution Time: 1310.0 ms";
    let rules: Vec<String> = said(plan).into_iter().map(|finding| finding.rule).collect();
    assert!(!rules.contains(&"sorted-for-few-groups".to_owned()), "{rules:?}");
}

/// Four bytes of each row are needed: something is summed, and no estimate of the count will do.
#[test]
fn a_sum_is_not_taken_for_a_count() {
    let plan = "\
Finalize Aggregate  (cost=90000.00..90000.01 rows=1 width=8) (actual time=480.0..490.0 rows=1 loops=1)
  ->  Gather  (cost=90000.00..90000.00 rows=4 width=8) (actual time=470.0..489.0 rows=5 loops=1)
        Workers Planned: 4
        Workers Launched: 4
        ->  Partial Aggregate  (cost=89000.00..89000.01 rows=1 width=8) (actual time=440.0..440.0 rows=1 loops=5)
              ->  Parallel Seq Scan on big  (cost=0.00..80000.00 rows=2500000 width=4) (actual time=60.0..330.0 rows=2000000 loops=5)
Planning Time: 0.3 ms
JIT:
  Functions: 17
  Options: Inlining false, Optimization false, Expressions true, Deforming true
  Timing: Generation 8.1 ms, Inlining 0.0 ms, Optimization 21.0 ms, Emission 230.0 ms, Total 259.1 ms
Execution Time: 492.0 ms";
    assert_eq!(said(plan).iter().find(|finding| finding.rule == "count-of-large-table"), None);
    let counted = plan.replace("rows=2500000 width=4", "rows=2500000 width=0");
    of(&said(&counted), "count-of-large-table");
}

/// Most of a short search is the way down the index, and a longer key does not spare that.
#[test]
fn in_a_loop_an_index_with_more_columns_saves_rows_and_no_searches() {
    let plan = "\
Nested Loop (cost=0.86..5100.00 rows=210 width=16) (actual time=0.060..212.113 rows=205.00 loops=1)
  Buffers: shared hit=40120
  ->  Index Scan using a_kind on a (cost=0.43..900.00 rows=10000 width=8) (actual time=0.020..12.113 rows=10000.00 loops=1)
        Index Cond: (kind = 4)
        Index Searches: 1
        Buffers: shared hit=120
  ->  Index Scan using b_a on b (cost=0.43..0.46 rows=1 width=8) (actual time=0.019..0.019 rows=0.02 loops=10000)
        Index Cond: (a_id = a.id)
        Filter: (state = 'late'::text)
        Rows Removed by Filter: 3
        Index Searches: 10000
        Buffers: shared hit=40000
Planning:
  Buffers: shared hit=12
Planning Time: 0.210 ms
Execution Time: 212.300 ms";
    let findings = said(plan);
    let saved = of(&findings, "index-scan-discards-rows").gain.saved_ms.expect("modelled");
    assert!(saved.low < 1.0 && saved.high < 110.0, "{saved:?}");
}

/// The rows may all be discarded by the condition on the date.
#[test]
fn a_pattern_beside_other_conditions_promises_nothing_for_sure() {
    let plan = "\
Index Scan using ticket_queue on ticket  (cost=0.43..8200.00 rows=12 width=80) (actual time=0.1..96.0 rows=9 loops=1)
  Index Cond: (queue = ANY ('{3,4,5}'::integer[]))
  Filter: ((body ~~* '%refund%'::text) AND (opened > (now() - '30 days'::interval)))
  Rows Removed by Filter: 41000
  Buffers: shared hit=9100
Planning Time: 0.3 ms
Execution Time: 96.2 ms";
    let findings = said(plan);
    let finding = of(&findings, "pattern-without-trigram-index");
    let saved = finding.gain.saved_ms.expect("modelled");
    assert!(saved.low == 0.0 && saved.high > 90.0, "{saved:?}");
    assert!(finding.severity < Severity::High);
    let alone = plan.replace(" AND (opened > (now() - '30 days'::interval))", "");
    let findings = said(&alone);
    let saved = of(&findings, "pattern-without-trigram-index").gain.saved_ms.expect("modelled");
    assert!(saved.low > 80.0, "{saved:?}");
}

/// One row each time is a number that was rounded; half of all of them is the least it can be, and no news.
#[test]
fn rows_of_a_loop_are_told_as_the_server_tells_them() {
    let plan = "\
Nested Loop  (cost=1.00..990000.00 rows=290000 width=8) (actual time=1.0..147000.0 rows=286900 loops=1)
  Buffers: shared hit=1100000 read=240000
  ->  Seq Scan on a  (cost=0.00..90000.00 rows=290000 width=8) (actual time=0.5..21000.0 rows=286947 loops=1)
        Buffers: shared hit=100 read=60000
  ->  Index Scan using b_pkey on b  (cost=0.43..3.00 rows=1 width=8) (actual time=0.430..0.438 rows=1 loops=286947)
        Index Cond: (id = a.b_id)
        Buffers: shared hit=1099900 read=180000
Execution Time: 148000.0 ms";
    let findings = said(plan);
    let message = &of(&findings, "io-bound").message;
    assert!(message.contains("for 286,947 rows"), "{message}");
}

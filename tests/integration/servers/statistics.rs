//! Statistics carried to a copy: its plans are the source's, whatever its own look at the data would have said.

use planwise::engine::{self, ExplainMode, Session};
use planwise::sandbox::Sandbox;

use super::{administrator, events};

const QUERIES: [&str; 3] = [
    "SELECT COUNT(*) FROM event WHERE kind = 'rare' AND cost < 500",
    "SELECT p.name, e.cost FROM person p JOIN event e ON e.person_id = p.id WHERE p.id < 400",
    "SELECT * FROM event WHERE person_id = 42 AND at > '2024-02-01'",
];

/// What makes a server believe that the table is another: larger, of fewer people.
const MISTAKEN: [&str; 4] = [
    "UPDATE mysql.innodb_table_stats SET n_rows = 5000000, clustered_index_size = 70000 \
     WHERE database_name = DATABASE() AND table_name = 'event'",
    "UPDATE mysql.innodb_index_stats SET stat_value = 7 WHERE database_name = DATABASE() \
     AND table_name = 'event' AND index_name = 'of_person' AND stat_name = 'n_diff_pfx01'",
    "UPDATE mysql.innodb_index_stats SET stat_value = 5000000 WHERE database_name = DATABASE() \
     AND table_name = 'event' AND stat_name IN ('n_diff_pfx02', 'n_leaf_pages')",
    "FLUSH TABLES",
];

/// Rows that the optimiser expects, part by part, with the indexes that it takes.
async fn expected(session: &mut dyn Session) -> Vec<String> {
    let mut found = Vec::new();
    for query in QUERIES {
        let plan = session.explain(query, &[], ExplainMode::Estimate).await.unwrap().plan;
        let nodes = plan.walk();
        found.extend(
            nodes.iter().filter(|(node, _)| node.relation.is_some()).map(|(node, _)| {
                format!("{:?} {:?} {:?}", node.relation, node.index, node.plan_rows)
            }),
        );
    }
    found
}

async fn carried(engine: &str, histogram: &str) {
    let Some(mut source) = events(engine).await else { return };
    let Some(mut copy) = events(engine).await else { return };
    mistaken(&mut source, &[histogram]).await;
    let mut there = administrator(&source).await;
    let wanted = expected(there.as_mut()).await;
    let fresh = expected(administrator(&copy).await.as_mut()).await;
    assert_ne!(wanted, fresh, "{engine}: nothing to be carried");
    let told = carry(engine, &source.url(source.database()), &mut copy).await;
    assert_eq!((told.tables, told.tables_of_source), (4, 4), "{engine}: {told:?}");
    assert_eq!(told.histograms, told.histograms_of_source, "{engine}: {told:?}");
    assert!(told.histograms > 0 && told.remarks.is_empty(), "{engine}: {told:?}");
    assert_eq!(expected(administrator(&copy).await.as_mut()).await, wanted, "{engine}");
}

async fn carry(engine: &str, source: &str, copy: &mut Sandbox) -> engine::CarriedStatistics {
    let engine = engine::by_name(engine).unwrap();
    let carried = engine.carry_statistics(source, &copy.url(copy.database())).await;
    let carried = carried.unwrap().unwrap();
    if carried.needs_restart {
        copy.restart(Vec::new()).await.unwrap();
    }
    carried
}

/// A server that has come to believe so.
async fn mistaken(source: &mut Sandbox, first: &[&str]) {
    let mut session = administrator(source).await;
    for statement in first.iter().copied().chain(MISTAKEN) {
        session.command(statement).await.unwrap();
    }
    drop(session);
    source.restart(Vec::new()).await.unwrap();
}

/// A login that sees its own tables alone still tells how many rows there are, and how many values.
async fn told_by_a_reader(engine: &str) {
    let Some(mut source) = events(engine).await else { return };
    let Some(mut copy) = events(engine).await else { return };
    mistaken(&mut source, &[]).await;
    let mut there = administrator(&source).await;
    there.command("CREATE USER reader@localhost IDENTIFIED BY 'secret'").await.unwrap();
    there.command("GRANT SELECT ON test.* TO reader@localhost").await.unwrap();
    let url = source.url(source.database());
    let (scheme, rest) = url.split_once("://").unwrap();
    let url = format!("{scheme}://reader:secret@{}", rest.split_once('@').unwrap().1);
    let told = carry(engine, &url, &mut copy).await;
    assert!(told.remarks[0].contains("may not read mysql.innodb_index_stats"), "{told:?}");
    let mut here = administrator(&copy).await;
    let rows = "SELECT CONCAT(n_rows, ' ', (SELECT stat_value FROM mysql.innodb_index_stats i WHERE \
                i.database_name = t.database_name AND i.table_name = t.table_name AND index_name = 'of_person' \
                AND stat_name = 'n_diff_pfx01')) FROM mysql.innodb_table_stats t \
                WHERE database_name = DATABASE() AND table_name = 'event'";
    let now = here.query_text(rows).await.unwrap().remove(0).unwrap();
    let (rows, people) = now.split_once(' ').unwrap();
    let (rows, people): (f64, f64) = (rows.parse().unwrap(), people.parse().unwrap());
    assert!((4.9e6..5.1e6).contains(&rows) && people == 7.0, "{engine}: {now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_on_mariadb_plans_as_its_source() {
    carried("mariadb", "ANALYZE TABLE event PERSISTENT FOR COLUMNS (kind, cost) INDEXES (of_kind)")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_on_mysql_plans_as_its_source() {
    carried("mysql", "ANALYZE TABLE event UPDATE HISTOGRAM ON cost, body WITH 16 BUCKETS").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_rights_on_the_servers_own_tables_tells_less() {
    told_by_a_reader("mariadb").await;
    told_by_a_reader("mysql").await;
}

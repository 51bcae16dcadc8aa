//! The slow and the general log.

use super::{captured, query};
use crate::program::Desk;

const MYSQL: &str = "\
/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /tmp/mysql.sock
Time                 Id Command    Argument
# Time: 2024-03-04T10:11:12.500000Z
# User@Host: ann[ann] @ localhost []  Id:     8
# Query_time: 0.250000  Lock_time: 0.002000 Rows_sent: 1  Rows_examined: 100
use shop;
SET timestamp=1709547072;
SELECT *
# not a header
FROM t WHERE a = 'x;y';
# Time: 2024-03-04T10:11:13.500000Z
# User@Host: ann[ann] @ localhost []  Id:     8
# Query_time: 0.000001  Lock_time: 0.000000 Rows_sent: 0  Rows_examined: 0
SET timestamp=1709547073;
# administrator command: Quit;
# Time: 2024-03-04T10:11:14.500000Z
# User@Host: bob[bob] @ web1 [10.0.0.7]  Id:     9
# Query_time: 1.500000  Lock_time: 0.000000 Rows_sent: 3  Rows_examined: 7 Thread_id: 9 Errno: 1054 Killed: 0
SET timestamp=1709547073;
SELECT 2";

#[test]
fn mysqls_slow_log_is_read_to_its_last_entry() {
    let desk = Desk::new();
    let log = desk.write("slow.log", MYSQL);
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["engine"], &digest["statements"]),
        (&"mysql".into(), &3.into()),
        "{digest:#}"
    );
    assert_eq!(digest["duration_ms"], 1750.001);
    assert_eq!(
        (&digest["sessions"], &digest["errors"], &digest["rejected"]),
        (&2.into(), &1.into(), &0.into())
    );
    let text = &digest["queries"][1]["typical"];
    assert_eq!(text["text"], "SELECT *\n# not a header\nFROM t WHERE a = 'x;y'");
    // The time is of the end.
    assert_eq!(text["start_us"], 1_709_547_072_250_000i64);
    assert_eq!(digest["queries"][1]["databases"][0]["value"], "shop");
    assert_eq!(digest["queries"][1]["figures"]["rows_examined"], 100.0);
}

#[test]
fn mariadbs_slow_log_says_times_only_once() {
    let desk = Desk::new();
    let log = desk.write(
        "slow.log",
        "# Time: 240304 10:11:12\n\
         # User@Host: ann[ann] @ localhost []\n\
         # Thread_id: 8  Schema: shop  QC_hit: No\n\
         # Query_time: 0.250000  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 100\n\
         # Rows_affected: 0  Bytes_sent: 54\n\
         # explain: id\tselect_type\n\
         # explain: 1\tSIMPLE\n\
         SET timestamp=1709547072;\n\
         SELECT * FROM t WHERE a IN (1,2,3);\n\
         # User@Host: ann[ann] @ localhost []\n\
         # Thread_id: 8  Schema: shop  QC_hit: No\n\
         # Query_time: 0.500000  Lock_time: 0.000100  Rows_sent: 1  Rows_examined: 100\n\
         # Rows_affected: 0  Bytes_sent: 54\n\
         SET timestamp=1709547072;\n\
         SELECT * FROM t WHERE a IN (4);\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["engine"], &digest["statements"], &digest["sessions"]),
        (&"mariadb".into(), &2.into(), &1.into()),
        "{digest:#}"
    );
    assert_eq!((&digest["duration_ms"], &digest["fingerprints"]), (&750.0.into(), &1.into()));
    assert_eq!(digest["queries"][0]["plans"], 1);
    assert_eq!(digest["queries"][0]["slowest"]["start_us"], 1_709_547_072_000_000i64);
}

#[test]
fn the_general_log_has_statements_and_no_durations() {
    let desk = Desk::new();
    let log = desk.write(
        "general.log",
        "240304 10:11:12\t     8 Connect\tann@localhost on shop using Socket\n\
         \t\t     8 Query\tSELECT *\n  FROM t\n\
         \t\t     8 Prepare\tSELECT * FROM t WHERE a = ?\n\
         \t\t     8 Execute\tSELECT * FROM t WHERE a = 5\n\
         240304 10:11:13\t     8 Quit\t\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["statements"], &digest["without_duration"]),
        (&2.into(), &2.into()),
        "{digest:#}"
    );
    assert_eq!((&digest["connections"], &digest["disconnections"]), (&1.into(), &1.into()));
    assert_eq!(query(&digest, "WHERE")["databases"][0]["value"], "shop");
}

#[test]
fn old_slow_logs_put_time_and_user_into_one_line() {
    let desk = Desk::new();
    let log = desk.write(
        "slow.log",
        "# Time: 071218 11:48:27 # User@Host: ann[ann] @  []\n\
         # Thread_id: 10\n\
         # Query_time: 0.000012  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
         # No InnoDB statistics available for this query\n\
         SELECT a\nFROM t;\n\
         # Time: 071218 11:48:28 # User@Host: ann[ann] @  []\n\
         # User@Host: ann[ann] @  []\n\
         # Thread_id: 10\n\
         # Query_time: 0.000012  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
         SET autocommit=1;\n\
         # User@Host: ann[ann] @ web [10.1.250.19]\n\
         # Query_time: 0.000018  Lock_time: 0.000000  Rows_sent: 0  Rows_examined: 0\n\
         SELECT 2;\n",
    );
    let digest = captured(&[&log], &desk.path("a.workload"), &[]);
    assert_eq!(
        (&digest["engine"], &digest["statements"], &digest["rejected"]),
        (&"mysql".into(), &3.into(), &0.into()),
        "{digest:#}"
    );
    assert_eq!(digest["duration_ms"], 0.042);
    assert_eq!(query(&digest, "SELECT")["users"][0]["value"], "ann");
}

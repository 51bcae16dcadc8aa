//! Workload files as people have them: scripts of the shell, of programs, of the statistics view.

use std::fs;

use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::sql::Dialect;
use planwise::workload::{self, Query, Workload};

use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, query, read_json, stdout};

fn read_files(files: &[(&str, &str)], dialect: &dyn Dialect) -> Workload {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let path = folder.path().join(files[0].0);
    workload::read(&path, dialect).unwrap_or_else(|error| panic!("{error}"))
}

fn read(script: &str) -> Workload {
    read_files(&[("script.sql", script)], &PostgresDialect)
}

fn texts(workload: &Workload) -> Vec<&str> {
    workload.queries.iter().map(|query| query.sql.as_str()).collect()
}

fn settings(query: &Query) -> String {
    let all: Vec<String> =
        query.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    all.join(" ")
}

fn params(query: &Query) -> Vec<Vec<&str>> {
    query
        .params
        .iter()
        .map(|set| set.iter().map(|value| value.as_deref().unwrap_or("NULL")).collect())
        .collect()
}

#[test]
fn the_shells_variables_are_put_in() {
    let workload = read(
        "\\set shop 77\n\\set kind '''late'''\n\\timing on\n-- name: by-shop\n\\echo next\n\
         SELECT 1 FROM visit WHERE shop = :shop AND at::date > '2024-01-01'; -- :shop\n\
         SELECT 1 FROM visit WHERE kind = :kind AND name = :'shop' \\gx\n\
         \\unset shop\nSELECT 1 FROM visit WHERE shop = :shop \\g\n",
    );
    assert_eq!(
        texts(&workload),
        [
            "SELECT 1 FROM visit WHERE shop = 77 AND at::date > '2024-01-01'",
            "SELECT 1 FROM visit WHERE kind = 'late' AND name = '77'",
            "SELECT 1 FROM visit WHERE shop = $1",
        ]
    );
    assert_eq!(workload.queries[0].id, "by-shop");
    assert_eq!(workload.queries[2].parameters, ["shop"]);
    assert!(workload.notes.is_empty(), "{:?}", workload.notes);
}

#[test]
fn a_benchmarks_random_numbers_are_values_of_a_parameter() {
    let workload = read(
        "\\set aid random(1, 100000 * :scale)\n\\setrandom delta -5 5\nBEGIN;\n\
         SELECT b FROM accounts WHERE aid = :aid AND d > :delta;\nEND;\n",
    );
    assert_eq!(texts(&workload), ["SELECT b FROM accounts WHERE aid = $1 AND d > $2"]);
    let sets = params(&workload.queries[0]);
    assert_eq!(
        (sets.len(), sets[0].as_slice(), sets[4][0]),
        (5, ["10000", "-4"].as_slice(), "90000")
    );
}

#[test]
fn what_the_shell_would_do_itself_is_a_row_and_not_done() {
    let workload = read(
        "SELECT 1;\n\\! touch /tmp/never\n\\copy visit to 'x.csv'\n\
         SELECT format('DROP TABLE %I', t) FROM old \\gexec\n\\c other\n\\if :x\nSELECT 2;\n\\endif\n\\q\nSELECT 3;\n",
    );
    let refused: Vec<bool> = workload.queries.iter().map(|q| q.refused.is_some()).collect();
    assert_eq!(refused, [false, true, true, true, false]);
    assert_eq!(texts(&workload)[1], "\\! touch /tmp/never");
    assert_says(&workload.notes.join(" "), &["script.sql", "\\c (line 5)", "\\if (line 6)"]);
}

#[test]
fn rows_of_data_are_passed_over_whole() {
    let workload = read(
        "COPY visit (id, note) FROM stdin;\n1\tit's; SELECT\n2\t\"odd\n\\.\n\nSELECT 'kept';\n\
         \\copy visit from pstdin\n3\tdon't\n\\.\nSELECT 2;\n",
    );
    assert_eq!(
        texts(&workload),
        [
            "COPY visit (id, note) FROM stdin",
            "SELECT 'kept'",
            "\\copy visit from pstdin",
            "SELECT 2"
        ]
    );
    assert!(workload.queries[0].refused.as_ref().unwrap().contains("--load"));
    assert_eq!(workload.queries[3].line, 10);
}

#[test]
fn included_scripts_are_read_in_their_place_and_in_no_circle() {
    let workload = read_files(
        &[
            ("all.sql", "SET jit = off;\n\\ir parts/one.sql\nSELECT 'after';\n\\i missing.sql\n"),
            ("parts/one.sql", "SELECT 'one';\n\\ir two.sql\n"),
            ("parts/two.sql", "SELECT 'two';\n\\ir ../all.sql\n"),
        ],
        &PostgresDialect,
    );
    assert_eq!(
        texts(&workload),
        ["SELECT 'one'", "SELECT 'two'", "\\ir ../all.sql", "SELECT 'after'", "\\i missing.sql"]
    );
    assert!(workload.queries.iter().all(|query| settings(query) == "jit=off"));
    assert!(workload.queries[2].refused.as_ref().unwrap().contains("already"));
    assert!(workload.queries[4].refused.as_ref().unwrap().contains("does not exist"));
}

#[test]
fn settings_belong_to_the_statements_below() {
    let workload = read(
        "SET client_encoding = 'UTF8';\n-- name: first\nSET search_path TO shop_1, public;\n\
         SELECT 1 FROM visit;\nBEGIN;\nSET LOCAL work_mem = '64MB';\nSELECT 2;\nCOMMIT;\n\
         RESET search_path;\nSELECT 3;\nSET ROLE boss;\nSET statement_timeout = 0;\nSELECT 4;\n",
    );
    assert_eq!(
        texts(&workload),
        [
            "SELECT 1 FROM visit",
            "SELECT 2",
            "SELECT 3",
            "SET ROLE boss",
            "SET statement_timeout = 0",
            "SELECT 4"
        ]
    );
    let all: Vec<String> = workload.queries.iter().map(settings).collect();
    assert_eq!(all[0], "search_path=shop_1, public");
    assert_eq!(all[1], "search_path=shop_1, public work_mem=64MB");
    assert_eq!([&all[2], &all[5]], ["", ""]);
    assert_eq!(workload.queries[0].id, "first");
    assert_says(workload.queries[3].refused.as_ref().unwrap(), &["role", "login"]);
    assert_says(workload.queries[4].refused.as_ref().unwrap(), &["statement_timeout", "limits"]);
}

#[test]
fn an_execution_is_the_prepared_statement_with_its_values() {
    let workload = read(
        "PREPARE by_shop (bigint) AS SELECT 1 FROM visit WHERE shop = $1;\n\
         EXECUTE by_shop(7);\nEXPLAIN ANALYZE EXECUTE by_shop(8);\n\
         -- name: later\nEXECUTE by_shop(9);\nEXECUTE by_shop(1 + 1);\nEXECUTE other(1);\nDEALLOCATE by_shop;\n",
    );
    assert_eq!(
        texts(&workload),
        [
            "SELECT 1 FROM visit WHERE shop = ($1::bigint)",
            "SELECT 1 FROM visit WHERE shop = ($1::bigint)",
            "SELECT 1 FROM visit WHERE shop = ((1 + 1)::bigint)",
            "EXECUTE other(1)",
        ]
    );
    assert_eq!(params(&workload.queries[0]), [["7"], ["8"]]);
    assert_eq!(
        (workload.queries[1].id.as_str(), params(&workload.queries[1])),
        ("later", vec![vec!["9"]])
    );
    assert!(workload.queries[3].refused.is_some());
}

#[test]
fn values_are_given_by_name_or_in_order() {
    let workload = read(
        "-- name: get_user^ :one\n-- params: [{\"id\": 7, \"day\": null}, [8, \"2024-01-01\"]]\n\
         SELECT sqlc.embed(u) FROM u WHERE id = @id AND day > @day OR id = @id;\n\
         -- :name find-user :? :1\nSELECT 1 FROM u WHERE name = :v:name AND doc ? 'k';\n\
         SELECT 1 FROM u WHERE id = $1 \\bind 5 \\g\n",
    );
    let first = &workload.queries[0];
    assert_eq!(first.sql, "SELECT u.* FROM u WHERE id = $1 AND day > $2 OR id = $1");
    assert_eq!(params(first), [["7", "NULL"], ["8", "2024-01-01"]]);
    let ids: Vec<&str> = workload.queries.iter().map(|query| query.id.as_str()).collect();
    assert_eq!(ids, ["get_user", "find-user", "q3"]);
    assert_eq!(workload.queries[1].sql, "SELECT 1 FROM u WHERE name = $1 AND doc ? 'k'");
    assert_eq!(params(&workload.queries[2]), [["5"]]);
}

#[test]
fn texts_of_the_statistics_view_are_read() {
    let workload = read(
        "SELECT count(*) FROM visit WHERE at > $1::timestamptz - interval $2 AND shop = $3;\n\
         SELECT extract($1 FROM at) FROM visit WHERE shop IN ($2 /*, ... */);\n\
         SELECT 1 FROM visit WHERE at BETWEEN date $1 AND timestamp with time zone $2 LIMIT $3;\n\
         SET work_mem = $1;\nFETCH FORWARD $1 FROM c;\nSELECT $1;\n",
    );
    let unread: Vec<&str> =
        workload.queries.iter().filter(|q| q.shape.is_err()).map(|q| q.sql.as_str()).collect();
    assert_eq!(unread, ["SET work_mem = $1", "FETCH FORWARD $1 FROM c"]);
    assert!(workload.queries[3].refused.is_some() && workload.queries[4].refused.is_some());
    assert_eq!(workload.queries[0].shape.as_ref().unwrap().parameters, 3);
}

#[test]
fn two_statements_that_are_cut_off_are_two_rows() {
    let workload = read(
        "SELECT 1 FROM a WHERE k IN ('x', 'y\nSELECT 'whole';\nSELECT 2 FROM b;\n\
         SELECT 3 FROM c WHERE n LIKE 'z\nSELECT 4;\n",
    );
    let rows: Vec<_> =
        workload.queries.iter().map(|q| (q.sql.as_str(), q.line, q.refused.is_some())).collect();
    assert_eq!(
        rows,
        [
            ("SELECT 1 FROM a WHERE k IN ('x', 'y", 1, true),
            ("SELECT 'whole'", 2, false),
            ("SELECT 2 FROM b", 3, false),
            ("SELECT 3 FROM c WHERE n LIKE 'z", 4, true),
            ("SELECT 4", 5, false),
        ]
    );
}

#[test]
fn other_clients_batches_end_statements() {
    let workload = read("SELECT 1\nGO\nSELECT 2\n/\nSELECT a\n/\nb FROM t\ngo 2\n");
    assert_eq!(texts(&workload), ["SELECT 1", "SELECT 2", "SELECT a\n/\nb FROM t"]);
    let workload = read_files(
        &[(
            "script.sql",
            "DELIMITER //\nSELECT 1 // \nDELIMITER ;\nSELECT 2\\G\nSET @shop = 7;\n\
             SELECT 1 FROM visit WHERE shop = @shop AND k = #{k} AND m = :k AND n = ?;\n",
        )],
        &MysqlDialect,
    );
    assert_eq!(
        texts(&workload),
        [
            "SELECT 1",
            "SELECT 2",
            "SELECT 1 FROM visit WHERE shop = @shop AND k = ? AND m = ? AND n = ?"
        ]
    );
    assert_eq!(settings(&workload.queries[2]), "@shop=7");
    assert_eq!(workload.queries[2].parameters, ["k", "2"]);
}

const SCHEMA: &str = "CREATE SCHEMA north; CREATE SCHEMA south;
    CREATE TABLE north.visit (id int PRIMARY KEY, shop int, note text);
    CREATE TABLE south.visit (id int PRIMARY KEY, shop int, note text);
    INSERT INTO north.visit SELECT g, g * 7919 % 3000, 'n' FROM generate_series(1, 30000) g;
    INSERT INTO south.visit SELECT g, 1, 'n' FROM generate_series(1, 10) g;
    VACUUM ANALYZE;";

const SCRIPT: &str = "\\set shop 77\n\\timing\nSET search_path TO north;\nSET work_mem = '64MB';\n\
    SELECT count(*) FROM visit WHERE shop = :shop;\nSELECT * FROM visit ORDER BY note, shop, id;\n\
    SET search_path TO south;\nSELECT id FROM visit WHERE shop = %s;\nSELECT 'cut\nSET ROLE other;\n";

#[tokio::test(flavor = "multi_thread")]
async fn run_and_advise_take_the_session_along() {
    let Some(sandbox) = parts::postgres().await else { return };
    drop(sandbox);
    for (verb, options) in [("run", &["--rounds", "1"][..]), ("advise", &[])] {
        let desk = Desk::new();
        let (schema, script) = (desk.write("schema.sql", SCHEMA), desk.write("script.sql", SCRIPT));
        let mut command = planwise();
        command.arg(verb).arg(script).args(["--sandbox", "--load"]).arg(schema).args(options);
        let output = command.arg("--out").arg(desk.out()).output().unwrap();
        assert_status(&output, 0);
        let run = desk.run_json();
        let first = query(&run, "q1");
        assert_eq!(first["shape"]["tables"][0]["schema"], "north");
        let sort = query(&run, "q2").to_string();
        assert!(!sort.contains("external merge"), "{sort}");
        // Without values: planned all the same, in the schema of its own session.
        let third = query(&run, "q3");
        assert_eq!(third["plans"][0]["plan"]["root"]["schema"], "south", "{third}");
        for id in ["q4", "q5"] {
            assert_eq!(query(&run, id)["status"]["state"], "refused", "{verb} {id}");
        }
        let text = stdout(&output);
        assert_says(&text, &["q4", "never closed", "q5", "--db"]);
        let advice = read_json(&desk.out().join("advice.json")).to_string();
        assert!(
            advice.contains("north")
                && !advice
                    .contains("CREATE INDEX CONCURRENTLY IF NOT EXISTS visit_shop_idx ON south"),
            "{advice}"
        );
        assert!(!text.contains("ALTER DATABASE"), "{text}");
    }
}

#[test]
fn a_cursor_stands_for_its_query() {
    let workload = read(
        "BEGIN;\nDECLARE c NO SCROLL CURSOR WITH HOLD FOR SELECT id FROM visit WHERE shop = 7;\nFETCH 100 FROM c;\nCOMMIT;\n",
    );
    assert_eq!(workload.queries[0].sql, "SELECT id FROM visit WHERE shop = 7");
    assert_eq!(workload.queries[0].refused, None);
    assert!(workload.queries[1].refused.is_some(), "{:?}", workload.queries[1]);
}

#[test]
fn names_divide_statements_without_terminators() {
    let workload = read(
        "-- :name by-shop :? :*\n-- :doc of one\nSELECT id FROM visit WHERE shop = :shop\n\n-- :name all :? :n\n\
         SELECT count(*) FROM visit\n",
    );
    let ids: Vec<&str> = workload.queries.iter().map(|query| query.id.as_str()).collect();
    assert_eq!(ids, ["by-shop", "all"]);
    assert_eq!(texts(&workload)[0], "SELECT id FROM visit WHERE shop = $1");
    assert_eq!(workload.queries[1].line, 6);
}

#[test]
fn a_programs_log_is_a_workload() {
    let workload = read(
        "Started GET \"/visits\" for 127.0.0.1\n  \u{1b}[1m\u{1b}[36mVisit Load (41.9ms)\u{1b}[0m  \u{1b}[34mSELECT \"visit\".* FROM \
         \"visit\" WHERE \"visit\".\"shop\" = $1 LIMIT $2\u{1b}[0m  [[\"shop\", 7], [\"LIMIT\", 20]]\n  ↳ app/shops.rb:12:in `index'\n  \
         Visit Load (40.0ms)  SELECT \"visit\".* FROM \"visit\" WHERE \"visit\".\"shop\" = $1 LIMIT $2  [[\"shop\", 9], [\"LIMIT\", \
         20]]\n  Visit Count (33.1ms)  SELECT COUNT(*) FROM \"visit\"\nCompleted 200 OK in 99ms (Views: 20.0ms)\n",
    );
    let [load, count] = workload.queries.as_slice() else { panic!("{:?}", workload.queries) };
    assert_eq!(params(load), [["7", "20"], ["9", "20"]]);
    assert_eq!((load.weight, load.line), (2.0, 2));
    assert_eq!((count.sql.as_str(), count.line), ("SELECT COUNT(*) FROM \"visit\"", 5));
    assert!(workload.notes[0].contains("the log of a program"), "{:?}", workload.notes);
}

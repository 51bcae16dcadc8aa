//! Snapshots that somebody damaged, or made to do harm.

use planwise::engine::{ColumnFacts, SchemaObject, SettingFacts};
use planwise::snapshot::Snapshot;

use super::stand::{database, replica, snapshot};
use crate::parts;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

const TABLES: &str = "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t SELECT n, n FROM generate_series(1, 50000) n; \
     CREATE TABLE u (a int); INSERT INTO u SELECT n FROM generate_series(1, 500) n;";
const QUERIES: &str = "-- name: one\n-- expect: index(t_pkey)\nSELECT * FROM t WHERE a = 5;\n\
     -- name: other\n-- expect: seq scan on u\nSELECT * FROM u;\n";

fn assert_on(desk: &Desk, file: &std::path::Path) -> std::process::Output {
    let queries = desk.write("queries.sql", QUERIES);
    let mut command = planwise();
    command.arg("assert").arg(queries).arg("--snapshot").arg(file).output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_snapshot_is_said() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "plain", TABLES).await;
    let whole = snapshot(&sandbox).await;
    let desk = Desk::new();
    let file = desk.path("t.snapshot");
    whole.write(&file).unwrap();
    let bytes = std::fs::read(&file).unwrap();
    for (content, said) in [
        (bytes[..bytes.len() / 2].to_vec(), "damaged or cut off"),
        (Vec::new(), "it is empty"),
        (b"SELECT 1".to_vec(), "is no snapshot"),
    ] {
        let broken = desk.write("broken.snapshot", content);
        let output = assert_on(&desk, &broken);
        assert_status(&output, 2);
        assert_says(&stderr(&output), &[said, "broken.snapshot"]);
    }
    let mut newer = whole.clone();
    newer.format = 77;
    newer.write(&file).unwrap();
    let output = assert_on(&desk, &file);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["use a newer planwise"]);
    let mut other = whole;
    other.state.engine = "oracle".to_owned();
    other.write(&file).unwrap();
    let output = assert_on(&desk, &file);
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["snapshots of oracle are not supported"]);
}

/// What cannot be made is left out and said; what does not depend on it is planned.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_does_not_fit_is_used_as_far_as_it_goes() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "plain", TABLES).await;
    let mut odd: Snapshot = snapshot(&sandbox).await;
    let column = |column: &str, values: &str| ColumnFacts {
        schema: "public".to_owned(),
        relation: "t".to_owned(),
        column: column.to_owned(),
        common_values: Some(values.to_owned()),
        common_shares: Some(vec![0.5]),
        ..ColumnFacts::default()
    };
    odd.state.columns.retain(|known| known.column != "b");
    odd.state.columns.push(column("gone", "{1}"));
    odd.state
        .columns
        .push(ColumnFacts { bounds: Some("{\"unclosed".to_owned()), ..column("b", "{{{") });
    let table = odd.state.relations.iter_mut().find(|table| table.name == "u").unwrap();
    table.columns[0].data_type = "gis.geometry(Point,4326)".to_owned();
    table.columns[0].extension = Some("postgis".to_owned());
    odd.state.extensions.push(planwise::engine::ExtensionFacts {
        name: "postgis".to_owned(),
        version: "3".to_owned(),
        schema: "gis".to_owned(),
    });
    let object = |kind: &str, name: &str, statement: &str| SchemaObject {
        kind: kind.to_owned(),
        name: name.to_owned(),
        statement: statement.to_owned(),
    };
    odd.state.objects.extend([
        object(
            "function",
            "public.f()",
            "CREATE FUNCTION public.f() RETURNS nothing_known AS 'x' LANGUAGE sql",
        ),
        object(
            "function",
            "public.evil()",
            "COPY (SELECT 1) TO PROGRAM 'touch /tmp/planwise-was-here'",
        ),
        object("view", "public.v", "this is no SQL ' \" $$"),
    ]);
    // Would have a library of somebody's choice loaded into every session.
    odd.state.settings.push(SettingFacts {
        name: "session_preload_libraries".to_owned(),
        value: "/tmp/evil".to_owned(),
        changed: true,
    });
    let made = replica(&odd, None).await;
    let left_out = made.left_out.iter().map(|one| format!("{} is left out: {}", one.what, one.why));
    let differing = made.differing.iter().cloned().chain(left_out).collect::<Vec<_>>().join("\n");
    assert_says(
        &differing,
        &[
            "statistics of public.t.b are left out",
            "1 columns that are not there",
            "function public.f() is left out",
            "function public.evil() is left out",
            "public.u.a",
        ],
    );
    assert_eq!(made.missing_extensions, ["postgis"]);
    drop(made);
    let desk = Desk::new();
    let file = desk.path("odd.snapshot");
    odd.write(&file).unwrap();
    let output = assert_on(&desk, &file);
    assert_status(&output, 0);
    let said = stdout(&output);
    assert_says(
        &said,
        &["extensions that are not installed here: postgis", "2 expectations: 2 hold"],
    );
    assert!(!std::path::Path::new("/tmp/planwise-was-here").exists());
}

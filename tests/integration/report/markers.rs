//! A word planted wherever a user can put one is in no output of `--redact`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use crate::parts;
use crate::program::{Desk, planwise, stderr, stdout};

const LOAD: &str = "
CREATE TABLE orders (id int PRIMARY KEY, customer int, state text, doc jsonb);
INSERT INTO orders SELECT g, g % 5000, CASE WHEN g % 3 = 0 THEN 'zqcommonvalue' ELSE 'x' || g % 50 END,
    jsonb_build_object('zqjsonkey', g) FROM generate_series(1, 30000) g;
CREATE INDEX orders_part ON orders (customer) WHERE state = 'zqindexliteral';
COMMENT ON TABLE orders IS 'zqtablecomment';
CREATE FUNCTION shout(int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN /* zqsource */
    RAISE EXCEPTION 'zqraise %', $1 USING HINT = 'zqhint', DETAIL = 'zqdetail'; END $$;
CREATE VIEW seen AS SELECT id, state FROM orders zqviewalias WHERE state <> 'zqviewliteral';
CREATE FUNCTION bump(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
";

const WORKLOAD: &str = r#"
-- zqfilecomment
-- name: literal
SELECT zqalias.id AS zqoutput FROM orders zqalias WHERE zqalias.customer = 42 AND state = 'zqliteral' /* zqcomment */;
-- name: cte
-- params: [["zqparam"], ["zqparamtwo"]]
WITH zqcte AS MATERIALIZED (SELECT customer, count(*) AS zqcolumn FROM orders zqinner GROUP BY customer)
SELECT * FROM zqcte JOIN orders "Zq Quoted" USING (customer) WHERE state = $1 ORDER BY zqcolumn DESC;
-- name: json
SELECT id FROM orders WHERE doc @> '{"zqjsonliteral": 1}' AND doc ->> 'zqjsonpath' = 'zqjsonvalue' OR doc @? '$.zqpath ? (@.zqdeep == "zqstring")';
-- name: path
SELECT id FROM orders WHERE doc ->> 'zqjsonpath' = '17';
-- name: strings
SELECT E'zqescape\n', U&'zqu\0075', $zqtag$zqdollar$zqtag$, 'zqcast'::text, date '2020-02-02' FROM orders LIMIT 3;
-- name: raises
SELECT shout(7);
-- name: sub
SELECT * FROM (SELECT id, sum(customer) OVER zqwindow AS zqsum FROM orders WINDOW zqwindow AS (PARTITION BY state)) zqsub WHERE zqsum > 12345678;
-- name: view
SELECT state FROM seen WHERE state LIKE 'zqpattern%';
-- name: rows
SELECT * FROM (VALUES (1, 'zqvalue')) AS zqvalues(zqone, zqtwo) JOIN orders ON id = zqone;
-- name: lost
SELECT zqmissing FROM orders;
-- name: broken
SELEC zqbroken FROM orders;
-- name: refused
SELECT bump(id) AS zqvolatile FROM orders;
-- name: series
SELECT * FROM generate_series(1, 3) AS zqseries(zqn) JOIN orders zqjoined ON zqjoined.id = zqn;
-- name: lateral
SELECT * FROM orders zqouter CROSS JOIN LATERAL (SELECT max(id) zqmax FROM orders zqin WHERE zqin.customer = zqouter.customer + 1) zqlateral WHERE zqouter.id < 10;
-- name: setting
SET application_name = 'zqapplication';
"#;

/// The planted words in a text, each with what stands around it once.
fn planted(text: &str, place: &str, found: &mut BTreeSet<String>) {
    let lower = text.to_lowercase();
    for (at, _) in lower.match_indices("zq") {
        let part = |c: char| c.is_ascii_alphabetic();
        // In encoded pictures and the like they stand by chance, with other letters in other cases.
        if !text[at..].starts_with("zq") && !text[at..].starts_with("Zq") {
            continue;
        }
        let word: String = text[at..].chars().take_while(|c| part(*c)).collect();
        found.insert(format!("{word} in {place}"));
    }
}

fn planted_below(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            planted_below(&path, found);
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            planted(&text, &path.file_name().unwrap().to_string_lossy(), found);
        }
    }
}

fn all_planted(desk: &Desk, outs: &[&str], outputs: &[Output]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    outs.iter().for_each(|out| planted_below(&desk.path(out), &mut found));
    for output in outputs {
        planted(&stdout(output), "standard output", &mut found);
        planted(&stderr(output), "standard error", &mut found);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_word_is_in_no_output() {
    if parts::postgres().await.is_none() {
        return;
    }
    let desk = Desk::new();
    std::fs::create_dir(desk.path("zqfolder")).unwrap();
    desk.write("zqfolder/zqload.sql", LOAD);
    desk.write("zqfolder/zqworkload.sql", WORKLOAD);
    let here = |name: &str| desk.path(&format!("zqfolder/{name}"));
    let sandboxed = |verb: &str, more: &[&str], out: &str| {
        let mut command: Command = planwise();
        command.arg(verb).arg(here("zqworkload.sql")).args(["--sandbox", "--redact"]).args(more);
        command.arg("--load").arg(here("zqload.sql")).arg("--out").arg(desk.path(out));
        command.output().unwrap()
    };
    let mut outputs = vec![
        sandboxed("run", &["--rounds", "2"], "one"),
        sandboxed("run", &["--rounds", "2", "--format", "json"], "two"),
        sandboxed("advise", &["--format", "markdown"], "three"),
    ];
    let mut compare = planwise();
    compare.arg("compare").args([desk.path("one"), desk.path("two")]).arg("--redact");
    compare.arg("--out").arg(desk.path("four")).arg("--junit").arg(desk.path("four/junit.xml"));
    outputs.push(compare.output().unwrap());
    let outs = ["one", "two", "three", "four"];
    for (out, file) in [("one", "run.json"), ("three", "report.html"), ("four", "comparison.json")]
    {
        let said = outputs.iter().map(stderr).collect::<String>();
        assert!(desk.path(out).join(file).exists(), "{out}/{file}: {said}");
    }
    let found = all_planted(&desk, &outs, &outputs);
    assert!(found.is_empty(), "{found:#?}");
}

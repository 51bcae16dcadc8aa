//! What hangs on tables comes along as it is.

use super::stand::{agreement, database, patient, plans, queries, replica, snapshot};
use crate::parts;
use crate::program::{Desk, assert_says, planwise, stdout};
use planwise::engine::Access;
use planwise::sandbox::Sandbox;

const HANGING: &str = "
CREATE TABLE house (id int PRIMARY KEY, street text DEFAULT 'none', CHECK (id > 0));
CREATE FUNCTION last_house() RETURNS int LANGUAGE sql STABLE BEGIN ATOMIC SELECT max(id) FROM house; END;
CREATE TABLE room (id int PRIMARY KEY, house int DEFAULT last_house() REFERENCES house DEFERRABLE, size int DEFAULT 5 NOT NULL);
CREATE TABLE guest (id int, room int REFERENCES room ON DELETE CASCADE, at date DEFAULT now(), PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE guest_old PARTITION OF guest FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE visit (guest int, at date, room int, FOREIGN KEY (guest, at) REFERENCES guest);
ALTER TABLE visit ADD FOREIGN KEY (room) REFERENCES room NOT VALID;
ALTER TABLE visit ADD CONSTRAINT visit_room CHECK (room > 0) NOT VALID;
";

async fn ask(sandbox: &Sandbox, sql: &str) -> Vec<Option<String>> {
    let url = sandbox.url(sandbox.database());
    let mut session = sandbox.engine().connect(&url, &patient(Access::ReadOnly)).await.unwrap();
    session.query_text(sql).await.unwrap()
}

const CONSTRAINTS: &str = "SELECT conrelid::regclass || ' ' || conname || ' ' || convalidated || ' ' || pg_get_constraintdef(oid) \
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1";
const DEFAULTS: &str = "SELECT adrelid::regclass || ' ' || adnum || ' ' || pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn constraints_and_defaults_are_those_of_the_source() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "hanging", HANGING).await;
    let replica = replica(&snapshot(&sandbox).await, None).await;
    assert_eq!(replica.differing, Vec::<String>::new());
    for sql in [CONSTRAINTS, DEFAULTS] {
        let there = ask(&sandbox, sql).await;
        assert!(there.len() > 4, "{there:?}");
        assert_eq!(ask(&replica.sandbox, sql).await, there);
    }
    // One key of the source was never checked, and the planner may know.
    let unchecked = "SELECT conname FROM pg_constraint WHERE contype = 'f' AND NOT convalidated";
    assert_eq!(ask(&replica.sandbox, unchecked).await, [Some("visit_room_fkey".to_owned())]);
}

/// Texts compared without regard to case by operators of the user's own, and casts that others use without a word.
const OWN: &str = "
CREATE SCHEMA own;
CREATE FUNCTION own.loud_cmp(text, text) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS
    'BEGIN RETURN CASE WHEN upper($1) < upper($2) THEN -1 WHEN upper($1) > upper($2) THEN 1 ELSE 0 END; END';
CREATE FUNCTION own.loud_cmp(text, int) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2::text); END';
CREATE FUNCTION own.loud_lt(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) < 0; END';
CREATE FUNCTION own.loud_le(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) <= 0; END';
CREATE FUNCTION own.loud_eq(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) = 0; END';
CREATE FUNCTION own.loud_ge(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) >= 0; END';
CREATE FUNCTION own.loud_gt(text, text) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) > 0; END';
CREATE FUNCTION own.loud_eq(text, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN own.loud_cmp($1, $2) = 0; END';
CREATE OPERATOR own.<# (FUNCTION = own.loud_lt, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(own.>#), NEGATOR = OPERATOR(own.>=#), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR own.<=# (FUNCTION = own.loud_le, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(own.>=#), NEGATOR = OPERATOR(own.>#), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR own.=# (FUNCTION = own.loud_eq, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(own.=#), RESTRICT = eqsel, JOIN = eqjoinsel, MERGES);
CREATE OPERATOR own.>=# (FUNCTION = own.loud_ge, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(own.<=#), NEGATOR = OPERATOR(own.<#), RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR own.># (FUNCTION = own.loud_gt, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(own.<#), NEGATOR = OPERATOR(own.<=#), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE OPERATOR own.=# (FUNCTION = own.loud_eq, LEFTARG = text, RIGHTARG = int, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR CLASS own.loud_ops FOR TYPE text USING btree AS OPERATOR 1 own.<#, OPERATOR 2 own.<=#, OPERATOR 3 own.=#,
    OPERATOR 4 own.>=#, OPERATOR 5 own.>#, FUNCTION 1 own.loud_cmp(text, text);
ALTER OPERATOR FAMILY own.loud_ops USING btree ADD OPERATOR 3 own.=# (text, int), FUNCTION 1 (text, int) own.loud_cmp(text, int);
CREATE FUNCTION own.louder(text, text) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS
    'BEGIN RETURN CASE WHEN own.loud_cmp($1, $2) > 0 THEN $1 ELSE $2 END; END';
CREATE AGGREGATE own.loudest(text) (SFUNC = own.louder, STYPE = text, SORTOP = OPERATOR(own.>#), PARALLEL = SAFE);
CREATE TYPE mood AS ENUM ('bad', 'fair', 'good');
CREATE CAST (varchar AS mood) WITH INOUT AS IMPLICIT;
CREATE FUNCTION stars(mood) RETURNS int LANGUAGE plpgsql IMMUTABLE STRICT AS 'BEGIN RETURN length($1::text); END';
CREATE CAST (mood AS int) WITH FUNCTION stars(mood);
CREATE TABLE saying (id int PRIMARY KEY, what text NOT NULL, at mood NOT NULL);
INSERT INTO saying SELECT n, 'Word ' || n % 900, (ARRAY['bad', 'fair', 'good', 'good'])[1 + n % 4]::mood FROM generate_series(1, 20000) n;
CREATE INDEX saying_loud ON saying (what own.loud_ops);
CREATE INDEX saying_stars ON saying ((at::int)) WHERE at::int > 3;
";

const OWN_QUERIES: &str = "-- name: equal
SELECT * FROM saying WHERE what OPERATOR(own.=#) 'WORD 5';
-- name: across
SELECT * FROM saying WHERE what OPERATOR(own.=#) 17;
-- name: sorted
SELECT * FROM saying ORDER BY what USING OPERATOR(own.<#) LIMIT 5;
-- name: loudest
SELECT own.loudest(what) FROM saying;
-- name: joined
SELECT count(*) FROM saying a JOIN saying b ON a.what OPERATOR(own.=#) b.what WHERE a.id < 50;
-- name: stars
SELECT * FROM saying WHERE at::int = 7 AND at::int > 3;
-- name: cast
SELECT count(*) FROM saying WHERE id = stars('bad'::varchar);
-- name: plain
SELECT count(*) FROM saying;
";

const GROUPS: &str = "SELECT opfname || ' ' || pg_describe_object('pg_amop'::regclass, m.oid, 0) FROM pg_amop m \
    JOIN pg_opfamily f ON f.oid = amopfamily WHERE f.oid >= 16384 ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn operators_of_the_users_own_are_planned_with() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "own", OWN).await;
    let taken = snapshot(&sandbox).await;
    assert_eq!(taken.state.hidden, Vec::<String>::new());
    let replica = replica(&taken, None).await;
    assert_eq!((&replica.differing, &replica.left_out), (&Vec::new(), &Vec::new()));
    let there = ask(&sandbox, GROUPS).await;
    assert_eq!(there.len(), 6, "{there:?}");
    assert_eq!(ask(&replica.sandbox, GROUPS).await, there);
    let workload = queries(OWN_QUERIES);
    let there = plans(&sandbox, &workload, &[]).await;
    let by_index = |name: &str| {
        let (_, plan) = there.iter().find(|(id, _)| id.starts_with(name)).unwrap();
        planwise::plan::plan_shape(plan.as_ref().unwrap()).contains("saying_loud")
    };
    for name in ["equal", "across", "sorted", "loudest"] {
        assert!(by_index(name), "{name}: the source itself does not use the index");
    }
    let here = plans(&replica.sandbox, &workload, &[]).await;
    let agreement = agreement("own", there, here);
    let same = (agreement.same_shape, agreement.same_cost);
    assert_eq!(same, (8, 8), "{}", agreement.exceptions.join("\n"));
}

/// A name in a snapshot is a name: what else stands there is never carried out with the superuser's rights.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_told_with_the_queries_that_name_it() {
    let Some(mut sandbox) = parts::postgres().await else { return };
    database(&mut sandbox, "own", OWN).await;
    let mut odd = snapshot(&sandbox).await;
    for group in odd.state.operator_groups.iter_mut().filter(|group| group.class.is_some()) {
        let name = &mut group.functions[0].name;
        *name = format!("{name}; CREATE ROLE intruder SUPERUSER");
    }
    odd.state.objects.retain(|object| !object.name.contains("louder("));
    let made = replica(&odd, None).await;
    let intruders =
        ask(&made.sandbox, "SELECT rolname FROM pg_roles WHERE rolname = 'intruder'").await;
    assert_eq!(intruders, Vec::new());
    drop(made);
    let desk = Desk::new();
    let file = desk.path("own.snapshot");
    odd.write(&file).unwrap();
    let expecting =
        OWN_QUERIES.replace("-- name: plain\n", "-- name: plain\n-- expect: seq scan\n");
    let asked = desk.write("queries.sql", expecting);
    let output = planwise().arg("assert").arg(asked).arg("--snapshot").arg(&file).output().unwrap();
    // Notes are broken into lines.
    let said = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_says(&said, &["operator class own.loud_ops is left out", "no query names it"]);
    let all = "equal, across, sorted, loudest, joined, stars, cast, plain";
    assert_says(&said, &["index public.saying_loud is left out", &format!("named by {all}")]);
    assert_says(&said, &["aggregate own.loudest(text) is left out", "named by loudest"]);
}

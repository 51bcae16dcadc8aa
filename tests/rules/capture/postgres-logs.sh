#!/usr/bin/env bash
# Takes the cases of rules about habits anew: what a PostgreSQL server logs of sessions that have the habit, or nearly.
#
#   tests/rules/capture/postgres-logs.sh [BIN]      BIN: folder with initdb, postgres, psql and pgbench [PostgreSQL 15's]
#   PLANWISE_REFRESH_CASES=habits cargo test --test integration rules::capture      fills in what the rules say of them
#
# ONLY, a regular expression over RULE/CASE, takes a part of them. Each scene runs on its own and is written to tests/rules/RULE/CASE.json with the part of the log that it made.
set -euo pipefail

bin=${1:-/usr/lib/postgresql/15/bin}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$work"
cleanup() { as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"; }
trap cleanup EXIT

as "$bin/initdb" -A trust --no-sync -D "$work/data" >/dev/null
cat >>"$work/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$work'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = 0
log_lock_waits = on
log_temp_files = 0
deadlock_timeout = 100ms
fsync = off
autovacuum = off
CONF
log=$work/log
as touch "$log"
as "$bin/pg_ctl" -D "$work/data" -l "$log" -w start >/dev/null
export PGHOST=$work PGUSER=postgres PGDATABASE=postgres
version=$("$bin/psql" -Atc "SELECT current_setting('server_version')" | cut -d' ' -f1)
sql() { "$bin/psql" -qAtX >/dev/null 2>&1 || true; }
sql <<SQL
CREATE TABLE customer (id int PRIMARY KEY, name text, email text, balance int, region int);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int, status text);
CREATE TABLE item (id int, name text);
INSERT INTO customer SELECT g, 'name ' || g, 'c' || g || '@example.com', 0, g % 7 FROM generate_series(1, 5000) g;
INSERT INTO orders SELECT g, g % 5000 + 1, g % 90, 'open' FROM generate_series(1, 20000) g;
CREATE INDEX ON orders (customer_id);
CREATE TABLE wide AS SELECT g, repeat('x', 400) AS filler, random() AS r FROM generate_series(1, 60000) g;
VACUUM ANALYZE;
SQL

# scene RULE CASE: runs the shell commands on standard input, and keeps what the server logged meanwhile.
scene() {
    [[ "$1/$2" =~ ${ONLY:-.} ]] || return 0
    local from; from=$(stat -c %s "$log")
    bash -euo pipefail -c "sql() { '$bin/psql' -qAtX >/dev/null 2>&1 || true; }; bench() { '$bin/pgbench' -n \"\$@\" >/dev/null 2>&1; }; $(cat)"
    sleep 0.05
    mkdir -p "$here/$1"
    tail -c "+$((from + 1))" "$log" | python3 -c '
import json, sys
lines = sys.stdin.read().splitlines()
case = {"engine": "postgres", "version": sys.argv[1], "queries": [], "log": lines}
json.dump(case, open(sys.argv[2], "w"), indent=2)
' "$version" "$here/$1/$2.json"
    echo "$1/$2"
}

each() { printf 'for i in $(seq 1 %s); do echo "%s"; done' "$1" "$2"; }
pages() {  # TIMES ROWS: a list, then each of its rows
    printf 'for p in $(seq 1 %s); do echo "SELECT id, customer_id FROM orders WHERE id > $((p * 100)) ORDER BY id LIMIT %s;"; for i in $(seq 1 %s); do echo "SELECT name FROM customer WHERE id = $((p * 50 + i));"; done; done' "$1" "$2" "$2"
}

rule=rows-fetched-in-loop
scene $rule fires-three-pages <<<"{ $(pages 3 15); } | sql"
scene $rule fires-in-a-transaction <<<"{ echo 'BEGIN;'; $(pages 4 12); echo 'COMMIT;'; } | sql"
scene $rule silent-short-series <<<"{ $(pages 6 8); } | sql"
scene $rule silent-nothing-before <<<"{ $(each 60 'SELECT name FROM customer WHERE id = $i;'); } | sql"
scene $rule silent-same-row <<<"{ echo 'SELECT id FROM orders LIMIT 20;'; $(each 30 'SELECT name FROM customer WHERE id = 7;'); } | sql"
scene $rule boundary-two-pages <<<"{ $(pages 2 10); } | sql"

rule=same-statement-again
scene $rule fires-settings-read <<<"{ $(each 30 'SELECT name FROM customer WHERE region = 3 AND id < 9;'); } | sql"
scene $rule fires-five-a-page <<<"for p in 1 2 3 4 5 6; do { $(each 5 "SELECT email FROM customer WHERE id = 12;
SELECT id FROM orders WHERE id = \$i;"); } | sql; done"
scene $rule silent-changed-between <<<"{ $(each 30 "SELECT balance FROM customer WHERE id = 5;
UPDATE customer SET balance = balance + 1 WHERE id = 5;"); } | sql"
scene $rule silent-other-values <<<"{ $(each 30 'SELECT email FROM customer WHERE id = $i;'); } | sql"
scene $rule silent-no-table <<<"{ $(each 40 'SELECT 1;'); } | sql"
scene $rule boundary-twenty <<<"for p in 1 2 3 4 5; do { $(each 5 'SELECT email FROM customer WHERE id = 77;'); } | sql; done"

rule=literals-in-text
scene $rule fires-lookups <<<"{ $(each 70 'SELECT email FROM customer WHERE id = $i;'); } | sql"
scene $rule fires-two-queries <<<"{ $(each 40 'SELECT email FROM customer WHERE id = $i; SELECT total FROM orders WHERE id = $i;'); } | sql"
scene $rule silent-bound <<<"echo '\\set id random(1, 5000)
SELECT email FROM customer WHERE id = :id;' > $work/f; bench -M prepared -c 1 -t 80 -f $work/f"
scene $rule silent-few-values <<<"{ $(each 80 'SELECT email FROM customer WHERE id = $((i % 9));'); } | sql"
scene $rule boundary-half <<<"{ $(each 60 'SELECT email FROM customer WHERE id = $i; SELECT count(*) FROM item;'); } | sql"

rule=list-lengths-vary
list='l=\$l,\$i; echo \"SELECT name FROM customer WHERE id IN (\$l);\"'
scene $rule fires-growing-list <<<"l=1; for i in \$(seq 2 30); do l=\$l,\$i; echo \"SELECT name FROM customer WHERE id IN (\$l);\"; done | sql"
scene $rule fires-and-others <<<"l=1; for i in \$(seq 2 24); do l=\$l,\$i; echo \"SELECT total FROM orders WHERE customer_id IN (\$l) AND status = 'open';\"; done | sql"
scene $rule silent-fixed-lengths <<<"for i in \$(seq 1 30); do echo \"SELECT name FROM customer WHERE id IN (\$i, 2, 3, 4);\"; done | sql"
scene $rule silent-rows-inserted <<<"l='(1, 1)'; for i in \$(seq 2 30); do l=\"\$l, (\$i, 1)\"; echo \"INSERT INTO item VALUES \$l;\"; done | sql"
scene $rule boundary-twenty <<<"l=1; for i in \$(seq 2 21); do l=\$l,\$i; echo \"SELECT name FROM customer WHERE id IN (\$l);\"; done | sql"

rule=row-at-a-time-writes
scene $rule fires-one-transaction <<<"{ echo 'BEGIN;'; $(each 80 "INSERT INTO item VALUES (\$i, 'x');"); echo 'COMMIT;'; } | sql"
scene $rule fires-updates <<<"{ echo 'BEGIN;'; $(each 60 'UPDATE customer SET balance = 1 WHERE id = $i;'); echo 'COMMIT;'; } | sql"
scene $rule silent-batches <<<"{ echo 'BEGIN;'; $(each 60 "INSERT INTO item VALUES (\$i, 'x'), (\$i, 'y'), (\$i, 'z');"); echo 'COMMIT;'; } | sql"
scene $rule silent-few <<<"{ echo 'BEGIN;'; $(each 30 "INSERT INTO item VALUES (\$i, 'x');"); echo 'COMMIT;'; } | sql"
scene $rule silent-many-rows-each <<<"{ echo 'BEGIN;'; $(each 60 'INSERT INTO item SELECT id, name FROM customer WHERE region = $i;'); echo 'COMMIT;'; } | sql"
scene $rule boundary-fifty <<<"{ echo 'BEGIN;'; $(each 50 "INSERT INTO item VALUES (\$i, 'x');"); echo 'COMMIT;'; } | sql"

rule=commit-per-row
scene $rule fires-autocommit <<<"{ $(each 70 "INSERT INTO item VALUES (\$i, 'x');"); } | sql"
scene $rule fires-transactions <<<"{ $(each 60 "BEGIN;
INSERT INTO item VALUES (\$i, 'x');
COMMIT;"); } | sql"
scene $rule silent-one-transaction <<<"{ echo 'BEGIN;'; $(each 70 "INSERT INTO item VALUES (\$i, 'x');"); echo 'COMMIT;'; } | sql"
scene $rule silent-slow-ones-only <<<"{ echo 'SET log_min_duration_statement = 1;'; $(each 60 "INSERT INTO item SELECT \$i, 'x' FROM pg_sleep(0.002);"); } | sql"
scene $rule silent-log-of-slow <<<"{ echo 'SET log_min_duration_statement = 1;'; echo 'CREATE FUNCTION slow() RETURNS int LANGUAGE sql VOLATILE AS \$\$SELECT 1 FROM pg_sleep(0.002)\$\$;'; $(each 60 "INSERT INTO item VALUES (\$i + slow(), 'x');"); } | sql"
scene $rule boundary-fifty <<<"{ $(each 50 "INSERT INTO item VALUES (\$i, 'x');"); } | sql"

idle() {  # SECONDS TIMES
    printf "for i in \$(seq 1 %s); do echo 'BEGIN;'; echo \"UPDATE customer SET balance = 0 WHERE id = \$i;\"; echo '\\\\! sleep %s'; echo 'COMMIT;'; done | sql" "$2" "$1"
}
rule=idle-in-transaction
scene $rule fires-twice <<<"$(idle 1.2 2)"
scene $rule fires-before-commit <<<"$(idle 1.1 3)"
scene $rule silent-once <<<"$(idle 1.2 1)"
scene $rule silent-short <<<"$(idle 0.4 4)"
scene $rule silent-works <<<"for i in 1 2; do echo \"BEGIN; UPDATE customer SET balance = 0 WHERE id = \$i; SELECT pg_sleep(1.2), count(*) FROM item; COMMIT;\"; done | sql"
scene $rule boundary-twice <<<"$(idle 1.05 2)"

mixed() { printf "{ echo 'BEGIN;'; for i in \$(seq 1 %s); do echo \"SELECT name FROM customer WHERE id = \$i; UPDATE orders SET total = 1 WHERE id = \$i;\"; done; echo 'COMMIT;'; } | sql" "$1"; }
rule=transaction-of-many-statements
scene $rule fires-mixed <<<"$(mixed 60)"
scene $rule fires-twice <<<"$(mixed 55); $(mixed 52)"
scene $rule silent-fewer <<<"$(mixed 40)"
scene $rule silent-one-query <<<"{ echo 'BEGIN;'; $(each 120 "INSERT INTO item VALUES (\$i, 'x');"); echo 'COMMIT;'; } | sql"
scene $rule boundary-hundred <<<"$(mixed 50)"

rule=read-then-update
pair="SELECT balance FROM customer WHERE id = \$i;
UPDATE customer SET balance = 7 WHERE id = \$i;"
scene $rule fires-autocommit <<<"{ $(each 25 "$pair"); } | sql"
scene $rule fires-in-transactions <<<"{ $(each 22 "BEGIN;
$pair
COMMIT;"); } | sql"
scene $rule silent-locked <<<"{ $(each 25 "SELECT balance FROM customer WHERE id = \$i FOR UPDATE;
UPDATE customer SET balance = 7 WHERE id = \$i;"); } | sql"
scene $rule silent-other-row <<<"{ $(each 25 "SELECT balance FROM customer WHERE id = \$i;
UPDATE customer SET balance = 7 WHERE id = \$((i + 100));"); } | sql"
scene $rule silent-mostly-read <<<"{ $(each 22 "$pair"); $(each 30 'SELECT balance FROM customer WHERE id = $i;'); } | sql"
scene $rule boundary-twenty <<<"{ $(each 20 "$pair"); } | sql"

rule=count-then-page
page="SELECT count(*) FROM orders WHERE customer_id = \$i;
SELECT id, total FROM orders WHERE customer_id = \$i ORDER BY id LIMIT 10;"
scene $rule fires-lists <<<"{ $(each 14 "$page"); } | sql"
scene $rule fires-page-first-count-next <<<"{ $(each 12 "SELECT count(*) FROM orders WHERE status = 'open' AND total > \$i;
SELECT * FROM orders WHERE status = 'open' AND total > \$i ORDER BY total DESC LIMIT 20 OFFSET 20;"); } | sql"
scene $rule silent-other-rows <<<"{ $(each 14 "SELECT count(*) FROM orders WHERE customer_id = \$i;
SELECT id, total FROM orders WHERE status = 'paid' ORDER BY id LIMIT 10;"); } | sql"
scene $rule silent-few <<<"{ $(each 6 "$page"); } | sql"
scene $rule boundary-ten <<<"{ $(each 10 "$page"); } | sql"

rule=ping-flood
scene $rule fires-tested-connections <<<"{ $(each 60 'SELECT 1;
SELECT email FROM customer WHERE id = $i;'); } | sql"
scene $rule fires-settings <<<"{ $(each 55 "SET search_path = public;
SHOW transaction_isolation;
UPDATE customer SET balance = 1 WHERE id = \$i;"); } | sql"
scene $rule silent-few <<<"{ $(each 20 'SELECT 1;
SELECT email FROM customer WHERE id = $i;'); } | sql"
scene $rule silent-transactions <<<"{ $(each 55 "BEGIN;
UPDATE customer SET balance = 1 WHERE id = \$i;
COMMIT;"); } | sql"
scene $rule boundary-fifty <<<"{ $(each 50 'SELECT 1;
SELECT email FROM customer WHERE id = $i;'); } | sql"

rule=prepared-each-time
bind="echo '\\set id random(1, 5000)
SELECT c.name, o.total FROM customer c JOIN orders o ON o.customer_id = c.id WHERE c.id = :id;' > $work/f"
scene $rule fires-unnamed <<<"$bind; bench -M extended -c 1 -t 70 -f $work/f"
scene $rule fires-two-sessions <<<"$bind; bench -M extended -c 2 -t 40 -f $work/f"
scene $rule silent-named <<<"$bind; bench -M prepared -c 1 -t 70 -f $work/f"
scene $rule silent-text <<<"$bind; bench -M simple -c 1 -t 70 -f $work/f"
scene $rule boundary-fifty <<<"$bind; bench -M extended -c 1 -t 50 -f $work/f"

rule=hot-row
turns() { printf 'for i in $(seq 1 %s); do echo "BEGIN; UPDATE customer SET balance = balance + 1 WHERE id = %s; SELECT pg_sleep(%s), count(*) FROM item WHERE id = 0; COMMIT;"; done | sql' "$1" "$2" "$3"; }
scene $rule fires-one-counter <<<"($(turns 8 1 0.2)) & ($(turns 8 1 0.2)) & wait"
scene $rule fires-three-sessions <<<"($(turns 5 1 0.25)) & ($(turns 5 1 0.25)) & ($(turns 5 1 0.25)) & wait"
scene $rule silent-own-rows <<<"($(turns 8 1 0.2)) & ($(turns 8 2 0.2)) & wait"
scene $rule silent-spread <<<"{ $(each 60 'UPDATE customer SET balance = 2 WHERE id = $i;'); } | sql"
scene $rule boundary-one-counter <<<"($(turns 7 1 0.2)) & ($(turns 7 1 0.2)) & wait"

rule=deadlocks
cross() { printf 'for i in $(seq 1 %s); do (echo "BEGIN; UPDATE customer SET balance = 1 WHERE id = 1;"; echo "\\\\! sleep 0.15"; echo "UPDATE customer SET balance = 2 WHERE id = 2; COMMIT;") | sql & (echo "BEGIN; UPDATE customer SET balance = 3 WHERE id = 2;"; echo "\\\\! sleep 0.15"; echo "UPDATE customer SET balance = 4 WHERE id = 1; COMMIT;") | sql & wait; done' "$1"; }
scene $rule fires-crossed <<<"$(cross 3)"
scene $rule fires-crossed-often <<<"$(cross 4)"
scene $rule silent-once <<<"$(cross 1)"
scene $rule silent-in-order <<<"for i in 1 2 3; do for s in 1 2; do echo 'BEGIN; UPDATE customer SET balance = 1 WHERE id = 1; UPDATE customer SET balance = 2 WHERE id = 2; COMMIT;' | sql & done; wait; done"
scene $rule boundary-twice <<<"$(cross 2)"

rule=temporary-files-of-query
spill() { printf 'for i in $(seq 1 %s); do echo "SELECT g, filler FROM wide WHERE g > $i ORDER BY r OFFSET 59990;"; done | sql' "$1"; }
scene $rule fires-sorts <<<"$(spill 4)"
scene $rule fires-one-report <<<"echo 'SELECT a.filler FROM wide a JOIN wide b ON b.g = a.g + 1 JOIN wide c ON c.g = a.g ORDER BY b.r, a.filler, c.filler OFFSET 59990;' | sql"
scene $rule silent-small <<<"$(spill 1)"
scene $rule silent-none <<<"{ $(each 5 'SELECT count(*) FROM wide WHERE g > $i;'); } | sql"
scene $rule boundary-sorts <<<"$(spill 3)"

walk() { printf 'for p in $(seq 0 %s); do echo "SELECT id, total FROM orders ORDER BY id LIMIT %s OFFSET $((p * %s));"; done | sql' "$1" "$2" "$2"; }
rule=offset-walked
scene $rule fires-export <<<"$(walk 24 200)"
scene $rule fires-bound <<<"echo '\\set page :page + 1
\\set o :page * 500
SELECT id, total FROM orders ORDER BY id LIMIT 500 OFFSET :o;' > $work/f; bench -M prepared -c 1 -t 20 -D page=0 -f $work/f"
scene $rule silent-few-pages <<<"$(walk 5 400)"
scene $rule silent-shallow <<<"$(walk 14 20)"
scene $rule boundary-ten-pages <<<"$(walk 9 112)"

rule=connection-per-statement
scene $rule fires-two-each <<<"for i in \$(seq 1 24); do echo \"SELECT email FROM customer WHERE id = \$i; SELECT total FROM orders WHERE id = \$i;\" | sql; done"
scene $rule fires-one-each <<<"for i in \$(seq 1 30); do echo \"SELECT total FROM orders WHERE id = \$i;\" | sql; done"
scene $rule silent-few <<<"for i in \$(seq 1 9); do echo \"SELECT email FROM customer WHERE id = \$i;\" | sql; done"
scene $rule silent-busy-sessions <<<"for s in \$(seq 1 25); do { $(each 5 'SELECT email FROM customer WHERE id = $i;'); } | sql; done"
scene $rule silent-log-of-slow <<<"for i in \$(seq 1 24); do echo \"SET log_min_duration_statement = 2; SELECT pg_sleep(0.003), count(*) FROM item WHERE id = \$i;\" | PGOPTIONS='-c log_min_duration_statement=2' sql; done"
scene $rule boundary-twenty <<<"for i in \$(seq 1 20); do echo \"SELECT email FROM customer WHERE id = \$i;\" | sql; done"

rule=failing-again
scene $rule fires-duplicate <<<"{ $(each 8 "INSERT INTO customer VALUES (1, 'twice');"); } | sql"
scene $rule fires-missing-table <<<"{ $(each 6 'SELECT count(*) FROM gone WHERE id = 4;'); } | sql"
scene $rule silent-other-values <<<"{ $(each 8 "INSERT INTO customer VALUES (\$i, 'twice');"); } | sql"
scene $rule silent-succeeds <<<"{ $(each 4 "INSERT INTO customer VALUES (1, 'twice');
SELECT email FROM customer WHERE id = 1;"); } | sql"
scene $rule boundary-five <<<"{ $(each 5 "INSERT INTO customer VALUES (1, 'twice');"); } | sql"

rule=transaction-for-one-read
scene $rule fires-reads <<<"{ $(each 60 'BEGIN;
SELECT email FROM customer WHERE id = $i;
COMMIT;'); } | sql"
scene $rule fires-read-only <<<"{ $(each 55 'BEGIN READ ONLY;
SELECT count(*) FROM orders WHERE customer_id = $i;
COMMIT;'); } | sql"
scene $rule silent-writes <<<"{ $(each 60 'BEGIN;
UPDATE customer SET balance = 3 WHERE id = $i;
COMMIT;'); } | sql"
scene $rule silent-two-reads <<<"{ $(each 60 'BEGIN;
SELECT email FROM customer WHERE id = $i;
SELECT total FROM orders WHERE id = $i;
COMMIT;'); } | sql"
scene $rule silent-few <<<"{ $(each 20 'BEGIN;
SELECT email FROM customer WHERE id = $i;
COMMIT;'); } | sql"
scene $rule boundary-fifty <<<"{ $(each 50 'BEGIN;
SELECT email FROM customer WHERE id = $i;
COMMIT;'); } | sql"

open() { echo "echo 'BEGIN; SELECT count(*), pg_sleep($1) FROM item WHERE id = 0; COMMIT;' | sql"; }
rule=long-transaction
scene $rule fires-report <<<"$(open 61)"
scene $rule fires-in-parts <<<"echo 'BEGIN; SELECT count(*), pg_sleep(31) FROM item WHERE id = 0; SELECT count(*), pg_sleep(31) FROM orders WHERE id = 0; COMMIT;' | sql"
scene $rule silent-shorter <<<"$(open 20)"
scene $rule silent-no-transaction <<<"echo 'SELECT count(*), pg_sleep(61) FROM item WHERE id = 0;' | sql"
scene $rule boundary-a-minute <<<"$(open 60.5)"

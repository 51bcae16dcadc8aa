-- The statements of pgbench's TPC-B-like transaction.

-- name: update-account
-- params: [["17", "4711"], ["-230", "480003"]]
UPDATE pgbench_accounts SET abalance = abalance + $1 WHERE aid = $2;

-- name: select-account
-- params: [["4711"], ["480003"]]
SELECT abalance FROM pgbench_accounts WHERE aid = $1;

-- name: update-teller
-- params: [["17", "3"], ["-230", "48"]]
UPDATE pgbench_tellers SET tbalance = tbalance + $1 WHERE tid = $2;

-- name: update-branch
-- params: [["17", "1"], ["-230", "5"]]
UPDATE pgbench_branches SET bbalance = bbalance + $1 WHERE bid = $2;

-- name: insert-history
-- params: [["3", "1", "4711", "17"], ["48", "5", "480003", "-230"]]
INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ($1, $2, $3, $4, CURRENT_TIMESTAMP);

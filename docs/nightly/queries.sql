-- name: orders-of-customer
-- weight: 40
-- params: [["42"], ["700"], ["1999"]]
SELECT id, status, total FROM orders WHERE customer = $1 ORDER BY placed DESC;

-- name: open-orders-by-day
SELECT placed, count(*), sum(total) FROM orders WHERE status = 'open' GROUP BY placed ORDER BY placed;

-- name: customer-by-id
-- weight: 100
-- params: [["1"], ["1000"]]
SELECT name FROM customer WHERE id = $1;

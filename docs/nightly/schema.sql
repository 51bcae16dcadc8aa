CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer int NOT NULL REFERENCES customer,
    status text NOT NULL,
    placed date NOT NULL,
    total numeric NOT NULL
);
INSERT INTO customer SELECT i, 'customer ' || i FROM generate_series(1, 2000) i;
INSERT INTO orders
SELECT i, i % 2000 + 1, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'shipped' END, DATE '2026-01-01' + i % 300, i % 977
FROM generate_series(1, 60000) i;

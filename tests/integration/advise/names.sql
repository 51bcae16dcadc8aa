-- Names and shapes that column extractors get wrong: the same name twice, hostile names, views over views,
-- security policies, parts of parts. Deterministic.

CREATE SCHEMA sales;
CREATE SCHEMA archive;
CREATE SCHEMA "Odd ""Schema""";

CREATE DOMAIN sales.code AS varchar(20) CHECK (value <> '');

CREATE TABLE sales.customer (customer int PRIMARY KEY, email text NOT NULL UNIQUE, note text);
INSERT INTO sales.customer SELECT i, 'c' || i || '@x', repeat('n', 40) FROM generate_series(1, 20000) i;

CREATE TABLE sales.customer_tag (customer int NOT NULL, tag text NOT NULL);
INSERT INTO sales.customer_tag SELECT (i::bigint * 7919 % 20000 + 1)::int, 'tag ' || md5(i::text) FROM generate_series(1, 60000) i;

-- The same name and columns twice; only the archive is indexed by customer.
CREATE TABLE sales.invoice (
    id int PRIMARY KEY,
    customer int NOT NULL,
    reference sales.code NOT NULL,
    issued timestamptz NOT NULL,
    total int NOT NULL,
    cents int GENERATED ALWAYS AS (total * 100 + 7) STORED,
    marks int[] NOT NULL,
    data jsonb NOT NULL,
    text text NOT NULL
);
INSERT INTO sales.invoice (id, customer, reference, issued, total, marks, data, text)
SELECT i, (i::bigint * 7919 % 20000 + 1)::int, 'R' || (i::bigint * 6271 % 1000000),
       timestamptz '2024-01-01' + (i::bigint * 104729 % 120000) * interval '4 minutes',
       (i::bigint * 131 % 50000)::int, ARRAY[(i::bigint * 37 % 30000)::int, i % 3],
       jsonb_build_object('customer', jsonb_build_object('id', i::bigint * 41 % 30000)), repeat('invoice ', 8)
FROM generate_series(1, 120000) i;
CREATE TABLE archive.invoice (LIKE sales.invoice INCLUDING GENERATED);
INSERT INTO archive.invoice (id, customer, reference, issued, total, marks, data, text)
SELECT id, customer, reference, issued - interval '5 years', total, marks, data, text FROM sales.invoice WHERE id <= 80000;
CREATE INDEX invoice_customer_idx ON archive.invoice (customer);

CREATE VIEW sales.invoice_of_buyer AS SELECT id AS number, customer AS buyer, total AS sum FROM sales.invoice WHERE total >= 5;
CREATE VIEW sales.large WITH (security_barrier) AS SELECT buyer AS who, sum FROM sales.invoice_of_buyer WHERE sum > 20;
CREATE VIEW sales.every_invoice AS
    SELECT reference, total FROM sales.invoice UNION ALL SELECT reference, total FROM archive.invoice;

CREATE MATERIALIZED VIEW sales.spent AS
    SELECT customer, reference, sum(total) AS total FROM sales.invoice GROUP BY customer, reference;

CREATE TABLE sales.branch (id int PRIMARY KEY, parent int, label text NOT NULL);
INSERT INTO sales.branch SELECT i, (i * 7 % (i / 3 + 1))::int, repeat('branch ', 6) FROM generate_series(1, 60000) i;

CREATE TABLE "Odd ""Schema"""."Select; --" (
    "a""b" int NOT NULL,
    "x.y" text NOT NULL,
    "group" text NOT NULL,
    "Größe" int NOT NULL,
    "$1" int NOT NULL,
    filler text NOT NULL
);
INSERT INTO "Odd ""Schema"""."Select; --"
SELECT (i::bigint * 7919 % 40000)::int, 'v' || (i::bigint * 6271 % 50000), 'G' || (i::bigint * 37 % 50000),
       (i::bigint * 131 % 40000)::int, (i::bigint * 41 % 40000)::int, repeat('x', 40)
FROM generate_series(1, 60000) i;

CREATE ROLE clerk;
GRANT USAGE ON SCHEMA sales TO clerk;
CREATE TABLE sales.remark (id int PRIMARY KEY, tenant int NOT NULL, author int NOT NULL, remark text NOT NULL);
INSERT INTO sales.remark SELECT i, i % 3, (i::bigint * 7919 % 9000)::int, repeat('remark ', 6) FROM generate_series(1, 80000) i;
ALTER TABLE sales.remark ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sales.remark USING (tenant = current_setting('app.tenant')::int);
GRANT SELECT ON sales.remark TO clerk;

CREATE TABLE sales.measure (sensor int NOT NULL, taken timestamptz NOT NULL, value int NOT NULL) PARTITION BY RANGE (taken);
CREATE TABLE sales."measure 2024" PARTITION OF sales.measure
    FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2025-01-01 00:00+00') PARTITION BY HASH (sensor);
CREATE TABLE sales."measure 2024 a" PARTITION OF sales."measure 2024" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE archive."measure 2024 b" PARTITION OF sales."measure 2024" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE sales.measure_2025 PARTITION OF sales.measure FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2026-01-01 00:00+00');
INSERT INTO sales.measure
SELECT (i::bigint * 7919 % 20000 + 1)::int, timestamptz '2024-01-01 00:00+00' + (i::bigint * 104729 % 200000) * interval '5 minutes', i % 1000
FROM generate_series(1, 200000) i;

CREATE TABLE sales.document (number int NOT NULL, title text NOT NULL);
CREATE TABLE sales.letter (recipient text) INHERITS (sales.document);
CREATE TABLE sales.memo (topic text) INHERITS (sales.document);
INSERT INTO sales.letter SELECT (i::bigint * 7919 % 60000)::int, repeat('letter ', 6), 'r' FROM generate_series(1, 60000) i;
INSERT INTO sales.memo SELECT (i::bigint * 7919 % 60000)::int, repeat('memo ', 6), 't' FROM generate_series(1, 60000) i;

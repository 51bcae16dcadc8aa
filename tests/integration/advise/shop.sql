-- A small shop, deterministic, with the shapes that index advice has to tell apart.
-- Physical order differs from logical order unless a comment says otherwise.

CREATE TABLE category (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO category SELECT i, 'category ' || i FROM generate_series(1, 120) i;

CREATE TABLE customer (
    id int PRIMARY KEY,
    email text NOT NULL,
    phone varchar(20) NOT NULL,
    country text NOT NULL,
    city text NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    referrer_id int,
    profile jsonb NOT NULL
);
INSERT INTO customer
SELECT i,
       'User' || i || '@Example' || (i % 97) || '.org',
       '+49-' || lpad(((i::bigint * 7919) % 100000000)::text, 9, '0'),
       CASE WHEN i % 10 < 7 THEN 'DE' WHEN i % 10 < 9 THEN 'FR' ELSE 'IT' END,
       'city ' || (i::bigint * 31 % 800),
       i % 50 <> 0,
       timestamptz '2020-01-01 00:00+00' + ((i::bigint * 48271) % 50000) * interval '50 minutes',
       CASE WHEN i % 40 = 0 THEN (i::bigint * 13 % 50000 + 1)::int END,
       jsonb_build_object('plan', CASE WHEN i % 200 = 0 THEN 'gold' ELSE 'basic' END,
                          'score', i % 1000, 'segment', 's' || (i % 5000))
FROM generate_series(1, 50000) i;

CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int NOT NULL,
    status text NOT NULL,
    channel text NOT NULL,
    placed_at timestamptz NOT NULL,
    total numeric(10, 2) NOT NULL,
    deleted_at timestamptz,
    tracking text,
    comment text NOT NULL
);
INSERT INTO orders
SELECT i,
       (i::bigint * 7907 % 50000 + 1)::int,
       CASE WHEN i % 200 = 0 THEN 'failed' WHEN i % 77 = 0 THEN 'open' ELSE 'done' END,
       CASE i % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'shop' ELSE 'phone' END,
       timestamptz '2021-01-01 00:00+00' + ((i::bigint * 104729) % 300000) * interval '7 minutes',
       ((i::bigint * 7793) % 100000) / 100.0,
       CASE WHEN i % 60 = 0 THEN timestamptz '2024-06-01 00:00+00' + (i % 900) * interval '1 hour' END,
       CASE WHEN i % 30 = 0 THEN 'T' || md5(i::text) END,
       repeat('order ' || i || ' ', 6)
FROM generate_series(1, 300000) i;

CREATE TABLE order_line (
    order_id int NOT NULL REFERENCES orders (id),
    line int NOT NULL,
    product_id int NOT NULL,
    quantity int NOT NULL,
    price numeric(10, 2) NOT NULL,
    PRIMARY KEY (order_id, line)
);
INSERT INTO order_line
SELECT i / 2 + 1, i % 2, (i::bigint * 611953 % 20000 + 1)::int, i % 7 + 1, (i % 9000) / 100.0
FROM generate_series(0, 599999) i;

CREATE TABLE product (
    id int PRIMARY KEY,
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    description text NOT NULL,
    category_id int NOT NULL REFERENCES category (id),
    price numeric(10, 2) NOT NULL,
    tags text[] NOT NULL,
    attributes jsonb NOT NULL,
    search tsvector NOT NULL,
    added_on date NOT NULL
);
INSERT INTO product
SELECT i, 'SKU-' || lpad((i::bigint * 7919 % 1000000)::text, 7, '0') || '-' || i,
       'product ' || md5(i::text),
       'described by ' || md5((i * 3)::text) || ' and word' || (i % 3000) || ' in text number ' || i,
       i % 120 + 1, (i::bigint * 37 % 50000) / 100.0,
       ARRAY['tag' || (i % 700), 'tag' || (i % 1100 + 700)],
       jsonb_build_object('colour', 'c' || (i % 40), 'maker', 'm' || (i % 2500), 'weight', i % 900)
         || CASE WHEN i % 300 = 0 THEN '{"recalled": true}' ELSE '{}' END::jsonb,
       to_tsvector('english', 'word' || (i % 3000) || ' item' || (i % 2000)),
       date '2019-01-01' + ((i::bigint * 16807) % 1800)::int
FROM generate_series(1, 20000) i;

-- Appended in order of time: correlation 1.
CREATE TABLE event (
    id bigint PRIMARY KEY,
    happened_at timestamptz NOT NULL,
    kind text NOT NULL,
    account_id int NOT NULL,
    payload text NOT NULL
);
INSERT INTO event
SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '20 seconds',
       'kind' || (i % 12), (i::bigint * 6271 % 4000)::int, repeat(md5(i::text), 4)
FROM generate_series(1, 500000) i;

CREATE TABLE job (
    id int PRIMARY KEY,
    queue text NOT NULL,
    done boolean NOT NULL,
    run_after timestamptz NOT NULL,
    payload text NOT NULL
);
INSERT INTO job
SELECT i, 'q' || (i % 8), i % 150 <> 0,
       timestamptz '2024-01-01 00:00+00' + ((i::bigint * 69621) % 200000) * interval '1 minute',
       repeat(md5(i::text), 3)
FROM generate_series(1, 200000) i;

-- Small: no index can help.
CREATE TABLE flag (name text, value text);
INSERT INTO flag SELECT 'flag ' || i, 'on' FROM generate_series(1, 60) i;

CREATE TABLE "select; --" (id int, "a""b" int NOT NULL, "Order" text NOT NULL);
INSERT INTO "select; --" SELECT i, (i::bigint * 7919 % 40000)::int, repeat('x', 60) FROM generate_series(1, 120000) i;

CREATE SCHEMA "other schema";
CREATE TABLE "other schema".note (id int PRIMARY KEY, author int NOT NULL, body text NOT NULL);
INSERT INTO "other schema".note SELECT i, (i::bigint * 7919 % 9000)::int, md5(i::text) FROM generate_series(1, 80000) i;

CREATE FUNCTION volatile_lower(text) RETURNS text LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN lower($1); END';

-- Looks somebody up while the planner plans, as functions of tenants and sessions do.
CREATE FUNCTION chosen_customer() RETURNS int LANGUAGE plpgsql STABLE AS
'BEGIN RETURN (SELECT c.id FROM customer c WHERE c.id = 4711); END';

CREATE INDEX job_queue_idx ON job (queue);
CREATE INDEX customer_created_idx ON customer (created_at);

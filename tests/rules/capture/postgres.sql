-- One throwaway database that holds every pathology the rules look for, and their near misses.
-- Deterministic: values come from arithmetic, not from random().

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE customer (
    id integer PRIMARY KEY,
    email text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    time_zone text NOT NULL,
    joined timestamp NOT NULL,
    points integer NOT NULL
);
INSERT INTO customer
SELECT i, 'user' || i || '@mail' || i % 7 || '.example', 'city' || i % 400, 'country' || (i % 400) % 40,
       'zone' || (i % 400) % 20, timestamp '2024-01-01' + i * interval '7 minutes', i * 7919 % 1000
FROM generate_series(1, 40000) i;
CREATE INDEX customer_email ON customer (email);
CREATE INDEX customer_joined ON customer (joined);
CREATE INDEX customer_points ON customer (points);
CREATE INDEX customer_points_again ON customer (points);
CREATE INDEX customer_points_joined ON customer (points, joined);

-- status is 'done' for 98 of 100; price and created are in no index.
CREATE TABLE orders (
    id integer PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customer (id),
    status text NOT NULL,
    created timestamp NOT NULL,
    price numeric(10, 2) NOT NULL,
    receipt text NOT NULL,
    tags text[] NOT NULL,
    details jsonb NOT NULL
);
INSERT INTO orders
SELECT i, 1 + i * 7919 % 40000, CASE WHEN i % 50 = 0 THEN 'open' ELSE 'done' END,
       timestamp '2025-01-01' + i * interval '3 minutes', (i * 37 % 100000) / 100.0,
       (1000000 + i)::text, ARRAY['tag' || i % 11, 'tag' || i % 113],
       jsonb_build_object('device', 'd' || i % 60, 'campaign', 'c' || i % 900, 'note', md5(i::text))
FROM generate_series(1, 150000) i;
CREATE INDEX orders_receipt ON orders (receipt);
CREATE INDEX orders_price ON orders (price);
CREATE INDEX orders_created_date ON orders (created);

-- The same documents, searchable.
CREATE TABLE orders_indexed AS SELECT id, customer_id, tags, details, receipt FROM orders;
CREATE INDEX orders_indexed_details ON orders_indexed USING gin (details jsonb_path_ops);
CREATE INDEX orders_indexed_receipt ON orders_indexed USING gin (receipt gin_trgm_ops);
CREATE INDEX orders_indexed_customer ON orders_indexed (customer_id);

-- References orders without an index; large and small.
CREATE TABLE line (
    id integer PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders (id),
    product integer NOT NULL,
    quantity integer NOT NULL
);
INSERT INTO line SELECT i, 1 + i * 31 % 150000, i % 500, i % 9 FROM generate_series(1, 60000) i;

CREATE TABLE complaint (
    id integer PRIMARY KEY,
    order_id integer NOT NULL REFERENCES orders (id)
);
INSERT INTO complaint SELECT i, i FROM generate_series(1, 900) i;

CREATE TABLE article (
    id integer PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL
);
INSERT INTO article
SELECT i, 'Article number ' || i,
       (SELECT string_agg('word' || (i * k * 7919) % 5003, ' ') FROM generate_series(1, 40) k)
FROM generate_series(1, 6000) i;

CREATE TABLE article_indexed AS SELECT * FROM article;
CREATE INDEX article_indexed_words ON article_indexed USING gin (to_tsvector('english', body));

-- Wide rows.
CREATE TABLE profile (
    id integer PRIMARY KEY,
    a integer, b integer, c integer, d integer, e integer,
    biography text NOT NULL
);
INSERT INTO profile
SELECT i, i, i, i, i, i, (SELECT string_agg(md5((i * k)::text), '') FROM generate_series(1, 20) k)
FROM generate_series(1, 3000) i;

CREATE TABLE narrow (id integer PRIMARY KEY, a integer, b integer);
INSERT INTO narrow SELECT i, i % 100, i % 7 FROM generate_series(1, 20000) i;

CREATE TABLE tiny (id integer PRIMARY KEY, label text);
INSERT INTO tiny SELECT i, 'label' || i FROM generate_series(1, 40) i;

-- Never vacuumed: an index-only scan has to look into the table.
CREATE TABLE unvacuumed (id integer PRIMARY KEY, k integer NOT NULL, filler text) WITH (autovacuum_enabled = off);
INSERT INTO unvacuumed SELECT i, i % 1000, md5(i::text) FROM generate_series(1, 60000) i;
CREATE INDEX unvacuumed_k ON unvacuumed (k);

-- Changed after its ANALYZE.
CREATE TABLE shipment (id integer PRIMARY KEY, carrier text NOT NULL, weight integer NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO shipment SELECT i, 'carrier' || i % 5, i % 90 FROM generate_series(1, 20000) i;
-- Never analyzed.
CREATE TABLE parcel (id integer PRIMARY KEY, shipment_id integer NOT NULL) WITH (autovacuum_enabled = off);

-- One that failed to be built: two rows share the value.
CREATE TABLE badge (id integer PRIMARY KEY, code integer NOT NULL);
INSERT INTO badge SELECT i, i / 2 FROM generate_series(1, 20000) i;

-- Columns of many types, and indexes that look alike.
CREATE TABLE sensor (
    key uuid PRIMARY KEY,
    label varchar(20) NOT NULL,
    seen timestamptz NOT NULL,
    installed timestamptz NOT NULL,
    released timestamptz,
    weight integer NOT NULL,
    active boolean NOT NULL,
    parent uuid REFERENCES sensor
);
INSERT INTO sensor
SELECT md5(i::text)::uuid, 'label' || i, timestamptz '2025-01-01 00:00+00' + i * interval '5 minutes',
       timestamptz '2024-01-01 00:00+00' + i * interval '7 minutes',
       CASE WHEN i % 500 <> 0 THEN timestamptz '2025-06-01 00:00+00' END, i % 1000, i % 300 = 0,
       CASE WHEN i % 40 = 0 THEN md5((i / 40)::text)::uuid END
FROM generate_series(1, 60000) i;
CREATE INDEX sensor_seen ON sensor (seen);
CREATE INDEX sensor_label ON sensor (label);
CREATE INDEX sensor_label_c ON sensor (label COLLATE "C");
CREATE INDEX sensor_label_pattern ON sensor (label varchar_pattern_ops);
CREATE INDEX sensor_label_hash ON sensor USING hash (label);
CREATE INDEX sensor_unreleased ON sensor (weight) WHERE released IS NULL;
CREATE INDEX sensor_parent ON sensor (parent) WHERE parent IS NOT NULL;

CREATE TABLE reading (id integer NOT NULL, at timestamptz NOT NULL, value integer NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-02-01 00:00+00');
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2025-02-01 00:00+00') TO ('2025-03-01 00:00+00');
CREATE TABLE reading_3 PARTITION OF reading FOR VALUES FROM ('2025-03-01 00:00+00') TO ('2025-04-01 00:00+00');
INSERT INTO reading SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '2 minutes', i % 77 FROM generate_series(0, 64000) i;
CREATE INDEX reading_at ON reading (at);

-- Spans that do not overlap.
CREATE TABLE span (lower bigint NOT NULL, upper bigint NOT NULL, tenant integer NOT NULL, name text NOT NULL, PRIMARY KEY (lower, upper));
INSERT INTO span SELECT i * 100, i * 100 + 99, i % 500, 'span ' || i FROM generate_series(1, 40000) i;
CREATE INDEX span_tenant ON span (tenant);

VACUUM ANALYZE sensor, reading, span;

-- Two references to one table: an index on one of the columns only.
CREATE TABLE author (id integer PRIMARY KEY, pen_name text NOT NULL);
INSERT INTO author SELECT i, 'author' || i FROM generate_series(1, 400) i;
CREATE TABLE chapter (
    id integer PRIMARY KEY,
    author_id integer REFERENCES author (id) ON DELETE CASCADE,
    editor_id integer,
    page integer NOT NULL
);
INSERT INTO chapter SELECT i, 1 + i % 200, 201 + i % 100, i % 300 FROM generate_series(1, 40000) i;
CREATE TABLE remark (id integer PRIMARY KEY, editor_id integer NOT NULL CONSTRAINT remark_editor REFERENCES author (id));
INSERT INTO remark SELECT i, 251 + i % 50 FROM generate_series(1, 20000) i;
CREATE INDEX remark_editor_id ON remark (editor_id);
CREATE TABLE counted (id integer PRIMARY KEY, times integer NOT NULL);
INSERT INTO counted SELECT i, 0 FROM generate_series(1, 4000) i;
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.times := NEW.times + (SELECT count(*) FROM author WHERE id = NEW.id % 400); RETURN NEW; END $$;
CREATE TRIGGER counted_changes BEFORE UPDATE ON counted FOR EACH ROW EXECUTE FUNCTION count_it();

-- Long values that are stored apart, some blocks each.
CREATE TABLE manuscript (id integer PRIMARY KEY, genre integer NOT NULL, body text NOT NULL);
ALTER TABLE manuscript ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO manuscript
SELECT i, i % 3, (SELECT string_agg(md5((i * k)::text), '') FROM generate_series(1, 500) k) FROM generate_series(1, 1500) i;

-- Wide enough that a bitmap of its rows does not fit into the least work_mem; two columns that together are rare.
CREATE TABLE measurement (id integer PRIMARY KEY, sensor integer NOT NULL, kind integer NOT NULL, level integer NOT NULL, note text NOT NULL);
INSERT INTO measurement SELECT i, (i * 7919::bigint) % 40, (i * 104729::bigint) % 37, i * 31 % 9973, md5(i::text) || md5((i + 1)::text) FROM generate_series(1, 200000) i;
CREATE INDEX measurement_sensor ON measurement (sensor);
CREATE INDEX measurement_kind ON measurement (kind);

VACUUM ANALYZE customer, orders, orders_indexed, line, complaint, article, article_indexed, profile, narrow, tiny, badge;
VACUUM ANALYZE author, chapter, remark, manuscript, counted, measurement;
ANALYZE unvacuumed, shipment;
UPDATE shipment SET weight = weight + 1 WHERE id <= 8000;
INSERT INTO parcel SELECT i, i FROM generate_series(1, 12000) i;

-- Twelve months of events; a kind occurs in one month only.
CREATE TABLE event (id integer NOT NULL, at timestamptz NOT NULL, kind integer NOT NULL) PARTITION BY RANGE (at);
DO $$ BEGIN
    FOR m IN 1..12 LOOP
        EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)', m,
            timestamptz '2025-01-01 00:00+00' + (m - 1) * interval '30 days', timestamptz '2025-01-01 00:00+00' + m * interval '30 days');
    END LOOP;
END $$;
INSERT INTO event SELECT i, timestamptz '2025-01-01 00:00+00' + i * interval '6 minutes', i FROM generate_series(1, 86000) i;
-- Very many, very small parts.
CREATE TABLE ledger (day integer NOT NULL, amount integer NOT NULL) PARTITION BY LIST (day);
DO $$ BEGIN
    FOR d IN 1..120 LOOP
        EXECUTE format('CREATE TABLE ledger_%s PARTITION OF ledger FOR VALUES IN (%s)', d, d);
    END LOOP;
END $$;
INSERT INTO ledger SELECT 1 + i % 120, i % 40 FROM generate_series(1, 1200) i;

-- Deleted from, and never made smaller.
CREATE TABLE bloated (id integer NOT NULL, note text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bloated SELECT i, repeat(md5(i::text), 3) FROM generate_series(1, 300000) i;
CREATE INDEX bloated_id ON bloated (id);
CREATE TABLE bloated_little (id integer NOT NULL, note text NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bloated_little SELECT i, repeat(md5(i::text), 3) FROM generate_series(1, 20000) i;
DELETE FROM bloated WHERE id % 20 <> 0;
DELETE FROM bloated_little WHERE id % 20 <> 0;

CREATE FUNCTION keys_of(n integer) RETURNS SETOF integer LANGUAGE plpgsql STABLE AS
$$ BEGIN RETURN QUERY SELECT generate_series(1, n); END $$;

-- Rows of a kilobyte and a half, kept in the table itself.
CREATE TABLE letter (id integer PRIMARY KEY, genre integer NOT NULL, body text NOT NULL);
ALTER TABLE letter ALTER COLUMN body SET STORAGE PLAIN;
INSERT INTO letter SELECT i, i % 7, repeat(md5(i::text), 46) FROM generate_series(1, 12000) i;

CREATE TABLE branch (id integer PRIMARY KEY, parent integer);
INSERT INTO branch SELECT i, CASE WHEN i > 3 THEN i / 3 END FROM generate_series(1, 90000) i;
CREATE INDEX branch_parent ON branch (parent);
VACUUM ANALYZE event, ledger, letter, branch;
VACUUM ANALYZE bloated;
VACUUM ANALYZE bloated_little;
CREATE TABLE bloated_keys (id integer NOT NULL, k integer NOT NULL) WITH (autovacuum_enabled = off);
INSERT INTO bloated_keys SELECT i, i FROM generate_series(1, 600000) i;
CREATE INDEX bloated_keys_id ON bloated_keys (id);
CREATE INDEX bloated_keys_k_id ON bloated_keys (k, id);
DELETE FROM bloated_keys WHERE id % 20 <> 0;
VACUUM ANALYZE bloated_keys;

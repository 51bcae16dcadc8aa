-- A vehicle fleet, deterministic: kinds of values, keys and tables that the shop does not have.
-- Physical order differs from logical order unless a comment says otherwise.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE depot (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO depot SELECT i, 'depot ' || i FROM generate_series(1, 40) i;

CREATE DOMAIN vehicle_number AS text CHECK (value ~ '^[A-Z0-9]+$');
CREATE TYPE vehicle_state AS ENUM ('ready', 'out', 'broken', 'sold');

CREATE TABLE vehicle (
    id int PRIMARY KEY,
    depot_id int NOT NULL REFERENCES depot (id),
    vin vehicle_number NOT NULL,
    plate text NOT NULL,
    plate_key text GENERATED ALWAYS AS (lower(replace(plate, '-', ''))) STORED,
    state vehicle_state NOT NULL,
    equipment text[] NOT NULL,
    props jsonb NOT NULL
);
INSERT INTO vehicle (id, depot_id, vin, plate, state, equipment, props)
SELECT i, i % 40 + 1, 'WDB' || lpad((i::bigint * 7919 % 10000000)::text, 7, '0'),
       'AB-' || lpad((i::bigint * 3571 % 1000000)::text, 6, '0'),
       (CASE WHEN i % 400 = 0 THEN 'broken' WHEN i % 3 = 0 THEN 'out' ELSE 'ready' END)::vehicle_state,
       ARRAY['item' || (i % 600), 'item' || (i % 900 + 600)],
       jsonb_build_object('engine', jsonb_build_object('serial', 'e' || (i::bigint * 31 % 60000), 'kind', 'v' || (i % 1500)),
                          'mileage', i::bigint * 131 % 200000, 'colour', 'c' || (i % 12))
         || CASE WHEN i % 500 = 0 THEN '{"recalled": true}' ELSE '{}' END::jsonb
         || CASE WHEN i % 700 = 0 THEN '{"leased": true}' ELSE '{}' END::jsonb
FROM generate_series(1, 60000) i;
CREATE INDEX vehicle_depot_id_idx ON vehicle (depot_id);

CREATE TABLE driver (
    id int PRIMARY KEY,
    first_name text NOT NULL,
    last_name text NOT NULL,
    nickname text,
    joined timestamp NOT NULL
);
INSERT INTO driver
SELECT i, 'first' || (i % 300), 'last' || i,
       CASE WHEN i % 3 = 0 THEN 'nick ' || i END,
       timestamp '2015-01-01' + (i::bigint * 48271 % 80000) * interval '1 hour'
FROM generate_series(1, 40000) i;

CREATE TABLE driver_card (
    id int PRIMARY KEY,
    driver_id int NOT NULL REFERENCES driver (id),
    issued_on date NOT NULL,
    code text NOT NULL
);
INSERT INTO driver_card
SELECT i, (i::bigint * 7907 % 40000 + 1)::int, date '2018-01-01' + (i % 2000), md5(i::text)
FROM generate_series(1, 120000) i;

CREATE TABLE trip (
    id int PRIMARY KEY,
    vehicle_id int NOT NULL,
    driver_id int NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL,
    km int NOT NULL,
    note text NOT NULL
);
INSERT INTO trip
SELECT i, (i::bigint * 7907 % 5000 + 1)::int, (i::bigint * 6271 % 40000 + 1)::int, 'kind' || (i % 4),
       timestamptz '2021-01-01 00:00+00' + ((i::bigint * 104729) % 400000) * interval '5 minutes',
       (i::bigint * 131 % 900)::int, repeat('trip ' || i || ' ', 5)
FROM generate_series(1, 400000) i;

CREATE VIEW long_trip AS SELECT * FROM trip WHERE km > 100;
CREATE VIEW trip_of_vehicle AS
    SELECT t.vehicle_id AS car, t.started_at AS begun, t.km, v.plate
    FROM long_trip t JOIN vehicle v ON v.id = t.vehicle_id;

CREATE TABLE booking (
    id int PRIMARY KEY,
    vehicle_id int NOT NULL,
    depot_id int NOT NULL,
    during tstzrange NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    returned_at timestamptz,
    priority int,
    note text NOT NULL
);
INSERT INTO booking
SELECT i, (i::bigint * 7907 % 5000 + 1)::int, i % 40 + 1,
       tstzrange(timestamptz '2022-01-01 00:00+00' + (i::bigint * 104729 % 200000) * interval '7 minutes',
                 timestamptz '2022-01-01 02:00+00' + (i::bigint * 104729 % 200000) * interval '7 minutes'),
       CASE WHEN i % 100 = 0 THEN 'waiting' ELSE 'done' END,
       timestamptz '2022-01-01 00:00+00' + (i::bigint * 69621 % 200000) * interval '3 minutes',
       CASE WHEN i % 250 <> 0 THEN timestamptz '2022-06-01 00:00+00' + (i % 9000) * interval '1 hour' END,
       CASE WHEN i % 10 < 7 THEN (i::bigint * 37 % 100000)::int END,
       repeat('booking ' || i || ' ', 6)
FROM generate_series(1, 200000) i;

CREATE TABLE slot (id int PRIMARY KEY, during tstzrange NOT NULL, EXCLUDE USING gist (during WITH &&));
INSERT INTO slot
SELECT i, tstzrange(timestamptz '2022-01-01' + i * interval '1 hour', timestamptz '2022-01-01' + (i + 1) * interval '1 hour')
FROM generate_series(1, 20000) i;

CREATE TABLE stop (id int PRIMARY KEY, name text NOT NULL, location point NOT NULL);
INSERT INTO stop
SELECT i, 'stop ' || md5(i::text), point((i::bigint * 7919 % 100000) / 1000.0, (i::bigint * 6271 % 100000) / 1000.0)
FROM generate_series(1, 100000) i;

CREATE TABLE subnet (id int PRIMARY KEY, net cidr NOT NULL, owner text NOT NULL);
INSERT INTO subnet
SELECT i, set_masklen(('10.' || (i / 256) % 256 || '.' || i % 256 || '.0')::cidr, 24)::cidr, repeat('owner ' || i, 4)
FROM generate_series(0, 59999) i;

CREATE TABLE document (id int PRIMARY KEY, url text NOT NULL, fetched_at timestamptz NOT NULL);
INSERT INTO document
SELECT i, 'https://example.org/' || (SELECT string_agg(md5((i * 31 + j)::text), '/') FROM generate_series(1, 12) j),
       timestamptz '2024-01-01 00:00+00' + (i::bigint * 7919 % 40000) * interval '1 minute'
FROM generate_series(1, 40000) i;

CREATE TABLE article (
    id int PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    body_search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
);
INSERT INTO article (id, title, body)
SELECT i, 'article ' || md5(i::text), 'about topic' || (i % 2500) || ' and thing' || (i % 1700) || ' number ' || i
FROM generate_series(1, 20000) i;

-- Appended in order of time: correlation 1.
CREATE TABLE log_line (id bigint PRIMARY KEY, written_at timestamptz NOT NULL, level int NOT NULL, line text NOT NULL);
INSERT INTO log_line
SELECT i, timestamptz '2024-01-01 00:00+00' + i * interval '15 seconds', i % 6, repeat(md5(i::text), 4)
FROM generate_series(1, 500000) i;

CREATE TABLE reading (
    device_id int NOT NULL,
    taken_at timestamptz NOT NULL,
    serial text NOT NULL,
    value int NOT NULL
) PARTITION BY RANGE (taken_at);
CREATE TABLE reading_2024_01 PARTITION OF reading FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2024-02-01 00:00+00');
CREATE TABLE reading_2024_02 PARTITION OF reading FOR VALUES FROM ('2024-02-01 00:00+00') TO ('2024-03-01 00:00+00');
CREATE TABLE reading_2024_03 PARTITION OF reading FOR VALUES FROM ('2024-03-01 00:00+00') TO ('2024-04-01 00:00+00');
CREATE TABLE reading_2024_04 PARTITION OF reading FOR VALUES FROM ('2024-04-01 00:00+00') TO ('2024-05-01 00:00+00');
INSERT INTO reading
SELECT (i::bigint * 6271 % 3000)::int,
       timestamptz '2024-01-01 00:00+00' + (i::bigint * 69621 % 300000) * interval '34 seconds',
       'S' || lpad((i::bigint * 7919 % 1000000)::text, 7, '0'), i % 1000
FROM generate_series(1, 300000) i;

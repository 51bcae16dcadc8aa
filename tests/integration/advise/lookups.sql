-- Columns of many types, to be looked up by the operators of their types. Deterministic.
CREATE EXTENSION ltree;
CREATE EXTENSION intarray;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;
CREATE TYPE stage AS ENUM ('seeded', 'grown', 'cut', 'sold');
CREATE FUNCTION shade(integer) RETURNS integer LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1 % 977; END';
CREATE FUNCTION tint(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 % 977; END';

CREATE TABLE plant (
    id bigint PRIMARY KEY,
    kind ltree NOT NULL,
    marks integer[] NOT NULL,
    wide_marks bigint[] NOT NULL,
    words text[] NOT NULL,
    spot cube NOT NULL,
    lat double precision NOT NULL,
    lng double precision NOT NULL,
    facts hstore NOT NULL,
    mail citext NOT NULL,
    code character(8) NOT NULL,
    name varchar(60) NOT NULL,
    latin text COLLATE "C" NOT NULL,
    stage stage NOT NULL,
    net cidr NOT NULL,
    season daterange NOT NULL,
    seasons datemultirange NOT NULL,
    doc jsonb NOT NULL,
    price numeric(10,2) NOT NULL,
    rank integer NOT NULL,
    token uuid NOT NULL,
    sown timestamptz NOT NULL,
    cut timestamp NOT NULL,
    day date NOT NULL,
    ready boolean NOT NULL,
    gone timestamptz,
    lower_id bigint NOT NULL,
    upper_id bigint NOT NULL,
    story text NOT NULL
);
INSERT INTO plant
SELECT i, ('garden.g' || i % 40 || '.b' || i % 2000 || '.p' || i)::ltree,
       ARRAY[i % 2311, i % 1999, i % 1777], ARRAY[i % 2311, i % 1999]::bigint[],
       ARRAY['w' || i % 2311, 'w' || i % 1999], cube(ARRAY[(i % 300)::float8, (i % 707)::float8]),
       -60 + (i % 1200) / 10.0, (i * 7 % 3000) / 10.0, hstore('k' || i % 3000, 'v'),
       'Plant' || i || '@Example.org', lpad((i % 9000)::text, 8, '0'), 'name ' || md5(i::text), md5((i * 3)::text),
       (ARRAY['seeded', 'grown', 'cut', 'sold'])[CASE WHEN i % 400 = 0 THEN 1 ELSE 2 + i % 3 END]::stage,
       ('10.' || i % 200 || '.' || i % 250 || '.0/24')::cidr,
       daterange(date '2000-01-01' + i % 9000, date '2000-01-01' + i % 9000 + 3),
       datemultirange(daterange(date '2000-01-01' + i % 9000, date '2000-01-01' + i % 9000 + 3)),
       jsonb_build_object('a', i % 3000, 'tags', jsonb_build_array('t' || i % 2500)),
       (i % 100000) / 100.0, i * 7919 % 30000, md5((i * 5)::text)::uuid,
       timestamptz '2024-01-01 00:00+00' + i * interval '9 minutes',
       timestamp '2024-01-01 00:00' + i * 7919 % 30000 * interval '9 minutes', date '2000-01-01' + i % 9000,
       i % 600 = 0, CASE WHEN i % 700 <> 0 THEN timestamptz '2024-06-01 00:00+00' END,
       i * 10, i * 10 + 9, 'story ' || md5(i::text) || ' of ' || md5((i * 11)::text) || repeat(' and more', 6)
FROM generate_series(1, 30000) i;
VACUUM ANALYZE plant;

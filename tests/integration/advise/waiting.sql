-- What waits among much that is done: states, flags and orders that a planner walks in vain.
SELECT setseed(0.3);
CREATE TYPE stage AS ENUM ('filed', 'again', 'underway', 'shipped', 'lost');
CREATE TABLE parcel (
    id int PRIMARY KEY,
    route int NOT NULL,
    stage stage NOT NULL,
    mood text NOT NULL,
    urgent char(1) NOT NULL,
    weight double precision NOT NULL,
    due timestamptz NOT NULL,
    erased_at timestamptz,
    label text NOT NULL
);
INSERT INTO parcel
SELECT g, g % 300,
       (CASE WHEN g % 200 = 0 THEN 'filed' WHEN g % 500 = 1 THEN 'again' WHEN g % 900 = 3 THEN 'underway'
             ELSE 'shipped' END)::stage,
       CASE WHEN g > 59800 THEN (ARRAY['new', 'open'])[1 + g % 2] WHEN g % 20 = 3 THEN 'failed' ELSE 'fine' END,
       CASE WHEN g % 400 = 7 THEN 'Y' ELSE 'N' END, random() * 1000, timestamptz '2023-01-01' + g * interval '1 min',
       CASE WHEN g % 250 <> 9 THEN timestamptz '2023-06-01' + g * interval '1 min' END, repeat('p', 150)
FROM generate_series(1, 60000) g;
CREATE TABLE visit (id int PRIMARY KEY, place int NOT NULL, shown int NOT NULL, at timestamptz NOT NULL, note text);
INSERT INTO visit
SELECT g, CASE WHEN g % 5 = 0 THEN 3 ELSE 10 + g % 900 END, g % 9, timestamptz '2023-01-01' + g * interval '1 s',
       repeat('v', 120)
FROM generate_series(1, 60000) g;
CREATE INDEX visit_place_id ON visit (place, id);
CREATE TABLE reading (sensor int, height double precision, pad text);
INSERT INTO reading SELECT CASE WHEN h < 0.05 THEN 1 ELSE 2 + (h * 800)::int END, h, repeat('r', 60)
FROM (SELECT random() h FROM generate_series(1, 60000)) x;
CREATE INDEX reading_height ON reading (height);
CREATE TABLE link_1 (id int PRIMARY KEY, up int);
CREATE TABLE link_2 (id int PRIMARY KEY, up int);
CREATE TABLE link_3 (id int PRIMARY KEY, up int);
CREATE TABLE link_4 (id int PRIMARY KEY, up int, worth int);
INSERT INTO link_1 SELECT g, g FROM generate_series(1, 40000) g;
INSERT INTO link_2 SELECT g, g FROM generate_series(1, 40000) g;
INSERT INTO link_3 SELECT g, g FROM generate_series(1, 40000) g;
INSERT INTO link_4 SELECT g, g, g FROM generate_series(1, 40000) g;
CREATE TABLE note (id int PRIMARY KEY, place int NOT NULL, sort int NOT NULL, written timestamptz NOT NULL, body jsonb NOT NULL);
INSERT INTO note
SELECT g, g * 7919 % 9000, g % 5, timestamptz '2023-01-01' + g * 7919 % 60000 * interval '1 min',
       jsonb_build_object('open', g % 700 = 0, 'pad', repeat('n', 90))
FROM generate_series(1, 60000) g;
CREATE INDEX note_place ON note (place);
VACUUM ANALYZE;

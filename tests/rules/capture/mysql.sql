-- As mariadb.sql, for a server without sequence tables.

CREATE TABLE number_up_to (seq integer PRIMARY KEY);
SET SESSION cte_max_recursion_depth = 50000;
INSERT INTO number_up_to WITH RECURSIVE n AS (SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM n WHERE seq < 40000) SELECT seq FROM n;

CREATE TABLE customer (
    id integer PRIMARY KEY,
    email varchar(60) NOT NULL,
    city varchar(40) NOT NULL,
    points integer NOT NULL,
    biography text NOT NULL,
    a integer, b integer, c integer,
    KEY customer_email (email)
);
INSERT INTO customer
SELECT seq, CONCAT('user', seq, '@mail', seq % 7, '.example'), CONCAT('city', seq % 400),
       seq * 7919 % 1000, REPEAT(LEFT(SHA2(seq, 256), 32), 12), seq, seq, seq
FROM number_up_to WHERE seq <= 40000;

CREATE TABLE tiny (id integer PRIMARY KEY, label varchar(20));
INSERT INTO tiny SELECT seq, CONCAT('label', seq) FROM number_up_to WHERE seq <= 40;

ANALYZE TABLE customer, tiny;

-- What these servers have faults of their own in.

CREATE TABLE receipt (
    id integer PRIMARY KEY,
    number varchar(20) NOT NULL,
    doc json NOT NULL,
    note varchar(300) NOT NULL,
    KEY receipt_number (number),
    KEY receipt_note_number (note, number)
);
INSERT INTO receipt
SELECT seq, 100000 + seq, JSON_OBJECT('shop', CONCAT('s', seq % 97), 'n', seq), CONCAT(LEFT(SHA2(seq, 256), 32), ' till ', seq % 50, ' ', REPEAT(LEFT(SHA2(seq + 1, 256), 32), 4))
FROM number_up_to WHERE seq <= 40000;

CREATE TABLE coupon (
    code varchar(20) CHARACTER SET latin1 NOT NULL,
    percent integer NOT NULL,
    PRIMARY KEY (code)
);
INSERT INTO coupon SELECT CONCAT('c', seq), seq % 50 FROM number_up_to WHERE seq <= 1500;

CREATE TABLE sending (
    id integer PRIMARY KEY,
    coupon varchar(20) CHARACTER SET utf8mb4 NOT NULL,
    old_coupon varchar(20) CHARACTER SET latin1 NOT NULL
);
INSERT INTO sending SELECT seq, CONCAT('c', seq % 1500), CONCAT('c', seq % 1500) FROM number_up_to WHERE seq <= 3000;

CREATE TABLE keyless (a integer, b integer);
INSERT INTO keyless SELECT seq, seq FROM number_up_to WHERE seq <= 3000;
CREATE VIEW keyless_view AS SELECT a FROM keyless;
CREATE TABLE keyless_too (a integer, b integer, UNIQUE KEY (a));
INSERT INTO keyless_too SELECT seq, seq FROM number_up_to WHERE seq <= 2000;
CREATE TABLE keyless_tiny (a integer);
INSERT INTO keyless_tiny SELECT seq FROM number_up_to WHERE seq <= 9;

CREATE TABLE span (id integer PRIMARY KEY, low integer NOT NULL, high integer NOT NULL, KEY span_low (low), KEY span_high (high));
INSERT INTO span SELECT seq, seq * 13, seq * 13 + 9 FROM number_up_to WHERE seq <= 3000;

ANALYZE TABLE receipt, coupon, sending, keyless, keyless_too, keyless_tiny, span;

-- For rules on plans: values that are unequal, columns that hang together, indexes in the wrong order.

CREATE TABLE event (
    id integer PRIMARY KEY,
    state varchar(10) NOT NULL, shop integer NOT NULL, kind integer NOT NULL, amount integer NOT NULL,
    code integer NOT NULL, x integer NOT NULL, y integer NOT NULL, block integer NOT NULL, later integer NOT NULL,
    one integer NOT NULL, two integer NOT NULL, three integer NOT NULL, note varchar(40) NOT NULL,
    KEY event_state (state), KEY event_shop_kind_amount (shop, kind, amount), KEY event_code (code),
    KEY event_x (x), KEY event_y (y), KEY event_block (block), KEY event_later (later)
);
INSERT INTO event
SELECT seq, IF(seq % 200 = 0, 'open', 'done'), seq % 4, seq % 997, seq, IF(seq % 100 = 0, seq, 0), seq % 20, seq DIV 20 % 20,
       seq DIV 2000, seq, 1, 2, 3, CONCAT('note of event ', seq)
FROM number_up_to WHERE seq <= 40000;

CREATE TABLE ledger (id integer NOT NULL, shop integer NOT NULL, amount integer NOT NULL, PRIMARY KEY (id))
PARTITION BY HASH (id) PARTITIONS 12;
INSERT INTO ledger SELECT seq, seq % 300, seq * 7 % 1000 FROM number_up_to WHERE seq <= 40000;

CREATE TABLE crowd (a integer PRIMARY KEY);
INSERT INTO crowd SELECT n.seq * 8 + t.id FROM number_up_to n JOIN tiny t ON t.id <= 7;

-- For rules on schemas.

CREATE TABLE old_log (id integer PRIMARY KEY, line varchar(40)) ENGINE=MyISAM;
INSERT INTO old_log SELECT seq, CONCAT('line ', seq) FROM number_up_to WHERE seq <= 3000;
CREATE TABLE old_note (id integer PRIMARY KEY, line varchar(40)) ENGINE=MyISAM;
INSERT INTO old_note SELECT seq, CONCAT('line ', seq) FROM number_up_to WHERE seq <= 2000;
CREATE VIEW old_view AS SELECT id FROM old_log;
CREATE TABLE old_tiny (id integer PRIMARY KEY) ENGINE=MyISAM;
INSERT INTO old_tiny VALUES (1), (2);

CREATE TABLE visitor (token char(36) PRIMARY KEY, a integer, b integer, KEY visitor_a (a), KEY visitor_b (b));
INSERT INTO visitor SELECT CONCAT('00000000-0000-4000-8000-', LPAD(seq, 12, '0')), seq, seq FROM number_up_to WHERE seq <= 12000;
CREATE TABLE visit (host varchar(60), page varchar(60), a integer, b integer, PRIMARY KEY (host, page), KEY visit_a (a), KEY visit_b (b));
INSERT INTO visit SELECT CONCAT('host', seq % 100), CONCAT('page', seq), seq, seq FROM number_up_to WHERE seq <= 12000;
CREATE TABLE visitor_alone (token char(36) PRIMARY KEY, a integer, KEY visitor_alone_a (a));
INSERT INTO visitor_alone SELECT CONCAT('00000000-0000-4000-8000-', LPAD(seq, 12, '0')), seq FROM number_up_to WHERE seq <= 12000;

CREATE TABLE doubled (id integer PRIMARY KEY, a integer NOT NULL, b integer NOT NULL, c integer NOT NULL, d integer NOT NULL,
    KEY doubled_a (a), KEY doubled_a_b (a, b), KEY doubled_c (c), KEY doubled_d (d));
INSERT INTO doubled SELECT seq, seq % 100, seq, seq, seq FROM number_up_to WHERE seq <= 40000;
CREATE TABLE twice (id integer PRIMARY KEY, c integer NOT NULL, KEY twice_one (c), KEY twice_two (c));
INSERT INTO twice SELECT seq, seq FROM number_up_to WHERE seq <= 40000;
CREATE TABLE twice_tiny (id integer PRIMARY KEY, c integer NOT NULL, KEY twice_tiny_one (c), KEY twice_tiny_two (c));
INSERT INTO twice_tiny VALUES (1, 1);
CREATE TABLE heavy (id integer PRIMARY KEY, word varchar(200) NOT NULL, KEY heavy_word (word));
INSERT INTO heavy SELECT seq, REPEAT(CONCAT('w', seq), 20) FROM number_up_to WHERE seq <= 12000;
CREATE TABLE heavy_too (id integer PRIMARY KEY, word varchar(200) NOT NULL, KEY heavy_too_word (word));
INSERT INTO heavy_too SELECT seq, REPEAT(CONCAT('w', seq), 20) FROM number_up_to WHERE seq <= 12000;

CREATE TABLE grown (id integer PRIMARY KEY, a integer) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0;
INSERT INTO grown SELECT seq, seq FROM number_up_to WHERE seq <= 1000;
CREATE TABLE grown_too (id integer PRIMARY KEY, a integer) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0;
INSERT INTO grown_too SELECT seq, seq FROM number_up_to WHERE seq <= 2000;
CREATE TABLE grown_tiny (id integer PRIMARY KEY, a integer) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0;
INSERT INTO grown_tiny VALUES (1, 1);
ANALYZE TABLE grown, grown_too, grown_tiny;
INSERT INTO grown SELECT seq + 100000, seq FROM number_up_to WHERE seq <= 3000;
INSERT INTO grown_too SELECT seq + 100000, seq FROM number_up_to WHERE seq <= 1000;
INSERT INTO grown_tiny SELECT seq + 100000, seq FROM number_up_to WHERE seq <= 200;

CREATE TABLE meeting (id integer PRIMARY KEY, room integer, begins datetime(6) NOT NULL, day datetime NOT NULL, label varchar(40), code varchar(20) NOT NULL, host integer NOT NULL,
    UNIQUE KEY meeting_room_begins (room, begins), UNIQUE KEY meeting_code (code), KEY meeting_host (host), KEY meeting_begins (begins));
INSERT INTO meeting SELECT seq, seq % 40, '2025-01-01' + INTERVAL seq HOUR, '2025-01-01' + INTERVAL seq HOUR, CONCAT('meeting ', seq), CONCAT('m', seq), seq % 30 FROM number_up_to WHERE seq <= 3000;

ANALYZE TABLE event, ledger, crowd, visitor, visit, visitor_alone, doubled, twice, heavy, heavy_too, meeting;

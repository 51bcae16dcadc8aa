-- The little that the rules for every engine need.

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
       seq * 7919 % 1000, REPEAT(MD5(seq), 12), seq, seq, seq
FROM seq_1_to_40000;

CREATE TABLE tiny (id integer PRIMARY KEY, label varchar(20));
INSERT INTO tiny SELECT seq, CONCAT('label', seq) FROM seq_1_to_40;

ANALYZE TABLE customer, tiny;

-- What these servers have faults of their own in.

CREATE TABLE receipt (
    id integer PRIMARY KEY,
    number varchar(20) NOT NULL,
    doc longtext NOT NULL CHECK (JSON_VALID(doc)),
    note varchar(300) NOT NULL,
    KEY receipt_number (number),
    KEY receipt_note_number (note, number)
);
INSERT INTO receipt
SELECT seq, 100000 + seq, JSON_OBJECT('shop', CONCAT('s', seq % 97), 'n', seq), CONCAT(MD5(seq), ' till ', seq % 50, ' ', REPEAT(MD5(seq + 1), 4))
FROM seq_1_to_40000;

CREATE TABLE coupon (
    code varchar(20) CHARACTER SET latin1 NOT NULL,
    percent integer NOT NULL,
    PRIMARY KEY (code)
);
INSERT INTO coupon SELECT CONCAT('c', seq), seq % 50 FROM seq_1_to_1500;

CREATE TABLE sending (
    id integer PRIMARY KEY,
    coupon varchar(20) CHARACTER SET utf8mb4 NOT NULL,
    old_coupon varchar(20) CHARACTER SET latin1 NOT NULL
);
INSERT INTO sending SELECT seq, CONCAT('c', seq % 1500), CONCAT('c', seq % 1500) FROM seq_1_to_3000;

CREATE TABLE keyless (a integer, b integer);
INSERT INTO keyless SELECT seq, seq FROM seq_1_to_3000;
CREATE VIEW keyless_view AS SELECT a FROM keyless;
CREATE TABLE keyless_too (a integer, b integer, UNIQUE KEY (a));
INSERT INTO keyless_too SELECT seq, seq FROM seq_1_to_2000;
CREATE TABLE keyless_tiny (a integer);
INSERT INTO keyless_tiny SELECT seq FROM seq_1_to_9;

CREATE TABLE span (id integer PRIMARY KEY, low integer NOT NULL, high integer NOT NULL, KEY span_low (low), KEY span_high (high));
INSERT INTO span SELECT seq, seq * 13, seq * 13 + 9 FROM seq_1_to_3000;

ANALYZE TABLE receipt, coupon, sending, keyless, keyless_too, keyless_tiny, span;

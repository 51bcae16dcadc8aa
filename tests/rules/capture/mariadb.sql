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

-- What schemas of these servers are allowed to hold.
SET sql_mode = '';
CREATE TABLE number (seq INTEGER PRIMARY KEY);
INSERT INTO number WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n;
CREATE TABLE `a``b; --` (
    id BIGINT UNSIGNED PRIMARY KEY, `select` VARCHAR(40), born DATE, bin VARBINARY(16),
    emo VARCHAR(20) CHARACTER SET utf8mb4, slashed VARCHAR(40)
);
INSERT INTO `a``b; --`
SELECT 18446744073709550000 + seq, CONCAT('x', seq % 50), '0000-00-00', UNHEX(LPAD(HEX(seq), 32, 'F')), CONCAT('😀', seq), CONCAT('back\\slash ', seq)
FROM number;
CREATE TABLE old (id INTEGER PRIMARY KEY, v VARCHAR(20), KEY old_v (v)) ENGINE=MyISAM;
INSERT INTO old SELECT seq, CONCAT('v', seq % 100) FROM number;
CREATE TABLE noted (id INTEGER);
CREATE TRIGGER noted_too BEFORE INSERT ON noted FOR EACH ROW SET NEW.id = NEW.id + 1;

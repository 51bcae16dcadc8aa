-- A market of many sellers, small enough to be built on in a moment and large enough that an index counts.
-- Sequences are made by joining digits: both servers know that.

CREATE TABLE digit (d INT PRIMARY KEY);
INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
CREATE TABLE seq (n INT PRIMARY KEY);
INSERT INTO seq SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
FROM digit a, digit b, digit c, digit e, digit f WHERE f.d < 6;

CREATE TABLE seller (
    id INT PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    email VARCHAR(100) NOT NULL,
    country CHAR(2) NOT NULL,
    rating DECIMAL(3,1) NOT NULL,
    joined DATE NOT NULL,
    UNIQUE KEY seller_email (email)
);
INSERT INTO seller
SELECT n, CONCAT('Seller ', n * 7919 % 20000), CONCAT('s', n, '@market.example'),
       ELT(1 + n % 20, 'DE','FR','IT','ES','PL','NL','BE','AT','CH','SE','DK','NO','FI','PT','GR','IE','CZ','HU','RO','BG'),
       n % 50 / 10, '2015-01-01' + INTERVAL n % 3000 DAY
FROM seq WHERE n BETWEEN 1 AND 20000;

CREATE TABLE offer (
    id INT PRIMARY KEY,
    seller_id INT NOT NULL,
    product_id INT NOT NULL,
    price DECIMAL(8,2) NOT NULL,
    stock INT NOT NULL,
    state VARCHAR(10) NOT NULL,
    added DATETIME NOT NULL,
    ends DATETIME,
    title VARCHAR(120) NOT NULL,
    about TEXT NOT NULL,
    KEY offer_seller (seller_id, added)
);
INSERT INTO offer
SELECT n, n * 7919 % 20000 + 1, n * 104729 % 9000 + 1, n * 31 % 100000 / 100, n % 40,
       IF(n % 50 = 0, 'draft', IF(n % 200 = 1, 'blocked', 'open')),
       '2024-01-01' + INTERVAL n * 11 MINUTE, IF(n % 4 = 0, NULL, '2025-06-01' + INTERVAL n MINUTE),
       CONCAT(ELT(1 + n % 7, 'lamp','chair','table','shelf','mirror','carpet','clock'), ' number ', n),
       CONCAT(REPEAT(LEFT(SHA2(n, 256), 32), 8), IF(n % 997 = 0, ' zeppelin ', ' boat '))
FROM seq WHERE n BETWEEN 1 AND 60000;

CREATE TABLE bid (
    id INT PRIMARY KEY,
    offer_id INT NOT NULL,
    bidder_id INT NOT NULL,
    amount DECIMAL(8,2) NOT NULL,
    at DATETIME NOT NULL,
    won TINYINT(1) NOT NULL,
    channel VARCHAR(8) NOT NULL,
    note VARCHAR(200)
);
INSERT INTO bid
SELECT n, n * 37 % 60000 + 1, n * 7907 % 15000 + 1, n % 5000 / 10, '2024-03-01' + INTERVAL n * 7 MINUTE,
       n % 2, ELT(1 + n % 3, 'web', 'app', 'phone'), IF(n % 10 = 0, CONCAT('note ', n), NULL)
FROM seq WHERE n BETWEEN 1 AND 59000;

-- The key of two columns: the second is asked for alone, too.
CREATE TABLE watch (
    user_id INT NOT NULL,
    offer_id INT NOT NULL,
    since DATETIME NOT NULL,
    PRIMARY KEY (user_id, offer_id)
);
INSERT INTO watch SELECT n % 15000 + 1, n * 37 % 60000 + 1, '2024-05-01' + INTERVAL n MINUTE FROM seq WHERE n >= 1;

CREATE TABLE message (
    id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    sender INT NOT NULL,
    receiver INT NOT NULL,
    sent DATETIME NOT NULL,
    seen DATETIME,
    flags INT NOT NULL,
    topic VARCHAR(400) CHARACTER SET utf8mb4 NOT NULL,
    KEY message_receiver (receiver)
);
INSERT INTO message (sender, receiver, sent, seen, flags, topic)
SELECT n * 13 % 15000, n * 17 % 15000, '2024-01-01' + INTERVAL n MINUTE, IF(n % 100 = 3, NULL, '2025-01-01'),
       n % 4, CONCAT(LEFT(SHA2(n, 256), 40), ' about ', n % 977)
FROM seq WHERE n >= 1;

CREATE TABLE setting (name VARCHAR(40) PRIMARY KEY, value VARCHAR(100));
INSERT INTO setting SELECT CONCAT('name', n), n FROM seq WHERE n BETWEEN 1 AND 60;

-- Documents: `tags` are numbers, `words` texts, `mixed` both, `common` holds 1 nearly everywhere, `codes` have an index
-- where the server knows such.
CREATE TABLE article (id INT PRIMARY KEY, doc JSON NOT NULL);
INSERT INTO article
SELECT n, JSON_OBJECT('tags', JSON_ARRAY(n % 5000, 5000 + n * 7 % 5000),
                      'words', JSON_ARRAY(CONCAT('w', n % 3000), CONCAT('v', n % 77)),
                      'mixed', IF(n % 2 = 0, JSON_ARRAY(n % 5000), JSON_ARRAY('x', n % 5000)),
                      'common', IF(n % 20 = 0, JSON_ARRAY(2, 3), JSON_ARRAY(1, 2)),
                      'codes', JSON_ARRAY(n % 4000), 'brand', CONCAT('b', n % 4000),
                      'filler', REPEAT('lorem ', 20))
FROM seq WHERE n BETWEEN 1 AND 30000;
/*!80017 ALTER TABLE article ADD INDEX article_codes ((CAST(doc->'$.codes' AS UNSIGNED ARRAY))) */;
/*!80017 ALTER TABLE seller ADD INDEX seller_lower ((LOWER(name))) */;
ANALYZE TABLE seller, offer, bid, watch, message, setting, article;

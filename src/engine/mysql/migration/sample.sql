-- A small shop: what a demonstration moves when nothing else is given.
CREATE TABLE customer (
  id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60) COLLATE utf8mb4_bin NOT NULL, born DATE, active TINYINT(1) NOT NULL DEFAULT 1,
  joined DATETIME NOT NULL, changed TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE KEY customer_name (name)
);
CREATE TABLE product (code VARCHAR(12) COLLATE utf8mb4_bin PRIMARY KEY, title VARCHAR(100) NOT NULL, price DECIMAL(10,2) NOT NULL, weight DOUBLE, tags SET('new','sale','heavy'));
CREATE TABLE sale (
  id BIGINT AUTO_INCREMENT PRIMARY KEY, customer_id INT NOT NULL, at DATETIME NOT NULL, state ENUM('open','paid','returned') NOT NULL DEFAULT 'open',
  note TEXT, KEY sale_customer (customer_id), KEY sale_time (at), CONSTRAINT sale_of_customer FOREIGN KEY (customer_id) REFERENCES customer (id)
);
CREATE TABLE digit (n INT PRIMARY KEY);
INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
INSERT INTO customer (name, born, active, joined, changed)
  SELECT concat('Customer ', n), date_add('1950-01-01', INTERVAL n DAY), n % 2, date_add('2024-01-01', INTERVAL n * 37 MINUTE), '2024-01-01 00:00:00'
  FROM (SELECT a.n + 10 * b.n + 100 * c.n + 1 AS n FROM digit a, digit b, digit c) numbers;
INSERT INTO product SELECT concat('P-', n), concat('Product ', n), n * 1.07, n / 3, elt(1 + n % 3, 'new', 'new,sale', '')
  FROM (SELECT a.n + 10 * b.n + 1 AS n FROM digit a, digit b) numbers;
INSERT INTO sale (customer_id, at, state, note)
  SELECT 1 + n % 1000, date_add('2024-02-01', INTERVAL n * 11 MINUTE), elt(1 + n % 3, 'open', 'paid', 'returned'), if(n % 5 = 0, concat('Grüße ', n), NULL)
  FROM (SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM digit a, digit b, digit c, digit d) numbers;
CREATE VIEW open_sale AS SELECT customer_id, count(*) AS sales FROM sale WHERE state = 'open' GROUP BY customer_id;
DELIMITER //
CREATE PROCEDURE sales_of(IN whose INT)
BEGIN
  -- Newest first, as the shop's page shows them.
  SELECT id, at, state FROM sale WHERE customer_id = whose ORDER BY at DESC;
END //
DELIMITER ;

//! More than two hundred queries over Sakila, put together from parts that plans differ by: ways to read a table, joins,
//! groups, orders, queries inside queries, windows, WITH, sets, views, and what only one of the servers knows.

use super::forms::Server;

/// Read-only, each within some milliseconds; none of them asks for what only one server has but for those at the end.
pub fn queries(server: Server) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(filters());
    all.extend(joins());
    all.extend(groups());
    all.extend(orders());
    all.extend(nested());
    all.extend(windows_and_sets());
    all.extend(others());
    all.extend(of_one_server(server));
    all
}

fn owned(list: &[&str]) -> impl Iterator<Item = String> {
    list.iter().map(|sql| (*sql).to_owned()).collect::<Vec<_>>().into_iter()
}

fn filters() -> Vec<String> {
    const CONDITIONS: [(&str, &str); 30] = [
        ("film", "film_id = 7"),
        ("film", "film_id = 70000"),
        ("film", "film_id BETWEEN 10 AND 20"),
        ("film", "film_id IN (1, 5, 9, 700)"),
        ("film", "title = 'ACADEMY DINOSAUR'"),
        ("film", "title LIKE 'AC%'"),
        ("film", "title LIKE '%DINO%'"),
        ("film", "length > 180 AND rating = 'R'"),
        ("film", "length + 1 > 180 OR rental_rate = 4.99"),
        ("film", "original_language_id IS NULL"),
        ("film", "original_language_id = 3 OR language_id = 2"),
        ("film", "FIND_IN_SET('Trailers', special_features)"),
        ("film", "1 = 0"),
        ("film", "length > 100 AND length < 50"),
        ("film", "description REGEXP 'Dr[a-z]ma .* Robot'"),
        ("rental", "rental_date = '2005-05-24 22:53:30'"),
        ("rental", "rental_date BETWEEN '2005-07-01' AND '2005-07-03'"),
        ("rental", "customer_id = 77 OR inventory_id = 77"),
        ("rental", "customer_id IN (3, 4) AND staff_id = 1"),
        ("rental", "return_date IS NULL AND staff_id = 2"),
        ("rental", "DATE(rental_date) = '2005-07-08'"),
        ("rental", "inventory_id > 4500 AND customer_id < 50"),
        ("payment", "amount > 9 AND customer_id = 300"),
        ("payment", "customer_id = 5 AND staff_id = 1"),
        ("customer", "last_name = 'SMITH'"),
        ("customer", "(store_id, last_name) = (1, 'SMITH')"),
        ("customer", "email <=> NULL"),
        ("customer", "NOT active AND store_id = 1"),
        ("actor", "last_name IN ('BERRY', 'CAGE')"),
        ("address", "district = '' OR postal_code = '35200'"),
    ];
    let mut all = Vec::new();
    for (table, condition) in CONDITIONS {
        all.push(format!("SELECT * FROM {table} WHERE {condition}"));
        all.push(format!("SELECT COUNT(*) FROM {table} AS `t x` WHERE {condition}"));
    }
    all
}

fn joins() -> Vec<String> {
    const KINDS: [&str; 3] = ["JOIN", "LEFT JOIN", "STRAIGHT_JOIN"];
    let mut all = Vec::new();
    for kind in KINDS {
        for join in [
            "film f {} inventory i ON i.film_id = f.film_id",
            "customer c {} payment p ON p.customer_id = c.customer_id AND p.amount > 9",
            "film f {} film_text t ON t.title = f.title",
            "city c {} country o ON o.country = c.city",
            "actor a {} customer c ON c.last_name = a.last_name",
            "language l {} film f ON f.length + 0 = l.language_id * 60",
            "store s {} staff t ON t.store_id <> s.store_id",
            "category c {} (SELECT category_id, COUNT(*) AS n FROM film_category GROUP BY category_id) d ON d.category_id = c.category_id",
        ] {
            all.push(format!("SELECT COUNT(*) FROM {}", join.replace("{}", kind)));
        }
    }
    all.extend(owned(&[
        "SELECT c.first_name, f.title, r.rental_date FROM customer c JOIN rental r USING (customer_id) JOIN inventory i USING (inventory_id) JOIN film f USING (film_id) WHERE c.customer_id = 12",
        "SELECT c.city, COUNT(*) FROM city c JOIN address a USING (city_id) JOIN customer u USING (address_id) JOIN payment p USING (customer_id) GROUP BY c.city ORDER BY 2 DESC LIMIT 5",
        "SELECT a.first_name FROM actor a JOIN film_actor fa ON fa.actor_id = a.actor_id JOIN film f ON f.film_id = fa.film_id AND f.rating IN ('G', 'PG') WHERE f.length > 150",
        "SELECT COUNT(*) FROM film a CROSS JOIN language b WHERE a.language_id <> b.language_id",
        "SELECT x.title FROM film x JOIN film y ON y.length = x.length AND y.film_id > x.film_id WHERE x.rating = 'G' LIMIT 30",
        "SELECT s.store_id FROM store s LEFT JOIN (staff t JOIN address a USING (address_id)) ON t.store_id = s.store_id AND a.district LIKE 'A%'",
        "SELECT f.title FROM film f LEFT JOIN inventory i ON i.film_id = f.film_id WHERE i.inventory_id IS NULL",
        "SELECT r.rental_id FROM rental r RIGHT JOIN payment p ON p.rental_id = r.rental_id WHERE p.amount = 11.99",
        "SELECT COUNT(*) FROM customer NATURAL JOIN rental",
    ]));
    all
}

fn groups() -> Vec<String> {
    let mut all = Vec::new();
    for keys in
        ["rating", "language_id", "rating, length", "LEFT(title, 1)", "replacement_cost DIV 5"]
    {
        all.push(format!("SELECT {keys}, COUNT(*) FROM film GROUP BY {keys}"));
        all.push(format!("SELECT {keys}, AVG(length) AS a FROM film GROUP BY {keys} HAVING a > 100 ORDER BY a DESC"));
        all.push(format!("SELECT DISTINCT {keys} FROM film"));
    }
    all.extend(owned(&[
        "SELECT rating, language_id, SUM(length) FROM film GROUP BY rating, language_id WITH ROLLUP",
        "SELECT customer_id, SUM(amount) FROM payment GROUP BY customer_id ORDER BY SUM(amount) DESC LIMIT 10",
        "SELECT customer_id, MAX(rental_date) FROM rental GROUP BY customer_id",
        "SELECT staff_id, COUNT(DISTINCT customer_id) FROM payment GROUP BY staff_id",
        "SELECT MIN(title), MAX(title) FROM film",
        "SELECT MAX(film_id) FROM film",
        "SELECT COUNT(*) FROM rental",
        "SELECT COUNT(DISTINCT last_name), GROUP_CONCAT(DISTINCT LEFT(last_name, 1) ORDER BY 1) FROM actor",
        "SELECT DISTINCT c.last_name FROM customer c JOIN rental r ON r.customer_id = c.customer_id",
        "SELECT i.film_id, COUNT(*) FROM rental r JOIN inventory i USING (inventory_id) GROUP BY i.film_id ORDER BY COUNT(*) DESC, i.film_id LIMIT 3",
        "SELECT BIT_OR(film_id), STD(length) FROM film WHERE rating = 'NC-17'",
        "SELECT SQL_BIG_RESULT rating, COUNT(*) FROM film GROUP BY rating",
    ]));
    all
}

fn orders() -> Vec<String> {
    let mut all = Vec::new();
    for (order, limit) in [
        ("film_id", ""),
        ("film_id DESC", " LIMIT 5"),
        ("title", " LIMIT 5 OFFSET 400"),
        ("length, title", " LIMIT 20"),
        ("length DESC, rating", ""),
        ("RAND()", " LIMIT 2"),
        ("description", " LIMIT 900"),
        ("rental_rate * length DESC", " LIMIT 0"),
    ] {
        all.push(format!("SELECT film_id, title FROM film ORDER BY {order}{limit}"));
        all.push(format!("SELECT * FROM film WHERE rating <> 'G' ORDER BY {order}{limit}"));
    }
    all.extend(owned(&[
        "SELECT f.title FROM film f JOIN language l USING (language_id) ORDER BY l.name, f.length LIMIT 7",
        "SELECT r.rental_id FROM rental r JOIN customer c USING (customer_id) ORDER BY c.last_name, r.rental_date LIMIT 50, 10",
        "SELECT title FROM film ORDER BY title DESC",
        "SELECT payment_id FROM payment ORDER BY amount DESC, payment_date LIMIT 100",
    ]));
    all
}

fn nested() -> Vec<String> {
    let mut all = Vec::new();
    for inner in [
        "SELECT i.film_id FROM inventory i WHERE i.store_id = 1",
        "SELECT i.film_id FROM inventory i JOIN rental r USING (inventory_id) WHERE r.return_date IS NULL",
        "SELECT fa.film_id FROM film_actor fa GROUP BY fa.film_id HAVING COUNT(*) > 10",
        "SELECT fc.film_id FROM film_category fc WHERE fc.category_id = 3 LIMIT 0, 50",
        "SELECT f2.original_language_id AS film_id FROM film f2",
    ] {
        if !inner.contains("LIMIT") {
            all.push(format!("SELECT f.title FROM film f WHERE f.film_id IN ({inner})"));
            all.push(format!(
                "SELECT f.title FROM film f WHERE f.film_id NOT IN ({inner}) AND f.length < 60"
            ));
            all.push(format!(
                "SELECT f.film_id, f.film_id IN ({inner}) AS found FROM film f LIMIT 40"
            ));
        }
        all.push(format!("SELECT COUNT(*) FROM ({inner}) AS d"));
        all.push(format!("SELECT f.title FROM film f JOIN ({inner}) AS d ON d.film_id = f.film_id WHERE f.rating = 'G'"));
    }
    all.extend(owned(&[
        "SELECT c.customer_id FROM customer c WHERE EXISTS (SELECT 1 FROM payment p WHERE p.customer_id = c.customer_id AND p.amount > 10)",
        "SELECT c.customer_id FROM customer c WHERE NOT EXISTS (SELECT 1 FROM rental r WHERE r.customer_id = c.customer_id AND r.staff_id = 1)",
        "SELECT c.first_name, (SELECT COUNT(*) FROM rental r WHERE r.customer_id = c.customer_id) AS n FROM customer c WHERE c.store_id = 2",
        "SELECT c.first_name, (SELECT MAX(p.amount) FROM payment p WHERE p.customer_id = c.customer_id) AS m, (SELECT MIN(r.rental_date) FROM rental r WHERE r.customer_id = c.customer_id) AS d FROM customer c ORDER BY m DESC LIMIT 5",
        "SELECT title FROM film WHERE length = (SELECT MAX(length) FROM film)",
        "SELECT title FROM film WHERE length > ALL (SELECT length FROM film WHERE rating = 'G')",
        "SELECT title FROM film WHERE replacement_cost = ANY (SELECT MAX(replacement_cost) FROM film GROUP BY rating)",
        "SELECT COUNT(*) FROM payment p WHERE p.amount > (SELECT AVG(q.amount) FROM payment q WHERE q.customer_id = p.customer_id) AND p.customer_id < 40",
        "SELECT title FROM film f WHERE length > (SELECT AVG(length) FROM film g WHERE g.rating = f.rating) AND EXISTS (SELECT 1 FROM inventory i WHERE i.film_id = f.film_id)",
        "SELECT IF(EXISTS (SELECT 1 FROM film WHERE length > 900), 'yes', 'no')",
        "SELECT (SELECT 1), (SELECT MAX(film_id) FROM film), (SELECT COUNT(*) FROM actor WHERE actor_id < 10)",
        "SELECT * FROM (SELECT * FROM (SELECT rating, COUNT(*) AS n FROM film GROUP BY rating) a WHERE n > 10) b ORDER BY n",
        "SELECT COUNT(*) FROM film WHERE (SELECT COUNT(*) FROM inventory i WHERE i.film_id = film.film_id) > 6 OR length = 46",
        "SELECT film_id FROM film f WHERE RAND() * 0 < (SELECT COUNT(*) + RAND() FROM language) LIMIT 20",
        "SELECT CASE WHEN customer_id IN (SELECT customer_id FROM payment WHERE amount > 11) THEN 1 ELSE 0 END FROM customer WHERE customer_id < 100",
    ]));
    all
}

fn windows_and_sets() -> Vec<String> {
    let mut all = Vec::new();
    for call in ["ROW_NUMBER()", "RANK()", "SUM(amount)", "LAG(amount)", "FIRST_VALUE(amount)"] {
        all.push(format!("SELECT payment_id, {call} OVER (PARTITION BY customer_id ORDER BY payment_date) FROM payment WHERE customer_id < 30"));
        all.push(format!("SELECT payment_id, {call} OVER (ORDER BY amount) AS x FROM payment WHERE staff_id = 1 ORDER BY x LIMIT 9"));
    }
    for set in ["UNION", "UNION ALL", "EXCEPT", "INTERSECT"] {
        all.push(format!("SELECT last_name FROM actor {set} SELECT last_name FROM customer"));
        all.push(format!("SELECT COUNT(*) FROM (SELECT film_id FROM inventory {set} SELECT film_id FROM film_actor) d"));
        all.push(format!("(SELECT title FROM film WHERE length > 180) {set} (SELECT title FROM film WHERE rating = 'G' ORDER BY title LIMIT 5) ORDER BY 1 LIMIT 10"));
    }
    all.extend(owned(&[
        "WITH big AS (SELECT customer_id, SUM(amount) AS s FROM payment GROUP BY customer_id) SELECT c.last_name, big.s FROM big JOIN customer c USING (customer_id) WHERE big.s > 150",
        "WITH a AS (SELECT rating, COUNT(*) AS n FROM film GROUP BY rating) SELECT x.rating FROM a x JOIN a y ON y.n > x.n",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT COUNT(*) FROM n JOIN film f ON f.film_id = n.i",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION SELECT (i * 3) % 17 FROM n) SELECT * FROM n",
        "SELECT * FROM (SELECT film_id, ROW_NUMBER() OVER (PARTITION BY rating ORDER BY length DESC) AS r FROM film) d WHERE r <= 2",
        "SELECT AVG(length) OVER w, MAX(length) OVER (w ORDER BY film_id ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING) FROM film WHERE length > 170 WINDOW w AS (PARTITION BY rating)",
        "SELECT rating, SUM(COUNT(*)) OVER (ORDER BY rating) FROM film GROUP BY rating",
        "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3",
        "SELECT film_id FROM film WHERE film_id = 3 UNION SELECT film_id FROM film WHERE 1 = 0",
    ]));
    all
}

fn others() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for view in [
        "customer_list",
        "film_list",
        "nicer_but_slower_film_list",
        "staff_list",
        "sales_by_store",
        "sales_by_film_category",
        "actor_info",
    ] {
        all.push(format!("SELECT * FROM {view} LIMIT 4"));
    }
    all.extend(owned(&[
        "SELECT 1",
        "SELECT 1 FROM DUAL WHERE 1 = 0",
        "SELECT NOW(), @@version",
        "SELECT * FROM film_text WHERE MATCH (title, description) AGAINST ('robot')",
        "SELECT title FROM film_text WHERE MATCH (title, description) AGAINST ('+robot -drama' IN BOOLEAN MODE) ORDER BY title",
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'sakila'",
        "SELECT film_id FROM film USE INDEX () WHERE title = 'AGENT TRUMAN'",
        "SELECT film_id FROM film FORCE INDEX (idx_title) WHERE title > 'Y'",
        "SELECT * FROM customer WHERE customer_id = 1 FOR UPDATE",
        "SELECT inventory_in_stock(10)",
        "SELECT get_customer_balance(5, NOW())",
        "SELECT COUNT(*) FROM film WHERE title COLLATE utf8mb3_bin > 'M'",
        "SELECT JSON_OBJECTAGG(rating, n) FROM (SELECT rating, COUNT(*) AS n FROM film GROUP BY rating) d",
        "SELECT 'a (b) -> c: d  (cost=1 rows=2)' AS x FROM film WHERE description <> '(actual time=1..2 rows=3 loops=4)' LIMIT 3",
        "SELECT `f`.`title` AS `a``b; --` FROM film AS `f` WHERE `f`.`title` LIKE '%|%' OR `f`.`length` = 48",
        "SELECT j.n FROM JSON_TABLE('[1, 2, 3]', '$[*]' COLUMNS (n INT PATH '$')) AS j JOIN film f ON f.film_id = j.n",
    ]));
    all
}

fn of_one_server(server: Server) -> Vec<String> {
    let own: &[&str] = match server {
        Server::Mysql => &[
            "SELECT f.title, d.n FROM film f, LATERAL (SELECT COUNT(*) AS n FROM inventory i WHERE i.film_id = f.film_id) d WHERE f.film_id < 30",
            "SELECT /*+ NO_SEMIJOIN(@q) */ title FROM film WHERE film_id IN (SELECT /*+ QB_NAME(q) */ film_id FROM inventory)",
            "SELECT /*+ SEMIJOIN(@q DUPSWEEDOUT) */ title FROM film WHERE film_id IN (SELECT /*+ QB_NAME(q) */ film_id FROM inventory)",
            "SELECT /*+ SEMIJOIN(@q LOOSESCAN) */ title FROM film WHERE film_id IN (SELECT /*+ QB_NAME(q) */ film_id FROM inventory)",
            "SELECT /*+ SEMIJOIN(@q MATERIALIZATION) */ title FROM film WHERE length + 0 IN (SELECT /*+ QB_NAME(q) */ film_id FROM inventory)",
            "SELECT /*+ INDEX_MERGE(rental idx_fk_customer_id, idx_fk_staff_id) */ * FROM rental WHERE customer_id = 5 AND staff_id = 1",
            "SELECT /*+ BKA(p) */ COUNT(p.last_update) FROM customer c JOIN payment p USING (customer_id) WHERE c.store_id = 1",
            "SELECT /*+ NO_BNL() */ COUNT(*) FROM city c JOIN country o ON o.country = c.city",
            "VALUES ROW(1, 2), ROW(3, 4)",
            "TABLE language",
            "SELECT rating, GROUPING(rating), COUNT(*) FROM film GROUP BY rating WITH ROLLUP",
        ],
        Server::Mariadb => &[
            "SELECT * FROM film LIMIT ROWS EXAMINED 500",
            "SELECT rental_id FROM rental WHERE customer_id = 7 AND inventory_id BETWEEN 1 AND 400",
            "VALUES (1, 2), (3, 4)",
            "SELECT d.rating, f.title FROM (SELECT rating, MAX(length) AS m FROM film GROUP BY rating) d JOIN film f ON f.rating = d.rating AND f.length = d.m",
            "SELECT SQL_CALC_FOUND_ROWS title FROM film ORDER BY length LIMIT 3",
            "SELECT NTH_VALUE(title, 2) OVER (ORDER BY length) FROM film WHERE length > 180",
            "SELECT MEDIAN(length) OVER (PARTITION BY rating) FROM film WHERE length > 170",
        ],
    };
    owned(own).collect()
}

/// Explained, not executed.
pub const CHANGES: [&str; 10] = [
    "UPDATE film SET length = 5 WHERE film_id = 3",
    "UPDATE film SET length = 5 WHERE rating = 'G' ORDER BY title LIMIT 3",
    "UPDATE film f JOIN language l USING (language_id) SET f.length = 5 WHERE l.name = 'English'",
    "DELETE FROM payment WHERE amount = 0",
    "DELETE FROM payment",
    "DELETE p FROM payment p JOIN customer c USING (customer_id) WHERE c.active = 0",
    "INSERT INTO language (name) VALUES ('x')",
    "INSERT INTO film_text (film_id, title) SELECT film_id + 5000, title FROM film WHERE length > 170",
    "REPLACE INTO language (language_id, name) VALUES (1, 'English')",
    "DELETE FROM film WHERE film_id IN (SELECT film_id FROM inventory WHERE store_id = 9)",
];

-- One working day of a chain of DVD-rental stores. workload.toml says which of these queries
-- carry a fault on purpose; the others are as they should be.

-- The counter ---------------------------------------------------------------------------------

-- A copy of the film is back: when was the film last out, and how often?
-- name: film-demand
-- weight: 6
-- params: [["42"], ["7"], ["115"]]
SELECT count(*) AS times, max(r.rented_at) AS last_rented_at
FROM rental r
JOIN inventory i ON i.inventory_id = r.inventory_id
WHERE i.film_id = ?;

-- name: staff-latest-rentals
-- weight: 20
-- params: [["35"], ["34"], ["10"]]
SELECT rental_id, rented_at, customer_id, status
FROM rental
WHERE staff_id = ?
ORDER BY rented_at DESC
LIMIT 25;

-- Who has to be called first?
-- name: overdue-rentals
-- weight: 12
SELECT rental_id, customer_id, due_at
FROM rental
WHERE status = 'open' AND due_at < '2026-01-01 00:00:00'
ORDER BY due_at
LIMIT 50;

-- name: payments-of-rental
-- weight: 15
-- params: [["8123"], ["4711"], ["977"]]
SELECT payment_id, amount, method, paid_at
FROM payment
WHERE rental_id = ?;

-- name: customer-rentals
-- weight: 60
-- params: [["17"], ["803"], ["1144"], ["256"]]
SELECT rental_id, rented_at, due_at, status
FROM rental
WHERE customer_id = ?
ORDER BY rented_at DESC
LIMIT 20;

-- name: customer-payments
-- weight: 30
-- params: [["17"], ["803"], ["1144"], ["256"]]
SELECT payment_id, amount, paid_at
FROM payment
WHERE customer_id = ?;

-- name: customer-by-email
-- weight: 40
-- params: [["ravi.Perez.3@inbox.example"], ["uma.Takahashi.77@mail.example"]]
SELECT customer_id, first_name, last_name
FROM customer
WHERE email = ?;

-- The same, for people who do not remember how they spelt it.
-- name: customer-by-any-email
-- weight: 20
-- params: [["Ravi.Perez.3@inbox.example"], ["INES.WEBER.12@POST.EXAMPLE"]]
SELECT customer_id, first_name, last_name
FROM customer
WHERE lower(email) = lower(?);

-- name: latest-rentals
-- weight: 10
SELECT rental_id, customer_id, inventory_id
FROM rental
ORDER BY rental_id DESC
LIMIT 40;

-- name: customer-of-rental
-- weight: 10
-- params: [["17"], ["803"], ["1144"], ["256"], ["31"], ["902"], ["1201"], ["440"]]
SELECT first_name, last_name, email
FROM customer
WHERE customer_id = ?;

-- name: copies-of-film
-- weight: 40
-- params: [["42"], ["7"], ["115"], ["160"]]
SELECT inventory_id, store_id, acquired_on
FROM inventory
WHERE film_id = ?;

-- name: staff-of-store
-- weight: 5
-- params: [["3"], ["1"]]
SELECT s.staff_id, s.first_name, s.last_name, t.name
FROM staff s
JOIN store t ON t.store_id = s.store_id
WHERE s.store_id = ? AND s.active
ORDER BY s.last_name;

-- The web shop --------------------------------------------------------------------------------

-- name: film-by-id
-- weight: 100
-- params: [["42"], ["7"], ["115"], ["160"]]
SELECT title, description, rating, rental_rate, length_minutes
FROM film
WHERE film_id = ?;

-- name: cast-of-film
-- weight: 50
-- params: [["42"], ["7"], ["115"], ["160"]]
SELECT a.actor_id, a.first_name, a.last_name
FROM film_actor fa
JOIN actor a ON a.actor_id = fa.actor_id
WHERE fa.film_id = ?;

-- name: categories
-- weight: 20
SELECT category_id, name FROM category ORDER BY name;

-- The catalogue page shows titles and prices only.
-- name: catalogue-page
-- weight: 8
-- params: [["PG-13"], ["R"]]
SELECT *
FROM film
WHERE rating = ?
ORDER BY title;

-- name: film-search
-- weight: 5
-- params: [["%retired boxer%"], ["%lighthouse keeper%"]]
SELECT film_id, title
FROM film
WHERE description LIKE ?;

-- name: films-of-year-with-latest-review
-- weight: 2
SELECT f.film_id, f.title,
       (SELECT max(v.created_at) FROM review v WHERE v.film_id = f.film_id) AS latest_review
FROM film f
WHERE f.release_year = 1999;

-- name: latest-reviews
-- weight: 15
SELECT review_id, film_id, stars, created_at
FROM review
ORDER BY created_at DESC
LIMIT 20;

-- name: reviews-mentioning
-- weight: 3
SELECT review_id, film_id, stars
FROM review
WHERE body LIKE '%zeppelins%';

-- The office ----------------------------------------------------------------------------------

-- name: payment-by-reference
-- weight: 20
-- params: [["3654435761"], ["6308871522"]]
SELECT payment_id, rental_id, amount
FROM payment
WHERE reference = ?;

-- The bookkeeping program knows receipt numbers as numbers.
-- name: payment-by-receipt-number
-- weight: 8
SELECT payment_id, rental_id, amount
FROM payment
WHERE reference = 3654435761;

-- name: takings-of-day
-- weight: 4
SELECT count(*) AS payments, sum(amount) AS takings
FROM payment
WHERE DATE(paid_at) = '2025-06-14';

-- name: takings-of-last-hour
-- weight: 10
SELECT count(*) AS payments, sum(amount) AS takings
FROM payment
WHERE paid_at >= '2025-12-31 18:00:00' AND paid_at < '2025-12-31 19:00:00';

-- name: takings-by-method
SELECT method, count(*) AS payments, sum(amount) AS takings
FROM payment
GROUP BY method
ORDER BY method;

-- name: rentals-by-store
SELECT store_id, count(*) AS rentals, SUM(status = 'open') AS still_out
FROM rental
GROUP BY store_id
ORDER BY store_id;

-- Nearly all of the rows: reading the whole table is right.
-- name: returned-by-channel
SELECT channel, count(*) AS returned
FROM rental
WHERE status = 'returned'
GROUP BY channel;

-- name: rentals-page
-- weight: 2
SELECT r.rental_id, r.rented_at, c.last_name
FROM rental r
JOIN customer c ON c.customer_id = r.customer_id
ORDER BY r.rental_id
LIMIT 25 OFFSET 40000;

-- Reviews that were pasted more than once.
-- name: copied-reviews
SELECT body, count(*) AS copies
FROM review
GROUP BY body
HAVING count(*) > 1;

-- Marketing -----------------------------------------------------------------------------------

-- name: events-around
-- weight: 6
SELECT event_id, occurred_at, kind
FROM event_log
WHERE occurred_at >= '2025-12-20 20:00:00' AND occurred_at < '2025-12-20 20:10:00';

-- name: campaign-on-television
-- weight: 3
SELECT event_id, occurred_at, customer_id
FROM event_log
WHERE JSON_UNQUOTE(JSON_EXTRACT(payload, '$.campaign')) = 'c17'
  AND JSON_UNQUOTE(JSON_EXTRACT(payload, '$.device')) = 'tv';

-- Who in this city filled a basket in the last days?
-- name: baskets-of-city
SELECT c.customer_id, c.email, count(*) AS baskets
FROM customer c
JOIN event_log e ON e.customer_id = c.customer_id
WHERE c.city = 'Seoul' AND c.country = 'South Korea'
  AND c.time_zone = 'Asia/Seoul' AND c.language = 'ko'
  AND e.kind = 'basket' AND e.occurred_at >= '2025-12-27 00:00:00'
GROUP BY c.customer_id, c.email
ORDER BY baskets DESC
LIMIT 20;

-- How many people share their voucher with somebody who has opened the mail already?
-- name: shared-vouchers
SELECT count(DISTINCT s.customer_id) AS sharing
FROM promotion_send s
JOIN promotion_send o ON o.voucher_code = s.voucher_code
WHERE s.promotion_id = 26 AND s.opened_at IS NULL
  AND o.promotion_id = 26 AND o.opened_at IS NOT NULL;

-- What are the vouchers worth that were looked at?
-- name: vouchers-opened
SELECT s.promotion_id, SUM(v.percent_off) AS percents
FROM promotion_send s
JOIN voucher v ON v.code = s.voucher_code
WHERE s.opened_at IS NOT NULL
GROUP BY s.promotion_id;

-- The two queries of the migration playbook, for Sakila, and for any Pagila with rental.rental_date.
-- For the Pagila that keeps a range in rental.rental_period, see ../pagila.

-- Films of a category by rental date, newest first.
-- name: category-newest-rentals
-- params: [["Action"]]
SELECT f.film_id, f.title, r.rental_date
FROM category c
JOIN film_category fc ON fc.category_id = c.category_id
JOIN film f ON f.film_id = fc.film_id
JOIN inventory i ON i.film_id = f.film_id
JOIN rental r ON r.inventory_id = i.inventory_id
WHERE c.name = $1
ORDER BY r.rental_date DESC
LIMIT 50;

-- name: busiest-actors
SELECT a.actor_id, a.first_name, a.last_name, count(*) AS films
FROM actor a
JOIN film_actor fa ON fa.actor_id = a.actor_id
GROUP BY a.actor_id, a.first_name, a.last_name
ORDER BY films DESC, a.actor_id
LIMIT 20;

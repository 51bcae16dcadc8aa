-- The two queries of the migration playbook, for the Pagila that keeps a rental's time as a range
-- (rental.rental_period). For Sakila, and for forks with rental.rental_date, see ../sakila.

-- Films of a category by rental date, newest first.
-- name: category-newest-rentals
-- params: [["Action"]]
SELECT f.film_id, f.title, lower(r.rental_period) AS rental_date
FROM category c
JOIN film_category fc ON fc.category_id = c.category_id
JOIN film f ON f.film_id = fc.film_id
JOIN inventory i ON i.film_id = f.film_id
JOIN rental r ON r.inventory_id = i.inventory_id
WHERE c.name = $1
ORDER BY lower(r.rental_period) DESC
LIMIT 50;

-- name: busiest-actors
SELECT a.actor_id, a.first_name, a.last_name, count(*) AS films
FROM actor a
JOIN film_actor fa ON fa.actor_id = a.actor_id
GROUP BY a.actor_id, a.first_name, a.last_name
ORDER BY films DESC, a.actor_id
LIMIT 20;

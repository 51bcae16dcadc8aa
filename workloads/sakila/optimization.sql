-- The five indexes of the migration playbook, for `planwise tune workloads/sakila --ddl …`.
-- Whether they help is for the measurement to say: see ../pagila/README.md.

-- Films of one category without reading the other categories' rows.
CREATE INDEX film_category_category_id_film_id_idx ON film_category (category_id, film_id);

-- Copies of a film; the existing index on inventory begins with the store.
CREATE INDEX inventory_film_id_idx ON inventory (film_id);

-- Rentals of a copy, newest first.
CREATE INDEX rental_inventory_id_rental_date_idx ON rental (inventory_id, rental_date DESC);

-- Films of an actor. The primary key (actor_id, film_id) serves this already: expected to be dropped.
CREATE INDEX film_actor_actor_id_idx ON film_actor (actor_id);

-- Categories by name. There are sixteen: expected to be dropped.
CREATE INDEX category_name_idx ON category (name);

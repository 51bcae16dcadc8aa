-- Table by table, on two sessions at once: rows, then keys and indexes.
-- COPY takes its rows from the generator. `-- table` begins a table's part; what stands before
-- the first of them runs on each session.

SET maintenance_work_mem = '128MB';
SET synchronous_commit = off;

-- table country
COPY country FROM stdin;
ALTER TABLE country ADD CONSTRAINT country_pkey PRIMARY KEY (country_id);

-- table city
COPY city FROM stdin;
ALTER TABLE city ADD CONSTRAINT city_pkey PRIMARY KEY (city_id);

-- table address
COPY address FROM stdin;
ALTER TABLE address ADD CONSTRAINT address_pkey PRIMARY KEY (address_id);

-- table store
COPY store FROM stdin;
ALTER TABLE store ADD CONSTRAINT store_pkey PRIMARY KEY (store_id);

-- table staff
COPY staff FROM stdin;
ALTER TABLE staff ADD CONSTRAINT staff_pkey PRIMARY KEY (staff_id);

-- table customer
COPY customer FROM stdin;
ALTER TABLE customer ADD CONSTRAINT customer_pkey PRIMARY KEY (customer_id);
CREATE INDEX customer_email_idx ON customer (email);

-- table category
COPY category FROM stdin;
ALTER TABLE category ADD CONSTRAINT category_pkey PRIMARY KEY (category_id);

-- table actor
COPY actor FROM stdin;
ALTER TABLE actor ADD CONSTRAINT actor_pkey PRIMARY KEY (actor_id);

-- table film
COPY film FROM stdin;
ALTER TABLE film ADD CONSTRAINT film_pkey PRIMARY KEY (film_id);

-- table film_category
COPY film_category FROM stdin;
ALTER TABLE film_category ADD CONSTRAINT film_category_pkey PRIMARY KEY (film_id, category_id);

-- table film_actor
COPY film_actor FROM stdin;
ALTER TABLE film_actor ADD CONSTRAINT film_actor_pkey PRIMARY KEY (actor_id, film_id);
CREATE INDEX film_actor_film_id_actor_id_idx ON film_actor (film_id, actor_id);

-- table inventory
COPY inventory FROM stdin;
ALTER TABLE inventory ADD CONSTRAINT inventory_pkey PRIMARY KEY (inventory_id);
CREATE INDEX inventory_film_id_idx ON inventory (film_id);

-- table rental
COPY rental FROM stdin;
ALTER TABLE rental ADD CONSTRAINT rental_pkey PRIMARY KEY (rental_id);
CREATE INDEX rental_customer_id_rented_at_idx ON rental (customer_id, rented_at);
CREATE INDEX rental_customer_id_idx ON rental (customer_id);
CREATE INDEX rental_updated_at_idx ON rental (updated_at);

-- table payment
COPY payment FROM stdin;
ALTER TABLE payment ADD CONSTRAINT payment_pkey PRIMARY KEY (payment_id);
CREATE INDEX payment_paid_at_idx ON payment (paid_at);
CREATE INDEX payment_reference_idx ON payment (reference);
CREATE INDEX payment_customer_id_idx ON payment (customer_id);

-- table review
COPY review FROM stdin;
ALTER TABLE review ADD CONSTRAINT review_pkey PRIMARY KEY (review_id);

-- table event_log
COPY event_log FROM stdin;
ALTER TABLE event_log ADD CONSTRAINT event_log_pkey PRIMARY KEY (event_id);
CREATE INDEX event_log_occurred_at_idx ON event_log (occurred_at);

-- table voucher
COPY voucher FROM stdin;
ALTER TABLE voucher ADD CONSTRAINT voucher_pkey PRIMARY KEY (voucher_id);

-- table promotion
COPY promotion FROM stdin;
ALTER TABLE promotion ADD CONSTRAINT promotion_pkey PRIMARY KEY (promotion_id);

-- table promotion_send
COPY promotion_send FROM stdin;
ALTER TABLE promotion_send ADD CONSTRAINT promotion_send_pkey PRIMARY KEY (send_id);
CREATE INDEX promotion_send_promotion_id_idx ON promotion_send (promotion_id);

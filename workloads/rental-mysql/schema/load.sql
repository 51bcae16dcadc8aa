-- Table by table, on two sessions at once: rows, then indexes.
-- LOAD DATA takes its rows from the generator. `-- table` begins a table's part; what stands before
-- the first of them runs on each session. The generator writes moments with their zone, and truth as t and f.

SET SESSION unique_checks = 0;


-- table country
LOAD DATA LOCAL INFILE 'rows' INTO TABLE country CHARACTER SET utf8mb4
    (country_id, name, iso2, region);

-- table city
LOAD DATA LOCAL INFILE 'rows' INTO TABLE city CHARACTER SET utf8mb4
    (city_id, name, country_id, time_zone);

-- table address
LOAD DATA LOCAL INFILE 'rows' INTO TABLE address CHARACTER SET utf8mb4
    (address_id, street, city_id, postal_code, phone);

-- table store
LOAD DATA LOCAL INFILE 'rows' INTO TABLE store CHARACTER SET utf8mb4
    (store_id, name, address_id, opened_on);

-- table staff
LOAD DATA LOCAL INFILE 'rows' INTO TABLE staff CHARACTER SET utf8mb4
    (staff_id, store_id, first_name, last_name, email, @active)
    SET active = (@active = 't');

-- table customer
LOAD DATA LOCAL INFILE 'rows' INTO TABLE customer CHARACTER SET utf8mb4
    (customer_id, store_id, first_name, last_name, email, address_id, city, country, time_zone, language, birth_date, @marketing_consent, @created_at)
    SET marketing_consent = (@marketing_consent = 't'), created_at = LEFT(@created_at, 19);
CREATE INDEX customer_email_idx ON customer (email);

-- table category
LOAD DATA LOCAL INFILE 'rows' INTO TABLE category CHARACTER SET utf8mb4
    (category_id, name);

-- table actor
LOAD DATA LOCAL INFILE 'rows' INTO TABLE actor CHARACTER SET utf8mb4
    (actor_id, first_name, last_name);

-- table film
LOAD DATA LOCAL INFILE 'rows' INTO TABLE film CHARACTER SET utf8mb4
    (film_id, title, description, synopsis, release_year, rating, rental_days, rental_rate, length_minutes, replacement_cost, special_features, attributes);

-- table film_category
LOAD DATA LOCAL INFILE 'rows' INTO TABLE film_category CHARACTER SET utf8mb4
    (film_id, category_id);

-- table film_actor
LOAD DATA LOCAL INFILE 'rows' INTO TABLE film_actor CHARACTER SET utf8mb4
    (actor_id, film_id);
CREATE INDEX film_actor_film_id_idx ON film_actor (film_id);

-- table inventory
LOAD DATA LOCAL INFILE 'rows' INTO TABLE inventory CHARACTER SET utf8mb4
    (inventory_id, film_id, store_id, acquired_on);
CREATE INDEX inventory_film_id_idx ON inventory (film_id);

-- table rental
LOAD DATA LOCAL INFILE 'rows' INTO TABLE rental CHARACTER SET utf8mb4
    (rental_id, @rented_at, inventory_id, customer_id, staff_id, store_id, @due_at, @returned_at, status, channel, note, @updated_at)
    SET rented_at = LEFT(@rented_at, 19), due_at = LEFT(@due_at, 19), returned_at = LEFT(@returned_at, 19), updated_at = LEFT(@updated_at, 19);
CREATE INDEX rental_customer_id_rented_at_idx ON rental (customer_id, rented_at);
CREATE INDEX rental_customer_id_idx ON rental (customer_id);
CREATE INDEX rental_updated_at_idx ON rental (updated_at);

-- table payment
LOAD DATA LOCAL INFILE 'rows' INTO TABLE payment CHARACTER SET utf8mb4
    (payment_id, rental_id, customer_id, staff_id, amount, method, reference, @paid_at)
    SET paid_at = LEFT(@paid_at, 19);
CREATE INDEX payment_paid_at_idx ON payment (paid_at);
CREATE INDEX payment_reference_idx ON payment (reference);
CREATE INDEX payment_customer_id_idx ON payment (customer_id);

-- table review
LOAD DATA LOCAL INFILE 'rows' INTO TABLE review CHARACTER SET utf8mb4
    (review_id, film_id, customer_id, stars, body, helpful_votes, @created_at)
    SET created_at = LEFT(@created_at, 19);

-- table event_log
LOAD DATA LOCAL INFILE 'rows' INTO TABLE event_log CHARACTER SET utf8mb4
    (event_id, @occurred_at, customer_id, kind, payload)
    SET occurred_at = LEFT(@occurred_at, 19);
CREATE INDEX event_log_occurred_at_idx ON event_log (occurred_at);

-- table voucher
LOAD DATA LOCAL INFILE 'rows' INTO TABLE voucher CHARACTER SET utf8mb4
    (voucher_id, code, percent_off, valid_until);
CREATE INDEX voucher_code_idx ON voucher (code);

-- table promotion
LOAD DATA LOCAL INFILE 'rows' INTO TABLE promotion CHARACTER SET utf8mb4
    (promotion_id, name, starts_on);

-- table promotion_send
LOAD DATA LOCAL INFILE 'rows' INTO TABLE promotion_send CHARACTER SET utf8mb4
    (send_id, promotion_id, customer_id, voucher_code, @sent_at, @opened_at)
    SET sent_at = LEFT(@sent_at, 19), opened_at = LEFT(@opened_at, 19);
CREATE INDEX promotion_send_promotion_id_idx ON promotion_send (promotion_id);

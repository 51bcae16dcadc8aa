-- After all tables are loaded and indexed.

ALTER TABLE city ADD CONSTRAINT city_country_fkey FOREIGN KEY (country_id) REFERENCES country;
ALTER TABLE address ADD CONSTRAINT address_city_fkey FOREIGN KEY (city_id) REFERENCES city;
ALTER TABLE store ADD CONSTRAINT store_address_fkey FOREIGN KEY (address_id) REFERENCES address;
ALTER TABLE staff ADD CONSTRAINT staff_store_fkey FOREIGN KEY (store_id) REFERENCES store;
ALTER TABLE customer ADD CONSTRAINT customer_store_fkey FOREIGN KEY (store_id) REFERENCES store;
ALTER TABLE customer ADD CONSTRAINT customer_address_fkey FOREIGN KEY (address_id) REFERENCES address;
ALTER TABLE film_category ADD CONSTRAINT film_category_film_fkey FOREIGN KEY (film_id) REFERENCES film;
ALTER TABLE film_category ADD CONSTRAINT film_category_category_fkey FOREIGN KEY (category_id) REFERENCES category;
ALTER TABLE film_actor ADD CONSTRAINT film_actor_actor_fkey FOREIGN KEY (actor_id) REFERENCES actor;
ALTER TABLE film_actor ADD CONSTRAINT film_actor_film_fkey FOREIGN KEY (film_id) REFERENCES film;
ALTER TABLE inventory ADD CONSTRAINT inventory_film_fkey FOREIGN KEY (film_id) REFERENCES film;
ALTER TABLE inventory ADD CONSTRAINT inventory_store_fkey FOREIGN KEY (store_id) REFERENCES store;
ALTER TABLE rental ADD CONSTRAINT rental_inventory_fkey FOREIGN KEY (inventory_id) REFERENCES inventory;
ALTER TABLE rental ADD CONSTRAINT rental_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE rental ADD CONSTRAINT rental_staff_fkey FOREIGN KEY (staff_id) REFERENCES staff;
ALTER TABLE payment ADD CONSTRAINT payment_rental_fkey FOREIGN KEY (rental_id) REFERENCES rental;
ALTER TABLE payment ADD CONSTRAINT payment_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE review ADD CONSTRAINT review_film_fkey FOREIGN KEY (film_id) REFERENCES film;
ALTER TABLE review ADD CONSTRAINT review_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer;
ALTER TABLE promotion_send ADD CONSTRAINT promotion_send_promotion_fkey FOREIGN KEY (promotion_id) REFERENCES promotion;
ALTER TABLE promotion_send ADD CONSTRAINT promotion_send_customer_fkey FOREIGN KEY (customer_id) REFERENCES customer;

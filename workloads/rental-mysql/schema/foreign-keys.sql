-- After all tables are loaded and indexed. Tables of the business's daily traffic have none: see tables.sql.

ALTER TABLE city ADD CONSTRAINT city_country_fkey FOREIGN KEY (country_id) REFERENCES country (country_id);
ALTER TABLE address ADD CONSTRAINT address_city_fkey FOREIGN KEY (city_id) REFERENCES city (city_id);
ALTER TABLE store ADD CONSTRAINT store_address_fkey FOREIGN KEY (address_id) REFERENCES address (address_id);
ALTER TABLE staff ADD CONSTRAINT staff_store_fkey FOREIGN KEY (store_id) REFERENCES store (store_id);
ALTER TABLE film_category ADD CONSTRAINT film_category_film_fkey FOREIGN KEY (film_id) REFERENCES film (film_id);
ALTER TABLE film_category ADD CONSTRAINT film_category_category_fkey FOREIGN KEY (category_id) REFERENCES category (category_id);
ALTER TABLE film_actor ADD CONSTRAINT film_actor_actor_fkey FOREIGN KEY (actor_id) REFERENCES actor (actor_id);
ALTER TABLE film_actor ADD CONSTRAINT film_actor_film_fkey FOREIGN KEY (film_id) REFERENCES film (film_id);
ALTER TABLE inventory ADD CONSTRAINT inventory_film_fkey FOREIGN KEY (film_id) REFERENCES film (film_id);

-- What a DBA would build for this workload by hand, and what he would drop. Sizes are those at
-- scale 0.25 (250,000 rentals), where the indexes that are there already take 61 MB.
-- Not part of the workload: `planwise tune workloads/rental --sandbox --ddl workloads/rental/reference.sql`
-- measures it, and tests hold planwise's own advice against it.

-- film-demand: 2.0 MB. Without it every rental is read to find those of two copies.
CREATE INDEX rental_inventory_id_idx ON rental (inventory_id);

-- staff-latest-rentals: 7.7 MB. Equality first, then the order of ORDER BY.
CREATE INDEX rental_staff_id_rented_at_idx ON rental (staff_id, rented_at);

-- overdue-rentals: 48 kB. The open rentals alone, one in two hundred.
CREATE INDEX rental_due_at_open_idx ON rental (due_at) WHERE status = 'open';

-- payments-of-rental: 5.9 MB.
CREATE INDEX payment_rental_id_idx ON payment (rental_id);

-- customer-by-any-email: 1.6 MB.
CREATE INDEX customer_lower_email_idx ON customer (lower(email));

-- films-of-year-with-latest-review: 1.2 MB. The second column answers max(created_at) from the index.
CREATE INDEX review_film_id_created_at_idx ON review (film_id, created_at);

-- latest-reviews: 900 kB.
CREATE INDEX review_created_at_idx ON review (created_at);

-- reviews-mentioning: 12 MB, as large as the table. Patterns of three letters and more.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX review_body_trgm_idx ON review USING gin (body gin_trgm_ops);

-- film-search: 320 kB.
CREATE INDEX film_description_fts_idx ON film USING gin (to_tsvector('english', description));

-- campaign-on-television: 3.8 MB. jsonb_path_ops: @> is all that is asked.
CREATE INDEX event_log_payload_idx ON event_log USING gin (payload jsonb_path_ops);

-- baskets-of-city: no index, but the knowledge that the four columns depend on each other.
CREATE STATISTICS customer_whereabouts (dependencies, mcv) ON city, country, time_zone, language FROM customer;
ANALYZE customer;

-- shared-vouchers: the last promotion was sent after the last ANALYZE.
ANALYZE promotion_send;

-- 2.4 MB: rental_customer_id_rented_at_idx begins with the same column.
DROP INDEX rental_customer_id_idx;

-- 5.5 MB: nobody asks for it.
DROP INDEX rental_updated_at_idx;

#!/bin/bash
# Measures each planted fault before and after its remedy on a loaded sample, with psql:
#     planwise sandbox ... then:  workloads/rental/measure.sh 'host=/path/to/socket dbname=rental user=postgres'
# Each figure is the median of nine executions after one for warm-up, in milliseconds, from psql's \timing.
# Every change is undone before the next fault.
set -eu
target=$1
psql() { command psql -X -q -v ON_ERROR_STOP=1 "$target" "$@"; }

# median SETUP QUERY: SETUP runs once in the session, untimed.
median() {
    { echo "$1"; echo '\o /dev/null'; echo "$2"; echo '\timing on'
      for _ in 1 2 3 4 5 6 7 8 9; do echo "$2"; done
    } | psql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | sort -n | sed -n 5p
}

# fault ID QUERY REMEDY UNDO [SESSION [REWRITE]]: REMEDY and UNDO are DDL, SESSION a setting, REWRITE another query.
fault() {
    local before after
    before=$(median '' "$2")
    [ -z "$3" ] || psql -c "$3" >/dev/null
    after=$(median "${5:-}" "${6:-$2}")
    [ -z "$4" ] || psql -c "$4" >/dev/null
    printf '| %s | %.1f | %.1f | %.1f× | %s |\n' "$1" "$before" "$after" "$(echo "$before / $after" | bc -l)" "${7:-$3${5:-}}"
}

echo '| fault | before, ms | after, ms | faster | remedy |'
echo '| --- | ---: | ---: | ---: | --- |'
q='SELECT count(*), max(r.rented_at) FROM rental r JOIN inventory i ON i.inventory_id = r.inventory_id WHERE i.film_id = 42;'
fault foreign-key-inventory "$q" 'CREATE INDEX fix ON rental (inventory_id)' 'DROP INDEX fix'
q='SELECT payment_id, amount, method, paid_at FROM payment WHERE rental_id = 8123;'
fault foreign-key-rental "$q" 'CREATE INDEX fix ON payment (rental_id)' 'DROP INDEX fix'
q='SELECT rental_id, rented_at, customer_id, status FROM rental WHERE staff_id = 35 ORDER BY rented_at DESC LIMIT 25;'
fault filter-and-order "$q" 'CREATE INDEX fix ON rental (staff_id, rented_at)' 'DROP INDEX fix'
q="SELECT rental_id, customer_id, due_at FROM rental WHERE status = 'open' AND due_at < '2026-01-01 00:00:00+00' ORDER BY due_at LIMIT 50;"
fault active-subset "$q" "CREATE INDEX fix ON rental (due_at) WHERE status = 'open'" 'DROP INDEX fix'
q="SELECT event_id, occurred_at, customer_id FROM event_log WHERE payload @> '{\"campaign\": \"c17\", \"device\": \"tv\"}';"
fault json-containment "$q" 'CREATE INDEX fix ON event_log USING gin (payload jsonb_path_ops)' 'DROP INDEX fix'
q="SELECT film_id, title FROM film WHERE to_tsvector('english', description) @@ plainto_tsquery('english', 'retired boxer violin');"
fault text-search "$q" "CREATE INDEX fix ON film USING gin (to_tsvector('english', description))" 'DROP INDEX fix'
q="SELECT review_id, film_id, stars FROM review WHERE body LIKE '%zeppelins%';"
psql -c 'CREATE EXTENSION IF NOT EXISTS pg_trgm' 2>/dev/null
fault pattern "$q" 'CREATE INDEX fix ON review USING gin (body gin_trgm_ops)' 'DROP INDEX fix'
psql -c 'DROP EXTENSION pg_trgm'
q="SELECT * FROM film WHERE rating = 'PG-13' ORDER BY title;"
fault select-star "$q" '' '' '' "SELECT film_id, title, rental_rate FROM film WHERE rating = 'PG-13' ORDER BY title;" 'name the three columns'
q=$(for id in 17 803 1144 256 31 902 1201 440; do for _ in 1 2 3 4 5; do echo "SELECT first_name, last_name, email FROM customer WHERE customer_id = $id;"; done; done)
one='SELECT r.rental_id, c.first_name, c.last_name, c.email FROM (SELECT * FROM rental ORDER BY rental_id DESC LIMIT 40) r JOIN customer c USING (customer_id);'
sum() { for _ in 1 2 3 4 5; do { echo '\o /dev/null'; echo '\timing on'; echo "$1"; } | psql | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | paste -sd+ | bc; done | sort -n | sed -n 3p; }
many=$(sum "$q"); joined=$(sum "$one")
printf '| %s | %.1f | %.1f | %.1f× | %s |\n' n-plus-one "$many" "$joined" "$(echo "$many / $joined" | bc -l)" 'one join instead of 40 queries (on a socket; a network adds its round trips)'
q='SELECT r.rental_id, r.rented_at, c.last_name FROM rental r JOIN customer c ON c.customer_id = r.customer_id ORDER BY r.rental_id LIMIT 25 OFFSET 40000;'
fault offset-paging "$q" '' '' '' 'SELECT r.rental_id, r.rented_at, c.last_name FROM rental r JOIN customer c ON c.customer_id = r.customer_id WHERE r.rental_id > 40000 ORDER BY r.rental_id LIMIT 25;' 'WHERE r.rental_id > 40000 instead of OFFSET'
q="SELECT count(*), sum(amount) FROM payment WHERE date_trunc('day', paid_at) = timestamptz '2025-06-14 00:00:00+00';"
fault function-on-date "$q" '' '' '' "SELECT count(*), sum(amount) FROM payment WHERE paid_at >= '2025-06-14 00:00:00+00' AND paid_at < '2025-06-15 00:00:00+00';" 'paid_at >= … AND paid_at < …'
q="SELECT customer_id, first_name, last_name FROM customer WHERE lower(email) = lower('Ravi.Perez.3@inbox.example');"
fault function-on-email "$q" 'CREATE INDEX fix ON customer (lower(email)); ANALYZE customer' 'DROP INDEX fix'
q='SELECT payment_id, rental_id, amount FROM payment WHERE reference::bigint = 3654435761;'
fault cast-of-text "$q" '' '' '' "SELECT payment_id, rental_id, amount FROM payment WHERE reference = '3654435761';" "reference = '3654435761'"
q='SELECT rental_id, amount, paid_at FROM payment WHERE payment_id = 1245::numeric;'
fault cast-by-parameter "$q" '' '' '' 'SELECT rental_id, amount, paid_at FROM payment WHERE payment_id = 1245::bigint;' 'payment_id = 1245::bigint'
q='SELECT body, count(*) FROM review GROUP BY body HAVING count(*) > 1;'
fault sort-spill "$q" '' '' "SET work_mem = '32MB';"
q='SELECT count(*) FILTER (WHERE p.payment_id IS NULL), count(*) FILTER (WHERE r.rental_id IS NULL), sum(p.amount) FROM rental r FULL JOIN payment p ON p.rental_id = r.rental_id;'
fault hash-batches "$q" '' '' "SET work_mem = '32MB';"
q="SELECT c.customer_id, c.email, count(*) FROM customer c JOIN event_log e ON e.customer_id = c.customer_id WHERE c.city = 'Seoul' AND c.country = 'South Korea' AND c.time_zone = 'Asia/Seoul' AND c.language = 'ko' AND e.kind = 'basket' AND e.occurred_at >= '2025-12-27 00:00:00+00' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20;"
fault correlated-columns "$q" 'CREATE STATISTICS fix ON city, country, time_zone, language FROM customer; ANALYZE customer' 'DROP STATISTICS fix'
q='SELECT f.film_id, f.title, (SELECT max(v.created_at) FROM review v WHERE v.film_id = f.film_id) FROM film f WHERE f.release_year = 1999;'
fault scan-inside-loop "$q" 'CREATE INDEX fix ON review (film_id)' 'DROP INDEX fix'
q='SELECT review_id, film_id, stars, created_at FROM review ORDER BY created_at DESC LIMIT 20;'
fault avoidable-sort "$q" 'CREATE INDEX fix ON review (created_at)' 'DROP INDEX fix'
q='SELECT count(DISTINCT s.customer_id) FROM promotion_send s JOIN promotion_send o ON o.voucher_code = s.voucher_code WHERE s.promotion_id = 26 AND s.opened_at IS NULL AND o.promotion_id = 26 AND o.opened_at IS NOT NULL;'
fault stale-statistics "$q" 'ANALYZE promotion_send' ''
echo
echo 'The last remedy, ANALYZE, cannot be undone: load the sample again before measuring again.'
psql -A -F ' | ' -P footer=off -c "SELECT relname AS index, pg_size_pretty(pg_relation_size(oid)) AS size FROM pg_class WHERE relname IN ('rental_customer_id_idx', 'rental_updated_at_idx') ORDER BY 1"

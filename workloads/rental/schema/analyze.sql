-- In sessions of their own, after those that loaded have ended: what a session has counted reaches the
-- server's activity statistics late, and would look like changes since the ANALYZE.

VACUUM (ANALYZE) rental;
VACUUM (ANALYZE) payment;
VACUUM (ANALYZE) event_log;
VACUUM (ANALYZE) review;
VACUUM (ANALYZE) film;
VACUUM (ANALYZE) country;
VACUUM (ANALYZE) city;
VACUUM (ANALYZE) address;
VACUUM (ANALYZE) store;
VACUUM (ANALYZE) staff;
VACUUM (ANALYZE) customer;
VACUUM (ANALYZE) category;
VACUUM (ANALYZE) actor;
VACUUM (ANALYZE) film_category;
VACUUM (ANALYZE) film_actor;
VACUUM (ANALYZE) inventory;
VACUUM (ANALYZE) voucher;
VACUUM (ANALYZE) promotion;
VACUUM (ANALYZE) promotion_send;

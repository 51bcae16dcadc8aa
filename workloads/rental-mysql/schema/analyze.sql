-- In sessions of their own, after those that loaded have ended.

ANALYZE TABLE country;
ANALYZE TABLE city;
ANALYZE TABLE address;
ANALYZE TABLE store;
ANALYZE TABLE staff;
ANALYZE TABLE customer;
ANALYZE TABLE category;
ANALYZE TABLE actor;
ANALYZE TABLE film;
ANALYZE TABLE film_category;
ANALYZE TABLE film_actor;
ANALYZE TABLE inventory;
ANALYZE TABLE rental;
ANALYZE TABLE payment;
ANALYZE TABLE review;
ANALYZE TABLE event_log;
ANALYZE TABLE voucher;
ANALYZE TABLE promotion;
ANALYZE TABLE promotion_send;

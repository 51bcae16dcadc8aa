-- What happened after the last ANALYZE: one more promotion, sent to the oldest customers.

INSERT INTO promotion (promotion_id, name, starts_on) VALUES (26, 'New Year sale', '2025-12-27');

INSERT INTO promotion_send (send_id, promotion_id, customer_id, voucher_code, sent_at, opened_at)
SELECT 10000000 + customer_id,
       26,
       customer_id,
       CONCAT('V', LPAD(1 + customer_id DIV 4 % 300, 4, '0')),
       '2025-12-27 06:00:00' + INTERVAL customer_id SECOND,
       IF(customer_id % 3 = 0, '2025-12-28 18:00:00', NULL)
FROM customer
WHERE customer_id <= 900;

-- A chain of DVD-rental stores. Rows are stored in the order of the primary key; other indexes come after the data: see
-- load.sql.

CREATE TABLE country (
    country_id INT NOT NULL PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    iso2 CHAR(2) NOT NULL,
    region VARCHAR(40) NOT NULL
);

CREATE TABLE city (
    city_id INT NOT NULL PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    country_id INT NOT NULL,
    time_zone VARCHAR(40) NOT NULL
);

CREATE TABLE address (
    address_id INT NOT NULL PRIMARY KEY,
    street VARCHAR(100) NOT NULL,
    city_id INT NOT NULL,
    postal_code VARCHAR(20) NOT NULL,
    phone VARCHAR(30)
);

CREATE TABLE store (
    store_id INT NOT NULL PRIMARY KEY,
    name VARCHAR(80) NOT NULL,
    address_id INT NOT NULL,
    opened_on DATE NOT NULL
);

CREATE TABLE staff (
    staff_id INT NOT NULL PRIMARY KEY,
    store_id INT NOT NULL,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL,
    email VARCHAR(100) NOT NULL,
    active TINYINT(1) NOT NULL
);

-- city, country, time_zone and language repeat what the address says: a profile page reads one row.
CREATE TABLE customer (
    customer_id INT NOT NULL PRIMARY KEY,
    store_id INT NOT NULL,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL,
    email VARCHAR(100) NOT NULL,
    address_id INT NOT NULL,
    city VARCHAR(60) NOT NULL,
    country VARCHAR(60) NOT NULL,
    time_zone VARCHAR(40) NOT NULL,
    language VARCHAR(10) NOT NULL,
    birth_date DATE,
    marketing_consent TINYINT(1) NOT NULL,
    created_at DATETIME NOT NULL
);

CREATE TABLE category (
    category_id INT NOT NULL PRIMARY KEY,
    name VARCHAR(40) NOT NULL
);

CREATE TABLE actor (
    actor_id INT NOT NULL PRIMARY KEY,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL
);

CREATE TABLE film (
    film_id INT NOT NULL PRIMARY KEY,
    title VARCHAR(200) NOT NULL,
    description TEXT NOT NULL,
    synopsis MEDIUMTEXT,
    release_year INT NOT NULL,
    rating VARCHAR(10) NOT NULL,
    rental_days INT NOT NULL,
    rental_rate DECIMAL(5,2) NOT NULL,
    length_minutes INT,
    replacement_cost DECIMAL(6,2) NOT NULL,
    special_features VARCHAR(100),
    attributes JSON NOT NULL
);

CREATE TABLE film_category (
    film_id INT NOT NULL,
    category_id INT NOT NULL,
    PRIMARY KEY (film_id, category_id)
);

CREATE TABLE film_actor (
    actor_id INT NOT NULL,
    film_id INT NOT NULL,
    PRIMARY KEY (actor_id, film_id)
);

CREATE TABLE inventory (
    inventory_id INT NOT NULL PRIMARY KEY,
    film_id INT NOT NULL,
    store_id INT NOT NULL,
    acquired_on DATE NOT NULL
);

-- status: 98 % returned; open, lost and cancelled share the rest. References are kept by the application: no foreign keys.
CREATE TABLE rental (
    rental_id BIGINT NOT NULL PRIMARY KEY,
    rented_at DATETIME NOT NULL,
    inventory_id INT NOT NULL,
    customer_id INT NOT NULL,
    staff_id INT NOT NULL,
    store_id INT NOT NULL,
    due_at DATETIME NOT NULL,
    returned_at DATETIME,
    status VARCHAR(12) NOT NULL,
    channel VARCHAR(12) NOT NULL,
    note VARCHAR(200),
    updated_at DATETIME NOT NULL
);

-- reference: the number on the receipt, stored as text.
CREATE TABLE payment (
    payment_id BIGINT NOT NULL PRIMARY KEY,
    rental_id BIGINT NOT NULL,
    customer_id INT NOT NULL,
    staff_id INT NOT NULL,
    amount DECIMAL(6,2) NOT NULL,
    method VARCHAR(12) NOT NULL,
    reference VARCHAR(20) NOT NULL,
    paid_at DATETIME NOT NULL
);

CREATE TABLE review (
    review_id INT NOT NULL PRIMARY KEY,
    film_id INT NOT NULL,
    customer_id INT NOT NULL,
    stars INT NOT NULL,
    body TEXT NOT NULL,
    helpful_votes INT,
    created_at DATETIME NOT NULL
);

-- What the web shop, the app and the television box report. Nobody is obliged to be logged in.
CREATE TABLE event_log (
    event_id BIGINT NOT NULL PRIMARY KEY,
    occurred_at DATETIME NOT NULL,
    customer_id INT,
    kind VARCHAR(12) NOT NULL,
    payload JSON NOT NULL
);

-- From an older shop, with the character set of those days.
CREATE TABLE voucher (
    voucher_id INT NOT NULL PRIMARY KEY,
    code VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL,
    percent_off INT NOT NULL,
    valid_until DATE
);

CREATE TABLE promotion (
    promotion_id INT NOT NULL PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    starts_on DATE NOT NULL
);

-- Written in bulk, once per promotion, and never given a primary key.
CREATE TABLE promotion_send (
    send_id BIGINT NOT NULL,
    promotion_id INT NOT NULL,
    customer_id INT NOT NULL,
    voucher_code VARCHAR(20) NOT NULL,
    sent_at DATETIME NOT NULL,
    opened_at DATETIME
);
